//! What schemas are made of, as far as it is checked here.
//!
//! A schema with anything else is refused whole: a check that passes over a rule in silence is none.

use clerk_core::{Error, Json};

/// Keywords that a value can break.
const RULES: [&str; 26] = [
    "$ref",
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "else",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "if",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "not",
    "oneOf",
    "patternProperties",
    "prefixItems",
    "properties",
    "required",
    "then",
    "type",
    "uniqueItems",
];

/// Keywords that only tell something.
const NOTES: [&str; 13] = [
    "$comment",
    "$defs",
    "$schema",
    "contentEncoding",
    "contentMediaType",
    "default",
    "deprecated",
    "description",
    "examples",
    "format",
    "readOnly",
    "title",
    "writeOnly",
];

/// Looks for what is not checked here in a schema and all that it is made of.
pub(super) fn check(root: &Json, schema: &Json) -> Result<(), Error> {
    let Json::Object(keywords) = schema else {
        return Ok(());
    };
    for (keyword, value) in keywords {
        let known = RULES.contains(&keyword.as_str())
            || NOTES.contains(&keyword.as_str())
            // Other tools' own.
            || keyword.starts_with("x-");
        if !known {
            return Err(Error::config(format!("the schema has the rule `{keyword}`, which is not checked here")));
        }
        match keyword.as_str() {
            "$ref" if value.as_str().and_then(|pointer| resolve(root, pointer)).is_none() => {
                return Err(Error::config("the schema refers to one outside of itself, which is not looked up"));
            }
            "patternProperties" => {
                for (pattern, inner) in value.as_object().into_iter().flatten() {
                    if Keys::named(pattern).is_none() {
                        return Err(Error::config(
                            "the schema has a pattern of keys that is not that of numbers, which is not checked here",
                        ));
                    }
                    check(root, inner)?;
                }
            }
            "$defs" | "properties" => {
                for inner in value.as_object().into_iter().flat_map(|inner| inner.values()) {
                    check(root, inner)?;
                }
            }
            "allOf" | "anyOf" | "oneOf" | "prefixItems" => {
                for inner in value.as_array().into_iter().flatten() {
                    check(root, inner)?;
                }
            }
            "additionalProperties" | "else" | "if" | "items" | "not" | "then" => check(root, value)?,
            _ => {}
        }
    }
    Ok(())
}

/// The schema that a reference within the document means.
pub(super) fn resolve<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
    root.pointer(reference.strip_prefix('#')?)
}

/// The patterns of keys that maps over numbers have.
#[derive(Clone, Copy)]
pub(super) enum Keys {
    Natural,
    Whole,
}

impl Keys {
    pub(super) fn named(pattern: &str) -> Option<Self> {
        match pattern {
            r"^\d+$" => Some(Self::Natural),
            r"^-?\d+$" => Some(Self::Whole),
            _ => None,
        }
    }

    pub(super) fn fit(self, key: &str) -> bool {
        let digits = match self {
            Self::Natural => key,
            Self::Whole => key.strip_prefix('-').unwrap_or(key),
        };
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    }
}
