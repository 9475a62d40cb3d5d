//! Named lists, maps and plain values go where they are referred to: a name is for an object, an enum, a union.

use std::collections::HashSet;

use indexmap::IndexMap;

use super::Report;
use crate::model::{Document, Schema, Shape};

pub(super) fn run(document: &mut Document, report: &mut Report) {
    let mut plain: IndexMap<String, Schema> = IndexMap::new();
    for (name, schema) in document.schemas.clone() {
        let inline = match &schema.shape {
            Shape::Array(items) if items.as_object().is_some_and(|object| !object.is_map()) => {
                // The name passes to what the list is of.
                document.schemas.insert(name.clone(), (**items).clone());
                report.say(format!("renamed: list {name} to what it is a list of"));
                let shape = Shape::Array(Box::new(Schema::reference(&name)));
                plain.insert(name, Schema { shape, ..schema });
                continue;
            }
            Shape::String { values, .. } => values.is_empty(),
            Shape::Object(object) => object.is_map(),
            Shape::OneOf(_) | Shape::AllOf(_) => false,
            _ => true,
        };
        if inline {
            document.schemas.shift_remove(&name);
            report.say(format!("dropped: name {name}, its uses say what it is"));
            plain.insert(name, schema);
        }
    }
    unwind(&mut plain, &document.schemas, report);
    for schema in document.roots_mut() {
        substitute(schema, &plain);
    }
    for schema in document.schemas.values_mut() {
        for child in schema.children_mut() {
            substitute(child, &plain);
        }
    }
}

/// A list of itself has no end once its name is gone: what it has inside is any JSON.
fn unwind(plain: &mut IndexMap<String, Schema>, kept: &IndexMap<String, Schema>, report: &mut Report) {
    let circular: Vec<String> =
        plain.keys().filter(|name| !kept.contains_key(*name) && reaches_itself(name, plain, kept)).cloned().collect();
    for name in &circular {
        report.say(format!("dropped: what {name} has of itself inside, it is any JSON"));
        if let Some(schema) = plain.get_mut(name) {
            cut(schema, &circular);
        }
    }
}

fn reaches_itself(name: &str, plain: &IndexMap<String, Schema>, kept: &IndexMap<String, Schema>) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![name.to_owned()];
    let mut found = false;
    while let Some(next) = open.pop() {
        if let Some(schema) = plain.get(&next).filter(|_| !kept.contains_key(&next)) {
            schema.references(&mut |other| {
                found |= other == name;
                if seen.insert(other.to_owned()) {
                    open.push(other.to_owned());
                }
            });
        }
    }
    found
}

fn cut(schema: &mut Schema, names: &[String]) {
    if matches!(&schema.shape, Shape::Ref(name) if names.contains(name)) {
        schema.shape = Shape::Any;
    }
    for child in schema.children_mut() {
        cut(child, names);
    }
}

fn substitute(schema: &mut Schema, plain: &IndexMap<String, Schema>) {
    // What a name stood for may be another name.
    while let Shape::Ref(name) = &schema.shape
        && let Some(value) = plain.get(name)
    {
        // A list refers to its items by the name they have in common: that reference stays.
        let settled = refers_to(value, name);
        schema.shape = value.shape.clone();
        schema.nullable |= value.nullable;
        schema.deprecated |= value.deprecated;
        for (key, limit) in &value.limits {
            let known = schema.limits.entry(key.clone());
            known.or_insert_with(|| limit.clone());
        }
        if settled {
            return;
        }
    }
    for child in schema.children_mut() {
        substitute(child, plain);
    }
}

fn refers_to(schema: &Schema, name: &str) -> bool {
    let mut found = false;
    schema.references(&mut |other| found |= other == name);
    found
}
