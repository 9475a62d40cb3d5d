//! Reading an answer's JSON, and saying where it failed without quoting from it.
//!
//! The place is found by walking the text up to where serde_json stopped: reading it a second time through a
//! path-keeping deserializer would compile the code of every answer's type twice.

use bytes::Bytes;
use http::{HeaderMap, Response as HttpResponse, StatusCode, header::CONTENT_TYPE};
use serde::de::{DeserializeOwned, Error as _};
use serde_json::{Value, error::Category};

use crate::{
    error::{Attempts, Error, ErrorKind},
    json::from_str,
    response::Response,
};

/// Decodes the body as JSON, whatever its content type says.
pub(crate) fn json<T: DeserializeOwned>(
    operation: &'static str,
    answer: HttpResponse<Bytes>,
) -> Result<Response<T>, Error> {
    let (parts, body) = answer.into_parts();
    let body = without_mark(&body);
    match read(body) {
        Ok(value) => Ok(Response::new(parts.status, parts.headers, value)),
        Err(error) => {
            let failed = failure(operation, parts.status, parts.headers, body, &error);
            Err(failed.with_attempts(Attempts::of(&parts.extensions)))
        }
    }
}

/// The text without the byte order mark that some servers put before it.
pub(crate) fn without_mark(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

/// The text is checked as a whole: checking string by string, as `from_slice` does, takes several times as long.
fn read<T: DeserializeOwned>(json: &[u8]) -> Result<T, serde_json::Error> {
    let text = std::str::from_utf8(json).map_err(|_| not_unicode(json))?;
    from_str(text).or_else(|error| match with_whole_numbers(text, &error) {
        Some(text) => from_str(&text),
        None => Err(error),
    })
}

/// What is wrong with a text that is not UTF-8.
fn not_unicode(json: &[u8]) -> serde_json::Error {
    match serde_json::from_slice::<Value>(json) {
        Err(error) => error,
        Ok(_) => serde_json::Error::custom("the text is not UTF-8"),
    }
}

/// The text with `3.0` written as `3`, if that may be what was wrong with it: some languages know floats only.
///
/// Blanks take the place of what goes, so that nothing else moves.
fn with_whole_numbers(json: &str, error: &serde_json::Error) -> Option<String> {
    if error.classify() != Category::Data || !error.to_string().contains("floating point") {
        return None;
    }
    let json = json.as_bytes();
    let mut text = json.to_vec();
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in json.iter().enumerate() {
        match byte {
            b'"' if !escaped => quoted = !quoted,
            b'.' if !quoted => {
                let after = json.get(at + 1..).unwrap_or_default();
                let zeros = after.iter().take_while(|byte| **byte == b'0').count();
                let ends = after.get(zeros).is_none_or(|byte| !matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E'));
                if zeros > 0 && ends {
                    text.get_mut(at..=at + zeros)?.fill(b' ');
                }
            }
            _ => {}
        }
        escaped = *byte == b'\\' && !escaped;
    }
    String::from_utf8(text).ok()
}

/// Decodes JSON that is no answer of the API, such as what a webhook carries; `what` names it in the error.
///
/// # Errors
///
/// The JSON does not have the shape of the type; the error names the place and quotes nothing.
pub fn decode<T: DeserializeOwned>(what: &'static str, json: &[u8]) -> Result<T, Error> {
    let json = without_mark(json);
    read(json).map_err(|error| {
        let (path, message) = place_and_message(json, &error);
        Error::new(ErrorKind::Decode, message).with_operation(what).with_path(path)
    })
}

fn failure(
    operation: &'static str,
    status: StatusCode,
    headers: HeaderMap,
    body: &[u8],
    error: &serde_json::Error,
) -> Error {
    let code = status.as_u16();
    let wrong = |message: String, headers| Error::answered(operation, ErrorKind::Decode, message, status, headers);
    if body.iter().all(u8::is_ascii_whitespace) {
        return wrong(format!("the answer ({code}) has no body"), headers);
    }
    if error.classify() != Category::Data {
        let what = if is_json(&headers) { "is broken JSON" } else { "is not JSON" };
        return wrong(format!("the answer ({code}) {what}: {}", reason(error).message), headers);
    }
    let (path, message) = place_and_message(body, error);
    wrong(format!("the answer ({code}) {message}"), headers).with_path(path)
}

/// Where a value does not fit, and a sentence about it.
fn place_and_message(body: &[u8], error: &serde_json::Error) -> (String, String) {
    let reason = reason(error);
    let mut path = path_at(body, error.line(), error.column());
    for place in reason.places {
        append(&mut path, &place);
    }
    let place = if path.is_empty() { "its root" } else { &path };
    let message = format!("does not decode at {place}: {}", reason.message);
    (path, message)
}

/// The error of a value that was read from a text of its own, which stands under `key` in another.
///
/// The place is lost on the way, so that the message carries it.
pub(crate) fn within(key: &str, json: &str, error: &serde_json::Error) -> serde_json::Error {
    let mut path = key.to_owned();
    append(&mut path, &path_at(json.as_bytes(), error.line(), error.column()));
    let text = text_of(error);
    let mut message = text.as_str();
    while let Some((place, rest)) = place_told(message) {
        append(&mut path, place);
        message = rest;
    }
    serde_json::Error::custom(format_args!("in `{path}`: {message}"))
}

/// The place that a message begins with, when `within` put one there.
fn place_told(message: &str) -> Option<(&str, &str)> {
    let (place, rest) = message.strip_prefix("in `")?.split_once("`: ")?;
    let is_path = place.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-.[]*".contains(&byte));
    is_path.then_some((place, rest))
}

fn append(path: &mut String, place: &str) {
    if !path.is_empty() && !place.is_empty() && !place.starts_with('[') {
        path.push('.');
    }
    path.push_str(place);
}

/// What serde_json says, without where.
fn text_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    text.strip_suffix(&place).unwrap_or(&text).to_owned()
}

/// Whether the headers announce JSON; parameters such as a charset do not matter.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return true;
    };
    let essence = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence == "application/json" || essence.ends_with("+json")
}

