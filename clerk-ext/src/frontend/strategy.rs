//! Ways to prove who somebody is.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::provider::{self, Provider};

/// A way to prove who somebody is: a password, a code by email, an account at Google.
///
/// An open set: what Clerk documents has a constant, or one of [`Provider`]; any other text is a strategy as well and
/// goes back as it came. One that is known holds no allocation. Compare with `==`, since the constants are no patterns.
///
/// ```
/// use clerk_ext::frontend::{Provider, Strategy};
///
/// assert_eq!(Strategy::from("email_code"), Strategy::EMAIL_CODE);
/// assert_eq!(Strategy::from(Provider::GOOGLE), "oauth_google");
/// assert_eq!(Strategy::from("oauth_custom_acme").provider(), Some(Provider::from("custom_acme")));
/// assert_eq!(Strategy::from("smoke_signal").as_str(), "smoke_signal");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Strategy(Cow<'static, str>);

macro_rules! strategies {
    ($($(#[doc = $doc:literal])* $name:ident $text:literal),* $(,)?) => {
        impl Strategy {
            $($(#[doc = $doc])* pub const $name: Self = Self::new($text);)*
        }

        fn known(text: &str) -> Option<&'static str> {
            match text {
                $($text => Some($text),)*
                _ => text.strip_prefix(provider::PREFIX).and_then(provider::known_strategy),
            }
        }

        #[cfg(test)]
        const KNOWN: &[Strategy] = &[$(Strategy::$name),*];
    };
}

strategies! {
    /// `password`.
    PASSWORD "password",
    /// `email_code`: six digits by email.
    EMAIL_CODE "email_code",
    /// `email_link`: a link by email.
    EMAIL_LINK "email_link",
    /// `phone_code`: six digits by text message, or by another channel of the phone.
    PHONE_CODE "phone_code",
    /// `passkey`.
    PASSKEY "passkey",
    /// `trusted_device`: a key that an enrolled phone holds.
    TRUSTED_DEVICE "trusted_device",
    /// `totp`: the changing code of an authenticator app.
    TOTP "totp",
    /// `backup_code`: one of the codes that the user keeps for when all else is lost.
    BACKUP_CODE "backup_code",
    /// `ticket`: an invitation, or a sign-in token that the back end made.
    TICKET "ticket",
    /// `reset_password_email_code`: six digits by email, then a new password.
    RESET_PASSWORD_EMAIL_CODE "reset_password_email_code",
    /// `reset_password_phone_code`: six digits to the phone, then a new password.
    RESET_PASSWORD_PHONE_CODE "reset_password_phone_code",
    /// `enterprise_sso`: the identity provider of the user's company.
    ENTERPRISE_SSO "enterprise_sso",
    /// `saml`: the older name of [`ENTERPRISE_SSO`](Self::ENTERPRISE_SSO).
    SAML "saml",
    /// `google_one_tap`: an ID token of Google.
    GOOGLE_ONE_TAP "google_one_tap",
    /// `oauth_token_apple`: an ID token of Apple.
    OAUTH_TOKEN_APPLE "oauth_token_apple",
    /// `web3_metamask_signature`.
    WEB3_METAMASK "web3_metamask_signature",
    /// `web3_base_signature`.
    WEB3_BASE "web3_base_signature",
    /// `web3_coinbase_wallet_signature`.
    WEB3_COINBASE_WALLET "web3_coinbase_wallet_signature",
    /// `web3_okx_wallet_signature`.
    WEB3_OKX_WALLET "web3_okx_wallet_signature",
    /// `web3_solana_signature`.
    WEB3_SOLANA "web3_solana_signature",
    /// `admin`, of a verification: the back end vouched for it.
    ADMIN "admin",
    /// `invitation`, of a verification: the address was invited.
    INVITATION "invitation",
    /// `scim`, of a verification: the directory of the user's company vouched for it.
    SCIM "scim",
}

impl Strategy {
    /// A strategy of that text, known or not.
    #[must_use]
    pub const fn new(strategy: &'static str) -> Self {
        Self(Cow::Borrowed(strategy))
    }

    /// The text that stands for it on the wire.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it goes through the pages of a provider, in a browser.
    ///
    /// ID tokens do not: see [`is_id_token`](Self::is_id_token).
    #[must_use]
    pub fn is_oauth(&self) -> bool {
        self.0.starts_with(provider::PREFIX) && !self.is_id_token()
    }

    /// Whether it takes a token that the provider's own kit on the device gave.
    #[must_use]
    pub fn is_id_token(&self) -> bool {
        self.0.starts_with(provider::TOKEN_PREFIX) || *self == Self::GOOGLE_ONE_TAP
    }

    /// Whether a wallet signs a message.
    #[must_use]
    pub fn is_web3(&self) -> bool {
        self.0.starts_with("web3_")
    }

    /// The provider that vouches: of OAuth, of ID tokens, and of addresses that came from one (`from_oauth_google`).
    #[must_use]
    pub fn provider(&self) -> Option<Provider> {
        provider::key_of(&self.0).map(Provider::from)
    }
}

impl From<&str> for Strategy {
    fn from(text: &str) -> Self {
        Self(known(text).map_or_else(|| text.to_owned().into(), Cow::Borrowed))
    }
}

impl From<String> for Strategy {
    fn from(text: String) -> Self {
        Self(known(&text).map_or_else(|| text.into(), Cow::Borrowed))
    }
}

impl From<&String> for Strategy {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Strategy> for Strategy {
    fn from(strategy: &Strategy) -> Self {
        strategy.clone()
    }
}

impl From<Provider> for Strategy {
    fn from(provider: Provider) -> Self {
        provider.into_strategy()
    }
}

impl From<&Provider> for Strategy {
    fn from(provider: &Provider) -> Self {
        provider.strategy().clone()
    }
}

impl AsRef<str> for Strategy {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl PartialEq<str> for Strategy {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

impl PartialEq<&str> for Strategy {
    fn eq(&self, other: &&str) -> bool {
        self.0 == *other
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Serialize for Strategy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Strategy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_strategy_is_its_constant_and_holds_no_allocation() {
        for strategy in KNOWN {
            let read = Strategy::from(strategy.as_str().to_owned());
            assert_eq!(&read, strategy);
            assert!(matches!(read.0, Cow::Borrowed(_)), "{strategy}");
        }
        assert!(matches!(Strategy::from("oauth_github").0, Cow::Borrowed(_)));
    }

    #[test]
    fn an_unknown_strategy_travels_as_it_came() {
        for json in [r#""smoke_signal""#, r#""""#, r#""Password""#, r#""oauth_custom_acme""#] {
            let strategy: Strategy = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&strategy).unwrap(), json);
        }
        assert!(serde_json::from_str::<Strategy>("1").is_err());
    }

    #[test]
    fn what_goes_through_a_browser_is_told_from_id_tokens_and_wallets() {
        for (text, oauth, id_token, web3) in [
            ("oauth_google", true, false, false),
            ("oauth_custom_acme", true, false, false),
            ("oauth_token_apple", false, true, false),
            ("google_one_tap", false, true, false),
            ("web3_solana_signature", false, false, true),
            ("from_oauth_google", false, false, false),
            ("enterprise_sso", false, false, false),
        ] {
            let strategy = Strategy::from(text);
            assert_eq!(
                (strategy.is_oauth(), strategy.is_id_token(), strategy.is_web3()),
                (oauth, id_token, web3),
                "{text}"
            );
        }
    }

    #[test]
    fn a_strategy_names_the_provider_that_vouches() {
        for (text, provider) in [
            ("oauth_google", Some("google")),
            ("google_one_tap", Some("google")),
            ("oauth_token_apple", Some("apple")),
            ("from_oauth_github", Some("github")),
            ("oauth_custom_acme", Some("custom_acme")),
            ("oauth_tomorrow", Some("tomorrow")),
            ("oauth_", None),
            ("password", None),
            ("google", None),
        ] {
            assert_eq!(Strategy::from(text).provider(), provider.map(Provider::from), "{text}");
        }
    }
}
