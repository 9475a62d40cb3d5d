use clerk_core::{Enveloped, Error, ErrorKind, JsonMap, Page};
use serde::Serialize;

use crate::metadata::{self, MetadataPart};

/// What is made of an answer of the API: the answer itself, or a type that reads its metadata.
///
/// Implemented for every type of the generated clients as it is, for the types that carry your metadata, and for
/// `Result<_, Unfit<_>>` of these, which keeps what does not fit. An answer of the Frontend API may be read without its
/// envelope.
pub trait FromAnswer<A>: Sized + Send {
    /// Reads the answer.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Metadata`]: its metadata does not fit the type.
    fn from_answer(answer: A) -> Result<Self, Error>;
}

impl<A: Send> FromAnswer<A> for A {
    fn from_answer(answer: A) -> Result<Self, Error> {
        Ok(answer)
    }
}

impl<A: Send, C> FromAnswer<Enveloped<A, C>> for A {
    fn from_answer(answer: Enveloped<A, C>) -> Result<Self, Error> {
        Ok(answer.response)
    }
}

/// What the API answered where its metadata does not fit the application's type.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unfit<A> {
    /// The answer as it came.
    pub raw: A,
    /// Which part of its metadata does not fit, and where.
    pub error: Error,
}

/// A type whose metadata is read: it fits, or the raw one comes back with the reason.
pub(crate) trait Fit<A>: Sized {
    fn fit(answer: A) -> Result<Self, Unfit<A>>;
}

impl<A: Send, T: Fit<A> + Send> FromAnswer<A> for Result<T, Unfit<A>> {
    fn from_answer(answer: A) -> Result<Self, Error> {
        Ok(T::fit(answer))
    }
}

/// The same page with what is on it read.
pub(crate) fn of_page<A, T: FromAnswer<A>>(page: Page<A>) -> Result<Page<T>, Error> {
    let total_count = page.total_count;
    let mut read = Page::new(page.data.into_iter().map(T::from_answer).collect::<Result<_, _>>()?);
    read.total_count = total_count;
    Ok(read)
}

/// Reads one part of the metadata of what has this id, where it has one.
pub(crate) fn part<T: MetadataPart>(what: &str, id: &impl Serialize, name: &str, value: &JsonMap) -> Result<T, Error> {
    metadata::read(value).map_err(|unfit| {
        let id = serde_json::to_value(id).unwrap_or_default();
        let id = id.as_str().unwrap_or("without an id");
        let path = if unfit.path().is_empty() { name.to_owned() } else { format!("{name}.{}", unfit.path()) };
        let message = format!("{what} {id}: `{path}` does not fit the application's type: {}", unfit.message());
        Error::new(ErrorKind::Metadata, message).with_path(path)
    })
}

/// Writes one part of the metadata.
#[cfg(any(feature = "backend", feature = "frontend"))]
pub(crate) fn written<T: MetadataPart>(value: &T) -> Result<clerk_core::Json, Error> {
    // The error may quote the value.
    match serde_json::to_value(value) {
        Ok(value @ clerk_core::Json::Object(_)) => Ok(value),
        Ok(_) => Err(Error::new(ErrorKind::Metadata, "metadata is an object, and the application's type writes none")),
        Err(_) => Err(Error::new(ErrorKind::Metadata, "the application's metadata cannot be written as JSON")),
    }
}

/// A type of the API whose metadata has the types of the application; everything else is behind `Deref`.
macro_rules! with_metadata {
    ($(
        $(#[$about:meta])*
        $name:ident $what:literal { $($(#[$field_about:meta])* $field:ident: $part:ident = $raw:ident,)+ }
    )*) => {$(
        $(#[$about])*
        ///
        /// Everything else of it is there through `Deref`, its metadata as JSON included.
        #[non_exhaustive]
        pub struct $name<M: Metadata = Json> {
            $($(#[$field_about])* pub $field: M::$part,)+
            /// What the API answered.
            pub raw: types::$name,
        }

        impl<M: Metadata> Fit<types::$name> for $name<M> {
            fn fit(raw: types::$name) -> Result<Self, Unfit<types::$name>> {
                $(let $field = match part($what, &raw.id, stringify!($raw), &raw.$raw) {
                    Ok(value) => value,
                    Err(error) => return Err(Unfit { raw, error }),
                };)+
                Ok(Self { $($field,)+ raw })
            }
        }

        impl<M: Metadata> FromAnswer<types::$name> for $name<M> {
            fn from_answer(answer: types::$name) -> Result<Self, Error> {
                Self::fit(answer).map_err(|unfit| unfit.error)
            }
        }

        impl<M: Metadata> FromAnswer<Vec<types::$name>> for Vec<$name<M>> {
            fn from_answer(answer: Vec<types::$name>) -> Result<Self, Error> {
                answer.into_iter().map(FromAnswer::from_answer).collect()
            }
        }

        impl<M: Metadata> FromAnswer<Page<types::$name>> for Page<$name<M>> {
            fn from_answer(answer: Page<types::$name>) -> Result<Self, Error> {
                of_page(answer)
            }
        }

        impl<M: Metadata> std::ops::Deref for $name<M> {
            type Target = types::$name;

            fn deref(&self) -> &types::$name {
                &self.raw
            }
        }

        impl<M: Metadata> Clone for $name<M> {
            fn clone(&self) -> Self {
                Self { $($field: self.$field.clone(),)+ raw: self.raw.clone() }
            }
        }

        impl<M: Metadata> std::fmt::Debug for $name<M> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($name))$(.field(stringify!($field), &self.$field))+.field("raw", &self.raw).finish()
            }
        }
    )*};
}

pub(crate) use with_metadata;
