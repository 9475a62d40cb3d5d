use std::{
    convert::Infallible,
    fmt,
    net::{Ipv4Addr, SocketAddrV4},
    str::FromStr,
};

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

use crate::{error::Error, secret::Secret};

/// Keys come with and without their padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// What an instance is for: trying things out, or real users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InstanceKind {
    /// A development instance; its keys say `test`.
    Development,
    /// A production instance; its keys say `live`.
    Production,
}

/// The key that front ends carry: it names the Frontend API and is no secret.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PublishableKey {
    key: String,
    frontend_host: String,
    kind: InstanceKind,
}

impl PublishableKey {
    /// The key as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.key
    }

    /// The host of the Frontend API, such as `clerk.example.com`.
    #[must_use]
    pub fn frontend_host(&self) -> &str {
        &self.frontend_host
    }

    /// Where the Frontend API is: `https`, and plain `http` only for a loopback address.
    #[must_use]
    pub fn frontend_url(&self) -> String {
        let scheme = if is_loopback(&self.frontend_host) { "http" } else { "https" };
        format!("{scheme}://{}", self.frontend_host)
    }

    /// What kind of instance the key belongs to.
    #[must_use]
    pub fn instance_kind(&self) -> InstanceKind {
        self.kind
    }
}

impl FromStr for PublishableKey {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self, Error> {
        check_surroundings(key, "publishable")?;
        if secret_kind(key).is_some() {
            return Err(Error::config(
                "a secret key was given where the publishable key belongs; give the key that starts with pk_test_ or pk_live_, and keep the secret one out of front ends",
            ));
        }
        let (kind, encoded) = if let Some(encoded) = key.strip_prefix("pk_test_") {
            (InstanceKind::Development, encoded)
        } else if let Some(encoded) = key.strip_prefix("pk_live_") {
            (InstanceKind::Production, encoded)
        } else {
            return Err(Error::config(
                "the publishable key does not start with pk_test_ or pk_live_; copy it whole from the dashboard",
            ));
        };
        let frontend_host = BASE64
            .decode(encoded)
            .ok()
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .and_then(|text| text.strip_suffix('$').map(str::to_owned))
            .filter(|host| is_frontend_host(host))
            .ok_or_else(|| {
                Error::config("the publishable key does not name a host; copy it whole from the dashboard")
            })?;
        Ok(Self { key: key.to_owned(), frontend_host, kind })
    }
}

/// What a key may name: a host name, or a loopback address with its port, as a Clerk on this machine has.
fn is_frontend_host(host: &str) -> bool {
    is_host_name(host) || loopback_with_port(host)
}

/// A loopback address, with or without a port.
fn is_loopback(host: &str) -> bool {
    loopback_with_port(host) || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

fn loopback_with_port(host: &str) -> bool {
    host.parse::<SocketAddrV4>().is_ok_and(|address| address.ip().is_loopback() && address.port() != 0)
}

/// A host name of two labels or more; no port, path, user or anything else that would move a request elsewhere.
fn is_host_name(host: &str) -> bool {
    host.len() <= 253
        && host.contains('.')
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

impl fmt::Debug for PublishableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PublishableKey").field(&self.key).finish()
    }
}

impl fmt::Display for PublishableKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.key)
    }
}

/// The key that back ends carry: whoever has it can do everything.
///
/// Nothing prints it; [`expose`](SecretKey::expose) gives it away.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretKey {
    key: Secret,
    kind: InstanceKind,
}

impl SecretKey {
    /// The key itself.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.key.expose()
    }

    /// What kind of instance the key belongs to.
    #[must_use]
    pub fn instance_kind(&self) -> InstanceKind {
        self.kind
    }
}

impl FromStr for SecretKey {
    type Err = Error;

    fn from_str(key: &str) -> Result<Self, Error> {
        check_surroundings(key, "secret")?;
        if key.starts_with("pk_") {
            return Err(Error::config(
                "a publishable key was given where the secret key belongs; give the key that starts with sk_test_ or sk_live_",
            ));
        }
        let Some((kind, rest)) = secret_kind(key) else {
            return Err(Error::config(
                "the secret key does not start with sk_test_ or sk_live_; copy it whole from the dashboard",
            ));
        };
        if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::config(
                "the secret key is cut short or holds characters that no key has; copy it whole from the dashboard",
            ));
        }
        Ok(Self { key: key.into(), kind })
    }
}

/// The instance and what follows the prefix; keys without `sk_` are of the oldest instances.
fn secret_kind(key: &str) -> Option<(InstanceKind, &str)> {
    let bare = key.strip_prefix("sk_").unwrap_or(key);
    match bare.strip_prefix("test_") {
        Some(rest) => Some((InstanceKind::Development, rest)),
        None => bare.strip_prefix("live_").map(|rest| (InstanceKind::Production, rest)),
    }
}

