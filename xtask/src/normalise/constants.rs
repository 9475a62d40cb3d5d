//! A string that can have one value only is a string: half of a generated crate is types for such constants otherwise.

use anyhow::Result;

use super::{Rule, State};
use crate::model::{Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "constants",
    reason: "every enum of one value is a type to build, and refuses the second value when it comes",
    apply,
};

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut found = Vec::new();
    for (name, schema) in &mut state.document.schemas {
        let Shape::Object(object) = &mut schema.shape else {
            continue;
        };
        for (field, property) in &mut object.properties {
            if let Some(value) = property.constant().map(str::to_owned) {
                found.push(((name.clone(), field.clone()), value));
            }
            plain(property);
        }
    }
    for schema in state.document.roots_mut() {
        plain(schema);
    }
    for ((schema, field), value) in found {
        state.say(format!("schemas/{schema}/{field}: always {value}"));
        state.facts.constants.insert((schema, field), value);
    }
    Ok(())
}

fn plain(schema: &mut Schema) {
    if let Shape::String { values, .. } = &mut schema.shape
        && values.len() == 1
    {
        values.clear();
    }
    for child in schema.children_mut() {
        plain(child);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::sketch;

    #[test]
    fn an_enum_of_one_value_is_a_string_whose_value_is_kept() {
        let before = sketch::schemas(
            "
            User:
              type: object
              properties:
                object: { type: string, enum: [user] }
                kinds: { type: array, items: { type: string, enum: [one] } }
                state: { type: string, enum: [on, 'off'] }
            ",
        );
        let (after, facts, report) = sketch::after(&RULE, before, &sketch::tables(&[]));
        assert_eq!(
            sketch::written(&after),
            sketch::value(
                "
                User:
                  type: object
                  properties:
                    object: { type: string }
                    kinds: { type: array, items: { type: string } }
                    state: { type: string, enum: [on, 'off'] }
                "
            )
        );
        assert_eq!(facts.constants[&("User".to_owned(), "object".to_owned())], "user");
        assert_eq!(facts.constants.len(), 1);
        assert_eq!(report, ["constants: schemas/User/object: always user"]);
    }
}
