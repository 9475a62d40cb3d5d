use std::borrow::Cow;

use serde_json::Value;

/// The query of a request: what each name stands for, in the order the names were set.
#[derive(Clone, Default)]
pub(crate) struct Query(Vec<(Cow<'static, str>, Vec<String>)>);

impl Query {
    /// Sets a parameter; lists repeat it, objects are one JSON string, and `null` leaves it out.
    pub(crate) fn set(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        let values = match value {
            Value::Array(values) => values.into_iter().filter_map(text).collect(),
            value => text(value).into_iter().collect(),
        };
        self.put(name.into(), values);
    }

    /// Sets a parameter to the values of a list in one, with `separator` in between.
    pub(crate) fn set_joined(&mut self, name: &'static str, separator: char, value: Value) {
        let Value::Array(values) = value else {
            return self.set(name, value);
        };
        let values: Vec<String> = values.into_iter().filter_map(text).collect();
        let joined = values.join(separator.encode_utf8(&mut [0; 4]));
        self.put(name.into(), if values.is_empty() { Vec::new() } else { vec![joined] });
    }

    /// What a parameter was set to.
    pub(crate) fn get(&self, name: &str) -> Option<&[String]> {
        self.0.iter().find(|(known, _)| *known == name).map(|(_, values)| values.as_slice())
    }

    /// Takes over the parameters of another query, except those of these names.
    pub(crate) fn copy(&mut self, other: &Self, except: &[&str]) {
        for (name, values) in &other.0 {
            if !except.contains(&&**name) {
                self.put(name.clone(), values.clone());
            }
        }
    }

    fn put(&mut self, name: Cow<'static, str>, values: Vec<String>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = values,
            None => self.0.push((name, values)),
        }
    }

    /// Writes the query behind `url`, with those of `defaults` that were not set here.
    pub(crate) fn write(&self, url: &mut String, defaults: &[(String, String)]) {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in defaults {
            if !self.0.iter().any(|(known, _)| known == name) {
                query.append_pair(name, value);
            }
        }
        for (name, values) in &self.0 {
            for value in values {
                query.append_pair(name, value);
            }
        }
        let query = query.finish();
        if !query.is_empty() {
            url.push('?');
            url.push_str(&query);
        }
    }
}

/// How one value is written where only text fits.
pub(crate) fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        value => Some(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(query: &Query) -> String {
        let mut url = String::new();
        query.write(&mut url, &[("_is_native".into(), "true".into())]);
        url
    }

    #[test]
    fn a_list_repeats_its_name_and_an_object_is_one_json_string() {
        for (value, expected) in [
            (json!(["a", 1, true]), "?_is_native=true&x=a&x=1&x=true"),
            (json!({"k": [1]}), "?_is_native=true&x=%7B%22k%22%3A%5B1%5D%7D"),
            (json!(false), "?_is_native=true&x=false"),
            (json!(0), "?_is_native=true&x=0"),
            (json!(""), "?_is_native=true&x="),
            (json!("a b&c"), "?_is_native=true&x=a+b%26c"),
            (json!([]), "?_is_native=true"),
            (Value::Null, "?_is_native=true"),
        ] {
            let mut query = Query::default();
            query.set("x", value);
            assert_eq!(written(&query), expected);
        }
    }

    #[test]
    fn setting_a_parameter_again_replaces_it_and_overrides_a_default() {
        let mut query = Query::default();
        query.set("x", json!(["a", "b"]));
        query.set("x", json!("c"));
        query.set("_is_native", json!("1"));
        assert_eq!(written(&query), "?x=c&_is_native=1");
    }

    #[test]
    fn a_joined_list_is_one_value() {
        let mut query = Query::default();
        query.set_joined("x", ' ', json!(["a", "b"]));
        query.set_joined("y", ',', json!([]));
        assert_eq!(written(&query), "?_is_native=true&x=a+b");
    }
}
