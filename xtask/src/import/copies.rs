//! Copies of one schema become one: published documents number them (`Client`, `Client-2`).
//!
//! Two copies merge when no property has two different types; what either allows is allowed. A pair that does not
//! fit stays two schemas.

use std::collections::{BTreeMap, HashSet};

use super::Report;
use crate::model::{Additional, Document, Object, Schema, Shape, Union};

pub(super) fn run(document: &mut Document, report: &mut Report) {
    let mut copies: BTreeMap<String, String> = BTreeMap::new();
    for name in document.schemas.keys() {
        if let Some((original, number)) = name.rsplit_once('-')
            && number.parse::<u32>().is_ok()
            && document.schemas.contains_key(original)
        {
            copies.insert(name.clone(), original.to_owned());
        }
    }
    // Whether two copies fit depends on which others do: assume all, drop those that do not, until nothing changes.
    let mut apart: HashSet<String> = HashSet::new();
    loop {
        let target = |name: &str| copies.get(name).filter(|_| !apart.contains(name)).cloned();
        let mut misfit = None;
        for (copy, original) in &copies {
            if apart.contains(copy) {
                continue;
            }
            let read = |name: &str| {
                let mut schema = document.schemas.get(name).cloned()?;
                schema.rename_references(&target);
                Some(schema)
            };
            if let (Some(mut merged), Some(other)) = (read(original), read(copy))
                && let Err(property) = merge(&mut merged, &other, "")
            {
                misfit = Some((copy.clone(), property));
                break;
            }
        }
        let Some((copy, property)) = misfit else {
            break;
        };
        report.say(format!("kept apart: {copy} differs from its original at {property}"));
        apart.insert(copy);
    }
    copies.retain(|copy, _| !apart.contains(copy));
    document.rename_references(&|name| copies.get(name).cloned());
    for (copy, original) in &copies {
        if let Some(other) = document.schemas.shift_remove(copy)
            && let Some(schema) = document.schemas.get_mut(original)
        {
            // Cannot fail: the loop above merged the same two.
            let _ = merge(schema, &other, "");
            report.say(format!("merged: {copy} into {original}"));
        }
    }
}

/// Widens `schema` by what `other` allows, or names the first place where they are different things.
pub(crate) fn merge(schema: &mut Schema, other: &Schema, place: &str) -> Result<(), String> {
    schema.nullable |= other.nullable;
    schema.deprecated &= other.deprecated;
    schema.limits.retain(|key, value| other.limits.get(key) == Some(value));
    match (&mut schema.shape, &other.shape) {
        (Shape::Object(object), Shape::Object(other)) => merge_objects(object, other, place),
        (Shape::Array(items), Shape::Array(other)) => merge(items, other, place),
        (Shape::String { values, .. }, Shape::String { values: other, .. }) => {
            if values.is_empty() || other.is_empty() {
                values.clear();
            } else {
                let new: Vec<_> = other.iter().filter(|value| !values.contains(value)).cloned().collect();
                values.extend(new);
            }
            Ok(())
        }
        (Shape::OneOf(union), Shape::OneOf(other)) => {
            merge_unions(union, other);
            Ok(())
        }
        (a, b) if *a == *b => Ok(()),
        _ => Err(if place.is_empty() { "its root".to_owned() } else { place.to_owned() }),
    }
}

fn merge_objects(object: &mut Object, other: &Object, place: &str) -> Result<(), String> {
    object.required.retain(|name| other.required.contains(name));
    for (name, property) in &other.properties {
        match object.properties.get_mut(name) {
            Some(known) => merge(known, property, format!("{place}.{name}").trim_start_matches('.'))?,
            None => {
                object.properties.insert(name.clone(), property.clone());
            }
        }
    }
    if object.additional != other.additional {
        object.additional = Additional::Unsaid;
    }
    Ok(())
}

fn merge_unions(union: &mut Union, other: &Union) {
    for member in &other.members {
        if !union.members.contains(member) {
            union.members.push(member.clone());
        }
    }
    union.kinds.extend(other.kinds.clone());
}
