//! The tables of `spec/`: what no document says.

use std::collections::HashSet;

use anyhow::{Result, bail};
use indexmap::IndexMap;
use serde::Deserialize;

use super::{Pattern, Spec};
use crate::model::{Api, Operation};
use crate::shape::Repetition;

/// All tables, read once.
#[derive(Debug)]
pub(crate) struct Tables {
    pub(crate) bapi: Groups,
    pub(crate) fapi: Groups,
    present: IndexMap<String, IndexMap<String, Vec<String>>>,
    ids: Typed,
    timestamps: Typed,
    secrets: Secrets,
    pub(crate) unions: IndexMap<String, UnionTable>,
    pub(crate) calls: Calls,
}

/// `groups.toml`: which tag belongs to which cargo feature.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Groups {
    /// Tags that win when an operation carries several, strongest first.
    pub(crate) narrower: Vec<String>,
    pub(crate) groups: IndexMap<String, Vec<String>>,
    /// Operations filed under another tag than the document says.
    pub(crate) operations: IndexMap<String, String>,
    /// The group of tags that nobody has filed yet.
    pub(crate) unfiled: Option<String>,
    /// The tag of operations that have none.
    pub(crate) untagged: Option<String>,
}

impl Groups {
    /// The one tag that an operation is filed under.
    pub(crate) fn tag<'a>(&'a self, operation: &'a Operation) -> Option<&'a String> {
        let narrower = || self.narrower.iter().find(|tag| operation.tags.contains(tag));
        let filed = self.operations.get(&operation.id).or_else(narrower);
        filed.or(operation.tags.first()).or(self.untagged.as_ref())
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct GroupsFile {
    bapi: Groups,
    fapi: Groups,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct TypedFile {
    fields: IndexMap<String, String>,
    parameters: IndexMap<String, String>,
}

/// Patterns over `Schema.field` and `Operation.parameter`, the first match of which wins.
#[derive(Debug)]
struct Typed {
    fields: Vec<(Pattern, String)>,
    parameters: Vec<(Pattern, String)>,
}

impl From<TypedFile> for Typed {
    fn from(file: TypedFile) -> Self {
        let read = |all: IndexMap<String, String>| all.into_iter().map(|(key, to)| (Pattern::new(key), to)).collect();
        Self { fields: read(file.fields), parameters: read(file.parameters) }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SecretsFile {
    words: Vec<String>,
    fields: SecretNames,
    parameters: SecretNames,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SecretNames {
    secret: Vec<String>,
    plain: Vec<String>,
}

#[derive(Debug)]
struct Secrets {
    words: Vec<String>,
    fields: (Vec<Pattern>, Vec<Pattern>),
    parameters: (Vec<Pattern>, Vec<Pattern>),
}

impl From<SecretsFile> for Secrets {
    fn from(file: SecretsFile) -> Self {
        let read = |names: SecretNames| {
            let patterns = |all: Vec<String>| all.into_iter().map(Pattern::new).collect();
            (patterns(names.secret), patterns(names.plain))
        };
        Self { words: file.words, fields: read(file.fields), parameters: read(file.parameters) }
    }
}

/// `calls.toml`: names of methods, and what may be sent twice.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Calls {
    names: IndexMap<String, String>,
    once: Sent,
    repeatable: Sent,
}

/// Operations, and parameters as `Operation.parameter`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Sent {
    operations: Vec<String>,
    parameters: Vec<String>,
}

impl Calls {
    /// The name of an operation's method, where the mechanical one is not used.
    pub(crate) fn name(&self, operation: &str) -> Option<&str> {
        self.names.get(operation).map(String::as_str)
    }

    pub(crate) fn is_once(&self, operation: &str) -> bool {
        self.once.operations.iter().any(|known| known == operation)
    }

    /// What giving this parameter says about sending the call twice.
    pub(crate) fn repetition(&self, operation: &str, parameter: &str) -> Repetition {
        let key = format!("{operation}.{parameter}");
        let any = |sent: &Sent| sent.parameters.iter().any(|known| Pattern::new(known).matches(&key));
        match () {
            () if any(&self.once) => Repetition::Once,
            () if any(&self.repeatable) => Repetition::Repeatable,
            () => Repetition::AsTheMethod,
        }
    }
}

/// `unions.toml`: schemas that are kinds of one thing.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnionTable {
    pub(crate) discriminator: String,
    pub(crate) members: Vec<String>,
    /// Whether a member is the union wherever it stands, not only where the document says that it is one of several.
    #[serde(default)]
    pub(crate) everywhere: bool,
}

/// Whether a string may be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Classified {
    Secret,
    Plain,
    /// Looks like a secret and nobody said what it is.
    Unknown,
}

/// What an integer that looks like a time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scale {
    Millis,
    /// Not milliseconds: it stays an integer.
    Other,
}

impl Tables {
    pub(super) fn read(spec: &Spec) -> Result<Self> {
        let groups: GroupsFile = spec.table("groups.toml")?;
        let present: IndexMap<String, IndexMap<String, Vec<String>>> = spec.table("present.toml")?;
        if let Some(name) = present.keys().find(|name| Api::ALL.iter().all(|api| api.name() != name.as_str())) {
            bail!("spec/present.toml: {name} is no API");
        }
        let timestamps: TypedFile = spec.table("timestamps.toml")?;
        for (key, word) in timestamps.fields.iter().chain(&timestamps.parameters) {
            if !["millis", "seconds", "other"].contains(&word.as_str()) {
                bail!("spec/timestamps.toml: {key}: {word} is none of millis, seconds, other");
            }
        }
        Ok(Self {
            bapi: groups.bapi,
            fapi: groups.fapi,
            present,
            ids: spec.table::<TypedFile>("ids.toml")?.into(),
            timestamps: timestamps.into(),
            secrets: spec.table::<SecretsFile>("secrets.toml")?.into(),
            unions: spec.table("unions.toml")?,
            calls: spec.table("calls.toml")?,
        })
    }

