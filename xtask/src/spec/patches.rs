//! `spec/patches`: small corrections of a document, each with a reason, a source and the versions it was checked on.

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::Pattern;
use crate::model::Method;

/// The corrections of one interface, in the order they apply.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Patches {
    #[serde(default)]
    patch: Vec<Patch>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Patch {
    target: String,
    /// The target is not there yet, its parent is.
    add: Option<Value>,
    /// The target is there and gets another value.
    set: Option<Value>,
    /// The target is there and gets more: keys into objects, items into lists.
    merge: Option<Value>,
    /// The target is there and goes.
    #[serde(default)]
    remove: bool,
    /// The target is a list that loses these items.
    without: Option<Vec<Value>>,
    /// With `operations/*`: only operations of these paths.
    #[serde(default)]
    paths: Vec<String>,
    /// With `operations/*`: not the operations of these paths.
    #[serde(default)]
    except_paths: Vec<String>,
    source: String,
    reason: String,
    checked: Vec<String>,
}

/// What a target can start with.
const KINDS: &[&str] = &["schemas", "operations", "paths", "events"];

impl Patches {
    /// Applies all. On a version that a patch was checked on, it must apply; on another it is reported and skipped.
    pub(crate) fn apply(
        &self,
        document: &mut Value,
        version: &str,
        file: &str,
        report: &mut Vec<String>,
    ) -> Result<()> {
        for patch in &self.patch {
            patch.check().with_context(|| format!("spec/{file}: the patch of {:?}", patch.target))?;
            match patch.apply(document) {
                Ok(()) => {}
                Err(error) if patch.checked.iter().any(|checked| checked == version) => {
                    return Err(error.context(format!(
                        "spec/{file}: the patch of {} no longer applies to {version}",
                        patch.target
                    )));
                }
                Err(error) => report.push(format!("spec/{file}: skipped on {version}: {}: {error:#}", patch.target)),
            }
        }
        Ok(())
    }
}

impl Patch {
    /// What is wrong whichever document it meets.
    fn check(&self) -> Result<()> {
        if self.reason.trim().is_empty() || self.source.trim().is_empty() || self.checked.is_empty() {
            bail!("it needs a reason, a source and the versions it was checked on");
        }
        let values = [&self.add, &self.set, &self.merge].into_iter().filter(|value| value.is_some()).count();
        if values + usize::from(self.without.is_some()) + usize::from(self.remove) != 1 {
            bail!("it needs exactly one of add, set, merge, without, remove");
        }
        let (kind, rest) = self.target.split_once('/').unwrap_or((&self.target, ""));
        if !KINDS.contains(&kind) || rest.is_empty() {
            bail!("a target starts with one of {}, and a name", KINDS.join(", "));
        }
        let narrowed = !self.paths.is_empty() || !self.except_paths.is_empty();
        if narrowed && !self.target.starts_with("operations/*") {
            bail!("paths and except_paths go with operations/*");
        }
        Ok(())
    }

    fn apply(&self, document: &mut Value) -> Result<()> {
        let targets = self.targets(document)?;
        let wildcard = self.target.contains('*');
        let mut applied = 0;
        for target in &targets {
            match self.apply_at(document, target) {
                Ok(()) => applied += 1,
                Err(error) if !wildcard => return Err(error),
                Err(_) => {}
            }
        }
        if applied == 0 {
            bail!("it applies nowhere");
        }
        Ok(())
    }

    fn apply_at(&self, document: &mut Value, target: &[String]) -> Result<()> {
        let (last, parents) = target.split_last().context("an empty target")?;
        if let Some(value) = &self.add {
            ensure(document, parents);
            return add(descend(document, parents)?, last, value.clone());
        }
        let parent = descend(document, parents)?;
        let place = child(parent, last)?;
        // What fails half way leaves the place as it was.
        let mut changed = place.clone();
        match (&self.set, &self.merge, &self.without) {
            (Some(value), ..) if place == value => bail!("it is so already"),
            (Some(value), ..) => changed = value.clone(),
            (_, Some(value), _) => merge(&mut changed, value)?,
            (.., Some(items)) => without(&mut changed, items)?,
            _ => return remove(parent, last),
        }
        *place = changed;
        Ok(())
    }

