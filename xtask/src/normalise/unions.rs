//! Alternatives become one flat object, told apart by a key: the generator takes the first that fits, and a ticket
//! verification would read as an admin one.

use anyhow::{Result, bail};
use indexmap::{IndexMap, IndexSet};

use super::{Rule, State, Union};
use crate::model::{Document, Object, Schema, Shape};
use crate::spec::Pattern;

pub(super) const RULE: Rule = Rule {
    name: "unions",
    reason: "the generator ignores discriminators and decodes the first alternative that fits",
    apply,
};

fn apply(state: &mut State<'_>) -> Result<()> {
    // Kinds of one thing, as the table says, whichever union or field refers to them.
    let mut becomes: IndexMap<String, String> = IndexMap::new();
    for (name, table) in &state.tables.unions {
        // A union that the document names itself stays where it is; its members may stand alone elsewhere.
        if let Some(Shape::OneOf(union)) = state.document.schemas.get(name).map(|schema| &schema.shape) {
            let (members, kinds) = (named_members(name, union)?, union.kinds.keys().cloned().collect());
            flatten(state, name, &members, Some(&table.discriminator), kinds)?;
            continue;
        }
        if !table.everywhere {
            continue;
        }
        let patterns: Vec<_> = table.members.iter().map(Pattern::new).collect();
        let members: Vec<String> = state
            .document
            .schemas
            .iter()
            .filter(|(schema, value)| {
                value.as_object().is_some() && patterns.iter().any(|pattern| pattern.matches(schema))
            })
            .map(|(schema, _)| schema.clone())
            .collect();
        if members.is_empty() {
            continue;
        }
        flatten(state, name, &members, Some(&table.discriminator), IndexSet::new())?;
        becomes.extend(members.into_iter().filter(|member| member != name).map(|member| (member, name.clone())));
    }
    // Whatever other unions there are.
    for (name, schema) in state.document.schemas.clone() {
        let Shape::OneOf(union) = &schema.shape else {
            continue;
        };
        if state.facts.wrappers.contains_key(&name) || state.facts.unions.contains_key(&name) {
            continue;
        }
        let members = named_members(&name, union)?;
        let known: IndexSet<&String> = members.iter().filter_map(|member| becomes.get(member)).collect();
        match known.as_slice().first() {
            Some(target) if known.len() == 1 && members.iter().all(|member| becomes.contains_key(member)) => {
                let target = (*target).clone();
                becomes.insert(name.clone(), target);
            }
            _ => {
                let said = union.discriminator.as_deref();
                let discriminator = said.map(str::to_owned).or_else(|| discriminator(&state.document, &members));
                let kinds = union.kinds.keys().cloned().collect();
                flatten(state, &name, &members, discriminator.as_deref(), kinds)?;
            }
        }
    }
    for (member, target) in &becomes {
        state.say(format!("schemas/{member}: a kind of {target}"));
    }
    state.document.rename_references(&|name| becomes.get(name).cloned());
    for member in becomes.keys() {
        state.document.schemas.shift_remove(member);
    }
    Ok(())
}

fn named_members(name: &str, union: &crate::model::Union) -> Result<Vec<String>> {
    let member = |member: &Schema| match &member.shape {
        Shape::Ref(member) => Ok(member.clone()),
        _ => bail!("schemas/{name}: an alternative that is not an object"),
    };
    union.members.iter().map(member).collect()
}

/// The key of which every member has its own single value.
fn discriminator(document: &Document, members: &[String]) -> Option<String> {
    let objects: Vec<&Object> = members.iter().filter_map(|member| document.schemas.get(member)?.as_object()).collect();
    let candidates = objects.first()?.properties.keys();
    candidates
        .filter(|key| {
            let values: IndexSet<_> =
                objects.iter().filter_map(|object| object.properties.get(*key)?.constant()).collect();
            values.len() == members.len()
        })
        .map(String::to_owned)
        .next()
}

