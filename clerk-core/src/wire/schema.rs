use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value;

use crate::{JsonMap, wire::Update};

#[doc(hidden)]
#[macro_export]
macro_rules! object {
    ($($input:tt)*) => {
        $crate::__object! { $($input)* }
        $crate::__object_schema! { $($input)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! union {
    ($($input:tt)*) => {
        $crate::__union! { $($input)* }
        $crate::__object_schema! { $($input)* }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! open_enum {
    ($($input:tt)*) => {
        $crate::__open_enum! { $($input)* }
        $crate::__enum_schema! { $($input)* }
    };
}

/// Gives a struct its JSON schema.
#[doc(hidden)]
#[macro_export]
macro_rules! __object_schema {
    ($name:ident $(<$($param:ident),+>)? {
        $(tag $($tag_field:ident)? $tag:literal known [$($known:literal),* $(,)?];)?
        $(untagged;)?
        $($index:literal $kind:ident $field:ident $key:literal),* $(,)?
    }) => {
        impl $(<$($param: $crate::__private::schemars::JsonSchema),+>)? $crate::__private::schemars::JsonSchema
            for $name $(<$($param),+>)?
        {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                let names: &[::std::borrow::Cow<'static, str>] = &[
                    stringify!($name).into(),
                    $($(<$param as $crate::__private::schemars::JsonSchema>::schema_name()),+)?
                ];
                names.join("_").into()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                let ids: &[::std::borrow::Cow<'static, str>] = &[
                    concat!(module_path!(), "::", stringify!($name)).into(),
                    $($(<$param as $crate::__private::schemars::JsonSchema>::schema_id()),+)?
                ];
                ids.join("_").into()
            }

            fn json_schema(
                generator: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                let mut fields = $crate::wire::SchemaFields::new(generator);
                $(fields.$kind($key, |object: &Self| &object.$field);)*
                $(fields.kinds($tag, &[$($known),*]);)?
                fields.finish()
            }
        }
    };
}

/// Gives an open enum its JSON schema, a plain string.
#[doc(hidden)]
#[macro_export]
macro_rules! __enum_schema {
    ($name:ident { $($variant:ident $text:literal),* $(,)? }) => {
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> ::std::borrow::Cow<'static, str> {
                concat!(module_path!(), "::", stringify!($name)).into()
            }

            fn json_schema(
                _: &mut $crate::__private::schemars::SchemaGenerator,
            ) -> $crate::__private::schemars::Schema {
                $crate::__private::schemars::json_schema!({ "type": "string" })
            }
        }
    };
}

/// A type of this crate that travels as a string.
macro_rules! string_schema {
    ($name:ident) => {
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                concat!("clerk_core::", stringify!($name)).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({ "type": "string" })
            }
        }
    };
}
pub(crate) use string_schema;

/// Collects the schemas of an object's fields; their types are told by functions that nobody calls.
pub struct SchemaFields<'a> {
    generator: &'a mut SchemaGenerator,
    properties: JsonMap,
    required: Vec<Value>,
    /// The tag of a union and the kinds that are known.
    kinds: Option<(&'static str, Vec<Value>)>,
}

impl<'a> SchemaFields<'a> {
    /// An object without fields.
    #[must_use]
    pub fn new(generator: &'a mut SchemaGenerator) -> Self {
        Self { generator, properties: JsonMap::new(), required: Vec::new(), kinds: None }
    }

    /// A field that must be there.
    pub fn always<S, T: JsonSchema>(&mut self, key: &'static str, _: fn(&S) -> &T) {
        let schema = self.generator.subschema_for::<T>();
        self.properties.insert(key.to_owned(), schema.to_value());
        self.required.push(key.into());
    }

    fn maybe<T: JsonSchema>(&mut self, key: &'static str) {
        let schema = self.generator.subschema_for::<Option<T>>();
        self.properties.insert(key.to_owned(), schema.to_value());
    }

    /// A field that may be absent or `null`.
    pub fn nullable<S, T: JsonSchema>(&mut self, key: &'static str, _: fn(&S) -> &Option<T>) {
        self.maybe::<T>(key);
    }

    /// A field that may be absent or `null`.
    pub fn optional<S, T: JsonSchema>(&mut self, key: &'static str, _: fn(&S) -> &Option<T>) {
        self.maybe::<T>(key);
    }

    /// A field that may be absent or `null`.
    pub fn filled<S, T: JsonSchema>(&mut self, key: &'static str, _: fn(&S) -> &T) {
        self.maybe::<T>(key);
    }

    /// A field that may be absent or `null`.
    pub fn sparse<S, T: JsonSchema>(&mut self, key: &'static str, _: fn(&S) -> &T) {
        self.maybe::<T>(key);
    }

    /// A field that may be absent or `null`.
    pub fn update<S, T: JsonSchema>(&mut self, key: &'static str, _: fn(&S) -> &Update<T>) {
        self.maybe::<T>(key);
    }

    /// Makes it the schema of a union: of an object whose tag is not one of these, nothing is said.
    pub fn kinds(&mut self, tag: &'static str, known: &[&str]) {
        self.kinds = Some((tag, known.iter().map(|kind| (*kind).into()).collect()));
    }

    /// The schema of the object.
    #[must_use]
    pub fn finish(self) -> Schema {
        let mut schema = JsonMap::new();
        schema.insert("type".into(), "object".into());
        schema.insert("properties".into(), self.properties.into());
        if !self.required.is_empty() {
            schema.insert("required".into(), self.required.into());
        }
        let Some((tag, known)) = self.kinds else {
            return schema.into();
        };
        json_schema!({
            "anyOf": [schema, {
                "type": "object",
                "required": [tag],
                "properties": { tag: { "not": { "enum": known } } },
            }],
        })
    }
}

#[cfg(test)]
#[allow(unreachable_pub, reason = "the macro declares for other crates")]
#[path = "schema_tests.rs"]
mod tests;
