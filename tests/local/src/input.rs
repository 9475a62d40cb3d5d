//! What a request brings: path, query and body, read by the table of its operation.

use clerk_core::{Bytes, Json, JsonMap};
use http::HeaderMap;

use crate::{
    failure::Failure,
    operation::{Body, Encoding, Field, Kind, Operation},
};

/// What a request brings, in the types that the document gives it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Input {
    path: Vec<(&'static str, String)>,
    query: Vec<(String, String)>,
    /// The fields of the body, whatever it was written as.
    pub(crate) body: JsonMap,
    /// The items of a body that is a list.
    pub(crate) items: Vec<Json>,
    pub(crate) files: Vec<File>,
    /// The body as it came.
    pub(crate) raw: Bytes,
}

/// An uploaded file.
#[derive(Clone, Debug)]
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) file_name: Option<String>,
    pub(crate) bytes: Bytes,
}

impl Input {
    /// A parameter of the path; empty for one that the path does not have.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.iter().find(|(known, _)| *known == name).map_or("", |(_, value)| value)
    }

    /// The last value of a query parameter; an empty one counts as not given.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .rev()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .filter(|it| !it.is_empty())
    }

    /// All values of a query parameter, also of `name[]`.
    pub(crate) fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let fits = move |known: &str| known.strip_suffix("[]").unwrap_or(known) == name;
        self.query
            .iter()
            .filter(move |(known, value)| fits(known) && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    pub(crate) fn query_flag(&self, name: &str) -> Result<Option<bool>, Failure> {
        match self.query(name) {
            None => Ok(None),
            Some("true" | "1") => Ok(Some(true)),
            Some("false" | "0") => Ok(Some(false)),
            Some(_) => Err(Failure::wrong_type(name, "true or false")),
        }
    }

    pub(crate) fn query_integer(&self, name: &str) -> Result<Option<i64>, Failure> {
        self.query(name).map(|text| text.parse().map_err(|_| Failure::wrong_type(name, "a number"))).transpose()
    }

    /// Whether the body has the field, be it `null`.
    pub(crate) fn given(&self, name: &str) -> bool {
        self.body.contains_key(name)
    }

    /// Whether the body has the field and it is `null`, or empty in a form.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.body.get(name).is_some_and(Json::is_null)
    }

    /// A text that is given and not `null`; it may be empty.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Json::as_str)
    }

    /// A text that has to be given and not empty.
    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Failure> {
        match self.body.get(name) {
            None => Err(Failure::missing(name)),
            Some(value) => value.as_str().filter(|text| !text.is_empty()).ok_or_else(|| Failure::nil(name)),
        }
    }

    /// What is to become of a text: `None` leave it, `Some(None)` clear it, `Some(Some(_))` set it.
    #[allow(clippy::option_option, reason = "leave, clear and set are three things")]
    pub(crate) fn change(&self, name: &str) -> Option<Option<&str>> {
        self.body.get(name).map(|value| value.as_str().filter(|text| !text.is_empty()))
    }

    pub(crate) fn flag(&self, name: &str) -> Option<bool> {
        self.body.get(name).and_then(Json::as_bool)
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        let value = self.body.get(name)?;
        #[allow(clippy::cast_possible_truncation, reason = "a float beyond the integers saturates")]
        value.as_i64().or_else(|| value.as_f64().map(|float| float as i64))
    }

    pub(crate) fn object(&self, name: &str) -> Option<&JsonMap> {
        self.body.get(name).and_then(Json::as_object)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        match self.body.get(name) {
            Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect(),
            Some(Json::String(text)) => vec![text],
            _ => Vec::new(),
        }
    }

    pub(crate) fn file(&self, name: &str) -> Option<&File> {
        self.files.iter().find(|file| file.name == name).or_else(|| self.files.first())
    }

    /// For calls that one operation makes on behalf of another, and for tests.
    pub(crate) fn of(body: JsonMap) -> Self {
        Self { body, ..Self::default() }
    }
}

/// How deep JSON may be nested.
///
/// Parsers stop at 128: what is kept and shown, a few levels further in, must still be read by the data file and by clients.
const MAX_DEPTH: usize = 100;

/// Whether JSON is nested deeper than is taken.
pub(crate) fn is_too_deep(json: &Json) -> bool {
    fn deeper(json: &Json, left: usize) -> bool {
        let Some(rest) = left.checked_sub(1) else { return true };
        match json {
            Json::Array(items) => items.iter().any(|item| deeper(item, rest)),
            Json::Object(fields) => fields.values().any(|value| deeper(value, rest)),
            _ => false,
        }
    }
    deeper(json, MAX_DEPTH)
}