/// One object with the keys of all members; `kinds` are those that the document maps itself.
fn flatten(
    state: &mut State<'_>,
    name: &str,
    members: &[String],
    discriminator: Option<&str>,
    mut kinds: IndexSet<String>,
) -> Result<()> {
    let mut whole = Object::default();
    let mut enums: IndexMap<String, IndexSet<String>> = IndexMap::new();
    let mut every: Option<IndexSet<String>> = None;
    for member in members {
        let Some(object) = state.document.schemas.get(member).and_then(Schema::as_object).cloned() else {
            bail!("schemas/{name}: alternative {member} is not an object");
        };
        if let Some(kind) = discriminator.and_then(|key| object.properties.get(key)) {
            kinds.extend(strings(kind, &state.document));
        }
        for (key, property) in &object.properties {
            let values = strings(property, &state.document);
            if is_string(property, &state.document) {
                enums.entry(key.clone()).or_default().extend(values);
            }
            match whole.properties.get_mut(key) {
                None => {
                    whole.properties.insert(key.clone(), property.clone());
                }
                Some(known) => widen(known, property, &state.document)
                    .map_err(|()| anyhow::anyhow!("schemas/{name}/{key}: two alternatives give it two types"))?,
            }
        }
        let required = object.required.clone();
        every = Some(match every {
            None => required,
            Some(known) => known.into_iter().filter(|key| required.contains(key)).collect(),
        });
    }
    whole.required = every.unwrap_or_default();
    for (key, values) in enums {
        let Some(property) = whole.properties.get_mut(&key) else {
            continue;
        };
        let nullable = property.nullable;
        // Several values are an enum of the union's own; one or none is a string.
        *property = if values.len() > 1 {
            let enumeration = format!("{name}{}", heck::AsUpperCamelCase(&key));
            let mut values: Vec<String> = values.into_iter().collect();
            match state.document.schemas.get(&enumeration).map(|known| &known.shape) {
                None => {}
                // An enum of that name may be said of other things too.
                Some(Shape::String { values: known, .. }) => {
                    values.extend(known.iter().filter(|value| !values.contains(value)).cloned().collect::<Vec<_>>());
                }
                Some(_) => bail!("schemas/{name}/{key}: its values would be called {enumeration}, which is an object"),
            }
            let shape = Shape::String { format: None, values };
            state.document.schemas.insert(enumeration.clone(), shape.into());
            Schema::reference(enumeration)
        } else {
            Schema::string()
        };
        property.nullable = nullable;
    }
    // A key that no member has tells nothing apart.
    let discriminator = discriminator.filter(|key| whole.properties.contains_key(*key)).map(str::to_owned);
    state.say(format!("schemas/{name}: one object for {} kinds", members.len()));
    state.document.schemas.insert(name.to_owned(), Shape::Object(whole).into());
    state.facts.unions.insert(name.to_owned(), Union { discriminator, kinds });
    Ok(())
}

fn resolve<'d>(schema: &'d Schema, document: &'d Document) -> &'d Schema {
    match &schema.shape {
        Shape::Ref(name) => document.schemas.get(name).unwrap_or(schema),
        _ => schema,
    }
}

fn is_string(schema: &Schema, document: &Document) -> bool {
    matches!(resolve(schema, document).shape, Shape::String { .. })
}

fn strings(schema: &Schema, document: &Document) -> Vec<String> {
    match &resolve(schema, document).shape {
        Shape::String { values, .. } => values.clone(),
        _ => Vec::new(),
    }
}

fn widen(known: &mut Schema, other: &Schema, document: &Document) -> Result<(), ()> {
    known.nullable |= other.nullable;
    let same = known.shape == other.shape
        || (is_string(known, document) && is_string(other, document))
        || matches!((&known.shape, &other.shape), (Shape::Integer { .. }, Shape::Integer { .. }));
    if same { Ok(()) } else { Err(()) }
}

#[cfg(test)]
mod tests;
