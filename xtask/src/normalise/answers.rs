//! One answer an operation: the generator asserts that all successes have one type, and all errors too.

use anyhow::{Result, bail};
use indexmap::IndexMap;

use super::{Answer, Rule, State};
use crate::model::{Operation, Schema};

pub(super) const RULE: Rule =
    Rule { name: "answers", reason: "the generator panics on several success types and on several error types", apply };

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut touched = Vec::new();
    for operation in &mut state.document.operations {
        let answer = answer(operation)?;
        let documented = operation.responses.len();
        let schema = json(operation)?;
        operation.responses = match (answer, schema) {
            (Answer::Json | Answer::Optional, Some(schema)) => {
                IndexMap::from([("200".to_owned(), IndexMap::from([("application/json".to_owned(), schema)]))])
            }
            _ => IndexMap::from([("204".to_owned(), IndexMap::new())]),
        };
        if documented > 1 || answer != Answer::Json {
            touched.push(format!("operations/{}: {answer:?}, one of {documented} documented answers", operation.id));
        }
        state.facts.answers.insert(operation.id.clone(), answer);
    }
    touched.into_iter().for_each(|line| state.say(line));
    Ok(())
}

fn answer(operation: &Operation) -> Result<Answer> {
    if operation.only_redirects() {
        return Ok(Answer::Redirect);
    }
    let contents: Vec<_> = operation.successes().map(|(_, content)| content).collect();
    let types: Vec<&String> = contents.iter().flat_map(|content| content.keys()).collect();
    let Some(first) = types.first() else {
        let redirects = operation.responses.keys().any(|status| status.starts_with('3'));
        return Ok(if redirects { Answer::MaybeRedirect } else { Answer::Empty });
    };
    if types.iter().any(|media| is_json(media)) {
        let may_be_empty = contents.iter().any(|content| content.is_empty());
        return Ok(if may_be_empty { Answer::Optional } else { Answer::Json });
    }
    match first.split(';').next().unwrap_or_default() {
        text if text.starts_with("text/") => Ok(Answer::Text),
        "application/octet-stream" | "application/xml" | "application/samlmetadata+xml" => Ok(Answer::Bytes),
        other if other.ends_with("+xml") || other.starts_with("image/") => Ok(Answer::Bytes),
        other => bail!("operations/{}/responses: an answer of type {other} is not known", operation.id),
    }
}

/// The type of all successes that are JSON: a second type would be read as the first.
fn json(operation: &Operation) -> Result<Option<Schema>> {
    let mut found: Option<(&String, &Schema)> = None;
    for (status, content) in operation.successes() {
        for (_, schema) in content.iter().filter(|(media, _)| is_json(media)) {
            match found {
                Some((first, known)) if known.shape != schema.shape => {
                    bail!(
                        "operations/{}/responses: {first} and {status} answer two types, which is not known",
                        operation.id
                    )
                }
                Some(_) => {}
                None => found = Some((status, schema)),
            }
        }
    }
    Ok(found.map(|(_, schema)| schema.clone()))
}

fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    media == "application/json" || media.ends_with("+json")
}

#[cfg(test)]
mod tests {
    use super::{Answer, RULE};
    use crate::sketch;

    /// What an operation with these responses answers, its responses after, and the report.
    fn answers(responses: &str) -> (Answer, serde_json::Value, Vec<String>) {
        let document =
            sketch::document(&format!("paths: {{ /x: {{ get: {{ operationId: x, responses: {responses} }} }} }}"));
        let (after, facts, report) = sketch::after(&RULE, document, &sketch::tables(&[]));
        (facts.answers["x"], sketch::operation(&after, "x")["responses"].clone(), report)
    }

    const JSON: &str = "{ content: { application/json: { schema: { type: string } } } }";

    #[test]
    fn of_several_successes_and_errors_one_answer_stays() {
        let (answer, after, report) = answers(&format!("{{ 200: {JSON}, 202: {JSON}, 422: {{}}, default: {{}} }}"));
        assert_eq!(answer, Answer::Json);
        assert_eq!(
            after,
            sketch::value("{ 200: { description: '', content: { application/json: { schema: { type: string } } } } }")
        );
        assert_eq!(report, ["answers: operations/x: Json, one of 4 documented answers"]);
    }

    #[test]
    fn an_answer_that_may_have_no_body_is_optional() {
        assert_eq!(answers(&format!("{{ 200: {JSON}, 204: {{}} }}")).0, Answer::Optional);
    }

    #[test]
    fn no_body_a_redirect_text_and_bytes_are_what_they_are() {
        let of = |media: &str| answers(&format!("{{ 200: {{ content: {{ {media}: {{}} }} }} }}")).0;
        assert_eq!(answers("{ 204: {} }").0, Answer::Empty);
        assert_eq!(answers("{ 303: {}, 400: {} }").0, Answer::Redirect);
        assert_eq!(answers("{ 200: {}, 303: {} }").0, Answer::MaybeRedirect);
        assert_eq!(of("text/csv"), Answer::Text);
        assert_eq!(of("text/html; charset=utf-8"), Answer::Text);
        assert_eq!(of("application/octet-stream"), Answer::Bytes);
        assert_eq!(of("image/png"), Answer::Bytes);
        assert_eq!(of("application/problem+json"), Answer::Json);
    }

    #[test]
    fn what_is_not_json_is_no_type_for_the_generator() {
        let (_, after, _) = answers("{ 200: { content: { text/csv: { schema: { type: string } } } } }");
        assert_eq!(after, sketch::value("{ 204: { description: '' } }"));
    }

    #[test]
    fn an_unknown_type_of_answer_is_refused_with_its_place() {
        let document = "paths: { /x: { get: { operationId: x, responses: { 200: { content: { video/mp4: {} } } } } } }";
        let error = sketch::refused(&RULE, sketch::document(document));
        assert_eq!(error, "operations/x/responses: an answer of type video/mp4 is not known");
    }

    #[test]
    fn two_successes_of_two_types_are_refused_with_their_place() {
        let number = "{ content: { application/json: { schema: { type: integer } } } }";
        let document =
            format!("paths: {{ /x: {{ get: {{ operationId: x, responses: {{ 200: {JSON}, 201: {number} }} }} }} }}");
        let error = sketch::refused(&RULE, sketch::document(&document));
        assert_eq!(error, "operations/x/responses: 200 and 201 answer two types, which is not known");
    }
}
