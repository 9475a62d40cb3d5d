//! Digests of passwords.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    encoding, ids,
    import::{self, Fault},
};

/// The name of this server's own digest; it is no name that an import may give.
const OWN: &str = "clerk_local";

/// No imported password is longer, and some hashers read it once per round.
const LONGEST_PASSWORD: usize = 512;

/// The digest of a password with the name of its hasher.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PasswordDigest {
    hasher: String,
    digest: String,
}

impl fmt::Debug for PasswordDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PasswordDigest").field("hasher", &self.hasher).finish_non_exhaustive()
    }
}

/// A digest cannot be imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ImportError {
    /// There is no hasher of this name.
    UnknownHasher,
    /// The digest does not have the form of its hasher.
    Malformed,
    /// A check would take longer than a server may be kept busy.
    TooCostly,
    /// The digest is well formed, but this server cannot check a password against it.
    ///
    /// It is handed back so that the caller may keep it: every password is then refused.
    Unsupported(PasswordDigest),
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::UnknownHasher => "the password hasher is not one that the api knows",
            Self::Malformed => "the password digest does not have the form of its hasher",
            Self::TooCostly => "the password digest asks for more rounds than this server computes: use fewer",
            Self::Unsupported(_) => "this server cannot check passwords against digests of this hasher: use bcrypt",
        })
    }
}

impl std::error::Error for ImportError {}

impl PasswordDigest {
    /// The digest of a password under one round of salted SHA-256: fast on purpose, and wrong for real passwords.
    pub(crate) fn of(password: &str) -> Self {
        let salt = ids::random_bytes::<16>();
        let hash = encoding::sha256(&[&salt, password.as_bytes()]);
        let digest = format!("{}${}", encoding::hex(&salt), encoding::hex(&hash));
        Self { hasher: OWN.to_owned(), digest }
    }

    /// A digest that another system has made.
    pub(crate) fn import(hasher: &str, digest: &str) -> Result<Self, ImportError> {
        let imported = || Self { hasher: hasher.to_owned(), digest: digest.to_owned() };
        match import::parse(hasher, digest) {
            Ok(_) => Ok(imported()),
            Err(Fault::UnknownHasher) => Err(ImportError::UnknownHasher),
            Err(Fault::Malformed) => Err(ImportError::Malformed),
            Err(Fault::TooCostly) => Err(ImportError::TooCostly),
            Err(Fault::Unsupported) => Err(ImportError::Unsupported(imported())),
        }
    }

    /// The name of the hasher.
    #[cfg(test)]
    pub(crate) fn hasher(&self) -> &str {
        &self.hasher
    }

    /// Whether the password is the one; nothing if this server cannot check digests of this hasher.
    pub(crate) fn verify(&self, password: &str) -> Option<bool> {
        if self.hasher == OWN {
            let (salt, hash) = self.digest.split_once('$')?;
            let (salt, hash) = (encoding::from_hex(salt)?, encoding::from_hex(hash)?);
            return Some(encoding::same(&encoding::sha256(&[&salt, password.as_bytes()]), &hash));
        }
        let scheme = import::parse(&self.hasher, &self.digest).ok()?;
        Some(password.len() <= LONGEST_PASSWORD && scheme.accepts(password))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_accepted_and_another_is_not() {
        let digest = PasswordDigest::of("correct horse");
        assert_eq!(digest.verify("correct horse"), Some(true));
        for wrong in ["", "correct hors", "correct horse ", "Correct horse"] {
            assert_eq!(digest.verify(wrong), Some(false));
        }
        assert_eq!(digest.verify(&"x".repeat(1_000_000)), Some(false));
    }

    #[test]
    fn an_overlong_password_is_no_imported_password() {
        let hashed = |password: &str| encoding::hex(&encoding::sha256(&[password.as_bytes()]));
        for (length, accepted) in [(512, true), (513, false)] {
            let password = "x".repeat(length);
            let digest = PasswordDigest::import("sha256", &hashed(&password)).unwrap();
            assert_eq!(digest.verify(&password), Some(accepted));
            assert_eq!(PasswordDigest::of(&password).verify(&password), Some(true));
        }
    }

    #[test]
    fn two_digests_of_one_password_differ() {
        assert_ne!(PasswordDigest::of("a"), PasswordDigest::of("a"));
    }

    #[test]
    fn a_digest_survives_json_and_hides_in_debug() {
        let digest = PasswordDigest::of("correct horse");
        let again: PasswordDigest = serde_json::from_str(&serde_json::to_string(&digest).unwrap()).unwrap();
        assert_eq!(again.verify("correct horse"), Some(true));
        assert!(!format!("{digest:?}").contains(&digest.digest));
    }

    #[test]
    fn the_own_hasher_cannot_be_imported() {
        let own = PasswordDigest::of("a");
        assert_eq!(PasswordDigest::import(&own.hasher, &own.digest), Err(ImportError::UnknownHasher));
    }

    #[test]
    fn a_damaged_stored_digest_is_not_checkable() {
        for (hasher, digest) in [(OWN, "zz"), (OWN, "00$zz"), ("nonsense", "x"), ("bcrypt", "x")] {
            let digest = PasswordDigest { hasher: hasher.to_owned(), digest: digest.to_owned() };
            assert_eq!(digest.verify("a"), None);
        }
    }

    #[test]
    fn an_unsupported_digest_is_handed_back_and_accepts_nothing() {
        let Err(ImportError::Unsupported(kept)) = PasswordDigest::import("md5", "5f4dcc3b5aa765d61d8327deb882cf99")
        else {
            panic!("md5 is not supported")
        };
        assert_eq!((kept.hasher(), kept.verify("password")), ("md5", None));
    }
}
