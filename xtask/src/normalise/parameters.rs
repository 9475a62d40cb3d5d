//! Parameters that the generator refuses, confuses, or that no caller should set.

use std::collections::HashSet;

use anyhow::{Result, bail};
use heck::ToSnakeCase as _;
use indexmap::IndexMap;

use super::{Rule, State};
use crate::model::{Body, Object, Parameter, Place, Schema, Shape};

pub(super) const RULE: Rule = Rule {
    name: "parameters",
    reason: "the generator refuses list styles, panics on objects and merges parameters whose names are equal in snake case",
    apply,
};

/// Headers that the client, a proxy or a browser sets: a native client that sends `Origin` is refused.
const NOT_THE_CALLERS: &[&str] = &[
    "origin",
    "x-original-host",
    "x-forwarded-for",
    "x-forwarded-host",
    "clerk-secret-key",
    "clerk-proxy-url",
    "authorization",
    "user-agent",
    "cookie",
    "referer",
];

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut touched = Vec::new();
    for operation in &mut state.document.operations {
        let place = format!("operations/{}/parameters", operation.id);
        operation.parameters.retain(|parameter| {
            let dropped = parameter.place == Place::Header
                && NOT_THE_CALLERS.contains(&parameter.name.to_ascii_lowercase().as_str());
            if dropped {
                touched.push(format!("{place}/{}: the client's own header", parameter.name));
            }
            !dropped
        });
        let mut split = Vec::new();
        for parameter in std::mem::take(&mut operation.parameters) {
            match object(&parameter.schema, &state.document.schemas) {
                Some(object) => {
                    touched.push(format!("{place}/{}: a parameter for each of its keys", parameter.name));
                    split.extend(keys(&parameter, object, &state.document.schemas, &place)?);
                }
                None => split.push(parameter),
            }
        }
        operation.parameters = split;
        let mut seen = HashSet::new();
        operation.parameters.retain(|parameter| {
            let first = seen.insert(parameter.name.to_snake_case());
            if !first {
                touched.push(format!("{place}/{}: another spelling of a parameter before it", parameter.name));
            }
            first
        });
        for key in operation.body.iter().flat_map(|body| body_keys(body, &state.document.schemas)) {
            if !seen.insert(key.to_snake_case()) {
                bail!("{place}/{key}: the body has a key of this name too, which is not known");
            }
        }
        for parameter in &mut operation.parameters {
            if let Some(separator) = separator(parameter, &place)? {
                touched.push(format!("{place}/{}: joined by {separator:?}", parameter.name));
                state.facts.joined.insert((operation.id.clone(), parameter.name.clone()), separator);
            }
            parameter.style = None;
            parameter.explode = None;
            if parameter.place == Place::Header && !is_text(&parameter.schema) {
                touched.push(format!("{place}/{}: a header is text", parameter.name));
                parameter.schema = Schema { shape: Schema::string().shape, ..parameter.schema.clone() };
            }
        }
    }
    touched.into_iter().for_each(|line| state.say(line));
    Ok(())
}

/// The keys that are set beside the parameters.
fn body_keys<'d>(body: &'d Body, schemas: &'d IndexMap<String, Schema>) -> impl Iterator<Item = &'d String> {
    body.content.values().filter_map(|schema| object(schema, schemas)).flat_map(|object| object.properties.keys())
}

/// What stands between the values of a list, where they are not parameters of their own.
fn separator(parameter: &Parameter, place: &str) -> Result<Option<char>> {
    let is_list = matches!(parameter.schema.shape, Shape::Array(_));
    if is_list && parameter.place == Place::Path {
        bail!("{place}/{}: a list in the path is not known", parameter.name);
    }
    Ok(match (parameter.style.as_deref(), parameter.explode) {
        (None | Some("form"), Some(false)) if is_list && parameter.place == Place::Query => Some(','),
        (Some("spaceDelimited"), None | Some(false)) if is_list => Some(' '),
        (Some("pipeDelimited"), None | Some(false)) if is_list => Some('|'),
        (None | Some("form" | "simple" | "spaceDelimited" | "pipeDelimited"), _) => None,
        (Some(style), _) => bail!("{place}/{}: style {style} is not known", parameter.name),
    })
}

/// The object that a parameter is, if its keys are known.
fn object<'s>(schema: &'s Schema, schemas: &'s IndexMap<String, Schema>) -> Option<&'s Object> {
    match &schema.shape {
        Shape::Ref(name) => schemas.get(name)?.as_object(),
        _ => schema.as_object(),
    }
    .filter(|object| !object.is_map())
}

/// An object in the query is a parameter for each of its keys: `filter[weight]`, or `weight` alone.
fn keys(
    parameter: &Parameter,
    object: &Object,
    schemas: &IndexMap<String, Schema>,
    place: &str,
) -> Result<Vec<Parameter>> {
    let name = |key: &str| match (parameter.place, parameter.style.as_deref(), parameter.explode) {
        (Place::Query, Some("deepObject"), _) => Ok(format!("{}[{key}]", parameter.name)),
        (Place::Query, None | Some("form"), None | Some(true)) => Ok(key.to_owned()),
        _ => bail!("{place}/{}: an object in one {} is not known", parameter.name, parameter.place.name()),
    };
    let mut parameters = Vec::new();
    for (key, property) in &object.properties {
        if self::object(property, schemas).is_some() {
            bail!("{place}/{}: its key {key} is an object too, which is not known", parameter.name);
        }
        parameters.push(Parameter {
            name: name(key)?,
            place: parameter.place,
            required: parameter.required && object.required.contains(key),
            deprecated: parameter.deprecated || property.deprecated,
            style: None,
            explode: None,
            schema: property.clone(),
        });
    }
    Ok(parameters)
}

