//! Parts of one object (`allOf`) become one object.

use anyhow::{Result, bail};
use indexmap::IndexMap;

use super::Report;
use crate::model::{Additional, Document, Object, Schema, Shape};

pub(super) fn run(document: &mut Document, report: &mut Report) -> Result<()> {
    let schemas = document.schemas.clone();
    for (name, schema) in &mut document.schemas {
        fold(schema, &schemas, &format!("schemas/{name}"), 0, report)?;
    }
    for (place, schema) in places(document) {
        fold(schema, &schemas, &place, 0, report)?;
    }
    Ok(())
}

fn places(document: &mut Document) -> Vec<(String, &mut Schema)> {
    let names: Vec<String> = document.roots().into_iter().map(|(place, _)| place).collect();
    names.into_iter().zip(document.roots_mut()).collect()
}

fn fold(
    schema: &mut Schema,
    schemas: &IndexMap<String, Schema>,
    place: &str,
    depth: usize,
    report: &mut Report,
) -> Result<()> {
    if depth > DEEPEST {
        bail!("{place}: allOf goes in a circle");
    }
    if let Shape::AllOf(parts) = &schema.shape {
        // A part without keys adds nothing, so the other stays what it is: a reference to a named schema.
        let telling: Vec<&Schema> = parts.iter().filter(|part| !says_nothing(part)).collect();
        schema.nullable |= parts.iter().any(|part| says_nothing(part) && part.nullable);
        schema.shape = if let [only] = telling.as_slice() {
            report.say(format!("folded: {place} is its only part that says anything"));
            schema.nullable |= only.nullable;
            for (key, limit) in &only.limits {
                let limits = schema.limits.entry(key.clone());
                limits.or_insert_with(|| limit.clone());
            }
            let mut shape = only.shape.clone();
            if let Shape::Object(object) = &mut shape {
                object.require_known();
            }
            shape
        } else {
            let mut whole = Object::default();
            for part in telling {
                add(&mut whole, part, schemas, place, 0)?;
            }
            whole.require_known();
            report.say(format!("folded: the parts of {place} are one object"));
            Shape::Object(whole)
        };
    }
    for child in schema.children_mut() {
        fold(child, schemas, place, depth + 1, report)?;
    }
    Ok(())
}

/// How deep schemas stand in each other; only a circle of parts is deeper.
const DEEPEST: usize = 64;

fn says_nothing(part: &Schema) -> bool {
    match &part.shape {
        Shape::Any => true,
        Shape::Object(object) => {
            object.is_map() && object.required.is_empty() && !matches!(object.additional, Additional::Of(_))
        }
        _ => false,
    }
}

fn add(whole: &mut Object, part: &Schema, schemas: &IndexMap<String, Schema>, place: &str, depth: usize) -> Result<()> {
    if depth > 16 {
        bail!("{place}: allOf goes in a circle");
    }
    match &part.shape {
        Shape::Ref(name) => match schemas.get(name) {
            Some(named) => add(whole, named, schemas, place, depth + 1),
            None => bail!("{place}: {name} does not exist"),
        },
        Shape::AllOf(parts) => parts.iter().try_for_each(|part| add(whole, part, schemas, place, depth + 1)),
        Shape::Object(object) => {
            for (name, property) in &object.properties {
                // A later part narrows what an earlier one said.
                whole.properties.insert(name.clone(), property.clone());
            }
            whole.required.extend(object.required.iter().cloned());
            if matches!(object.additional, Additional::Of(_)) {
                whole.additional = object.additional.clone();
            }
            Ok(())
        }
        Shape::Any => Ok(()),
        _ => bail!("{place}: allOf of something that is not an object"),
    }
}
