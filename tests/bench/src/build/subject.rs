//! What is measured, and what it is held against.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};

/// One crate with one choice of features.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Its name in the table and on the command line.
    pub(crate) name: &'static str,
    /// The package whose library is measured.
    pub(crate) package: &'static str,
    features: &'static [&'static str],
    origin: Origin,
    pub(crate) target: Target,
}

#[derive(Debug)]
enum Origin {
    /// A folder beside the others of the project.
    Here,
    Registry(&'static str),
}

/// What the project wants of a subject.
#[derive(Debug)]
pub(crate) enum Target {
    /// None: the others are compared with this one.
    Peer,
    /// None: shown so that what the others leave to it is seen.
    Shown,
    AtMost {
        /// User CPU time as a multiple of the peer's, medians both.
        cpu_ratio: f64,
        /// The highest peak of all rounds.
        bytes: Option<u64>,
    },
}

// The peer without its `rustls-tls` and ours without `rustls`: TLS is a dependency, and no line of the
// measured crates hangs on it. `reqwest` stays, because the peer cannot do without.
pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        name: "clerk-rs",
        package: "clerk-rs",
        features: &[],
        origin: Origin::Registry("=0.5.0"),
        target: Target::Peer,
    },
    Subject {
        name: "clerk-bapi full",
        package: "clerk-bapi",
        features: &["full", "reqwest"],
        origin: Origin::Here,
        target: Target::AtMost {
            cpu_ratio: 0.65,
            bytes: Some(1_200_000_000),
        },
    },
    Subject {
        name: "clerk-bapi users",
        package: "clerk-bapi",
        features: &["users", "reqwest"],
        origin: Origin::Here,
        target: Target::AtMost {
            cpu_ratio: 0.2,
            bytes: Some(500_000_000),
        },
    },
    Subject {
        name: "clerk-fapi full",
        package: "clerk-fapi",
        features: &["full", "reqwest"],
        origin: Origin::Here,
        target: Target::AtMost {
            cpu_ratio: 0.6,
            bytes: None,
        },
    },
    Subject {
        name: "clerk-core",
        package: "clerk-core",
        features: &["reqwest"],
        origin: Origin::Here,
        target: Target::Shown,
    },
];

impl Subject {
    /// The subjects of these names, all if there are none.
    pub(crate) fn chosen(names: &[String]) -> Result<Vec<&'static Subject>> {
        if names.is_empty() {
            return Ok(SUBJECTS.iter().collect());
        }
        for name in names {
            if !SUBJECTS.iter().any(|subject| subject.name == name) {
                let known: Vec<_> = SUBJECTS
                    .iter()
                    .map(|subject| format!("{:?}", subject.name))
                    .collect();
                bail!("there is no subject {name:?}, only {}", known.join(", "));
            }
        }
        Ok(SUBJECTS
            .iter()
            .filter(|subject| names.iter().any(|name| name == subject.name))
            .collect())
    }

    /// Its folder in the workspace of subjects, and the name of the package there.
    pub(crate) fn folder(&self) -> String {
        format!("subject-{}", self.name.replace(' ', "-"))
    }

    /// A package that depends on the subject and has nothing else.
    pub(crate) fn manifest(&self, crates: &Path) -> String {
        let Self {
            package, features, ..
        } = self;
        let from = match self.origin {
            Origin::Here => format!("path = {:?}", crates.join(package).display().to_string()),
            Origin::Registry(version) => format!("version = {version:?}"),
        };
        format!(
            "[package]\nname = {:?}\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [dependencies]\n{package} = {{ {from}, default-features = false, features = {features:?} }}\n",
            self.folder(),
        )
    }
}

/// The manifest of the workspace of all subjects.
pub(crate) fn workspace_manifest() -> String {
    let mut text = "[workspace]\nresolver = \"3\"\nmembers = [\n".to_owned();
    for subject in SUBJECTS {
        let _ = writeln!(text, "    {:?},", subject.folder());
    }
    text + "]\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_subject_is_refused_with_the_known_ones() {
        let error = Subject::chosen(&["clerk".to_owned()])
            .unwrap_err()
            .to_string();
        assert!(error.contains("\"clerk-bapi users\""), "{error}");
    }

    #[test]
    fn the_peer_of_the_manifest_is_the_one_that_the_lock_file_pins() {
        let own = include_str!("../../Cargo.toml");
        let peer = SUBJECTS
            .iter()
            .find(|subject| matches!(subject.target, Target::Peer))
            .unwrap();
        let Origin::Registry(version) = peer.origin else {
            panic!("the peer comes from the registry")
        };
        assert!(own.contains(&format!("clerk-rs = {{ version = {version:?}")));
        assert!(
            peer.manifest(Path::new("/"))
                .contains(&format!("version = {version:?}"))
        );
    }
}
