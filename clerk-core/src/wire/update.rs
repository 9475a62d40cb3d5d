use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What becomes of a field: it stays as it is, is cleared, or gets a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Update<T> {
    /// Stays as it is: nothing is sent.
    #[default]
    Leave,
    /// Is cleared: `null` is sent.
    Clear,
    /// Gets this value.
    Set(T),
}

impl<T> Update<T> {
    /// Whether nothing is to be sent.
    #[must_use]
    pub fn is_leave(&self) -> bool {
        matches!(self, Self::Leave)
    }
}

impl<T> From<T> for Update<T> {
    fn from(value: T) -> Self {
        Self::Set(value)
    }
}

/// `None` clears: whoever has an `Option` at hand says what is to be there.
impl<T> From<Option<T>> for Update<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<T: Serialize> Serialize for Update<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Leave | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Update<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Update<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_name()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        Option::<T>::schema_id()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Option::<T>::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_clears_or_sets_and_a_value_sets() {
        assert_eq!(Update::from(Some(1)), Update::Set(1));
        assert_eq!(Update::<i32>::from(None), Update::Clear);
        assert_eq!(Update::from(1), Update::Set(1));
        assert!(Update::<i32>::default().is_leave());
    }

    #[test]
    fn clearing_is_null_on_the_wire() {
        assert_eq!(serde_json::to_string(&Update::<i32>::Clear).unwrap(), "null");
        assert_eq!(serde_json::from_str::<Update<i32>>("null").unwrap(), Update::Clear);
        assert_eq!(serde_json::from_str::<Update<i32>>("1").unwrap(), Update::Set(1));
    }
}
