//! A number that counts or tells a time is an integer, also where the document only says that it is a number.

use anyhow::Result;

use super::{Rule, State};
use crate::model::{Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "counts",
    reason: "a limit of ten would go out as 10.0, and a time in milliseconds come in as a fraction",
    apply,
};

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut touched = Vec::new();
    for (name, schema) in &mut state.document.schemas {
        let Shape::Object(object) = &mut schema.shape else {
            continue;
        };
        for (field, property) in &mut object.properties {
            if counts(field) && whole(property) {
                touched.push(format!("schemas/{name}/{field}"));
            }
        }
    }
    for operation in &mut state.document.operations {
        for parameter in &mut operation.parameters {
            if counts(&parameter.name) && whole(&mut parameter.schema) {
                touched.push(format!("operations/{}/parameters/{}", operation.id, parameter.name));
            }
        }
    }
    touched.into_iter().for_each(|line| state.say(line));
    Ok(())
}

fn counts(name: &str) -> bool {
    matches!(name, "limit" | "offset" | "total_count" | "expiration")
        || name.ends_with("_at")
        || name.starts_with("seconds_")
}

fn whole(schema: &mut Schema) -> bool {
    let is_number = matches!(schema.shape, Shape::Number { .. });
    if is_number {
        schema.shape = Shape::Integer { format: None };
    }
    is_number
}