struct Reason {
    /// Paths below the place where serde_json stopped, known from the message alone.
    places: Vec<String>,
    message: String,
}

/// What serde_json complains of, without what it quotes from the text.
fn reason(error: &serde_json::Error) -> Reason {
    let text = text_of(error);
    let mut text = text.as_str();
    // Syntax errors are serde_json's own fixed texts.
    if error.classify() != Category::Data {
        return Reason { places: Vec::new(), message: text.to_owned() };
    }
    let mut places = Vec::new();
    while let Some((place, rest)) = place_told(text) {
        places.push(place.to_owned());
        text = rest;
    }
    if let Some(field) = text.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        if is_plain(field) {
            places.push(field.to_owned());
        }
        return Reason { places, message: "missing field".into() };
    }
    let found = ["invalid type: ", "invalid value: ", "invalid length "]
        .iter()
        .find_map(|prefix| Some((prefix, text.strip_prefix(prefix)?)));
    let message = if let Some((prefix, rest)) = found {
        // What was found comes first and may quote anything, `, expected ` included; what was expected comes last and
        // is text of the program.
        let expected = rest.rsplit_once(", expected ").map_or("something else", |(_, expected)| expected);
        format!("{}{}, expected {expected}", prefix.trim_end(), unexpected(rest))
    } else if text.starts_with("unknown variant ") {
        "unknown variant".into()
    } else if text.starts_with("unknown field ") {
        "unknown field".into()
    } else if text.starts_with("duplicate field ") {
        "duplicate field".into()
    } else {
        "the value does not fit".into()
    };
    Reason { places, message }
}

/// The kind of value that was found, of those that serde names.
fn unexpected(found: &str) -> &'static str {
    const KINDS: [(&str, &str); 9] = [
        ("boolean", " boolean"),
        ("integer", " integer"),
        ("floating point", " floating point"),
        ("number", " number"),
        ("character", " character"),
        ("string", " string"),
        ("null", " null"),
        ("sequence", " array"),
        ("map", " object"),
    ];
    KINDS.iter().find(|(prefix, _)| found.starts_with(prefix)).map_or("", |(_, kind)| kind)
}

/// Whether a key may be shown: names of the API are plain words, while keys that people chose may hold anything.
fn is_plain(key: &str) -> bool {
    !key.is_empty() && key.len() <= 64 && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

enum Level {
    Object { key: Option<String>, at_key: bool },
    Array(usize),
}

/// The path of the value that holds the byte before `column` of `line`, counted as serde_json counts them.
fn path_at(body: &[u8], line: usize, column: usize) -> String {
    let start = match line.saturating_sub(1) {
        0 => 0,
        lines => body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').nth(lines - 1).map_or(0, |(at, _)| at + 1),
    };
    let target = (start + column).saturating_sub(1);
    let mut levels: Vec<Level> = Vec::new();
    let mut bytes = body.iter().copied().enumerate().take_while(|(at, _)| *at <= target);
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' if at == target => break,
            b'{' => levels.push(Level::Object { key: None, at_key: true }),
            b'[' => levels.push(Level::Array(0)),
            b'}' | b']' => {
                levels.pop();
            }
            b',' => match levels.last_mut() {
                Some(Level::Array(index)) => *index += 1,
                Some(Level::Object { key, at_key }) => (*key, *at_key) = (None, true),
                None => {}
            },
            b':' => {
                if let Some(Level::Object { at_key, .. }) = levels.last_mut() {
                    *at_key = false;
                }
            }
            b'"' => {
                let mut text = Vec::new();
                let mut escaped = false;
                for (_, byte) in bytes.by_ref() {
                    if byte == b'"' && !escaped {
                        break;
                    }
                    escaped = byte == b'\\' && !escaped;
                    text.push(byte);
                }
                if let Some(Level::Object { key, at_key: true }) = levels.last_mut() {
                    *key = Some(String::from_utf8(text).ok().filter(|key| is_plain(key)).unwrap_or_else(|| "*".into()));
                }
            }
            _ => {}
        }
    }
    let mut path = String::new();
    for level in levels {
        match level {
            Level::Array(index) => path.push_str(&format!("[{index}]")),
            Level::Object { key: Some(key), .. } => append(&mut path, &key),
            Level::Object { key: None, .. } => {}
        }
    }
    path
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