/// Reads what a request brings.
///
/// A key that the operation does not know, a value of another type and a required one that is not there are refused as
/// the real servers refuse them.
pub(crate) async fn read(
    operation: &Operation,
    path: Vec<(&'static str, String)>,
    query: Option<&str>,
    headers: &HeaderMap,
    raw: Bytes,
) -> Result<Input, Failure> {
    let query = query.map(|query| form_urlencoded::parse(query.as_bytes()).into_owned().collect()).unwrap_or_default();
    let mut input = Input { path, query, raw, ..Input::default() };
    check_query(operation, &input)?;
    let Some(body) = &operation.body else { return Ok(input) };
    match encoding(body, headers, &input.raw)? {
        Some(Encoding::Json) => read_json(body, &mut input)?,
        Some(Encoding::Form) => {
            let pairs: Vec<(String, String)> = form_urlencoded::parse(&input.raw).into_owned().collect();
            read_pairs(body, pairs, &mut input)?;
        }
        Some(Encoding::Multipart) => {
            let pairs = read_parts(headers, &mut input).await?;
            read_pairs(body, pairs, &mut input)?;
        }
        Some(Encoding::Bytes) | None => {}
    }
    if input.body.values().chain(&input.items).any(is_too_deep) {
        return Err(Failure::new(400, "request_body_invalid", "invalid request body")
            .explained(format!("the JSON of the request is nested deeper than {MAX_DEPTH} levels")));
    }
    check_body(body, &input)?;
    Ok(input)
}

fn check_query(operation: &Operation, input: &Input) -> Result<(), Failure> {
    for field in operation.query {
        let value = input.query_all(field.name).next();
        match (&field.kind, value) {
            (_, None) if field.required => {
                return Err(Failure::new(400, "missing_query_parameter", "missing query parameter")
                    .explained(format!("the query parameter {} is required", field.name))
                    .param(field.name));
            }
            (Kind::Integer, Some(text)) if text.parse::<i64>().is_err() => {
                return Err(Failure::wrong_type(field.name, "a number"));
            }
            (Kind::Boolean, Some(text)) if !matches!(text, "true" | "false" | "1" | "0") => {
                return Err(Failure::wrong_type(field.name, "true or false"));
            }
            _ => {}
        }
    }
    Ok(())
}

/// How the body is written: as its content type says, else as its first byte suggests.
fn encoding(body: &Body, headers: &HeaderMap, raw: &[u8]) -> Result<Option<Encoding>, Failure> {
    let given = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mime = given.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let found = match mime.as_str() {
        "application/x-www-form-urlencoded" => Encoding::Form,
        "multipart/form-data" => Encoding::Multipart,
        mime if mime == "application/json" || mime.ends_with("+json") => Encoding::Json,
        _ if raw.is_empty() => return Ok(None),
        _ if body.encodings.contains(&Encoding::Bytes) => Encoding::Bytes,
        "" if raw.first().is_some_and(|byte| matches!(byte, b'{' | b'[')) => Encoding::Json,
        "" => Encoding::Form,
        other => {
            return Err(Failure::new(415, "unsupported_content_type", "unsupported content type")
                .explained(format!("a body of type {other} is not taken here")));
        }
    };
    if found == Encoding::Json && raw.iter().all(u8::is_ascii_whitespace) {
        return Ok(None);
    }
    Ok(Some(found))
}

fn read_json(body: &Body, input: &mut Input) -> Result<(), Failure> {
    let malformed = || {
        Failure::new(400, "request_body_invalid", "invalid request body")
            .explained("the body of the request is not the JSON that it should be")
    };
    match serde_json::from_slice(&input.raw).map_err(|_| malformed())? {
        Json::Object(fields) if !body.list => input.body = fields,
        Json::Array(items) if body.list || body.open => input.items = items,
        Json::Null if !body.required => {}
        _ if body.open && body.fields.is_empty() => {}
        _ => return Err(malformed()),
    }
    let known = |name: &str| body.open || body.fields.iter().any(|field| field.name == name);
    if let Some(name) = input.body.keys().find(|name| !known(name)) {
        return Err(Failure::unknown(name));
    }
    let items = input.items.iter().filter_map(Json::as_object);
    if let Some(name) = items.flat_map(JsonMap::keys).find(|name| !known(name)) {
        return Err(Failure::unknown(name));
    }
    Ok(())
}

async fn read_parts(headers: &HeaderMap, input: &mut Input) -> Result<Vec<(String, String)>, Failure> {
    let malformed = |_| {
        Failure::new(400, "request_body_invalid", "invalid request body")
            .explained("the body of the request is not the multipart form that it should be")
    };
    let content_type = headers.get(http::header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let boundary = multer::parse_boundary(content_type).map_err(malformed)?;
    let raw = input.raw.clone();
    let stream = futures_util::stream::once(async move { Ok::<_, std::convert::Infallible>(raw) });
    let mut parts = multer::Multipart::new(stream, boundary);
    let mut pairs = Vec::new();
    while let Some(part) = parts.next_field().await.map_err(malformed)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let bytes = part.bytes().await.map_err(malformed)?;
        if file_name.is_some() {
            input.files.push(File { name, file_name, bytes });
        } else {
            pairs.push((name, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    Ok(pairs)
}

/// Forms are texts only: the table says what each is.
fn read_pairs(body: &Body, pairs: Vec<(String, String)>, input: &mut Input) -> Result<(), Failure> {
    for (name, value) in pairs {
        let name = name.strip_suffix("[]").unwrap_or(&name);
        // Browsers name the method they would have used.
        if name == "_method" {
            continue;
        }
        let Some(field) = body.fields.iter().find(|field| field.name == name) else {
            if body.open {
                input.body.insert(name.to_owned(), value.into());
                continue;
            }
            return Err(Failure::unknown(name));
        };
        let value = parse(field, &field.kind, value)?;
        match (&field.kind, input.body.get_mut(name)) {
            (Kind::List(_), Some(Json::Array(items))) => match value {
                Json::Array(more) => items.extend(more),
                other => items.push(other),
            },
            (_, Some(known)) => *known = value,
            (_, None) => {
                input.body.insert(name.to_owned(), value);
            }
        }
    }
    Ok(())
}

fn parse(field: &Field, kind: &Kind, text: String) -> Result<Json, Failure> {
    Ok(match kind {
        Kind::String | Kind::File | Kind::OneOf(_) => text.into(),
        _ if text.is_empty() => Json::Null,
        Kind::Boolean => match text.as_str() {
            "true" | "1" => true.into(),
            "false" | "0" => false.into(),
            _ => return Err(Failure::wrong_type(field.name, "true or false")),
        },
        Kind::Integer => text.parse::<i64>().map_err(|_| Failure::wrong_type(field.name, "a number"))?.into(),
        Kind::Number => text.parse::<f64>().map_err(|_| Failure::wrong_type(field.name, "a number"))?.into(),
        Kind::Object => match serde_json::from_str(&text) {
            Ok(object @ Json::Object(_)) => object,
            _ => return Err(Failure::wrong_type(field.name, "a JSON object")),
        },
        Kind::Any => serde_json::from_str(&text).unwrap_or_else(|_| text.into()),
        Kind::List(item) => {
            if text.starts_with('[')
                && let Ok(list @ Json::Array(_)) = serde_json::from_str(&text)
            {
                return Ok(list);
            }
            Json::Array(vec![parse(field, item, text)?])
        }
    })
}

fn check_body(body: &Body, input: &Input) -> Result<(), Failure> {
    if body.list {
        return input.items.iter().try_for_each(|item| match item.as_object() {
            Some(fields) => check_fields(body.fields, fields, &[]),
            None if body.fields.is_empty() => Ok(()),
            None => Err(Failure::new(400, "request_body_invalid", "invalid request body")
                .explained("each item of the list must be an object")),
        });
    }
    check_fields(body.fields, &input.body, &input.files)
}

fn check_fields(fields: &[Field], body: &JsonMap, files: &[File]) -> Result<(), Failure> {
    for field in fields {
        match body.get(field.name) {
            None if field.required => {
                if !matches!(field.kind, Kind::File) || files.is_empty() {
                    return Err(Failure::missing(field.name));
                }
            }
            Some(Json::Null) if field.required && !field.nullable => return Err(Failure::nil(field.name)),
            // A null where none is documented is what several clients send for "not set".
            None | Some(Json::Null) => {}
            Some(value) => check_kind(field.name, &field.kind, value)?,
        }
    }
    Ok(())
}

fn check_kind(name: &str, kind: &Kind, value: &Json) -> Result<(), Failure> {
    match kind {
        Kind::String if !value.is_string() => Err(Failure::wrong_type(name, "a text")),
        Kind::Integer | Kind::Number if !value.is_number() => Err(Failure::wrong_type(name, "a number")),
        Kind::Boolean if !value.is_boolean() => Err(Failure::wrong_type(name, "true or false")),
        Kind::Object if !value.is_object() => Err(Failure::wrong_type(name, "an object")),
        Kind::OneOf(known) => match value.as_str() {
            Some(text) if known.contains(&text) => Ok(()),
            // Providers and strategies that an instance adds are not in the document.
            Some(text) if text.starts_with("oauth_") || text.is_empty() => Ok(()),
            Some(_) => Err(Failure::value(name)),
            None => Err(Failure::wrong_type(name, "a text")),
        },
        Kind::List(item) => match value {
            Json::Array(items) => items.iter().try_for_each(|value| check_kind(name, item, value)),
            _ => Err(Failure::wrong_type(name, "a list")),
        },
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
