//! What each thing is: from `spec/docs`, or a mechanical line where nothing more needs saying.

use std::collections::{HashMap, HashSet};

use heck::ToSnakeCase as _;

use super::{FieldItem, Input, InputPlace, OperationItem, Package, Presence, Source, TypeKind};
use crate::spec::Docs;

/// Fills in all words. What is missing, and what says nothing, is a problem.
pub(super) fn shape(source: &Source<'_>, package: &mut Package, problems: &mut Vec<String>) {
    let file = source.api.name();
    for (group, words) in &mut package.groups {
        *words =
            said(source.docs.groups.get(group), &format!("spec/docs/{file}.toml: groups.{group}"), group, problems);
    }
    for module in package.modules.values_mut() {
        let place = format!("spec/docs/{file}.toml: tags.{}", module.tag);
        module.words = said(source.docs.tags.get(&module.tag), &place, &module.tag, problems);
        for operation in &mut module.operations {
            let place = format!("spec/docs/{file}.toml: operations.{}", operation.id);
            let names = format!("{} {} {}", operation.id, operation.path, operation.verb.name());
            operation.words = said(source.docs.operations.get(&operation.id), &place, &names, problems);
            inputs(source.docs, operation);
        }
    }
    let places = enum_places(package);
    let Package { types, events, .. } = package;
    for (name, item) in types {
        let own = source.docs.schemas.get(name);
        let words = own.or_else(|| source.event_docs.and_then(|docs| docs.schemas.get(name)));
        let hoisted = name.ends_with("Body") || name.ends_with("BodyItem");
        item.words = match (&item.kind, words.map(|words| words.about.trim()).filter(|about| !about.is_empty())) {
            (_, Some(about)) => check(about, &format!("spec/docs: schemas.{name}"), name, problems),
            (TypeKind::Enum(_), None) => match places.get(name) {
                Some(place) => format!("What {place} can be."),
                None => format!("What a {} can be.", spoken(name)),
            },
            (_, None) if hoisted => {
                format!("One entry of a {}.", spoken(name.trim_end_matches("Item")))
            }
            (_, None) => {
                problems.push(format!("spec/docs: schemas.{name} is missing"));
                String::new()
            }
        };
        if let TypeKind::Struct(fields) | TypeKind::Union { fields, .. } = &mut item.kind {
            for field in fields {
                field.words = match words.and_then(|words| words.fields.get(&field.wire)) {
                    Some(words) => words.trim().to_owned(),
                    None => mechanical(field),
                };
            }
        }
    }
    for event in events {
        let place = format!("spec/docs/webhooks.toml: events.{}", event.event);
        let words = source.event_docs.and_then(|docs| docs.events.get(&event.event));
        event.words = said(words, &place, &event.event, problems);
    }
}

/// The first place of each enum: a field of a type, or something that an operation takes.
fn enum_places(package: &Package) -> HashMap<String, String> {
    let mut places = HashMap::new();
    let is_enum = |name: &String| matches!(package.types.get(name).map(|item| &item.kind), Some(TypeKind::Enum(_)));
    for (owner, item) in &package.types {
        for field in item.fields() {
            for name in super::groups::names(&field.ty).into_iter().filter(is_enum) {
                places.entry(name).or_insert_with(|| format!("`{}` of `{owner}`", field.wire));
            }
        }
    }
    for operation in package.modules.values().flat_map(|module| &module.operations) {
        for input in operation.arguments.iter().chain(&operation.setters) {
            for name in super::groups::names(&input.ty).into_iter().filter(is_enum) {
                places.entry(name).or_insert_with(|| format!("`{}` of `{}`", input.wire, operation.id));
            }
        }
    }
    places
}

fn inputs(docs: &Docs, operation: &mut OperationItem) {
    let known = docs.parameters.get(&operation.id);
    for input in operation.arguments.iter_mut().chain(&mut operation.setters) {
        input.words = match known.and_then(|known| known.get(&input.wire)) {
            Some(words) => words.trim().to_owned(),
            None => mechanical_input(input),
        };
    }
    for field in operation.body_struct.iter_mut().flat_map(|body| &mut body.fields) {
        field.words = match known.and_then(|known| known.get(&field.wire)) {
            Some(words) => words.trim().to_owned(),
            None => mechanical(field),
        };
    }
}

fn mechanical_input(input: &Input) -> String {
    match input.place {
        InputPlace::Body => "The whole body.".to_owned(),
        InputPlace::File => "The file, with its name and content type.".to_owned(),
        InputPlace::Field => format!("Sets `{}`.", input.wire),
        InputPlace::Header => format!("Sends the header `{}`.", input.wire),
        InputPlace::Path | InputPlace::Query | InputPlace::Joined(_) => {
            format!("Sends `{}`.", input.wire)
        }
    }
}

fn mechanical(field: &FieldItem) -> String {
    let words = match field.presence {
        Presence::Always => "Always there.",
        Presence::Nullable | Presence::Optional => "`None` where nothing is said of it.",
        Presence::Filled | Presence::Sparse if super::types::is_flag(&field.ty) => {
            "`false` where nothing is said of it."
        }
        Presence::Filled | Presence::Sparse => "Empty where nothing is said of it.",
        Presence::Update => "Left as it is, cleared or set.",
    };
    words.to_owned()
}

fn said(words: Option<&String>, place: &str, names: &str, problems: &mut Vec<String>) -> String {
    match words.map(|words| words.trim()).filter(|words| !words.is_empty()) {
        Some(words) => check(words, place, names, problems),
        None => {
            problems.push(format!("{place} is missing"));
            String::new()
        }
    }
}

/// Words that only repeat the name say nothing.
fn check(words: &str, place: &str, names: &str, problems: &mut Vec<String>) -> String {
    let split = |text: &str| -> HashSet<String> {
        text.to_snake_case().split('_').map(|word| word.trim_end_matches('s').to_owned()).collect()
    };
    let own = split(names);
    const FILLING: &[&str] = &[
        "a", "an", "the", "of", "for", "to", "in", "on", "by", "one", "it", "it", "with", "and", "all", "get", "this",
    ];
    if split(words).iter().all(|word| own.contains(word) || FILLING.contains(&word.as_str()) || word.len() < 2) {
        problems.push(format!("{place} says nothing beyond its own name"));
    }
    words.to_owned()
}

/// `SessionStatus` as it is spoken: session status.
fn spoken(name: &str) -> String {
    name.to_snake_case().replace('_', " ")
}