    /// The places meant: the target as written, or one for each operation or schema that a `*` stands for.
    fn targets(&self, document: &Value) -> Result<Vec<Vec<String>>> {
        let mut segments: Vec<String> =
            self.target.split('/').map(|segment| segment.replace("~1", "/").replace("~0", "~")).collect();
        let first = segments.first().cloned().unwrap_or_default();
        match first.as_str() {
            "schemas" => {
                segments.splice(0..1, ["components".to_owned(), "schemas".to_owned()]);
                if segments.get(2).is_some_and(|name| name == "*") {
                    let names = document.pointer("/components/schemas").and_then(Value::as_object);
                    return Ok(names
                        .into_iter()
                        .flat_map(Map::keys)
                        .map(|name| replaced(&segments, 2, &[name]))
                        .collect());
                }
                Ok(vec![segments])
            }
            "operations" => {
                let wanted = segments.get(1).cloned().unwrap_or_default();
                let mut found = Vec::new();
                for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
                    for method in Method::ALL {
                        let Some(operation) = item.get(method.name()) else {
                            continue;
                        };
                        let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
                        if (wanted == "*" && self.covers(path)) || id == wanted {
                            let mut target = segments.clone();
                            target.splice(0..2, ["paths".to_owned(), path.clone(), method.name().to_owned()]);
                            found.push(target);
                        }
                    }
                }
                if found.is_empty() {
                    bail!("there is no operation {wanted}");
                }
                Ok(found)
            }
            "paths" => Ok(vec![segments]),
            "events" => {
                segments[0] = "webhooks".to_owned();
                Ok(vec![segments])
            }
            other => {
                bail!("a target starts with schemas, operations, paths or events, not {other}")
            }
        }
    }

    fn covers(&self, path: &str) -> bool {
        let any = |patterns: &[String]| patterns.iter().any(|pattern| Pattern::new(pattern).matches(path));
        (self.paths.is_empty() || any(&self.paths)) && !any(&self.except_paths)
    }
}

fn replaced(segments: &[String], at: usize, with: &[&String]) -> Vec<String> {
    let mut new = segments.to_vec();
    new.splice(at..=at, with.iter().map(|segment| (*segment).clone()));
    new
}

fn descend<'v>(mut value: &'v mut Value, segments: &[String]) -> Result<&'v mut Value> {
    for segment in segments {
        value = child(value, segment)?;
    }
    Ok(value)
}

/// A new path and an operation's first parameter need something to be added to.
fn ensure(document: &mut Value, parents: &[String]) {
    let Some((last, above)) = parents.split_last() else {
        return;
    };
    let empty = match (above.len(), last.as_str()) {
        (1, _) if above[0] == "paths" => Value::Object(Map::new()),
        (_, "parameters" | "required" | "tags") => Value::Array(Vec::new()),
        (_, "properties") => Value::Object(Map::new()),
        _ => return,
    };
    if let Ok(Value::Object(map)) = descend(document, above) {
        map.entry(last.clone()).or_insert(empty);
    }
}

/// One step: a key, an index, or a parameter by its name.
fn child<'v>(value: &'v mut Value, segment: &str) -> Result<&'v mut Value> {
    let found = match value {
        Value::Object(map) => map.get_mut(segment),
        Value::Array(list) => match segment.parse::<usize>() {
            Ok(index) => list.get_mut(index),
            Err(_) => list.iter_mut().find(|item| item.get("name").and_then(Value::as_str) == Some(segment)),
        },
        _ => None,
    };
    found.with_context(|| format!("there is no {segment}"))
}

fn add(parent: &mut Value, key: &str, value: Value) -> Result<()> {
    match parent {
        Value::Object(map) => {
            if map.contains_key(key) {
                bail!("{key} is there already");
            }
            map.insert(key.to_owned(), value);
            Ok(())
        }
        Value::Array(list) => {
            if list.contains(&value) || list.iter().any(|item| item.get("name").and_then(Value::as_str) == Some(key)) {
                bail!("{key} is there already");
            }
            list.push(value);
            Ok(())
        }
        _ => bail!("the parent of {key} is neither an object nor a list"),
    }
}

fn merge(place: &mut Value, more: &Value) -> Result<()> {
    match (place, more) {
        (Value::Object(map), Value::Object(more)) => {
            for (key, value) in more {
                match map.get_mut(key) {
                    Some(known) if known.is_object() || known.is_array() => merge(known, value)?,
                    Some(known) if known == value => bail!("{key} is so already"),
                    _ => {
                        map.insert(key.clone(), value.clone());
                    }
                }
            }
            Ok(())
        }
        (Value::Array(list), Value::Array(more)) => {
            for item in more {
                if list.contains(item) {
                    bail!("{item} is in the list already");
                }
                list.push(item.clone());
            }
            Ok(())
        }
        _ => bail!("only an object merges into an object and a list into a list"),
    }
}

fn without(place: &mut Value, items: &[Value]) -> Result<()> {
    let list = place.as_array_mut().context("not a list")?;
    for item in items {
        let at = list.iter().position(|known| known == item).with_context(|| format!("{item} is not in the list"))?;
        list.remove(at);
    }
    Ok(())
}

fn remove(parent: &mut Value, key: &str) -> Result<()> {
    match parent {
        Value::Object(map) => map.shift_remove(key).map(drop).with_context(|| format!("there is no {key}")),
        Value::Array(list) => {
            let at = list.iter().position(|item| item.get("name").and_then(Value::as_str) == Some(key));
            let at = at.or_else(|| key.parse().ok().filter(|at| *at < list.len()));
            list.remove(at.with_context(|| format!("there is no {key}"))?);
            Ok(())
        }
        _ => bail!("there is no {key}"),
    }
}

#[cfg(test)]
mod tests;
