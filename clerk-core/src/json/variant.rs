use serde::{
    Deserialize as _, Deserializer as _,
    de::{DeserializeSeed, EnumAccess, Unexpected, VariantAccess, Visitor},
};

use super::{Fault, Text};

/// One of several kinds: a mere name, or the only key of an object, which has a value.
pub(super) struct Variant<'a, 'de> {
    text: &'a mut Text<'de>,
    valued: bool,
}

impl<'a, 'de> Variant<'a, 'de> {
    /// A name, which is next in the text.
    pub(super) fn alone(text: &'a mut Text<'de>) -> Self {
        Self { text, valued: false }
    }

    /// A key, which is next in the text.
    pub(super) fn with_value(text: &'a mut Text<'de>) -> Self {
        Self { text, valued: true }
    }

    /// Behind a name, there is nothing to read.
    fn value(self, expected: &'static str) -> Result<&'a mut Text<'de>, Fault> {
        if self.valued { Ok(self.text) } else { Err(Fault::misfit(Unexpected::UnitVariant, &expected)) }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        let name = seed.deserialize(&mut *self.text)?;
        if self.valued {
            self.text.expect(b':')?;
        }
        Ok((name, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        if self.valued { <()>::deserialize(self.text) } else { Ok(()) }
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        seed.deserialize(self.value("newtype variant")?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.value("tuple variant")?.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, _: &'static [&'static str], visitor: V) -> Result<V::Value, Fault> {
        self.value("struct variant")?.deserialize_any(visitor)
    }
}
