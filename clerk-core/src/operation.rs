use http::Method;

/// How the body of a request is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// There is no body.
    None,
    /// `application/json`.
    Json,
    /// `application/x-www-form-urlencoded`: lists repeat their key, objects are one JSON string.
    Form,
    /// `multipart/form-data`: files with name and type, all else as text parts.
    Multipart,
    /// The bytes of one upload and nothing around them.
    Bytes,
}

/// One operation of the API: what never changes from call to call.
#[derive(Clone, Debug)]
pub struct Operation {
    id: &'static str,
    method: Method,
    path: &'static str,
    encoding: Encoding,
    idempotent: bool,
}

impl Operation {
    /// Describes an operation; parameters in `path` are written `{name}`.
    #[must_use]
    pub const fn new(method: Method, id: &'static str, path: &'static str, encoding: Encoding) -> Self {
        Self { id, method, path, encoding, idempotent: false }
    }

    /// Says that sending it twice does no more than sending it once, though its method does not promise that.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// The id that the API gives the operation, such as `UpdateUser`.
    #[must_use]
    pub const fn id(&self) -> &'static str {
        self.id
    }

    /// The HTTP method.
    #[must_use]
    pub const fn method(&self) -> &Method {
        &self.method
    }

    /// The path, with its parameters as `{name}`.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// How its body is written.
    #[must_use]
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether a second sending does no more than the first.
    ///
    /// `GET`, `HEAD`, `PUT`, `DELETE` and `OPTIONS` are; `POST` and `PATCH` only when
    /// [`idempotent`](Operation::idempotent) said so.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.idempotent || self.method.is_idempotent()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idempotence_follows_the_method_unless_said_otherwise() {
        const TOUCH: Operation = Operation::new(Method::POST, "Touch", "/touch", Encoding::None).idempotent();
        assert!(TOUCH.is_idempotent());
        for (method, idempotent) in [
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::PUT, true),
            (Method::DELETE, true),
            (Method::OPTIONS, true),
            (Method::POST, false),
            (Method::PATCH, false),
        ] {
            let operation = Operation::new(method.clone(), "X", "/x", Encoding::None);
            assert_eq!(operation.is_idempotent(), idempotent, "{method}");
        }
    }
}