fn check_surroundings(key: &str, what: &str) -> Result<(), Error> {
    let problem = if key.is_empty() {
        "is empty; set it to the key from the dashboard"
    } else if key.trim() != key {
        "has blanks or a line end around it; remove them"
    } else if key.starts_with(['"', '\'', '`']) || key.ends_with(['"', '\'', '`']) {
        "has quotes around it; remove them"
    } else {
        return Ok(());
    };
    Err(Error::config(format!("the {what} key {problem}")))
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

macro_rules! try_from_text {
    ($($key:ident)*) => {$(
        impl TryFrom<&str> for $key {
            type Error = Error;

            fn try_from(key: &str) -> Result<Self, Error> {
                key.parse()
            }
        }

        impl TryFrom<String> for $key {
            type Error = Error;

            fn try_from(key: String) -> Result<Self, Error> {
                key.parse()
            }
        }

        impl TryFrom<&String> for $key {
            type Error = Error;

            fn try_from(key: &String) -> Result<Self, Error> {
                key.parse()
            }
        }
    )*};
}

try_from_text!(PublishableKey SecretKey);

macro_rules! from_reference {
    ($($key:ident)*) => {$(
        impl From<&$key> for $key {
            fn from(key: &$key) -> Self {
                key.clone()
            }
        }
    )*};
}

from_reference!(PublishableKey SecretKey);

/// What takes a text or a key converts with `TryInto`, and a key that is one already cannot fail.
impl From<Infallible> for Error {
    fn from(never: Infallible) -> Self {
        match never {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    fn publishable(prefix: &str, text: &str) -> String {
        format!("{prefix}{}", BASE64.encode(text))
    }

    #[test]
    fn a_publishable_key_names_its_host_and_instance() {
        for (key, host, kind) in [
            ("pk_test_bW9jay5jbGVyay5hY2NvdW50cy5kZXYk", "mock.clerk.accounts.dev", InstanceKind::Development),
            ("pk_live_Y2xlcmsuY2xlcmsuZGV2JA", "clerk.clerk.dev", InstanceKind::Production),
            ("pk_live_Y2xlcmsuY2xlcmsuZGV2JA==", "clerk.clerk.dev", InstanceKind::Production),
        ] {
            let read = PublishableKey::from_str(key).unwrap();
            assert_eq!((read.as_str(), read.frontend_host(), read.instance_kind()), (key, host, kind));
        }
    }

    #[test]
    fn only_a_loopback_address_is_reached_without_tls() {
        for (host, url) in [
            ("127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("127.0.0.1", "http://127.0.0.1"),
            ("10.0.0.1", "https://10.0.0.1"),
            ("clerk.example.com", "https://clerk.example.com"),
            ("127.0.0.1.example.com", "https://127.0.0.1.example.com"),
        ] {
            let read = PublishableKey::from_str(&publishable("pk_test_", &format!("{host}$"))).unwrap();
            assert_eq!((read.frontend_host(), read.frontend_url().as_str()), (host, url));
        }
    }

    #[test]
    fn a_publishable_key_must_hold_one_plain_host_name() {
        for text in [
            "clerk.example.com",
            "clerk.example.com$$",
            "clerk.$example.com$",
            "localhost$",
            "$",
            "example.com/x$",
            "ann@example.com$",
            "example.com:443$",
            "example.com?x$",
            "example.com#x$",
            "exam ple.com$",
            ".example.com$",
            "example.com.$",
            "a..b$",
            "-a.example.com$",
            "10.0.0.1:4010$",
            "127.0.0.1:$",
            "127.0.0.1:0$",
            "127.0.0.1:99999$",
            "127.0.0.1:4010/x$",
            "127.0.0.1.example.com:4010$",
            "exämple.com$",
            "a\\b.example.com$",
        ] {
            let error = PublishableKey::from_str(&publishable("pk_test_", text)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}");
        }
        for key in
            ["pk_test_", "pk_test_***", "pk_dev_bW9jay5jbGVyay5hY2NvdW50cy5kZXYk", "bW9jay5jbGVyay5hY2NvdW50cy5kZXYk"]
        {
            assert!(PublishableKey::from_str(key).is_err(), "{key}");
        }
    }

    #[test]
    fn a_secret_key_tells_its_instance() {
        for (key, kind) in [
            ("sk_test_abc", InstanceKind::Development),
            ("sk_live_abc", InstanceKind::Production),
            ("test_abc", InstanceKind::Development),
            ("live_abc", InstanceKind::Production),
        ] {
            let read = SecretKey::from_str(key).unwrap();
            assert_eq!((read.expose(), read.instance_kind()), (key, kind));
        }
    }

    #[test]
    fn what_is_wrong_with_a_key_is_said_without_printing_the_key() {
        let good = "pk_test_bW9jay5jbGVyay5hY2NvdW50cy5kZXYk";
        for (key, says) in [
            (format!("\"{good}\""), "quotes"),
            (format!(" {good}"), "blanks"),
            (format!("{good}\n"), "blanks"),
            (String::new(), "empty"),
            ("sk_test_hunter2".into(), "a secret key was given"),
            ("live_hunter2".into(), "a secret key was given"),
        ] {
            let error = PublishableKey::try_from(&key).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
            assert!(!error.contains("hunter2") && !error.contains("bW9j"), "{error}");
        }
        for (key, says) in [
            ("'sk_test_hunter2'", "quotes"),
            ("sk_test_hunter2 ", "blanks"),
            (good, "a publishable key was given"),
            ("hunter2", "does not start"),
            ("sk_test_", "cut short"),
            ("sk_test_hunter2\u{e9}", "characters that no key has"),
        ] {
            let error = SecretKey::from_str(key).unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn what_takes_a_text_or_a_key_takes_a_key() {
        fn take<K>(key: K) -> Result<SecretKey, Error>
        where
            K: TryInto<SecretKey>,
            Error: From<K::Error>,
        {
            Ok(key.try_into()?)
        }
        let key = take("sk_test_hunter2").unwrap();
        assert_eq!(take(key.clone()).unwrap().expose(), key.expose());
    }

    #[test]
    fn a_secret_key_is_not_printed() {
        assert_eq!(format!("{:?}", SecretKey::from_str("sk_test_hunter2").unwrap()), "SecretKey(..)");
    }
}
