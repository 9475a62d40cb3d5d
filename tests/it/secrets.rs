//! Nothing that prints a value, a call, a client or an error prints a secret.

use std::cell::RefCell;
use std::collections::BTreeSet;

use clerk_core::{Endpoint, Error, Secret, SecretKey, Transport, Upload};
use serde_json::{Map, Value, json};

use crate::double::Double;
use crate::fixture::{Choice, Interface, Whole};

const SENTINEL: &str = "s3cr3t-test-value";

/// `spec/secrets.toml`, read without the help of the generator.
struct Table {
    secret: Vec<String>,
    plain: Vec<String>,
}

impl Table {
    fn read() -> Self {
        let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/secrets.toml"));
        let table: toml::Table = text.expect("the table can be read").parse().expect("the table is TOML");
        let list = |name: &str| {
            let entries = table["fields"][name].as_array().expect("a list").iter();
            entries.map(|entry| entry.as_str().expect("a text").to_owned()).collect()
        };
        Self { secret: list("secret"), plain: list("plain") }
    }

    /// Whether a field is secret; an entry without `*` wins over one with.
    fn is_secret(&self, schema: &str, field: &str) -> bool {
        let name = format!("{schema}.{field}");
        let listed = |list: &[String]| list.iter().any(|entry| *entry == name);
        let matched = |list: &[String]| list.iter().any(|entry| matches(entry, &name));
        listed(&self.secret) || (!listed(&self.plain) && matched(&self.secret))
    }
}

/// Whether a name fits a pattern in which `*` is any run of characters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => {
            let Some(tail) = name.strip_prefix(start) else { return false };
            (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| matches(rest, &tail[at..]))
        }
    }
}

/// Everything there, and the sentinel in each field that is secret.
struct Secrets<'a> {
    table: &'a Table,
    placed: RefCell<BTreeSet<String>>,
}

impl Choice for Secrets<'_> {
    fn object(&self, schema: &str, object: &mut Map<String, Value>) {
        let union = xtask::union_of(schema).expect("the tables read");
        let schema = union.as_deref().unwrap_or(schema);
        for (key, value) in object {
            if self.table.is_secret(schema, key) && conceal(value) {
                self.placed.borrow_mut().insert(format!("{schema}.{key}"));
            }
        }
    }
}

/// Puts the sentinel in place of a text, or of the texts of a list.
fn conceal(value: &mut Value) -> bool {
    match value {
        Value::String(text) => {
            SENTINEL.clone_into(text);
            true
        }
        Value::Array(list) => list.iter_mut().any(conceal),
        _ => false,
    }
}

#[test]
fn the_patterns_of_the_table_are_read_rightly() {
    for (pattern, name, fits) in [
        ("User.password", "User.password", true),
        ("User.password", "User.password_digest", false),
        ("*.password", "User.password", true),
        ("*.*_token", "Session.client_token", true),
        ("*.*_token", "Session.token", false),
        ("OrganizationInvitation*.url", "OrganizationInvitationWithData.url", true),
        ("*.a*b*", "X.a1b2", true),
        ("*.a*b", "X.a1b2", false),
    ] {
        assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
    }
}

#[test]
fn no_type_shows_a_field_that_is_secret() {
    let table = Table::read();
    let mut placed = BTreeSet::new();
    for interface in Interface::all() {
        for (schema, entry) in interface.objects() {
            let secrets = Secrets { table: &table, placed: RefCell::default() };
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
