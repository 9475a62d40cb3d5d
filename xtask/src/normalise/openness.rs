//! Objects are open, strings and numbers unchecked: the server validates, and it changes before this crate does.

use anyhow::Result;

use super::{Rule, State};
use crate::model::{Additional, Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "openness",
    reason: "closed objects, patterns, ranges and formats make a whole answer fail for one new key or value",
    apply,
};

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut count = 0;
    for schema in state.document.roots_mut() {
        count += open(schema);
    }
    for schema in state.document.schemas.values_mut() {
        count += open(schema);
    }
    state.say(format!("{count} closed objects, formats and limits"));
    Ok(())
}

fn open(schema: &mut Schema) -> usize {
    let mut count = schema.limits.len();
    schema.limits.clear();
    match &mut schema.shape {
        Shape::Object(object) => {
            let keys = !object.properties.is_empty();
            if object.additional == Additional::Closed {
                count += 1;
                object.additional = Additional::Unsaid;
            }
            // Keys that are not known are dropped, except where nothing else is there.
            if keys || object.additional == Additional::Any {
                object.additional = Additional::Unsaid;
            }
        }
        Shape::String { format, .. } => count += usize::from(format.take().is_some()),
        Shape::Integer { format } => *format = Some("int64".to_owned()),
        Shape::Number { format } => *format = Some("double".to_owned()),
        _ => {}
    }
    count + schema.children_mut().into_iter().map(open).sum::<usize>()
}
