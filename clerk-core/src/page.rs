use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
    ser::SerializeMap,
};

use crate::whole::Whole;

/// One page of a list.
///
/// The API writes some lists as an object with a total and some as a bare array: both are read, and it is always
/// written as an object. An object without the key `data` is no page; `null` there is an empty one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on this page.
    pub data: Vec<T>,
    /// How many there are on all pages together, where the API says.
    pub total_count: Option<i64>,
}

impl<T> Page<T> {
    /// A page of these, of a list whose length nobody said.
    #[must_use]
    pub fn new(data: Vec<T>) -> Self {
        Self { data, total_count: None }
    }
}

impl<T> Default for Page<T> {
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}

impl<'a, T> IntoIterator for &'a Page<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.iter()
    }
}

impl<T: Serialize> Serialize for Page<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("data", &self.data)?;
        if let Some(total_count) = self.total_count {
            map.serialize_entry("total_count", &total_count)?;
        }
        map.end()
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Page<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PageVisitor(PhantomData))
    }
}

struct PageVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PageVisitor<T> {
    type Value = Page<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a page: an object with `data`, or an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Page<T>, A::Error> {
        let mut data = Vec::new();
        while let Some(item) = list.next_element()? {
            data.push(item);
        }
        Ok(Page::new(data))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Page<T>, A::Error> {
        let (mut data, mut total_count) = (None, None::<Whole>);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "data" => data = Some(map.next_value::<Option<Vec<T>>>()?),
                "total_count" => total_count = map.next_value()?,
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let data = data.ok_or_else(|| A::Error::missing_field("data"))?.unwrap_or_default();
        Ok(Page { data, total_count: total_count.map(|count| count.0) })
    }
}

#[cfg(feature = "schemars")]
impl<T: schemars::JsonSchema> schemars::JsonSchema for Page<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Page_of_{}", T::schema_name()).into()
    }

    fn schema_id() -> std::borrow::Cow<'static, str> {
        format!("clerk_core::Page<{}>", T::schema_id()).into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let data = generator.subschema_for::<Vec<T>>();
        schemars::json_schema!({
            "type": "object",
            "properties": { "data": data, "total_count": { "type": ["integer", "null"], "format": "int64" } },
            "required": ["data"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Page<i32> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_page_reads_an_object_and_a_bare_array() {
        assert_eq!(read("[1,2]"), Page::new(vec![1, 2]));
        let page = read(r#"{"object":"list","total_count":9,"data":[1,2]}"#);
        assert_eq!((page.data.as_slice(), page.total_count), ([1, 2].as_slice(), Some(9)));
    }

    #[test]
    fn a_page_whose_data_is_null_is_empty_and_one_without_data_is_none() {
        assert_eq!(read(r#"{"data":null,"total_count":null}"#), Page::default());
        for json in ["{}", r#"{"total_count":0}"#, r#"{"errors":[]}"#] {
            let error = serde_json::from_str::<Page<i32>>(json).unwrap_err().to_string();
            assert!(error.starts_with("missing field `data`"), "{error}");
        }
        assert!(serde_json::from_str::<Page<i32>>("7").is_err());
    }

    #[test]
    fn a_total_is_a_whole_number_however_it_is_written() {
        for (total, read_as) in [("3", Some(3)), ("3.0", Some(3)), ("null", None)] {
            assert_eq!(read(&format!(r#"{{"data":[],"total_count":{total}}}"#)).total_count, read_as, "{total}");
        }
        assert_eq!(read(r#"{"data":[]}"#).total_count, None);
        assert!(serde_json::from_str::<Page<i32>>(r#"{"data":[],"total_count":1.5}"#).is_err());
    }

    #[test]
    fn a_page_is_written_as_an_object() {
        let mut page = Page::new(vec![1]);
        assert_eq!(serde_json::to_string(&page).unwrap(), r#"{"data":[1]}"#);
        page.total_count = Some(4);
        assert_eq!(serde_json::to_string(&page).unwrap(), r#"{"data":[1],"total_count":4}"#);
        assert_eq!(page.into_iter().sum::<i32>(), 1);
    }
}
