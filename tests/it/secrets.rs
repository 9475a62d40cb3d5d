//! Nothing that prints a value, a call, a client or an error prints a secret.

use std::cell::RefCell;
use std::collections::BTreeSet;

use clerk_core::{Endpoint, Error, Secret, SecretKey, Transport, Upload};
use serde_json::{Map, Value, json};
use xtask::Facts;

use crate::double::Double;
use crate::fixture::{Choice, Interface, Whole};

const SENTINEL: &str = "s3cr3t-test-value";

/// Everything there, and the sentinel in each field that is secret.
struct Secrets<'a> {
    facts: &'a Facts,
    placed: RefCell<BTreeSet<String>>,
}

impl Choice for Secrets<'_> {
    fn object(&self, schema: &str, object: &mut Map<String, Value>) {
        let schema = self.facts.kind_of(schema).unwrap_or(schema);
        for (key, value) in object {
            if self.facts.is_secret(schema, key) && conceal(value) {
                self.placed.borrow_mut().insert(format!("{schema}.{key}"));
            }
        }
    }
}

/// Puts the sentinel in place of every text in a value; whether there was any.
fn conceal(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            SENTINEL.clone_into(text);
            true
        }
        Value::Array(list) => list.iter_mut().fold(false, |any, value| conceal(value) | any),
        Value::Object(object) => object.values_mut().fold(false, |any, value| conceal(value) | any),
        _ => false,
    }
}

#[test]
fn no_type_shows_a_field_that_is_secret() {
    let mut placed = BTreeSet::new();
    for interface in Interface::all() {
        for (schema, entry) in interface.objects() {
            let secrets = Secrets { facts: interface.facts(), placed: RefCell::default() };
            let value = interface.value(schema, &secrets);
            let shown = entry.debug(&value).expect(schema);
            assert!(!shown.contains(SENTINEL), "{} {schema} shows a secret: {shown}", interface.name);
            let written = entry.round(&value).expect(schema).to_string();
            let count = |text: &str| text.matches(SENTINEL).count();
            assert_eq!(count(&written), count(&value.to_string()), "{} {schema} loses a secret: {written}", interface.name);
            placed.append(&mut secrets.placed.into_inner());
        }
    }
    assert!(placed.len() > 60, "only {} fields are secret: {placed:?}", placed.len());
}
