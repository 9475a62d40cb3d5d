//! An answer survives a server that is newer than the crate: nothing that comes is an error, and nothing is lost.

use serde_json::{Map, Value, json};

use crate::fixture::{Choice, Interface, Whole, bare, bare_of_flags};

const FUTURE: &str = "a_value_from_the_future";

/// Runs `check` for every type of both interfaces and reports all that fail.
fn for_every_type(check: impl Fn(&Interface, &str, &crate::registry::Entry) -> Result<(), String>) {
    let mut failed = Vec::new();
    let mut count = 0;
    for interface in Interface::all() {
        for (schema, entry) in interface.objects() {
            count += 1;
            if let Err(error) = check(&interface, schema, entry) {
                failed.push(format!("{} {schema}: {error}", interface.name));
            }
        }
    }
    assert!(count > 250, "only {count} types were looked at");
    assert!(failed.is_empty(), "{} of {count}:\n{}", failed.len(), failed.join("\n"));
}

/// Whether a value is what the type's own JSON Schema allows.
fn fits(entry: &crate::registry::Entry, value: &Value) -> Result<(), String> {
    let validator = jsonschema::validator_for(&entry.schema()).map_err(|error| error.to_string())?;
    match validator.iter_errors(value).next() {
        None => Ok(()),
        Some(error) => Err(format!("{error} at {} is not in its schema", error.instance_path())),
    }
}

fn equal(left: &Value, right: &Value) -> Result<(), String> {
    if left == right { Ok(()) } else { Err(format!("{left}\n    is not {right}")) }
}

#[test]
fn every_key_that_the_document_knows_comes_back() {
    for_every_type(|interface, schema, entry| {
        let whole = interface.value(schema, &Whole);
        fits(entry, &whole)?;
        let read = entry.round(&whole)?;
        equal(&bare(&read), &bare(&whole))?;
        equal(&entry.round(&read)?, &read)
    });
}

#[test]
fn an_unknown_value_of_every_enum_comes_back_as_it_came() {
    struct Unknown;
    impl Choice for Unknown {
        fn enumeration(&self, _: &[Value]) -> Value {
            json!(FUTURE)
        }
    }
    for_every_type(|interface, schema, entry| {
        let future = interface.value(schema, &Unknown);
        fits(entry, &future)?;
        equal(&bare(&entry.round(&future)?), &bare(&future))
    });
}

#[test]
fn an_unknown_key_in_every_object_is_no_error() {
    struct More;
    impl Choice for More {
        fn object(&self, _: &str, object: &mut Map<String, Value>) {
            object.insert("a_key_from_the_future".to_owned(), json!({ "deep": [1, 2] }));
        }
    }
    for_every_type(|interface, schema, entry| {
        let more = interface.value(schema, &More);
        fits(entry, &more)?;
        let whole = interface.value(schema, &Whole);
        fits(entry, &whole)?;
        equal(&bare(&without_future(entry.round(&more)?)), &bare(&entry.round(&whole)?))
    });
}

/// The value without what only a newer server says: an object of a kind that is not known keeps even that.
fn without_future(value: Value) -> Value {
    match value {
        Value::Object(object) => {
            let known = object.into_iter().filter(|(key, _)| key != "a_key_from_the_future");
            Value::Object(known.map(|(key, value)| (key, without_future(value))).collect())
        }
        Value::Array(list) => Value::Array(list.into_iter().map(without_future).collect()),
        other => other,
    }
}

#[test]
fn null_is_fine_for_whatever_may_be_null_and_every_list_map_and_flag() {
    struct Null;
    impl Choice for Null {
        fn lenient(&self) -> Option<Value> {
            Some(Value::Null)
        }
    }
    for_every_type(|interface, schema, entry| {
        let nothing = interface.value(schema, &Null);
        fits(entry, &nothing)?;
        let read = entry.round(&nothing)?;
        equal(&bare_of_flags(&read), &bare_of_flags(&nothing))?;
        equal(&entry.round(&read)?, &read)
    });
}

#[test]
fn an_object_of_an_unknown_kind_is_kept_and_written_back() {
    struct OtherKind;
    impl Choice for OtherKind {
        fn alternative(&self) -> Option<Value> {
            Some(json!({
                "object": FUTURE, "kty": FUTURE, "status": FUTURE, "strategy": { "no": "string" },
                "attempts": "many", "new_key": [null, { "a": false }], "empty": {},
            }))
        }
    }
    for_every_type(|interface, schema, entry| {
        let future = interface.value(schema, &OtherKind);
        fits(entry, &future)?;
        equal(&bare(&entry.round(&future)?), &bare(&future))
    });
}

#[test]
fn every_key_that_is_not_always_there_may_be_left_out() {
    struct Least<'a>(&'a xtask::Facts);
    impl Choice for Least<'_> {
        fn object(&self, schema: &str, object: &mut Map<String, Value>) {
            let always = self.0.always(schema);
            object.retain(|key, _| always.contains(key));
        }
    }
    for_every_type(|interface, schema, entry| {
        let least = interface.value(schema, &Least(interface.facts()));
        fits(entry, &least)?;
        let read = entry.round(&least)?;
        equal(&bare_of_flags(&read), &bare_of_flags(&least))?;
        equal(&entry.round(&read)?, &read)
    });
}

#[test]
fn a_key_that_is_always_there_is_missed() {
    let mut missed = 0;
    for interface in Interface::all() {
        for (schema, entry) in interface.objects() {
            for key in interface.facts().always(schema) {
                let mut value = interface.value(schema, &Whole);
                value.as_object_mut().expect("an object").remove(&key);
                let error = entry.round(&value).expect_err(&format!("{schema} was read without {key}"));
                assert!(error.contains(&key), "{schema}: {error}");
                missed += 1;
            }
        }
    }
    assert!(missed > 50, "only {missed} keys are always there");
}

#[test]
fn every_kind_of_verification_decodes_as_itself() {
    let mut kinds = 0;
    for interface in Interface::all() {
        for (schema, entry) in interface.objects() {
            let Some(tag) = interface.schema(schema)["properties"]["object"]["enum"][0].as_str() else {
                continue;
            };
            if entry.name != "Verification" {
                continue;
            }
            let value = interface.value(schema, &Whole);
            let shown = entry.debug(&value).expect("it reads");
            let variant = tag.split('_').skip(1).map(capitalised).collect::<String>();
            assert!(shown.contains(&format!("object: Some({variant})")), "{schema} reads as {shown}");
            assert!(shown.contains("raw: None"), "{schema} is known: {shown}");
            kinds += 1;
        }
    }
    assert!(kinds > 20, "only {kinds} kinds were looked at");
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
