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
    for operation in &state.document.operations {
        // The one limit that callers keep to by themselves.
        let largest = operation.parameter("limit").and_then(|limit| limit.schema.limits.get("maximum"));
        if let Some(largest) = largest.and_then(serde_json::Value::as_u64) {
            state.facts.largest_pages.insert(operation.id.clone(), largest);
        }
    }
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

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::sketch;

    #[test]
    fn objects_open_and_limits_go() {
        let before = sketch::schemas(
            "
            User:
              type: object
              additionalProperties: false
              properties:
                name: { type: string, format: email, maxLength: 3, pattern: '^a' }
                age: { type: integer, format: int32, minimum: 18, enum: [18, 19] }
                size: { type: number, format: float }
            ",
        );
        let (after, _, report) = sketch::after(&RULE, before, &sketch::tables(&[]));
        assert_eq!(
            sketch::written(&after),
            sketch::value(
                "
                User:
                  type: object
                  properties:
                    name: { type: string }
                    age: { type: integer, format: int64 }
                    size: { type: number, format: double }
                "
            )
        );
        assert_eq!(report, ["openness: 6 closed objects, formats and limits"]);
    }

    #[test]
    fn how_long_a_page_may_be_is_kept_as_a_fact() {
        let before = sketch::document(
            "
            paths:
              /things:
                get:
                  operationId: listThings
                  parameters: [{ name: limit, in: query, schema: { type: integer, maximum: 100 } }]
                  responses: { '204': { description: '' } }
            ",
        );
        let (_, facts, _) = sketch::after(&RULE, before, &sketch::tables(&[]));
        assert_eq!(facts.largest_pages.get("listThings"), Some(&100));
    }

    #[test]
    fn what_a_map_is_of_stays() {
        let before = "
            Counts: { type: object, properties: { all: { type: object, additionalProperties: { type: boolean } } } }
            ";
        let (after, ..) = sketch::after(&RULE, sketch::schemas(before), &sketch::tables(&[]));
        assert_eq!(sketch::written(&after), sketch::value(before));
    }
}
