//! The folder `spec/`: documents, patches, tables, words; all that the crates are made of.

mod docs;
mod error_codes;
mod patches;
mod pattern;
mod tables;

use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::model::{Api, Document};
use crate::openapi;

pub(crate) use docs::Docs;
pub(crate) use error_codes::{ErrorCode, ErrorCodes};
pub(crate) use pattern::Pattern;
pub(crate) use tables::{Classified, Scale, Tables};

/// Where the specification lives.
#[derive(Clone, Debug)]
pub(crate) struct Spec {
    root: PathBuf,
}

impl Spec {
    pub(crate) fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The versions of an API that were imported, oldest first.
    pub(crate) fn versions(&self, api: Api) -> Result<Vec<String>> {
        let folder = self.root.join(api.name());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(|| format!("{}: cannot be read", folder.display()))? {
            if let Some(version) = entry?.file_name().to_str().and_then(|name| name.strip_suffix(".json")) {
                found.push(version.to_owned());
            }
        }
        found.sort();
        Ok(found)
    }

    /// The version to use where none is asked for: the newest.
    pub(crate) fn version(&self, api: Api, asked: Option<&str>) -> Result<String> {
        let known = self.versions(api)?;
        match asked {
            None => known.last().cloned().with_context(|| format!("spec/{}: no version was imported", api.name())),
            Some(version) if known.iter().any(|known| known == version) => Ok(version.to_owned()),
            Some(version) => bail!("spec/{}: {version} was not imported; there are {}", api.name(), known.join(", ")),
        }
    }

    /// The document as imported.
    pub(crate) fn raw(&self, api: Api, version: &str) -> Result<Value> {
        let file = self.root.join(api.name()).join(format!("{version}.json"));
        let text = std::fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{}: not JSON", file.display()))
    }

    /// The document with its patches, and what was reported while patching.
    pub(crate) fn document(&self, api: Api, version: &str, report: &mut Vec<String>) -> Result<Document> {
        let mut value = self.raw(api, version)?;
        let file = format!("patches/{}.toml", api.name());
        let patches: patches::Patches = self.table(&file)?;
        patches.apply(&mut value, version, &file, report)?;
        let mut document = openapi::read(&value, api)
            .with_context(|| format!("spec/{}/{version}.json with spec/{file}", api.name()))?;
        document.version = version.to_owned();
        Ok(document)
    }

    pub(crate) fn tables(&self) -> Result<Tables> {
        Tables::read(self)
    }

    pub(crate) fn error_codes(&self) -> Result<ErrorCodes> {
        self.table::<ErrorCodes>("error-codes.toml")?.checked()
    }

    pub(crate) fn docs(&self, api: Api) -> Result<Docs> {
        self.table(&format!("docs/{}.toml", api.name()))
    }

    fn table<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let file = self.root.join(name);
        let text = std::fs::read_to_string(&file).with_context(|| format!("{}: cannot be read", file.display()))?;
        from_toml(&text, &format!("spec/{name}"))
    }
}

/// Reads TOML; what is wrong with it is said in one line, with its place.
pub(crate) fn from_toml<T: DeserializeOwned>(text: &str, file: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let start = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = start.matches('\n').count() + 1;
        let message: Vec<&str> = error.message().lines().map(str::trim).collect();
        anyhow!("{file}:{line}: {}", message.join(", "))
    })
}
