//! Parameters that the generator refuses, confuses, or that no caller should set.

use std::collections::HashSet;

use anyhow::{Result, bail};
use heck::ToSnakeCase as _;

use super::{Rule, State};
use crate::model::{Place, Shape};

pub(super) const RULE: Rule = Rule {
    name: "parameters",
    reason: "the generator refuses list styles and merges parameters whose names are equal in snake case",
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

/// What a caller cannot send as a header.
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
        let mut seen = HashSet::new();
        operation.parameters.retain(|parameter| {
            let first = seen.insert(parameter.name.to_snake_case());
            if !first {
                touched.push(format!("{place}/{}: another spelling of a parameter before it", parameter.name));
            }
            first
        });
        for parameter in &mut operation.parameters {
            let is_list = matches!(parameter.schema.shape, Shape::Array(_));
            let separator = match (parameter.style.as_deref(), parameter.explode) {
                (None | Some("form" | "simple"), Some(true) | None) => None,
                (None | Some("form"), Some(false)) if is_list => Some(','),
                (None | Some("form" | "simple"), Some(false)) => None,
                (Some("spaceDelimited"), _) => Some(' '),
                (Some("pipeDelimited"), _) => Some('|'),
                // An object as a parameter travels as one JSON string.
                (Some("deepObject"), _) => None,
                (Some(style), _) => bail!("{place}/{}: style {style} is not known", parameter.name),
            };
            if let Some(separator) = separator {
                touched.push(format!("{place}/{}: joined by {separator:?}", parameter.name));
                state.facts.joined.insert((operation.id.clone(), parameter.name.clone()), separator);
            }
            parameter.style = None;
            parameter.explode = None;
        }
    }
    touched.into_iter().for_each(|line| state.say(line));
    Ok(())
}
