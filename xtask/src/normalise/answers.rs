//! One answer an operation: the generator asserts that all successes have one type, and all errors too.

use anyhow::{Result, bail};
use indexmap::IndexMap;

use super::{Answer, Rule, State};
use crate::model::Operation;

pub(super) const RULE: Rule =
    Rule { name: "answers", reason: "the generator panics on several success types and on several error types", apply };

fn apply(state: &mut State<'_>) -> Result<()> {
    let mut touched = Vec::new();
    for operation in &mut state.document.operations {
        let answer = answer(operation)?;
        let documented = operation.responses.len();
        let schema = operation.successes().flat_map(|(_, content)| content).find(|(media, _)| is_json(media));
        let schema = schema.map(|(_, schema)| schema.clone());
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
        return Ok(Answer::Empty);
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

fn is_json(media: &str) -> bool {
    let media = media.split(';').next().unwrap_or_default().trim();
    media == "application/json" || media.ends_with("+json")
}
