//! What is measured, and what it is held against.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Result;

use super::examples;

/// One crate with one choice of features, or a program on it.
#[derive(Debug)]
pub(crate) struct Subject {
    /// What its samples are kept under.
    pub(crate) name: &'static str,
    package: &'static str,
    /// A library on the package; it is measured then, the package being one of its dependencies.
    program: Option<Program>,
    features: &'static [&'static str],
    origin: Origin,
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

// The peer without its `rustls-tls` and ours without `rustls`: TLS is a dependency, and no line of the
// measured crates hangs on it. `reqwest` stays, because the peer cannot do without.
pub(crate) const SUBJECTS: &[Subject] = &[
    Subject { name: "clerk-rs", package: "clerk-rs", program: None, features: &[], origin: Origin::Registry("=0.5.0") },
    Subject {
        name: "clerk-bapi full",
        package: "clerk-bapi",
        program: None,
        features: &["full", "reqwest"],
        origin: Origin::Here,
    },
    Subject {
        name: "clerk-bapi users",
        package: "clerk-bapi",
        program: None,
        features: &["users", "reqwest"],
        origin: Origin::Here,
    },
    Subject {
        name: "clerk-fapi full",
        package: "clerk-fapi",
        program: None,
        features: &["full", "reqwest"],
        origin: Origin::Here,
    },
    Subject {
        name: "clerk-fapi-rs",
        package: "clerk-fapi-rs",
        program: None,
        features: &[],
        origin: Origin::Registry("=0.2.0"),
    },
    Subject { name: "clerk-core", package: "clerk-core", program: None, features: &["reqwest"], origin: Origin::Here },
    Subject {
        name: "program on clerk-rs",
        package: "clerk-rs",
        program: Some(Program::Text(include_str!("../../programs/clerk-rs.rs"))),
        features: &[],
        origin: Origin::Registry("=0.5.0"),
    },
    Subject {
        name: "program on clerk-bapi",
        package: "clerk-bapi",
        program: Some(Program::Text(include_str!("../../programs/clerk-bapi.rs"))),
        features: &["full", "reqwest"],
        origin: Origin::Here,
    },
    Subject {
        name: "every operation of clerk-bapi",
        package: "clerk-bapi",
        program: Some(Program::EveryOperation),
        features: &["full", "reqwest"],
        origin: Origin::Here,
    },
    Subject {
        name: "every operation of clerk-fapi",
        package: "clerk-fapi",
        program: Some(Program::EveryOperation),
        features: &["full", "reqwest"],
        origin: Origin::Here,
    },
];

impl Subject {
    pub(crate) fn is_peer(&self) -> bool {
        matches!(self.origin, Origin::Registry(_))
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
    use crate::figure::locked;

    #[test]
    fn every_peer_is_of_the_version_that_the_lock_file_pins() {
        for subject in SUBJECTS {
            if let Origin::Registry(version) = subject.origin {
                assert_eq!(version, format!("={}", locked(subject.package)), "{}", subject.name);
            }
        }
    }
}