    pub(crate) fn groups(&self, api: Api) -> &Groups {
        match api {
            Api::Fapi => &self.fapi,
            Api::Bapi | Api::Webhooks => &self.bapi,
        }
    }

    /// The fields of a schema that are always there.
    pub(crate) fn present(&self, apis: &[Api], schema: &str) -> Vec<&str> {
        let lists = apis.iter().filter_map(|api| self.present.get(api.name())?.get(schema));
        lists.flatten().map(String::as_str).collect()
    }

    /// Every schema that the list of an API names.
    pub(crate) fn present_schemas(&self, api: Api) -> impl Iterator<Item = (&String, &Vec<String>)> {
        self.present.get(api.name()).into_iter().flatten()
    }

    pub(crate) fn id_of_field(&self, schema: &str, field: &str) -> Option<&str> {
        first(&self.ids.fields, &format!("{schema}.{field}"))
    }

    pub(crate) fn id_of_parameter(&self, operation: &str, parameter: &str) -> Option<&str> {
        first(&self.ids.parameters, &format!("{operation}.{parameter}"))
    }

    pub(crate) fn time_of_field(&self, schema: &str, field: &str) -> Option<Scale> {
        first(&self.timestamps.fields, &format!("{schema}.{field}")).map(scale)
    }

    pub(crate) fn time_of_parameter(&self, operation: &str, parameter: &str) -> Option<Scale> {
        first(&self.timestamps.parameters, &format!("{operation}.{parameter}")).map(scale)
    }

    pub(crate) fn classify_field(&self, schema: &str, field: &str) -> Classified {
        self.classify(&self.secrets.fields, schema, field)
    }

    pub(crate) fn classify_parameter(&self, operation: &str, parameter: &str) -> Classified {
        self.classify(&self.secrets.parameters, operation, parameter)
    }

    fn classify(&self, (secret, plain): &(Vec<Pattern>, Vec<Pattern>), owner: &str, name: &str) -> Classified {
        let key = format!("{owner}.{name}");
        // What is named exactly wins over what a star catches.
        let exact = |all: &[Pattern]| all.iter().any(|pattern| pattern.text() == key && pattern.matches(&key));
        let any = |all: &[Pattern]| all.iter().any(|pattern| pattern.matches(&key));
        let looks_secret = || name.split('_').any(|part| self.secrets.words.iter().any(|word| word == part));
        match () {
            () if exact(secret) => Classified::Secret,
            () if exact(plain) => Classified::Plain,
            () if any(plain) => Classified::Plain,
            () if any(secret) => Classified::Secret,
            () if looks_secret() => Classified::Unknown,
            () => Classified::Plain,
        }
    }

    /// The entries that matched nothing in whatever was generated so far.
    pub(crate) fn unused(&self) -> Vec<String> {
        let typed = |file: &'static str, table: &Typed| {
            let all = table.fields.iter().chain(&table.parameters);
            all.filter(|(pattern, _)| !pattern.was_used())
                .map(move |(pattern, _)| stale(file, pattern))
                .collect::<Vec<_>>()
        };
        let mut found = typed("ids.toml", &self.ids);
        found.extend(typed("timestamps.toml", &self.timestamps));
        for (secret, plain) in [&self.secrets.fields, &self.secrets.parameters] {
            let all = secret.iter().chain(plain).filter(|pattern| !pattern.was_used());
            found.extend(all.map(|pattern| stale("secrets.toml", pattern)));
        }
        found
    }

    /// The operations of `calls.toml` and the members of `unions.toml` that no document has.
    pub(crate) fn unused_names(&self, operations: &HashSet<String>, schemas: &HashSet<String>) -> Vec<String> {
        let calls = self.calls.names.keys().chain(&self.calls.once.operations).chain(&self.calls.repeatable.operations);
        let calls = calls.filter(|id| !operations.contains(*id));
        let mut found: Vec<String> = calls.map(|id| format!("spec/calls.toml: {id} matches nothing")).collect();
        for (name, union) in &self.unions {
            let members = union.members.iter().map(Pattern::new);
            let gone = members.filter(|member| !schemas.iter().any(|schema| member.matches(schema)));
            found.extend(gone.map(|member| format!("spec/unions.toml: {} of {name} matches nothing", member.text())));
        }
        found
    }
}

fn stale(file: &str, pattern: &Pattern) -> String {
    format!("spec/{file}: {} matches nothing", pattern.text())
}

fn first<'t>(table: &'t [(Pattern, String)], key: &str) -> Option<&'t str> {
    table.iter().find(|(pattern, _)| pattern.matches(key)).map(|(_, to)| to.as_str())
}

fn scale(word: &str) -> Scale {
    if word == "millis" { Scale::Millis } else { Scale::Other }
}

#[cfg(test)]
mod tests;
