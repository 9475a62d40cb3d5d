use std::{fmt, future::poll_fn};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE, LOCATION, SET_COOKIE},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tower_service::Service as _;

use crate::{
    body::Body,
    decode,
    endpoint::Endpoint,
    error::{Attempts, Error, ErrorKind},
    headers::{hide_secrets, is_secret},
    operation::Operation,
    path,
    query::Query,
    response::{Redirect, Response, Upload},
    secret::Secret,
    transport::{BoxFuture, OperationInfo},
};

/// A request under construction: what the builder of every operation holds.
///
/// A mistake made on the way, such as a value that cannot be written, is kept and comes out of sending as
/// [`ErrorKind::InvalidRequest`]; nothing is sent then. `Debug` shows the operation only.
#[derive(Clone)]
pub struct Call {
    endpoint: Endpoint,
    operation: &'static Operation,
    path: String,
    query: Query,
    headers: HeaderMap,
    body: Body,
    idempotent: bool,
    mistake: Option<String>,
}

impl Call {
    pub(crate) fn new(endpoint: Endpoint, operation: &'static Operation) -> Self {
        Self {
            endpoint,
            operation,
            path: operation.path().to_owned(),
            query: Query::default(),
            headers: HeaderMap::new(),
            body: Body::default(),
            idempotent: operation.is_idempotent(),
            mistake: None,
        }
    }

    /// Fills a parameter of the path.
    ///
    /// What is not unreserved is percent-encoded; values that are empty or hold dot segments are refused.
    pub fn path(&mut self, name: &str, value: &str) {
        match path::encode(value) {
            Ok(encoded) => {
                if !path::fill(&mut self.path, name, &encoded) {
                    self.mistake(|| format!("the path has no parameter `{name}` left to fill"));
                }
            }
            Err(problem) => self.mistake(|| format!("the path parameter `{name}` {problem}")),
        }
    }

