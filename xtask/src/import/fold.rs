//! Parts of one object (`allOf`) become one object; operations' error bodies are not facts worth keeping.

use anyhow::{Result, bail};
use indexmap::IndexMap;

use super::Report;
use crate::model::{Additional, Document, Object, Schema, Shape};

pub(super) fn run(document: &mut Document, report: &mut Report) -> Result<()> {
    let schemas = document.schemas.clone();
    for (name, schema) in &mut document.schemas {
        fold(schema, &schemas, name, report)?;
    }
    for (place, schema) in places(document) {
        fold(schema, &schemas, &place, report)?;
    }
    Ok(())
}

fn places(document: &mut Document) -> Vec<(String, &mut Schema)> {
    let names: Vec<String> = document
        .roots()
        .into_iter()
        .map(|(place, _)| place)
        .collect();
    names.into_iter().zip(document.roots_mut()).collect()
}

fn fold(
    schema: &mut Schema,
    schemas: &IndexMap<String, Schema>,
    place: &str,
    report: &mut Report,
) -> Result<()> {
    if let Shape::AllOf(parts) = &schema.shape {
        // A part without keys adds nothing, so the other stays what it is: a reference to a named schema.
        let telling: Vec<&Schema> = parts.iter().filter(|part| !says_nothing(part)).collect();
        schema.shape = if let [only] = telling.as_slice() {
            report.say(format!(
                "folded: {place} is its only part that says anything"
            ));
            only.shape.clone()
        } else {
            let mut whole = Object::default();
            for part in telling {
                add(&mut whole, part, schemas, place, 0)?;
            }
            report.say(format!("folded: the parts of {place} are one object"));
            Shape::Object(whole)
        };
    }
    for child in schema.children_mut() {
        fold(child, schemas, place, report)?;
    }
    Ok(())
}

fn says_nothing(part: &Schema) -> bool {
    match &part.shape {
        Shape::Any => true,
        Shape::Object(object) => object.is_map() && !matches!(object.additional, Additional::Of(_)),
        _ => false,
    }
}

fn add(
    whole: &mut Object,
    part: &Schema,
    schemas: &IndexMap<String, Schema>,
    place: &str,
    depth: usize,
) -> Result<()> {
    if depth > 16 {
        bail!("{place}: allOf goes in a circle");
    }
    match &part.shape {
        Shape::Ref(name) => match schemas.get(name) {
            Some(named) => add(whole, named, schemas, place, depth + 1),
            None => bail!("{place}: {name} does not exist"),
        },
        Shape::AllOf(parts) => parts
            .iter()
            .try_for_each(|part| add(whole, part, schemas, place, depth + 1)),
        Shape::Object(object) => {
            for (name, property) in &object.properties {
                // A later part narrows what an earlier one said.
                whole.properties.insert(name.clone(), property.clone());
            }
            whole.required.extend(object.required.iter().cloned());
            Ok(())
        }
        Shape::Any => Ok(()),
        _ => bail!("{place}: allOf of something that is not an object"),
    }
}
