use serde::{
    Deserializer,
    de::{IntoDeserializer as _, Unexpected, Visitor},
    forward_to_deserialize_any,
};
use serde_json::Number;

use super::{Fault, Str, Text};

/// What a reader of keys calls an enum to be given the number of a key instead of its text, where that costs less: keys
/// mostly come in the order of the fields, so that the first of the variants is the one to compare with.
pub(crate) const ONE_OF_THESE: &str = "$clerk_core::key";

/// A key that is still to be read, behind its first quote.
pub(super) struct Key<'a, 'de>(pub(super) &'a mut Text<'de>);

impl<'de> Key<'_, 'de> {
    /// Reads a key that is a number, which is written as a string there.
    fn number<V: Visitor<'de>>(self, visitor: V, wide: bool) -> Result<V::Value, Fault> {
        let key = match self.0.string()? {
            Str::Plain(key) => key,
            Str::Escaped(_) => return Err(Fault::misfit(Unexpected::Other("string"), &visitor).at(self.0.at)),
        };
        // Blanks around it would not matter to serde_json.
        let bare = !key.starts_with(char::is_whitespace) && !key.ends_with(char::is_whitespace);
        let read = match serde_json::from_str::<Number>(key) {
            Ok(number) if bare => {
                if let (true, Ok(number)) = (wide, key.parse()) {
                    visitor.visit_i128(number)
                } else if let (true, Ok(number)) = (wide, key.parse()) {
                    visitor.visit_u128(number)
                } else {
                    number.deserialize_any(visitor).map_err(Fault::of)
                }
            }
            _ => Err(Fault::misfit(Unexpected::Str(key), &visitor)),
        };
        read.map_err(|fault| fault.at(self.0.at))
    }
}

macro_rules! within_quotes {
    ($wide:literal $($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.number(visitor, $wide)
        }
    )*};
}

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Fault;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0.string()? {
            Str::Plain(key) => visitor.visit_borrowed_str(key),
            Str::Escaped(key) => visitor.visit_string(key),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let read = match self.0.string()? {
            Str::Plain("true") => visitor.visit_bool(true),
            Str::Plain("false") => visitor.visit_bool(false),
            key => Err(Fault::misfit(Unexpected::Str(key.as_str()), &visitor)),
        };
        read.map_err(|fault: Fault| fault.at(self.0.at))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if name == ONE_OF_THESE {
            return match variants.first() {
                Some(first) if self.0.take(first) => visitor.visit_u64(0),
                _ => self.deserialize_any(visitor),
            };
        }
        visitor.visit_enum(self.0.string()?.as_str().into_deserializer())
    }

    within_quotes! { false
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16 deserialize_u32
        deserialize_u64 deserialize_f32 deserialize_f64
    }
    within_quotes! { true deserialize_i128 }

    /// Not even zero has a sign here.
    fn deserialize_u128<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let signed = self.0.rest().first() == Some(&b'-');
        if signed { self.deserialize_bool(visitor) } else { self.number(visitor, true) }
    }

    forward_to_deserialize_any! {
        char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
