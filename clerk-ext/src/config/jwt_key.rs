use std::{fmt, str::FromStr};

use clerk_core::Error;

/// The public key of an instance, as the dashboard shows it: PEM, or its base64 lines alone.
///
/// It is no secret. The text is kept as it was given, line ends written as `\n` included; only what cannot be a public
/// key at all is refused here, and what it is in truth shows when it is used.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtKey(String);

impl JwtKey {
    /// The text as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its base64 alone, on one line.
    pub(crate) fn body(&self) -> String {
        let text = self.0.replace("\\r", "\r").replace("\\n", "\n");
        let body = text.trim();
        let body = body.strip_prefix("-----BEGIN PUBLIC KEY-----").unwrap_or(body);
        let body = body.strip_suffix("-----END PUBLIC KEY-----").unwrap_or(body);
        body.chars().filter(|character| !character.is_ascii_whitespace()).collect()
    }
}

impl FromStr for JwtKey {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |problem| Err(Error::config(format!("the JWT key {problem}")));
        let key = text.trim();
        if key.is_empty() {
            return refuse("is empty; set it to the public key from the dashboard");
        }
        if key.starts_with(['"', '\'', '`']) || key.ends_with(['"', '\'', '`']) {
            return refuse("has quotes around it; remove them");
        }
        if key.contains("PRIVATE KEY") {
            return refuse(
                "is a private key; give the public key from the dashboard, and keep the private one out of here",
            );
        }
        if ["pk_", "sk_", "ak_", "whsec_"].iter().any(|prefix| key.starts_with(prefix)) {
            return refuse("is another kind of key; give the public key in PEM from the dashboard");
        }
        let body = Self(text.to_owned()).body();
        if body.is_empty() || !body.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)) {
            return refuse("is no public key in PEM; copy it whole from the dashboard");
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for JwtKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JwtKey(..)")
    }
}

impl TryFrom<&str> for JwtKey {
    type Error = Error;

    fn try_from(text: &str) -> Result<Self, Error> {
        text.parse()
    }
}

impl TryFrom<String> for JwtKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}
