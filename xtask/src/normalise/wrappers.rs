//! Schemas that only wrap another: one generic type does it for all of them.

use anyhow::Result;
use heck::ToUpperCamelCase as _;

use super::{Rule, State, Wrapper};
use crate::model::{Document, Object, Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "wrappers",
    reason: "a type for each list and each envelope is what builds slowly and cannot be written generic code for",
    apply,
};

fn apply(state: &mut State<'_>) -> Result<()> {
    page_where_asked(state);
    let mut found = Vec::new();
    for (name, schema) in &state.document.schemas {
        if let Some(object) = page(schema, &state.document) {
            found.push((name.clone(), Wrapper::Page, Some(object)));
        } else if is_envelope(schema) {
            found.push((name.clone(), Wrapper::Envelope, None));
        }
    }
    for (name, wrapper, replacement) in found {
        state.say(format!("schemas/{name}: {wrapper:?}"));
        if let Some(object) = replacement {
            state.document.schemas.insert(name.clone(), Shape::Object(object).into());
        }
        state.facts.wrappers.insert(name, wrapper);
    }
    Ok(())
}

/// A list that becomes a page when `paginated` is sent: the page type reads both.
fn page_where_asked(state: &mut State<'_>) {
    let mut pages = Vec::new();
    for operation in &mut state.document.operations {
        if operation.parameter("paginated").is_none() {
            continue;
        }
        let id = operation.id.to_upper_camel_case();
        for schema in operation.responses.values_mut().flat_map(|content| content.values_mut()) {
            if matches!(schema.shape, Shape::Array(_)) {
                let name = format!("{id}Page");
                let mut object = Object::default();
                object.properties.insert("data".to_owned(), schema.clone());
                object.properties.insert("total_count".to_owned(), Shape::Integer { format: None }.into());
                *schema = Schema::reference(name.clone());
                pages.push((name, object));
            }
        }
    }
    for (name, object) in pages {
        state.say(format!("schemas/{name}: a list, or a page where the caller asks for one"));
        state.document.schemas.insert(name, Shape::Object(object).into());
    }
}

/// `{data: [T], total_count}`; also where the answer is either that or the bare list.
fn page(schema: &Schema, document: &Document) -> Option<Object> {
    match &schema.shape {
        Shape::Object(object) => {
            let mut keys: Vec<_> = object.properties.keys().map(String::as_str).collect();
            keys.sort_unstable();
            let is_list = object.properties.get("data").is_some_and(|data| matches!(data.shape, Shape::Array(_)));
            (is_list && keys == ["data", "total_count"]).then(|| object.clone())
        }
        Shape::OneOf(union) => {
            let mut list = None;
            let mut paged = None;
            for member in &union.members {
                match &member.shape {
                    Shape::Array(_) => list = Some(&member.shape),
                    Shape::Ref(name) => paged = Some(page(document.schemas.get(name)?, document)?),
                    _ => return None,
                }
            }
            paged.filter(|paged| paged.properties.get("data").map(|data| &data.shape) == list)
        }
        _ => None,
    }
}

/// `{response, client}`.
fn is_envelope(schema: &Schema) -> bool {
    schema.as_object().is_some_and(|object| {
        object.properties.len() == 2
            && object.properties.contains_key("response")
            && object.properties.contains_key("client")
    })
}

#[cfg(test)]
mod tests {
    use super::{RULE, Wrapper};
    use crate::sketch;

    fn found(yaml: &str) -> (serde_json::Value, Vec<(String, Wrapper)>, Vec<String>) {
        let (after, facts, report) = sketch::after(&RULE, sketch::schemas(yaml), &sketch::tables(&[]));
        (sketch::written(&after), facts.wrappers.into_iter().collect(), report)
    }

    #[test]
    fn data_with_a_total_is_a_page_whatever_it_lists() {
        let yaml = "
            Users:
              type: object
              properties: { data: { type: array, items: { type: string } }, total_count: { type: integer } }
            ";
        let (after, wrappers, report) = found(yaml);
        assert_eq!(after, sketch::value(yaml), "the schema itself stays for the generator");
        assert_eq!(wrappers, [("Users".to_owned(), Wrapper::Page)]);
        assert_eq!(report, ["wrappers: schemas/Users: Page"]);
    }

    #[test]
    fn a_bare_list_or_a_page_of_the_same_is_a_page() {
        let (after, wrappers, _) = found(
            "
            Either: { oneOf: [{ type: array, items: { type: string } }, { $ref: '#/components/schemas/Users' }] }
            Users:
              type: object
              properties: { data: { type: array, items: { type: string } }, total_count: { type: integer } }
            ",
        );
        assert_eq!(after["Either"], after["Users"]);
        assert_eq!(wrappers.len(), 2);
    }

    #[test]
    fn a_list_is_a_page_where_the_caller_can_ask_for_one() {
        let document = sketch::document(
            "
            paths:
              /users:
                get:
                  operationId: listUsers
                  parameters: [{ name: paginated, in: query, schema: { type: boolean } }]
                  responses: { '200': { content: { application/json: { schema: { type: array, items: { type: string } } } } } }
            ",
        );
        let (after, facts, _) = sketch::after(&RULE, document, &sketch::tables(&[]));
        assert_eq!(
            sketch::written(&after),
            sketch::value(
                "
                ListUsersPage:
                  type: object
                  properties: { data: { type: array, items: { type: string } }, total_count: { type: integer } }
                "
            )
        );
        assert_eq!(facts.wrappers["ListUsersPage"], Wrapper::Page);
        let answer = &after.operation("listUsers").unwrap().responses["200"]["application/json"];
        assert_eq!(*answer, crate::model::Schema::reference("ListUsersPage"));
    }

    #[test]
    fn an_answer_beside_the_client_is_an_envelope() {
        let (_, wrappers, report) = found(
            "
            Wrapped: { type: object, properties: { response: { type: string }, client: { type: object } } }
            ",
        );
        assert_eq!(wrappers, [("Wrapped".to_owned(), Wrapper::Envelope)]);
        assert_eq!(report, ["wrappers: schemas/Wrapped: Envelope"]);
    }

    #[test]
    fn one_key_more_is_an_object_like_any_other() {
        let (_, wrappers, report) = found(
            "
            Users:
              type: object
              properties: { data: { type: array, items: {} }, total_count: { type: integer }, next: { type: string } }
            Wrapped: { type: object, properties: { response: {}, client: {}, more: {} } }
            Mixed: { oneOf: [{ type: array, items: { type: string } }, { $ref: '#/components/schemas/Users' }] }
            ",
        );
        assert!(wrappers.is_empty() && report.is_empty());
    }
}