    /// Sets a query parameter, in place of what was set before.
    ///
    /// Lists repeat the parameter, objects are sent as one JSON string, and `None` leaves it out.
    pub fn query<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        if let Some(value) = self.value("query parameter", name, serde_json::to_value(value)) {
            self.query.set(name, value);
        }
    }

    /// Sets a query parameter that takes the values of a list in one text.
    pub fn query_joined<T: Serialize + ?Sized>(&mut self, name: &'static str, separator: char, value: &T) {
        if let Some(value) = self.value("query parameter", name, serde_json::to_value(value)) {
            self.query.set_joined(name, separator, value);
        }
    }

    /// Sets a header, in place of what the endpoint sends under that name.
    pub fn header(&mut self, name: &'static str, value: &str) {
        self.with_header(name, value);
    }

    /// Sets a field of the body, in place of what was set before.
    pub fn field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        if let Some(value) = self.value("field", name, serde_json::to_value(value)) {
            self.body.set(name, value);
        }
    }

    /// Sets a field of the body to `null`.
    pub fn clear(&mut self, name: &'static str) {
        self.body.set(name, Value::Null);
    }

    /// Sets the whole body: a list, or an object whose keys are then fields.
    pub fn body<T: Serialize + ?Sized>(&mut self, value: &T) {
        if let Some(value) = self.value("body", "", serde_json::to_value(value)) {
            self.body.set_whole(value);
        }
    }

    /// Adds a file: a part of a multipart body, or the whole body where that is bytes.
    pub fn file(&mut self, name: &'static str, file: Upload) {
        self.body.add_file(name, file);
    }

    /// Sets a query parameter that the operation does not name.
    pub fn with_query(&mut self, name: &str, value: &str) {
        self.query.set(name.to_owned(), Value::String(value.to_owned()));
    }

    /// Sets a header that the operation does not name.
    pub fn with_header(&mut self, name: &str, value: &str) {
        let parsed = (HeaderName::try_from(name), HeaderValue::try_from(value));
        let (Ok(name), Ok(mut value)) = parsed else {
            return self
                .mistake(|| format!("the header `{}` has a name or a value that no header can have", printable(name)));
        };
        value.set_sensitive(is_secret(&name));
        self.headers.insert(name, value);
    }

    /// Sets a field of the body that the operation does not name.
    pub fn with_field(&mut self, name: &str, value: Value) {
        self.body.set(name.to_owned(), value);
    }

    /// Says that this request must not be sent twice, whatever holds for its operation: it spends something, such as a
    /// nonce.
    pub fn once(&mut self) {
        self.idempotent = false;
    }

    /// Says that this request may be sent again, whatever holds for its operation: it carries an idempotency key.
    pub fn repeatable(&mut self) {
        self.idempotent = true;
    }

    /// The operation that it calls.
    #[must_use]
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// Where it goes.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Whether anything was put into the body.
    #[must_use]
    pub fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    /// What was put into the body, as one value: files aside.
    #[must_use]
    pub fn body_value(&self) -> Value {
        self.body.value()
    }

    /// What a query parameter was set to.
    #[must_use]
    pub fn query_values(&self, name: &str) -> Option<&[String]> {
        self.query.get(name)
    }

    /// Takes over the query of another call, except the parameters of these names.
    pub fn copy_query(&mut self, other: &Self, except: &[&str]) {
        self.query.copy(&other.query, except);
    }

    fn mistake(&mut self, message: impl FnOnce() -> String) {
        self.mistake.get_or_insert_with(message);
    }

    fn value(&mut self, what: &str, name: &str, value: Result<Value, serde_json::Error>) -> Option<Value> {
        // The error may quote the value.
        if value.is_err() {
            self.mistake(|| match name {
                "" => format!("the {what} cannot be written as JSON"),
                name => format!("the {what} `{name}` cannot be written as JSON"),
            });
        }
        value.ok()
    }

    /// Sends the request and decodes the answer.
    ///
    /// # Errors
    ///
    /// See [`ErrorKind`]; the same goes for the other ways of sending.
    pub async fn send_json<T: DeserializeOwned>(self) -> Result<Response<T>, Error> {
        let operation = self.operation.id();
        decode::json(operation, self.send(Accept::Json).await?)
    }

    /// Sends the request and decodes the answer, which may have no body.
    pub async fn send_optional<T: DeserializeOwned>(self) -> Result<Response<Option<T>>, Error> {
        let operation = self.operation.id();
        let answer = self.send(Accept::Json).await?;
        match decode::without_mark(answer.body()).trim_ascii() {
            b"" | b"null" => Ok(of_parts(answer, |_| None)),
            _ => Ok(decode::json::<T>(operation, answer)?.map(Some)),
        }
    }

    /// Sends the request; whatever body a success has does not matter.
    pub async fn send_empty(self) -> Result<Response<()>, Error> {
        Ok(of_parts(self.send(Accept::Json).await?, |_| ()))
    }

    /// Sends the request and gives the answer as text.
    pub async fn send_text(self) -> Result<Response<String>, Error> {
        let operation = self.operation.id();
        let (parts, body) = self.send(Accept::Anything).await?.into_parts();
        match String::from_utf8(body.into()) {
            Ok(text) => Ok(Response::new(parts.status, parts.headers, text)),
            Err(_) => {
                let message = format!("the answer ({}) is not UTF-8", parts.status.as_u16());
                let attempts = Attempts::of(&parts.extensions);
                Err(Error::answered(operation, ErrorKind::Decode, message, parts.status, parts.headers)
                    .with_attempts(attempts))
            }
        }
    }

    /// Sends the request and gives the answer as it is.
    pub async fn send_bytes(self) -> Result<Response<Bytes>, Error> {
        Ok(of_parts(self.send(Accept::Anything).await?, |body| body))
    }

    /// Sends the request and gives the redirect that it answers with.
    pub async fn send_redirect(self) -> Result<Response<Redirect>, Error> {
        let operation = self.operation.id();
        redirect(operation, self.send(Accept::Redirect).await?)
    }

    /// Sends the request and gives the redirect if it answers with one; whatever body a success has does not matter.
    pub async fn send_redirect_or_empty(self) -> Result<Response<Option<Redirect>>, Error> {
        let operation = self.operation.id();
        let answer = self.send(Accept::Redirect).await?;
        if answer.status().is_success() {
            return Ok(of_parts(answer, |_| None));
        }
        Ok(redirect(operation, answer)?.map(Some))
    }

    /// Boxed, so that the future of each operation is no more than a pointer to this one.
    fn send(self, accept: Accept) -> BoxFuture<'static, Result<http::Response<Bytes>, Error>> {
        Box::pin(async move {
            let (mut transport, operation) = (self.endpoint.transport().clone(), self.operation);
            let request = self.into_request(accept)?;
            let failed = |error| Error::transport(operation.id(), error);
            poll_fn(|context| transport.poll_ready(context)).await.map_err(failed)?;
            let mut answer = transport.call(request).await.map_err(failed)?;
            hide_secrets(answer.headers_mut());
            let status = answer.status();
            if status.is_success() || (accept == Accept::Redirect && status.is_redirection()) {
                return Ok(answer);
            }
            if status.is_redirection() {
                let message = format!("answered {} where no redirect is due", status.as_u16());
                let (parts, _) = answer.into_parts();
                let attempts = Attempts::of(&parts.extensions);
                return Err(Error::answered(operation.id(), ErrorKind::Unexpected, message, status, parts.headers)
                    .with_attempts(attempts));
            }
            Err(Error::from_response(operation.id(), answer))
        })
    }

    fn into_request(self, accept: Accept) -> Result<Request<Bytes>, Error> {
        let operation = self.operation;
        let refuse = |message: String| Error::invalid_request(operation.id(), message);
        if let Some(mistake) = self.mistake {
            return Err(refuse(mistake));
        }
        if let Some(name) = path::unfilled(&self.path) {
            return Err(refuse(format!("the path parameter `{name}` is not set")));
        }
        let mut url = format!("{}{}", self.endpoint.base_url(), self.path);
        self.query.write(&mut url, self.endpoint.query());

        let mut headers = self.endpoint.headers().clone();
        if accept == Accept::Json {
            headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        }
        let mut request = Request::new(Bytes::new());
        let body = self.body.encode(operation.encoding(), operation.is_body_required()).map_err(refuse)?;
        if let Some((body, content_type)) = body {
            headers.insert(CONTENT_TYPE, content_type);
            *request.body_mut() = body;
        }
        // Some servers and proxies refuse these methods when nobody says how long the body is.
        if request.body().is_empty() && [Method::POST, Method::PUT, Method::PATCH].contains(operation.method()) {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(0));
        }
        headers.extend(self.headers);
        *request.headers_mut() = headers;
        *request.method_mut() = operation.method().clone();
        *request.uri_mut() = url.try_into().map_err(|_| refuse("the URL is too long or not valid".into()))?;
        request.extensions_mut().insert(OperationInfo::new(operation.id(), self.idempotent));
        Ok(request)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("operation", &self.operation.id()).finish_non_exhaustive()
    }
}

