use std::{
    borrow::Cow,
    hash::{BuildHasher, RandomState},
};

use bytes::Bytes;
use http::HeaderValue;
use serde::{Serializer as _, ser::SerializeMap as _};
use serde_json::Value;

use crate::{operation::Encoding, query::text, response::Upload};

/// The body of a request under construction.
#[derive(Clone, Default)]
pub(crate) struct Body {
    fields: Vec<(Cow<'static, str>, Value)>,
    whole: Option<Value>,
    files: Vec<(&'static str, Upload)>,
}

/// A body as it is sent, with its content type.
pub(crate) type Encoded = (Bytes, HeaderValue);

impl Body {
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let name = name.into();
        match self.fields.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.fields.push((name, value)),
        }
    }

    pub(crate) fn set_whole(&mut self, value: Value) {
        match value {
            Value::Object(fields) => {
                self.whole = None;
                for (name, value) in fields {
                    self.set(name, value);
                }
            }
            value => self.whole = Some(value),
        }
    }

    pub(crate) fn add_file(&mut self, name: &'static str, file: Upload) {
        self.files.retain(|(known, _)| *known != name);
        self.files.push((name, file));
    }

    /// All of it but the files, as one value.
    pub(crate) fn value(&self) -> Value {
        let fields = || self.fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
        self.whole.clone().unwrap_or_else(|| Value::Object(fields()))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.fields.is_empty() && self.whole.is_none() && self.files.is_empty()
    }

    /// Writes the body; nothing when nothing was set, unless there must be an object or a form, be it empty.
    pub(crate) fn encode(self, encoding: Encoding, required: bool) -> Result<Option<Encoded>, String> {
        let may_be_empty = required && matches!(encoding, Encoding::Json | Encoding::Form);
        if self.is_empty() && !may_be_empty {
            return Ok(None);
        }
        match encoding {
            Encoding::None => Err("the operation takes no body, yet one was set".into()),
            Encoding::Json => self.json().map(Some),
            Encoding::Form => self.form().map(Some),
            Encoding::Multipart => self.multipart().map(Some),
            Encoding::Bytes => self.bytes().map(Some),
        }
    }

    fn json(self) -> Result<Encoded, String> {
        self.refuse_files()?;
        let mut bytes = Vec::new();
        let written = match self.whole {
            Some(_) if !self.fields.is_empty() => {
                return Err("the body is not an object, yet fields of it were set".into());
            }
            Some(whole) => serde_json::to_writer(&mut bytes, &whole),
            None => object(&mut bytes, &self.fields),
        };
        written.map_err(|_| "the body cannot be written as JSON")?;
        Ok((bytes.into(), HeaderValue::from_static("application/json")))
    }

    fn form(self) -> Result<Encoded, String> {
        self.refuse_files()?;
        self.refuse_whole()?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.fields {
            for value in texts(value) {
                form.append_pair(&name, &value);
            }
        }
        Ok((form.finish().into(), HeaderValue::from_static("application/x-www-form-urlencoded")))
    }

    fn multipart(self) -> Result<Encoded, String> {
        self.refuse_whole()?;
        let mut parts = Vec::new();
        for (name, value) in self.fields {
            for value in texts(value) {
                parts.push((format!("name=\"{}\"\r\n", quotable(&name)), Bytes::from(value)));
            }
        }
        for (name, file) in self.files {
            let content_type = content_type(&file)?;
            let content_type = content_type.to_str().map_err(|_| "the content type of the file is not plain text")?;
            let (name, file_name) = (quotable(name), quotable(&file.file_name));
            let head = format!("name=\"{name}\"; filename=\"{file_name}\"\r\ncontent-type: {content_type}\r\n");
            parts.push((head, file.bytes));
        }

        let boundary = boundary(&parts);
        let mut bytes = Vec::new();
        for (head, content) in parts {
            bytes.extend_from_slice(format!("--{boundary}\r\ncontent-disposition: form-data; {head}\r\n").as_bytes());
            bytes.extend_from_slice(&content);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"))
            .map_err(|_| "the boundary of the body is no header text")?;
        Ok((bytes.into(), content_type))
    }

    fn bytes(mut self) -> Result<Encoded, String> {
        match (self.files.pop(), self.fields.is_empty() && self.whole.is_none() && self.files.is_empty()) {
            (Some((_, file)), true) => {
                let content_type = content_type(&file)?;
                Ok((file.bytes, content_type))
            }
            _ => Err("the body is the bytes of one file, yet something else was set".into()),
        }
    }

    fn refuse_files(&self) -> Result<(), String> {
        match self.files.first() {
            Some((name, _)) => Err(format!("the operation takes no file, yet `{name}` was set")),
            None => Ok(()),
        }
    }

    fn refuse_whole(&self) -> Result<(), String> {
        match self.whole {
            Some(_) => Err("the body must be an object".into()),
            None => Ok(()),
        }
    }
}

fn object(bytes: &mut Vec<u8>, fields: &[(Cow<'static, str>, Value)]) -> Result<(), serde_json::Error> {
    let mut serializer = serde_json::Serializer::new(bytes);
    let mut map = serializer.serialize_map(Some(fields.len()))?;
    for (name, value) in fields {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

/// How the Frontend API takes a value in a form: a plain list as one value each, anything nested as one JSON string,
/// nothing as the empty text.
fn texts(value: Value) -> Vec<String> {
    match value {
        Value::Array(values) if !values.iter().any(|value| value.is_array() || value.is_object()) => {
            values.into_iter().map(|value| text(value).unwrap_or_default()).collect()
        }
        value => vec![text(value).unwrap_or_default()],
    }
}

/// A name that cannot end the quotes it is put in, nor the header.
fn quotable(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '"' => "%22".into(),
            '\r' => "%0D".into(),
            '\n' => "%0A".into(),
            c if c.is_control() => String::new(),
            c => c.to_string(),
        })
        .collect()
}

fn content_type(file: &Upload) -> Result<HeaderValue, String> {
    let Some(content_type) = &file.content_type else {
        return Ok(HeaderValue::from_static("application/octet-stream"));
    };
    match HeaderValue::try_from(content_type) {
        Ok(value) if content_type.contains('/') && content_type.is_ascii() => Ok(value),
        _ => Err("the content type of the file is not a media type such as image/png".into()),
    }
}

/// A line that none of the parts holds.
fn boundary(parts: &[(String, Bytes)]) -> String {
    let random = RandomState::new();
    let mut number = 0u64;
    loop {
        let boundary = format!("clerk-{:016x}{:016x}", random.hash_one(number), random.hash_one(!number));
        let taken = parts.iter().any(|(head, content)| {
            head.contains(&boundary) || content.windows(boundary.len()).any(|window| window == boundary.as_bytes())
        });
        if !taken {
            return boundary;
        }
        number += 1;
    }
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
