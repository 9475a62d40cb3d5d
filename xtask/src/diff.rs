//! `cargo xtask spec diff`: what two versions of an interface have different, what breaks callers first.

use std::fmt::Write as _;

use indexmap::IndexMap;

use crate::model::{Document, Operation, Place, Schema, Shape};

/// The differences, as a list to read.
#[derive(Debug, Default)]
pub(crate) struct Difference {
    pub(crate) breaking: Vec<String>,
    pub(crate) added: Vec<String>,
    pub(crate) other: Vec<String>,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut text = String::new();
        for (title, lines) in [("Breaking", &self.breaking), ("Added", &self.added), ("Changed", &self.other)] {
            let _ = writeln!(text, "{title} ({})", lines.len());
            for line in lines {
                let _ = writeln!(text, "  {line}");
            }
        }
        f.write_str(&text)
    }
}

/// Compares two documents of one interface.
pub(crate) fn diff(old: &Document, new: &Document) -> Difference {
    let mut found = Difference::default();
    for operation in &old.operations {
        match new.operation(&operation.id) {
            None => found.breaking.push(format!("operation {} is gone", operation.id)),
            Some(other) => operations(operation, other, &mut found),
        }
    }
    for operation in &new.operations {
        if old.operation(&operation.id).is_none() {
            let (verb, path) = (operation.method.name().to_uppercase(), &operation.path);
            found.added.push(format!("operation {}: {verb} {path}", operation.id));
        }
    }
    let (sent, answered) = (reached(new, true), reached(new, false));
    for (name, schema) in &old.schemas {
        match new.schemas.get(name) {
            None => found.breaking.push(format!("type {name} is gone")),
            Some(other) => {
                let role = Role { sent: sent.contains(name), answered: answered.contains(name) };
                schemas(name, schema, other, role, &mut found);
            }
        }
    }
    for name in new.schemas.keys().filter(|name| !old.schemas.contains_key(*name)) {
        found.added.push(format!("type {name}"));
    }
    for (event, data) in &old.events {
        match new.events.get(event) {
            None => found.breaking.push(format!("event {event} is gone")),
            Some(other) if spell(data) != spell(other) => {
                found.breaking.push(format!("event {event}: its data was {}, is {}", spell(data), spell(other)));
            }
            Some(_) => {}
        }
    }
    for event in new.events.keys().filter(|event| !old.events.contains_key(*event)) {
        found.added.push(format!("event {event}"));
    }
    found
}

/// Where a type travels: what may be added to it freely depends on that.
#[derive(Clone, Copy)]
struct Role {
    sent: bool,
    answered: bool,
}

fn reached(document: &Document, sent: bool) -> std::collections::HashSet<String> {
    let mut names = std::collections::HashSet::new();
    for operation in &document.operations {
        let schemas: Vec<&Schema> = if sent {
            operation.body.iter().flat_map(|body| body.content.values()).collect()
        } else {
            operation.responses.values().flat_map(|content| content.values()).collect()
        };
        schemas.into_iter().for_each(|schema| names.extend(document.reachable(schema)));
    }
    if !sent {
        document.events.values().for_each(|schema| names.extend(document.reachable(schema)));
    }
    names
}

fn operations(old: &Operation, new: &Operation, found: &mut Difference) {
    let id = &old.id;
    if (old.method, &old.path) != (new.method, &new.path) {
        let line =
            format!("operation {id}: was {} {}, is {} {}", old.method.name(), old.path, new.method.name(), new.path);
        found.other.push(line);
    }
    if !old.deprecated && new.deprecated {
        found.other.push(format!("operation {id} is deprecated"));
    }
    if old.tags != new.tags {
        found.other.push(format!("operation {id}: its tags were {}, are {}", old.tags.join(", "), new.tags.join(", ")));
    }
    for parameter in &old.parameters {
        match new.parameter(&parameter.name) {
            None if parameter.place == Place::Header => {}
            None => found.breaking.push(format!("operation {id}: parameter {} is gone", parameter.name)),
            Some(other) => {
                if !parameter.required && other.required {
                    found.breaking.push(format!("operation {id}: parameter {} is required now", parameter.name));
                }
                if spell(&parameter.schema) != spell(&other.schema) {
                    let (was, is) = (spell(&parameter.schema), spell(&other.schema));
                    found.breaking.push(format!("operation {id}: parameter {} was {was}, is {is}", parameter.name));
                }
            }
        }
    }
    for parameter in new.parameters.iter().filter(|parameter| old.parameter(&parameter.name).is_none()) {
        let line = format!("operation {id}: parameter {}: {}", parameter.name, spell(&parameter.schema));
        if parameter.required { found.breaking.push(format!("{line}, required")) } else { found.added.push(line) }
    }
    let bodies = |operation: &Operation| {
        let content = operation.body.iter().flat_map(|body| &body.content);
        content.map(|(media, schema)| format!("{media} {}", spell(schema))).collect::<Vec<_>>().join(", ")
    };
    if bodies(old) != bodies(new) {
        found.breaking.push(format!("operation {id}: its body was [{}], is [{}]", bodies(old), bodies(new)));
    }
    let answers = |operation: &Operation| {
        let all = operation.successes().flat_map(|(_, content)| content.values());
        all.map(spell).collect::<Vec<_>>().join(", ")
    };
    if answers(old) != answers(new) {
        found.breaking.push(format!("operation {id}: its answer was [{}], is [{}]", answers(old), answers(new)));
    }
}

