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

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::sketch;

    #[test]
    fn a_schema_that_may_be_null_is_null_where_it_is_referred_to() {
        let before = sketch::schemas(
            "
            Owner: { type: object, nullable: true, properties: { id: { type: string } } }
            Team: { type: object, properties: { owner: { $ref: '#/components/schemas/Owner' } } }
            ",
        );
        let (after, _, report) = sketch::after(&RULE, before, &sketch::tables(&[]));
        assert_eq!(
            sketch::written(&after),
            sketch::value(
                "
                Owner: { type: object, properties: { id: { type: string } } }
                Team:
                  type: object
                  properties: { owner: { allOf: [{ $ref: '#/components/schemas/Owner' }], nullable: true } }
                "
            )
        );
        let answer = &after.operation("getOwner").unwrap().responses["200"]["application/json"];
        assert!(answer.nullable, "an answer that refers to it may be null too");
        assert_eq!(report, ["nullability: schemas/Owner: null wherever it is referred to"]);
    }
}