/// Whether a value is written as it is.
fn is_text(schema: &Schema) -> bool {
    matches!(schema.shape, Shape::String { .. } | Shape::Ref(_))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::normalise::Facts;
    use crate::sketch;

    fn source(path: &str, parameters: &str) -> String {
        format!("paths: {{ {path}: {{ get: {{ operationId: x, parameters: {parameters} }} }} }}")
    }

    fn parameters(parameters: &str) -> (serde_json::Value, Facts, Vec<String>) {
        let document = sketch::document(&source("/x", parameters));
        let (after, facts, report) = sketch::after(&RULE, document, &sketch::tables(&[]));
        (sketch::operation(&after, "x")["parameters"].clone(), facts, report)
    }

    fn joined(parameter: &str) -> Option<char> {
        let (after, facts, _) = parameters(&format!("[{parameter}]"));
        assert!(after[0]["style"].is_null() && after[0]["explode"].is_null(), "the generator knows no styles");
        facts.joined.get(&("x".to_owned(), "a".to_owned())).copied()
    }

    #[test]
    fn headers_that_the_client_sets_are_not_the_callers() {
        let (after, _, report) = parameters(
            "[{ name: Origin, in: header, schema: { type: string } }, { name: X-Id, in: header, schema: { type: string } }]",
        );
        assert_eq!(after, sketch::value("[{ name: X-Id, in: header, schema: { type: string } }]"));
        assert_eq!(report, ["parameters: operations/x/parameters/Origin: the client's own header"]);
    }

    #[test]
    fn of_two_spellings_of_a_parameter_the_first_stays() {
        let (after, _, report) = parameters(
            "[{ name: user_id, in: query, schema: { type: string } }, { name: userId, in: query, schema: { type: string } }]",
        );
        assert_eq!(after, sketch::value("[{ name: user_id, in: query, schema: { type: string } }]"));
        assert_eq!(report, ["parameters: operations/x/parameters/userId: another spelling of a parameter before it"]);
    }

    #[test]
    fn a_list_that_travels_as_one_text_keeps_what_joins_it() {
        let list = "name: a, in: query, schema: { type: array, items: { type: string } }";
        assert_eq!(joined(&format!("{{ {list} }}")), None, "each value is a parameter of its own");
        assert_eq!(joined(&format!("{{ {list}, style: form, explode: false }}")), Some(','));
        assert_eq!(joined(&format!("{{ {list}, style: spaceDelimited }}")), Some(' '));
        assert_eq!(joined(&format!("{{ {list}, style: pipeDelimited, explode: false }}")), Some('|'));
        assert_eq!(joined(&format!("{{ {list}, style: pipeDelimited, explode: true }}")), None);
        assert_eq!(joined("{ name: a, in: query, explode: false, schema: { type: string } }"), None);
        assert_eq!(joined(&format!("{{ {}, explode: false }}", list.replace("query", "header"))), None);
    }

    #[test]
    fn an_object_is_a_parameter_for_each_of_its_keys() {
        let object =
            "schema: { type: object, required: [a], properties: { a: { type: string }, b: { type: integer } } }";
        let (after, _, report) =
            parameters(&format!("[{{ name: filter, in: query, required: true, style: deepObject, {object} }}]"));
        assert_eq!(
            after,
            sketch::value(
                "
                - { name: 'filter[a]', in: query, required: true, schema: { type: string } }
                - { name: 'filter[b]', in: query, schema: { type: integer } }
                "
            )
        );
        assert_eq!(report, ["parameters: operations/x/parameters/filter: a parameter for each of its keys"]);
        let (after, ..) = parameters(&format!("[{{ name: filter, in: query, {object} }}]"));
        assert_eq!((&after[0]["name"], &after[1]["name"]), (&"a".into(), &"b".into()));
    }

    #[test]
    fn a_header_is_text() {
        let (after, _, report) = parameters("[{ name: X-Count, in: header, schema: { type: integer } }]");
        assert_eq!(after, sketch::value("[{ name: X-Count, in: header, schema: { type: string } }]"));
        assert_eq!(report, ["parameters: operations/x/parameters/X-Count: a header is text"]);
    }

    #[test]
    fn what_is_not_known_is_refused_with_its_place() {
        let refused =
            |parameter: &str| sketch::refused(&RULE, sketch::document(&source("/x", &format!("[{parameter}]"))));
        assert_eq!(
            refused("{ name: a, in: query, style: matrix, schema: { type: string } }"),
            "operations/x/parameters/a: style matrix is not known"
        );
        let inner = "{ type: object, properties: { c: { type: string } } }";
        assert_eq!(
            refused(&format!("{{ name: a, in: query, schema: {{ type: object, properties: {{ b: {inner} }} }} }}")),
            "operations/x/parameters/a: its key b is an object too, which is not known"
        );
        assert_eq!(
            refused(&format!("{{ name: a, in: header, schema: {inner} }}")),
            "operations/x/parameters/a: an object in one header is not known"
        );
        let body = "{ content: { application/json: { schema: { type: object, properties: { userId: {} } } } } }";
        let both = source("/x", "[{ name: user_id, in: query, schema: {} }]")
            .replace("parameters", &format!("requestBody: {body}, parameters"));
        assert_eq!(
            sketch::refused(&RULE, sketch::document(&both)),
            "operations/x/parameters/userId: the body has a key of this name too, which is not known"
        );
        let list = "[{ name: a, in: path, required: true, schema: { type: array, items: { type: string } } }]";
        assert_eq!(
            sketch::refused(&RULE, sketch::document(&source("'/x/{a}'", list))),
            "operations/x/parameters/a: a list in the path is not known"
        );
    }
}