fn schemas(name: &str, old: &Schema, new: &Schema, role: Role, found: &mut Difference) {
    match (&old.shape, &new.shape) {
        (Shape::Object(was), Shape::Object(is)) => {
            for (key, property) in &was.properties {
                match is.properties.get(key) {
                    None => found.breaking.push(format!("type {name}: {key} is gone")),
                    Some(other) if spell(property) != spell(other) => {
                        let line = format!("type {name}: {key} was {}, is {}", spell(property), spell(other));
                        found.breaking.push(line);
                    }
                    Some(other) => {
                        let may_lack = |object: &crate::model::Object, schema: &Schema| {
                            schema.nullable || !object.required.contains(key)
                        };
                        match (may_lack(was, property), may_lack(is, other)) {
                            (false, true) if role.answered => {
                                found.other.push(format!("type {name}: {key} may be absent or null now"));
                            }
                            (true, false) if role.sent => {
                                found.breaking.push(format!("type {name}: {key} must be sent now"));
                            }
                            _ => {}
                        }
                    }
                }
            }
            for (key, property) in is.properties.iter().filter(|(key, _)| !was.properties.contains_key(*key)) {
                let line = format!("type {name}: {key}: {}", spell(property));
                if role.sent && is.required.contains(key) {
                    found.breaking.push(format!("{line}, must be sent"));
                } else {
                    found.added.push(line);
                }
            }
        }
        (Shape::String { values: was, .. }, Shape::String { values: is, .. }) => {
            let missing = |a: &[String], b: &[String]| {
                a.iter().filter(|value| !b.contains(value)).cloned().collect::<Vec<_>>().join(", ")
            };
            let (gone, new) = (missing(was, is), missing(is, was));
            if !gone.is_empty() {
                found.breaking.push(format!("type {name}: the values {gone} are gone"));
            }
            if !new.is_empty() {
                found.added.push(format!("type {name}: the values {new}"));
            }
        }
        (Shape::OneOf(was), Shape::OneOf(is)) => {
            let kinds = |union: &crate::model::Union| -> IndexMap<String, ()> {
                union.members.iter().map(|member| (spell(member), ())).collect()
            };
            let (was, is) = (kinds(was), kinds(is));
            for kind in was.keys().filter(|kind| !is.contains_key(*kind)) {
                found.breaking.push(format!("type {name}: it is never a {kind} now"));
            }
            for kind in is.keys().filter(|kind| !was.contains_key(*kind)) {
                found.added.push(format!("type {name}: it may be a {kind}"));
            }
        }
        _ if spell(old) != spell(new) => {
            found.breaking.push(format!("type {name} was {}, is {}", spell(old), spell(new)));
        }
        _ => {}
    }
}

