//! A named schema is never null; what refers to it may be.

use anyhow::Result;

use super::{Rule, State};
use crate::model::{Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "nullability",
    reason: "the generator makes a wrapper around an option of a named schema that may be null",
    apply,
};

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut nullable = Vec::new();
    for (name, schema) in &mut state.document.schemas {
        if std::mem::take(&mut schema.nullable) {
            nullable.push(name.clone());
        }
    }
    for schema in state.document.roots_mut() {
        pass(schema, &nullable);
    }
    for schema in state.document.schemas.values_mut() {
        schema.children_mut().into_iter().for_each(|child| pass(child, &nullable));
    }
    nullable.into_iter().for_each(|name| state.say(format!("schemas/{name}: null wherever it is referred to")));
    Ok(())
}

fn pass(schema: &mut Schema, nullable: &[String]) {
    if let Shape::Ref(name) = &schema.shape
        && nullable.contains(name)
    {
        schema.nullable = true;
    }
    schema.children_mut().into_iter().for_each(|child| pass(child, nullable));
}
