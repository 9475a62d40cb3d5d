use http::Method;

use crate::{call::Call, error::Error, transport::BoxFuture};

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
    idempotent: Option<bool>,
    body_required: bool,
}

impl Operation {
    /// Describes an operation; parameters in `path` are written `{name}`.
    #[must_use]
    pub const fn new(method: Method, id: &'static str, path: &'static str, encoding: Encoding) -> Self {
        Self { id, method, path, encoding, idempotent: None, body_required: false }
    }

    /// Says that sending it twice does no more than sending it once, though its method does not promise that.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = Some(true);
        self
    }

    /// Says that it must not be sent twice, though its method promises that it may.
    #[must_use]
    pub const fn once(mut self) -> Self {
        self.idempotent = Some(false);
        self
    }

    /// Says that a body is sent even when no field was set: an empty object, or an empty form.
    #[must_use]
    pub const fn requires_body(mut self) -> Self {
        self.body_required = true;
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

    /// Whether a body is sent even when no field was set.
    #[must_use]
    pub const fn is_body_required(&self) -> bool {
        self.body_required
    }

    /// Whether a second sending does no more than the first.
    ///
    /// `GET`, `HEAD`, `PUT`, `DELETE` and `OPTIONS` are, `POST` and `PATCH` are not, unless
    /// [`idempotent`](Operation::idempotent) or [`once`](Operation::once) said otherwise.
    #[must_use]
    pub fn is_idempotent(&self) -> bool {
        self.idempotent.unwrap_or_else(|| self.method.is_idempotent())
    }
}

/// An operation with what it is told, not sent yet: the builder of every operation is one.
///
/// Awaiting it sends it, as its `send` does. The trait is for code that works on any operation, such as walking lists.
pub trait Prepared:
    Clone + Send + IntoFuture<Output = Result<Self::Answer, Error>, IntoFuture = Sending<Self>>
{
    /// What the operation answers.
    type Answer: Send;

    /// The request under construction.
    fn call(&mut self) -> &mut Call;
}

/// A prepared operation on its way.
pub type Sending<P> = BoxFuture<'static, Result<<P as Prepared>::Answer, Error>>;

/// Declares the builder of an operation: a struct around its [`Call`](crate::Call), with the ways to send it.
///
/// What it answers is one of `json`, `optional`, `text`, `bytes`, `redirect`, `maybe_redirect` and `empty`, with the
/// type that `send` gives. The field `call` is for the code beside it to fill and to set things on.
#[doc(hidden)]
#[macro_export]
macro_rules! operation {
    ($(#[$about:meta])* $name:ident => $kind:ident $answer:ty) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        #[must_use = "nothing is sent before `send`"]
        pub struct $name {
            call: $crate::Call,
        }

        impl $name {
            /// Sends the request and gives the decoded answer.
            ///
            /// # Errors
            ///
            /// The request cannot be made or sent, the server refuses it, or its answer does not decode.
            pub async fn send(self) -> Result<$answer, $crate::Error> {
                Ok($crate::__send!($kind self.call)?.into_value())
            }

            /// Sends the request and gives the status and the headers beside the decoded answer.
            ///
            /// # Errors
            ///
            /// As for [`send`](Self::send).
            pub async fn send_full(self) -> Result<$crate::Response<$answer>, $crate::Error> {
                $crate::__send!($kind self.call)
            }

            /// Sends a query parameter that the document does not know, or sends one otherwise.
            pub fn with_query(mut self, name: &str, value: &str) -> Self {
                self.call.with_query(name, value);
                self
            }

            /// Sends one more header.
            pub fn with_header(mut self, name: &str, value: &str) -> Self {
                self.call.with_header(name, value);
                self
            }

            /// Sends a key in the body that the document does not know, or sends one otherwise.
            pub fn with_field(mut self, name: &str, value: impl Into<$crate::Json>) -> Self {
                self.call.with_field(name, value.into());
                self
            }
        }

        impl ::std::future::IntoFuture for $name {
            type Output = Result<$answer, $crate::Error>;
            type IntoFuture = $crate::BoxFuture<'static, Self::Output>;

            #[inline]
            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(self.send())
            }
        }

        impl $crate::Prepared for $name {
            type Answer = $answer;

            #[inline]
            fn call(&mut self) -> &mut $crate::Call {
                &mut self.call
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __send {
    (json $call:expr) => {
        $call.send_json().await
    };
    (optional $call:expr) => {
        $call.send_optional().await
    };
    (empty $call:expr) => {
        $call.send_empty().await
    };
    (text $call:expr) => {
        $call.send_text().await
    };
    (bytes $call:expr) => {
        $call.send_bytes().await
    };
    (redirect $call:expr) => {
        $call.send_redirect().await
    };
    (maybe_redirect $call:expr) => {
        $call.send_redirect_or_empty().await
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idempotence_follows_the_method_unless_said_otherwise() {
        const TOUCH: Operation = Operation::new(Method::POST, "Touch", "/touch", Encoding::None).idempotent();
        assert!(TOUCH.is_idempotent());
        const SPEND: Operation = Operation::new(Method::GET, "Spend", "/spend", Encoding::None).once();
        assert!(!SPEND.is_idempotent());
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