/// A type in few words.
fn spell(schema: &Schema) -> String {
    match &schema.shape {
        Shape::Any => "anything".to_owned(),
        Shape::Boolean => "flag".to_owned(),
        Shape::Integer { .. } => "integer".to_owned(),
        Shape::Number { .. } => "number".to_owned(),
        Shape::String { values, .. } if values.is_empty() => "string".to_owned(),
        Shape::String { values, .. } => format!("one of {}", values.join("|")),
        Shape::Array(items) => format!("list of {}", spell(items)),
        Shape::Object(object) if object.is_map() => "map".to_owned(),
        Shape::Object(_) => "object".to_owned(),
        Shape::Ref(name) => name.clone(),
        Shape::OneOf(union) => union.members.iter().map(spell).collect::<Vec<_>>().join(" or "),
        Shape::AllOf(parts) => parts.iter().map(spell).collect::<Vec<_>>().join(" and "),
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, diff};
    use crate::sketch;

    const OLD: &str = "
        paths:
          /users:
            get:
              operationId: listUsers
              tags: [Users]
              parameters:
                - { name: limit, in: query, schema: { type: integer } }
                - { name: query, in: query, schema: { type: string } }
              responses: { '200': { content: { application/json: { schema: { $ref: '#/components/schemas/User' } } } } }
            post:
              operationId: createUser
              tags: [Users]
              requestBody: { content: { application/json: { schema: { $ref: '#/components/schemas/CreateUserBody' } } } }
              responses: { '204': {} }
        components:
          schemas:
            User:
              type: object
              required: [id, age, state]
              properties:
                id: { type: string }
                age: { type: integer }
                state: { $ref: '#/components/schemas/State' }
                nick: { type: string }
            State: { type: string, enum: [new, old] }
            CreateUserBody: { type: object, required: [name], properties: { name: { type: string }, age: { type: integer } } }
        ";

    fn against(changes: &[(&str, &str)]) -> Difference {
        let mut new = OLD.to_owned();
        for (was, is) in changes {
            assert!(new.contains(was), "{was}");
            new = new.replace(was, is);
        }
        diff(&sketch::document(OLD), &sketch::document(&new))
    }

    #[test]
    fn a_document_differs_in_nothing_from_itself() {
        let same = against(&[]);
        assert!(same.breaking.is_empty() && same.added.is_empty() && same.other.is_empty());
        assert_eq!(same.to_string(), "Breaking (0)\nAdded (0)\nChanged (0)\n");
    }

    #[test]
    fn what_callers_can_no_longer_do_or_read_breaks_them() {
        let found = against(&[
            ("- { name: query, in: query, schema: { type: string } }", ""),
            (
                "name: limit, in: query, schema: { type: integer }",
                "name: limit, in: query, required: true, schema: { type: string }",
            ),
            ("nick: { type: string }", ""),
            ("state: { $ref: '#/components/schemas/State' }", "state: { type: string }"),
            ("State: { type: string, enum: [new, old] }", "State: { type: string, enum: [new] }"),
            (
                "required: [name], properties: { name: { type: string }, age: { type: integer } }",
                "required: [name, age, sex], properties: { name: { type: string }, age: { type: integer }, sex: { type: string } }",
            ),
        ]);
        assert_eq!(
            found.breaking,
            [
                "operation listUsers: parameter limit is required now",
                "operation listUsers: parameter limit was integer, is string",
                "operation listUsers: parameter query is gone",
                "type User: state was State, is string",
                "type User: nick is gone",
                "type State: the values old are gone",
                "type CreateUserBody: age must be sent now",
                "type CreateUserBody: sex: string, must be sent",
            ]
        );
        assert!(found.added.is_empty() && found.other.is_empty());
    }

    #[test]
    fn what_is_new_is_added() {
        let found = against(&[
            ("enum: [new, old]", "enum: [new, old, gone]"),
            ("nick: { type: string }", "nick: { type: string }\n                mail: { type: string }"),
            ("paths:", "paths:\n          /teams: { get: { operationId: listTeams, responses: { '204': {} } } }"),
            ("schemas:\n", "schemas:\n            Team: { type: object }\n"),
            (
                "- { name: query",
                "- { name: order, in: query, schema: { type: string } }\n                - { name: query",
            ),
        ]);
        assert_eq!(
            found.added,
            [
                "operation listUsers: parameter order: string",
                "operation listTeams: GET /teams",
                "type User: mail: string",
                "type State: the values gone",
                "type Team",
            ]
        );
        assert!(found.breaking.is_empty() && found.other.is_empty(), "{found}");
    }

    #[test]
    fn what_moves_or_may_be_missing_is_changed() {
        let found = against(&[
            ("required: [id, age, state]", "required: [id, state]"),
            ("/users:", "/people:"),
            ("operationId: createUser", "operationId: createUser\n              deprecated: true"),
            (
                "operationId: listUsers\n              tags: [Users]",
                "operationId: listUsers\n              tags: [People]",
            ),
        ]);
        assert_eq!(
            found.other,
            [
                "operation listUsers: was get /users, is get /people",
                "operation listUsers: its tags were Users, are People",
                "operation createUser: was post /users, is post /people",
                "operation createUser is deprecated",
                "type User: age may be absent or null now",
            ]
        );
        assert!(found.breaking.is_empty() && found.added.is_empty(), "{found}");
    }

    #[test]
    fn operations_types_answers_and_bodies_that_go_break_callers() {
        let found = against(&[
            ("operationId: createUser", "operationId: makeUser"),
            ("State: {", "Condition: {"),
            ("$ref: '#/components/schemas/State'", "$ref: '#/components/schemas/Condition'"),
            (
                "schema: { $ref: '#/components/schemas/User' }",
                "schema: { type: array, items: { $ref: '#/components/schemas/User' } }",
            ),
        ]);
        assert_eq!(
            found.breaking,
            [
                "operation listUsers: its answer was [User], is [list of User]",
                "operation createUser is gone",
                "type User: state was State, is Condition",
                "type State is gone",
            ]
        );
        assert_eq!(found.added, ["operation makeUser: POST /users", "type Condition"]);
    }
}
