//! Which cargo feature an operation belongs to, and which features reach a type.

use std::collections::HashSet;

use anyhow::{Context as _, Result, bail};
use indexmap::IndexMap;
use syn::visit::Visit;
use syn::{Ident, Type};

use super::{EventItem, Module, OperationItem, Package, Source, TypeItem};
use crate::model::Operation;
use crate::spec::Tables;

/// The feature of the webhook payloads.
pub(crate) const EVENTS: &str = "events";

pub(super) fn shape(
    source: &Source<'_>,
    mut types: IndexMap<String, TypeItem>,
    operations: Vec<OperationItem>,
    events: Vec<EventItem>,
    open: &mut Vec<String>,
) -> Result<Package> {
    let document = &source.normalised.document;
    let mut modules: IndexMap<String, Module> = IndexMap::new();
    for item in operations {
        let operation = document.operation(&item.id).with_context(|| format!("operations/{}: lost", item.id))?;
        let (tag, group) = filed(source.tables, source, operation, open)?;
        for ty in item_types(&item) {
            reach(ty, &group, &mut types);
        }
        let module = modules.entry(super::snake(&tag)).or_insert_with(|| Module {
            tag: tag.clone(),
            group: group.clone(),
            words: String::new(),
            operations: Vec::new(),
        });
        module.operations.push(item);
    }
    for event in &events {
        reach(&event.ty, EVENTS, &mut types);
    }
    types.retain(|_, item| !item.groups.is_empty());
    types.sort_keys();
    modules.sort_keys();
    let mut groups: IndexMap<String, String> =
        source.tables.groups(source.api).groups.keys().map(|group| (group.clone(), String::new())).collect();
    if source.events_version.is_some() {
        groups.insert(EVENTS.to_owned(), String::new());
    }
    groups.sort_keys();
    Ok(Package {
        api: source.api,
        version: document.version.clone(),
        events_version: source.events_version.clone(),
        types,
        modules,
        events,
        groups,
    })
}

/// The tag and the group of an operation.
fn filed(
    tables: &Tables,
    source: &Source<'_>,
    operation: &Operation,
    open: &mut Vec<String>,
) -> Result<(String, String)> {
    let table = tables.groups(source.api);
    let tag = table.tag(operation).with_context(|| format!("operations/{}: it has no tag", operation.id))?;
    let found = table.groups.iter().find(|(_, tags)| tags.contains(tag)).map(|(group, _)| group);
    let group = match (found, &table.unfiled) {
        (Some(group), _) => group.clone(),
        (None, Some(unfiled)) => {
            open.push(format!(
                "spec/groups.toml: tag {tag} of {} is in no group, {unfiled} until then",
                source.api.name()
            ));
            unfiled.clone()
        }
        (None, None) => bail!("spec/groups.toml: tag {tag} is in no group of {}", source.api.name()),
    };
    Ok((tag.clone(), group))
}

fn item_types(item: &OperationItem) -> impl Iterator<Item = &Type> {
    let inputs = item.arguments.iter().chain(&item.setters).map(|input| &input.ty);
    let fields = item.body_struct.iter().flat_map(|body| body.fields.iter().map(|field| &field.ty));
    item.answer_type.iter().chain(inputs).chain(fields)
}

/// Marks every type that `ty` reaches.
fn reach(ty: &Type, group: &str, types: &mut IndexMap<String, TypeItem>) {
    let mut open = names(ty);
    while let Some(name) = open.pop() {
        let Some(item) = types.get_mut(&name) else {
            continue;
        };
        if item.groups.insert(group.to_owned()) {
            for field in item.fields() {
                open.extend(names(&field.ty));
            }
        }
    }
    // An envelope carries the client beside whatever it wraps.
    if names(ty).iter().any(|name| name == "Enveloped") && types.contains_key("Client") {
        let client: Type = syn::parse_quote!(Client);
        if !types.get("Client").is_some_and(|item| item.groups.contains(group)) {
            reach(&client, group, types);
        }
    }
}

pub(super) fn names(ty: &Type) -> Vec<String> {
    struct Names(HashSet<String>);
    impl Visit<'_> for Names {
        fn visit_ident(&mut self, ident: &Ident) {
            self.0.insert(ident.to_string());
        }
    }
    let mut names = Names(HashSet::new());
    names.visit_type(ty);
    let mut names: Vec<_> = names.0.into_iter().collect();
    names.sort();
    names
}
