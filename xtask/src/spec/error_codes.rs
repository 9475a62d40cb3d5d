//! `error-codes.toml`: the error codes that are documented, and what to do about each.

use anyhow::{Result, bail, ensure};
use indexmap::IndexMap;
use serde::Deserialize;

/// The codes, sorted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct ErrorCodes {
    pub(crate) codes: IndexMap<String, ErrorCode>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ErrorCode {
    #[serde(default)]
    status: Statuses,
    #[serde(default)]
    api: Vec<AnsweredBy>,
    /// A sentence without its dot: what whoever meets the code should do.
    pub(crate) hint: String,
}

/// One status, or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Statuses {
    One(u16),
    Several(Vec<u16>),
}

impl Default for Statuses {
    fn default() -> Self {
        Self::Several(Vec::new())
    }
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum AnsweredBy {
    Fapi,
    Bapi,
}

/// More is no hint but a manual, and does not fit a line of a log.
const LONGEST_HINT: usize = 110;

impl ErrorCode {
    pub(crate) fn statuses(&self) -> &[u16] {
        match &self.status {
            Statuses::One(status) => std::slice::from_ref(status),
            Statuses::Several(statuses) => statuses,
        }
    }

    pub(crate) fn is_frontend(&self) -> bool {
        self.api.contains(&AnsweredBy::Fapi)
    }

    pub(crate) fn is_backend(&self) -> bool {
        self.api.contains(&AnsweredBy::Bapi)
    }

    fn check(&self) -> Result<()> {
        if let Some(status) = self.statuses().iter().find(|status| !(400..600).contains(*status)) {
            bail!("{status} is not the status of an error");
        }
        let hint = &self.hint;
        ensure!(hint.chars().count() < LONGEST_HINT, "the hint is too long");
        ensure!(hint.starts_with(|first: char| first.is_ascii_uppercase()), "the hint is no sentence");
        ensure!(!hint.ends_with(['.', ' ']) && !hint.contains('\n'), "the hint has a dot or a break too many");
        Ok(())
    }
}

impl ErrorCodes {
    /// The table is searched by halves, and its keys become names of constants.
    pub(super) fn checked(self) -> Result<Self> {
        let mut before = "";
        for (code, said) in &self.codes {
            ensure!(before < code.as_str(), "spec/error-codes.toml: {code} stands after {before}, which is not sorted");
            let is_name = code.starts_with(|first: char| first.is_ascii_lowercase())
                && code.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            ensure!(is_name, "spec/error-codes.toml: {code} is no name of a constant in lower case");
            if let Err(wrong) = said.check() {
                bail!("spec/error-codes.toml: {code}: {wrong}");
            }
            before = code;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use crate::sketch;
    use crate::spec::Spec;

    fn refused(table: &str) -> String {
        sketch::spec(&[("error-codes.toml", table)]).1.error_codes().unwrap_err().to_string()
    }

    #[test]
    fn a_code_is_read_with_one_status_with_several_and_with_none() {
        let table = "
            [codes]
            gone = { status = 410, api = ['fapi'], hint = 'Ask again' }
            missing = { status = [400, 422], api = ['fapi', 'bapi'], hint = 'Give it' }
            odd = { hint = 'Look at it' }
        ";
        let codes = sketch::spec(&[("error-codes.toml", table)]).1.error_codes().unwrap().codes;
        assert_eq!(
            (codes["gone"].statuses(), codes["gone"].is_frontend(), codes["gone"].is_backend()),
            ([410].as_slice(), true, false)
        );
        assert!(codes["odd"].statuses().is_empty() && !codes["odd"].is_frontend());
        assert_eq!(codes["missing"].statuses(), [400, 422]);
        assert!(codes["missing"].is_backend());
    }

    #[test]
    fn a_table_that_cannot_be_searched_or_named_is_refused_with_the_code() {
        for (line, says) in [
            ("b = { hint = 'B' }\na = { hint = 'A' }", "a stands after b"),
            ("Ab = { hint = 'A' }", "Ab is no name"),
            ("a-b = { hint = 'A' }", "a-b is no name"),
            ("a = { status = 200, hint = 'A' }", "a: 200 is not"),
            ("a = { hint = 'a' }", "a: the hint is no sentence"),
            ("a = { hint = '' }", "a: the hint is no sentence"),
            ("a = { hint = 'A.' }", "a: the hint has a dot"),
            ("a = { status = 400 }", "missing field `hint`"),
            ("a = { api = ['dapi'], hint = 'A' }", "unknown variant `dapi`"),
        ] {
            let error = refused(&format!("[codes]\n{line}"));
            assert!(error.starts_with("spec/error-codes.toml:") && error.contains(says), "{line}: {error}");
        }
        assert!(refused(&format!("[codes]\na = {{ hint = 'A{}' }}", "b".repeat(109))).contains("too long"));
    }

    #[test]
    fn few_of_our_codes_share_a_hint() {
        let codes = Spec::new(crate::root().join("spec")).error_codes().unwrap().codes;
        assert!(codes.len() > 700, "{} codes", codes.len());
        let mut shared: HashMap<&str, Vec<&str>> = HashMap::new();
        for (code, said) in &codes {
            shared.entry(&said.hint).or_default().push(code);
        }
        for (hint, codes) in shared {
            assert!(codes.len() <= 5, "{hint}: {codes:?}");
        }
    }
}