/// What the answer is wanted for.
#[derive(Clone, Copy, PartialEq)]
enum Accept {
    Json,
    Anything,
    Redirect,
}

fn redirect(operation: &'static str, answer: http::Response<Bytes>) -> Result<Response<Redirect>, Error> {
    let (parts, _) = answer.into_parts();
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    match parts.headers.get(LOCATION).map(text) {
        Some(location) if parts.status.is_redirection() => {
            let cookies = parts.headers.get_all(SET_COOKIE).iter().map(|cookie| text(cookie).into());
            let redirect = Redirect::new(location, cookies.collect::<Vec<Secret>>());
            Ok(Response::new(parts.status, parts.headers, redirect))
        }
        _ => {
            let message = format!("answered {} without saying where to go", parts.status.as_u16());
            let attempts = Attempts::of(&parts.extensions);
            Err(Error::answered(operation, ErrorKind::Unexpected, message, parts.status, parts.headers)
                .with_attempts(attempts))
        }
    }
}

fn of_parts<T>(answer: http::Response<Bytes>, value: impl FnOnce(Bytes) -> T) -> Response<T> {
    let (parts, body) = answer.into_parts();
    Response::new(parts.status, parts.headers, value(body))
}

/// A name that may go into an error's text.
fn printable(name: &str) -> String {
    name.chars().filter(char::is_ascii_graphic).take(64).collect()
}

#[cfg(test)]
#[path = "call_tests.rs"]
pub(crate) mod tests;
