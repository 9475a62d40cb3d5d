//! What is measured, and what it is held against.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Result, bail};

use super::examples;

/// One crate with one choice of features, or a program on it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// Its name in the table and on the command line.
    pub(crate) name: &'static str,
    package: &'static str,
    /// A library on the package; it is measured then, the package being one of its dependencies.
    program: Option<Program>,
    features: &'static [&'static str],
    origin: Origin,
    /// The name of the subject that this one is compared with.
    pub(crate) peer: &'static str,
    pub(crate) target: Target,
}

#[derive(Debug)]
enum Program {
    /// This one.
    Text(&'static str),
    /// The examples in the documentation of the package, one per operation.
    EveryOperation,
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
    /// None: the project compares itself with this one.
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
        program: None,
        features: &[],
        origin: Origin::Registry("=0.5.0"),
        peer: "clerk-rs",
        target: Target::Peer,
    },
    Subject {
        name: "clerk-bapi full",
        package: "clerk-bapi",
        program: None,
        features: &["full", "reqwest"],
        origin: Origin::Here,
        peer: "clerk-rs",
        target: Target::AtMost { cpu_ratio: 0.65, bytes: Some(1_200_000_000) },
    },
    Subject {
        name: "clerk-bapi users",
        package: "clerk-bapi",
        program: None,
        features: &["users", "reqwest"],
        origin: Origin::Here,
        peer: "clerk-rs",
        target: Target::AtMost { cpu_ratio: 0.2, bytes: Some(500_000_000) },
    },
    Subject {
        name: "clerk-fapi full",
        package: "clerk-fapi",
        program: None,
        features: &["full", "reqwest"],
        origin: Origin::Here,
        peer: "clerk-rs",
        target: Target::AtMost { cpu_ratio: 0.6, bytes: None },
    },
    Subject {
        name: "clerk-core",
        package: "clerk-core",
        program: None,
        features: &["reqwest"],
        origin: Origin::Here,
        peer: "clerk-rs",
        target: Target::Shown,
    },
    Subject {
        name: "program on clerk-rs",
        package: "clerk-rs",
        program: Some(Program::Text(include_str!("../../programs/clerk-rs.rs"))),
        features: &[],
        origin: Origin::Registry("=0.5.0"),
        peer: "program on clerk-rs",
        target: Target::Peer,
    },
    Subject {
        name: "program on clerk-bapi",
        package: "clerk-bapi",
        program: Some(Program::Text(include_str!("../../programs/clerk-bapi.rs"))),
        features: &["full", "reqwest"],
        origin: Origin::Here,
        peer: "program on clerk-rs",
        target: Target::Shown,
    },
    Subject {
        name: "every operation of clerk-bapi",
        package: "clerk-bapi",
        program: Some(Program::EveryOperation),
        features: &["full", "reqwest"],
        origin: Origin::Here,
        peer: "clerk-rs",
        target: Target::Shown,
    },
    Subject {
        name: "every operation of clerk-fapi",
        package: "clerk-fapi",
        program: Some(Program::EveryOperation),
        features: &["full", "reqwest"],
        origin: Origin::Here,
        peer: "clerk-rs",
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
                let known: Vec<_> = SUBJECTS.iter().map(|subject| format!("{:?}", subject.name)).collect();
                bail!("there is no subject {name:?}, only {}", known.join(", "));
            }
        }
        Ok(SUBJECTS.iter().filter(|subject| names.iter().any(|name| name == subject.name)).collect())
    }

    /// The package that is compiled anew for every sample.
    pub(crate) fn measured(&self) -> String {
        if self.program.is_some() { self.folder() } else { self.package.to_owned() }
    }

    /// What the package in its folder consists of.
    pub(crate) fn source(&self, crates: &Path) -> Result<String> {
        match self.program {
            None => Ok(String::new()),
            Some(Program::Text(text)) => Ok(text.to_owned()),
            Some(Program::EveryOperation) => {
                let folder = crates.join(self.package).join("src/generated");
                examples::program(&folder, &self.package.replace('-', "_"))
            }
        }
    }

    /// Its folder in the workspace of subjects, and the name of the package there.
    pub(crate) fn folder(&self) -> String {
        format!("subject-{}", self.name.replace(' ', "-"))
    }

    /// The manifest of the package in its folder, which depends on nothing but the crate.
    pub(crate) fn manifest(&self, crates: &Path) -> String {
        let Self { package, features, .. } = self;
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
        let error = Subject::chosen(&["clerk".to_owned()]).unwrap_err().to_string();
        assert!(error.contains("\"clerk-bapi users\""), "{error}");
    }

    #[test]
    fn the_peer_of_the_manifest_is_the_one_that_the_lock_file_pins() {
        let own = include_str!("../../Cargo.toml");
        let peer = SUBJECTS.iter().find(|subject| matches!(subject.target, Target::Peer)).unwrap();
        let Origin::Registry(version) = peer.origin else { panic!("the peer comes from the registry") };
        assert!(own.contains(&format!("clerk-rs = {{ version = {version:?}")));
        assert!(peer.manifest(Path::new("/")).contains(&format!("version = {version:?}")));
    }
}
