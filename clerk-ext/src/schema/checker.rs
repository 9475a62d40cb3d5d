use std::{cmp::Ordering, fmt, marker::PhantomData};

use clerk_core::{Error, Json, JsonMap};
use schemars::JsonSchema;
use serde_json::Number;

use super::vocabulary::{self, Keys, resolve};
use crate::metadata::push_key;

/// Checks stored metadata against the schema of a type.
///
/// It knows the rules that derived schemas have; [`new`](Checker::new) refuses a schema with others, such as a regular
/// expression. Formats are not checked. Making one is the costly part: keep it.
///
/// [`schema`](super) has an example.
pub struct Checker<T> {
    schema: Json,
    of: PhantomData<fn() -> T>,
}

impl<T: JsonSchema> Checker<T> {
    /// A checker for the type.
    ///
    /// # Errors
    ///
    /// A configuration error when the schema has a rule that is not checked here.
    pub fn new() -> Result<Self, Error> {
        let schema = super::of::<T>();
        vocabulary::check(&schema, &schema)?;
        Ok(Self { schema, of: PhantomData })
    }
}

impl<T> Checker<T> {
    /// Looks for everything that does not fit.
    ///
    /// # Errors
    ///
    /// Every place where the metadata does not fit.
    pub fn check(&self, stored: &JsonMap) -> Result<(), Vec<Violation>> {
        let mut check = Check::new(&self.schema);
        check.value(&self.schema, &Json::Object(stored.clone()), "", 0);
        if check.violations.is_empty() { Ok(()) } else { Err(check.violations) }
    }
}

impl<T> fmt::Debug for Checker<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker").field("of", &std::any::type_name::<T>()).finish_non_exhaustive()
    }
}

/// One place where stored metadata does not fit the schema; it holds no value of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    path: String,
    message: String,
}

impl Violation {
    /// The place inside the metadata, written as [`Misfit::path`](crate::metadata::Misfit::path) is.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

/// More levels than any JSON that was read from a text has; a schema may refer to itself without end.
const DEEPEST: usize = 400;

/// More than any metadata of the size that the API takes needs. Whoever may write metadata decides how it is nested, and
/// forms that hold each other multiply with each level.
const MOST_STEPS: u32 = 1_000_000;

struct Check<'a> {
    root: &'a Json,
    violations: Vec<Violation>,
    /// Whether only one violation is looked for, and not what it is.
    brief: bool,
    steps: u32,
}

impl<'a> Check<'a> {
    fn new(root: &'a Json) -> Self {
        Self { root, violations: Vec::new(), brief: false, steps: 0 }
    }

    fn violation(&mut self, path: &str, message: impl Into<String>) {
        self.violations.push(Violation { path: path.to_owned(), message: message.into() });
    }

    /// Whether a schema says nothing against a value.
    fn fits(&mut self, schema: &Json, value: &Json, depth: usize) -> bool {
        let mut check = Self { root: self.root, violations: Vec::new(), brief: true, steps: self.steps };
        check.value(schema, value, "", depth);
        self.steps = check.steps;
        check.violations.is_empty()
    }

