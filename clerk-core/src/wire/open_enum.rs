use std::{fmt, marker::PhantomData};

use serde::{
    Deserializer,
    de::{self, Visitor},
};

/// Gives an enum of strings its texts, both ways.
///
/// The enum has a variant without a value for each text, and `Unknown(String)` for all others, which comes back on the
/// wire as it was read. Reading a known text allocates nothing.
///
/// ```
/// #[derive(Clone, Debug, PartialEq, Eq, Hash)]
/// #[non_exhaustive]
/// pub enum SessionStatus { Active, Ended, Unknown(String) }
///
/// clerk_core::open_enum! { SessionStatus { Active "active", Ended "ended" } }
///
/// assert_eq!(SessionStatus::from("ended"), SessionStatus::Ended);
/// assert_eq!(SessionStatus::from("frozen").as_str(), "frozen");
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enum {
    ($name:ident { $($variant:ident $text:literal),* $(,)? }) => {
        impl $name {
            /// The text that stands for it on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }
        }

        impl $crate::wire::OpenEnum for $name {
            fn known(text: &str) -> Option<Self> {
                Some(match text {
                    $($text => Self::$variant,)*
                    _ => return None,
                })
            }

            fn unknown(text: String) -> Self {
                Self::Unknown(text)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl ::std::convert::AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl ::std::str::FromStr for $name {
            type Err = ::std::convert::Infallible;

            fn from_str(text: &str) -> Result<Self, ::std::convert::Infallible> {
                Ok($crate::wire::OpenEnum::read(text))
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                $crate::wire::OpenEnum::read(text)
            }
        }

        impl ::std::convert::From<String> for $name {
            fn from(text: String) -> Self {
                $crate::wire::OpenEnum::read_owned(text)
            }
        }

        impl ::std::convert::From<&String> for $name {
            fn from(text: &String) -> Self {
                $crate::wire::OpenEnum::read(text)
            }
        }

        impl ::std::convert::From<&$name> for $name {
            fn from(value: &$name) -> Self {
                value.clone()
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::deserialize_enum(deserializer)
            }
        }
    };
}

/// An enum of strings that is open; `open_enum!` implements it.
pub trait OpenEnum: Sized {
    /// The variant of a text that has one.
    fn known(text: &str) -> Option<Self>;

    /// The variant of all other texts.
    fn unknown(text: String) -> Self;

    /// The variant of a text.
    #[must_use]
    fn read(text: &str) -> Self {
        Self::known(text).unwrap_or_else(|| Self::unknown(text.to_owned()))
    }

    /// The variant of a text, which is kept when it is unknown.
    #[must_use]
    fn read_owned(text: String) -> Self {
        Self::known(&text).unwrap_or_else(|| Self::unknown(text))
    }
}

/// Reads an open enum.
pub fn deserialize_enum<'de, T: OpenEnum, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_str(EnumVisitor(PhantomData))
}

struct EnumVisitor<T>(PhantomData<T>);

impl<T: OpenEnum> Visitor<'_> for EnumVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        Ok(T::read(text))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<T, E> {
        Ok(T::read_owned(text))
    }
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares for other crates")]
mod tests {
    #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    #[non_exhaustive]
    pub(crate) enum SessionStatus {
        Active,
        Ended,
        Unknown(String),
    }

    crate::open_enum! { SessionStatus { Active "active", Ended "ended" } }

    #[test]
    fn a_known_text_has_its_variant_and_any_other_comes_back_as_it_was() {
        for (text, variant) in [
            ("active", SessionStatus::Active),
            ("ended", SessionStatus::Ended),
            ("Active", SessionStatus::Unknown("Active".into())),
            ("", SessionStatus::Unknown(String::new())),
        ] {
            let json = serde_json::to_string(text).unwrap();
            let read: SessionStatus = serde_json::from_str(&json).unwrap();
            assert_eq!(read, variant);
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
            assert_eq!(SessionStatus::from(text.to_owned()), variant);
            assert_eq!(text.parse::<SessionStatus>().unwrap(), variant);
            assert_eq!(variant.to_string(), text);
        }
    }

    #[test]
    fn what_is_no_string_is_refused() {
        assert!(serde_json::from_str::<SessionStatus>("1").is_err());
        assert!(serde_json::from_str::<SessionStatus>("null").is_err());
    }

    #[test]
    fn an_enum_is_the_value_of_a_value_too() {
        let read: SessionStatus = serde_json::from_value("frozen".into()).unwrap();
        assert_eq!(read.as_ref(), "frozen");
    }
}