    fn value(&mut self, schema: &Json, value: &Json, path: &str, depth: usize) {
        let rules = match schema {
            Json::Object(rules) => rules,
            Json::Bool(false) => return self.violation(path, "a value where none is expected"),
            _ => return,
        };
        if self.brief && !self.violations.is_empty() {
            return;
        }
        if self.steps == MOST_STEPS {
            // Where there is a violation already, the value does not fit anyway.
            if self.violations.is_empty() {
                self.violation(path, "more forms than are checked");
            }
            return;
        }
        self.steps += 1;
        if depth > DEEPEST {
            return self.violation(path, "more levels than are checked");
        }
        let depth = depth + 1;
        if let Some(types) = rules.get("type")
            && !types_of(types).any(|name| is_of_type(value, name))
        {
            // What else the schema says is about the other type.
            let expected: Vec<&str> = types_of(types).map(name_of_type).collect();
            return self.violation(path, format!("{} where {} is expected", name_of(value), expected.join(" or ")));
        }
        if let Some(schema) = rules.get("$ref").and_then(Json::as_str).and_then(|place| resolve(self.root, place)) {
            self.value(schema, value, path, depth);
        }
        self.one_value(rules, value, path);
        self.combined(rules, value, path, depth);
        match value {
            Json::Object(object) => self.object(rules, object, path, depth),
            Json::Array(list) => self.list(rules, list, path, depth),
            Json::String(text) => {
                let length = text.chars().count();
                self.size(rules, ["minLength", "maxLength"], length, "characters", path);
            }
            Json::Number(number) => self.number(rules, number, path),
            Json::Null | Json::Bool(_) => {}
        }
    }

    fn one_value(&mut self, rules: &JsonMap, value: &Json, path: &str) {
        let list = rules.get("enum").and_then(Json::as_array).map(Vec::as_slice);
        let one = rules.get("const").map(std::slice::from_ref);
        for allowed in [list, one].into_iter().flatten() {
            if !allowed.iter().any(|allowed| is_same(allowed, value)) {
                let names: Vec<String> =
                    allowed.iter().filter_map(Json::as_str).map(|name| format!("`{name}`")).collect();
                let message = match names.as_slice() {
                    [] => "none of the values that the type takes".to_owned(),
                    [name] => format!("another value where {name} is expected"),
                    names => format!("another value where one of {} is expected", names.join(", ")),
                };
                self.violation(path, message);
            }
        }
    }

    fn combined(&mut self, rules: &JsonMap, value: &Json, path: &str, depth: usize) {
        let schemas = |name: &str| rules.get(name).and_then(Json::as_array);
        for schema in schemas("allOf").into_iter().flatten() {
            self.value(schema, value, path, depth);
        }
        if let Some(forms) = schemas("anyOf")
            && !forms.iter().any(|form| self.fits(form, value, depth))
        {
            self.no_form(forms, value, path, depth);
        }
        if let Some(forms) = schemas("oneOf") {
            match forms.iter().filter(|form| self.fits(form, value, depth)).count() {
                0 => self.no_form(forms, value, path, depth),
                1 => {}
                _ => self.violation(path, "more than one of the forms that the type has"),
            }
        }
        if rules.get("not").is_some_and(|schema| self.fits(schema, value, depth)) {
            self.violation(path, "what the type does not take");
        }
        if let Some(condition) = rules.get("if") {
            let branch = if self.fits(condition, value, depth) { "then" } else { "else" };
            if let Some(schema) = rules.get(branch) {
                self.value(schema, value, path, depth);
            }
        }
    }

    /// Of an optional value, what is wrong with it; of several forms, that it is none.
    fn no_form(&mut self, forms: &[Json], value: &Json, path: &str, depth: usize) {
        let mut forms = forms.iter().filter(|form| form.get("type").is_none_or(|name| name != "null"));
        match (forms.next(), forms.next()) {
            (Some(only), None) if !self.brief => self.value(only, value, path, depth),
            _ => self.violation(path, "none of the forms that the type has"),
        }
    }

    fn object(&mut self, rules: &JsonMap, object: &JsonMap, path: &str, depth: usize) {
        let required = rules.get("required").and_then(Json::as_array);
        for field in required.into_iter().flatten().filter_map(Json::as_str) {
            if !object.contains_key(field) {
                self.violation(path, format!("the field `{field}` is missing"));
            }
        }
        let properties = rules.get("properties").and_then(Json::as_object);
        let patterns = rules.get("patternProperties").and_then(Json::as_object);
        for (key, value) in object {
            let mut place = path.to_owned();
            push_key(&mut place, key);
            let named = properties.and_then(|properties| properties.get(key));
            let fitting = patterns
                .into_iter()
                .flatten()
                .filter(|(pattern, _)| Keys::named(pattern).is_some_and(|keys| keys.fit(key)))
                .map(|(_, schema)| schema);
            let mut is_known = false;
            for schema in named.into_iter().chain(fitting) {
                is_known = true;
                self.value(schema, value, &place, depth);
            }
            match rules.get("additionalProperties") {
                Some(Json::Bool(false)) if !is_known => self.violation(&place, "a field that the type does not take"),
                Some(schema) if !is_known => self.value(schema, value, &place, depth),
                _ => {}
            }
        }
    }

    fn list(&mut self, rules: &JsonMap, list: &[Json], path: &str, depth: usize) {
        self.size(rules, ["minItems", "maxItems"], list.len(), "entries", path);
        let is_twice = |(index, value)| list.iter().take(index).any(|earlier| is_same(earlier, value));
        if rules.get("uniqueItems") == Some(&Json::Bool(true)) && list.iter().enumerate().any(is_twice) {
            self.violation(path, "an entry that is there twice");
        }
        let first = rules.get("prefixItems").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
        for (index, value) in list.iter().enumerate() {
            if let Some(schema) = first.get(index).or_else(|| rules.get("items")) {
                self.value(schema, value, &format!("{path}[{index}]"), depth);
            }
        }
    }

    fn size(&mut self, rules: &JsonMap, [least, most]: [&str; 2], size: usize, what: &str, path: &str) {
        let limit = |name| rules.get(name).and_then(Json::as_u64);
        if limit(least).is_some_and(|least| (size as u64) < least) {
            self.violation(path, format!("fewer {what} than the type takes"));
        }
        if limit(most).is_some_and(|most| size as u64 > most) {
            self.violation(path, format!("more {what} than the type takes"));
        }
    }

    fn number(&mut self, rules: &JsonMap, number: &Number, path: &str) {
        let against = |name: &str| match rules.get(name) {
            Some(Json::Number(limit)) => compare(number, limit),
            _ => None,
        };
        if against("minimum") == Some(Ordering::Less)
            || against("exclusiveMinimum").is_some_and(|order| order != Ordering::Greater)
        {
            self.violation(path, "a smaller number than the type takes");
        }
        if against("maximum") == Some(Ordering::Greater)
            || against("exclusiveMaximum").is_some_and(|order| order != Ordering::Less)
        {
            self.violation(path, "a greater number than the type takes");
        }
    }
}

/// Whole numbers exactly, and others as far as a float goes.
fn compare(left: &Number, right: &Number) -> Option<Ordering> {
    let whole = |number: &Number| number.as_i64().map(i128::from).or(number.as_u64().map(i128::from));
    match (whole(left), whole(right)) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}

/// In a schema, `1` and `1.0` are the same number, at every depth.
fn is_same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(left), Json::Number(right)) => compare(left, right) == Some(Ordering::Equal),
        (Json::Array(left), Json::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| is_same(left, right))
        }
        (Json::Object(left), Json::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, left)| right.get(key).is_some_and(|right| is_same(left, right)))
        }
        _ => left == right,
    }
}

fn types_of(types: &Json) -> impl Iterator<Item = &str> {
    let list = types.as_array().map_or_else(|| std::slice::from_ref(types), Vec::as_slice);
    list.iter().filter_map(Json::as_str)
}

fn is_of_type(value: &Json, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

fn name_of_type(name: &str) -> &str {
    match name {
        "boolean" => "a flag",
        "integer" => "a whole number",
        "number" => "a number",
        "string" => "a string",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

fn name_of(value: &Json) -> &'static str {
    match value {
        Json::Null => "null",
        Json::Bool(_) => "a flag",
        Json::Number(number) if number.is_f64() => "a number with a fraction",
        Json::Number(_) => "a whole number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}

#[cfg(test)]
#[path = "checker_tests.rs"]
mod tests;
