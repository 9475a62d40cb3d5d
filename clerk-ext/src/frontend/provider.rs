//! Services whose accounts people sign in with.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::strategy::Strategy;

/// What the strategy of a provider starts with.
pub(super) const PREFIX: &str = "oauth_";

/// What the strategy starts with that takes a provider's ID token.
pub(super) const TOKEN_PREFIX: &str = "oauth_token_";

/// What the strategy starts with of an address that a provider vouched for.
const FROM_PREFIX: &str = "from_oauth_";

/// What the name starts with of a provider that the instance set up itself.
const CUSTOM_PREFIX: &str = "custom_";

/// A service whose accounts people sign in with.
///
/// An open set: what Clerk documents has a constant; what an instance set up itself is `custom_` and its key; any other
/// name is kept. Whether an instance has it says its [`Environment`](super::Environment::providers).
///
/// `Display` is a name for people; [`as_str`](Self::as_str) and serde have the API's. It can be made from either form
/// that the API uses.
///
/// ```
/// use clerk_ext::frontend::Provider;
///
/// assert_eq!(Provider::from("oauth_github"), Provider::GITHUB);
/// assert_eq!(Provider::from("github"), Provider::GITHUB);
/// assert_eq!(Provider::GITHUB.strategy().as_str(), "oauth_github");
/// assert_eq!(Provider::GITHUB.to_string(), "GitHub");
/// assert_eq!(Provider::from("custom_acme").strategy().as_str(), "oauth_custom_acme");
/// ```
// The strategy holds the name, and the constants of both need no allocation.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Provider(Strategy);

macro_rules! providers {
    ($($name:ident $key:literal $title:literal),* $(,)?) => {
        impl Provider {
            $(
                #[doc = concat!($title, ": `", $key, "`.")]
                pub const $name: Self = Self(Strategy::new(concat!("oauth_", $key)));
            )*
        }

        /// The strategy and the title of a provider that has a constant.
        fn known(key: &str) -> Option<(&'static str, &'static str)> {
            match key {
                $($key => Some((concat!("oauth_", $key), $title)),)*
                _ => None,
            }
        }

        #[cfg(test)]
        const KNOWN: &[(&str, Provider)] = &[$(($key, Provider::$name)),*];
    };
}

providers! {
    APPLE "apple" "Apple",
    ATLASSIAN "atlassian" "Atlassian",
    BITBUCKET "bitbucket" "Bitbucket",
    BOX "box" "Box",
    COINBASE "coinbase" "Coinbase",
    DISCORD "discord" "Discord",
    DROPBOX "dropbox" "Dropbox",
    ENSTALL "enstall" "Enstall",
    FACEBOOK "facebook" "Facebook",
    GITHUB "github" "GitHub",
    GITLAB "gitlab" "GitLab",
    GOOGLE "google" "Google",
    HUBSPOT "hubspot" "HubSpot",
    HUGGINGFACE "huggingface" "Hugging Face",
    INSTAGRAM "instagram" "Instagram",
    LINE "line" "LINE",
    LINEAR "linear" "Linear",
    LINKEDIN "linkedin" "LinkedIn",
    LINKEDIN_OIDC "linkedin_oidc" "LinkedIn",
    MICROSOFT "microsoft" "Microsoft",
    NOTION "notion" "Notion",
    SLACK "slack" "Slack",
    SPOTIFY "spotify" "Spotify",
    TIKTOK "tiktok" "TikTok",
    TWITCH "twitch" "Twitch",
    TWITTER "twitter" "Twitter",
    VERCEL "vercel" "Vercel",
    X "x" "X",
    XERO "xero" "Xero",
}

impl Provider {
    /// The name that the API has for it, such as `google` or `custom_acme`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        let strategy = self.0.as_str();
        strategy.strip_prefix(PREFIX).unwrap_or(strategy)
    }

    /// What to start a sign-in with that goes through the provider's pages, such as `oauth_google`.
    #[must_use]
    pub fn strategy(&self) -> &Strategy {
        &self.0
    }

    /// What to start a sign-in with that takes an ID token; only Apple and Google have one.
    #[must_use]
    pub fn token_strategy(&self) -> Option<Strategy> {
        if *self == Self::APPLE {
            Some(Strategy::OAUTH_TOKEN_APPLE)
        } else if *self == Self::GOOGLE {
            Some(Strategy::GOOGLE_ONE_TAP)
        } else {
            None
        }
    }

    /// The key of a provider that the instance set up itself.
    #[must_use]
    pub fn custom_key(&self) -> Option<&str> {
        self.as_str().strip_prefix(CUSTOM_PREFIX)
    }

    pub(super) fn into_strategy(self) -> Strategy {
        self.0
    }
}

/// The strategy of a provider that has a constant.
pub(super) fn known_strategy(key: &str) -> Option<&'static str> {
    known(key).map(|(strategy, _)| strategy)
}

/// The provider's own name in a strategy.
pub(super) fn key_of(strategy: &str) -> Option<&str> {
    if *strategy == *Strategy::GOOGLE_ONE_TAP.as_str() {
        return Some("google");
    }
    // The longer prefix first: it starts with the shorter.
    let key = [TOKEN_PREFIX, PREFIX, FROM_PREFIX].iter().find_map(|prefix| strategy.strip_prefix(prefix));
    key.filter(|key| !key.is_empty())
}

impl From<&str> for Provider {
    fn from(text: &str) -> Self {
        let key = key_of(text).unwrap_or(text);
        Self(known_strategy(key).map_or_else(|| Strategy::from(format!("{PREFIX}{key}")), Strategy::new))
    }
}

impl From<String> for Provider {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&String> for Provider {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<&Provider> for Provider {
    fn from(provider: &Provider) -> Self {
        provider.clone()
    }
}

impl AsRef<str> for Provider {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

/// A name for people: that of the service, else the key.
impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = known(self.as_str()).map(|(_, title)| title);
        f.pad(title.or_else(|| self.custom_key()).unwrap_or_else(|| self.as_str()))
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Provider").field(&self.as_str()).finish()
    }
}

impl Serialize for Provider {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Provider {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_is_the_same_by_its_name_and_by_its_strategy() {
        for (key, provider) in KNOWN {
            assert_eq!(provider.as_str(), *key);
            assert_eq!(&Provider::from(*key), provider);
            assert_eq!(&Provider::from(provider.strategy().as_str()), provider);
            assert_eq!(provider.strategy().provider().as_ref(), Some(provider));
            assert_eq!(Strategy::from(provider).as_str(), format!("oauth_{key}"));
        }
        assert_eq!(KNOWN.len(), 29);
    }

    #[test]
    fn an_unknown_provider_travels_as_it_came() {
        for key in ["tomorrow", "custom_acme", "Google", ""] {
            let json = serde_json::to_string(key).unwrap();
            let provider: Provider = serde_json::from_str(&json).unwrap();
            assert_eq!(provider.as_str(), key);
            assert_eq!(provider.strategy().as_str(), format!("oauth_{key}"));
            assert_eq!(serde_json::to_string(&provider).unwrap(), json);
        }
    }

    #[test]
    fn a_provider_has_a_name_for_people() {
        for (key, name) in
            [("github", "GitHub"), ("linkedin_oidc", "LinkedIn"), ("custom_acme", "acme"), ("tomorrow", "tomorrow")]
        {
            assert_eq!(Provider::from(key).to_string(), name);
        }
        assert_eq!(format!("{:?}", Provider::GITHUB), r#"Provider("github")"#);
    }

    #[test]
    fn only_apple_and_google_take_id_tokens() {
        let tokens: Vec<_> = KNOWN.iter().filter_map(|(_, provider)| provider.token_strategy()).collect();
        assert_eq!(tokens, [Strategy::OAUTH_TOKEN_APPLE, Strategy::GOOGLE_ONE_TAP]);
        for (_, provider) in KNOWN {
            let back = provider.token_strategy().map(|strategy| strategy.provider());
            assert!(back.is_none() || back == Some(Some(provider.clone())));
        }
    }

    #[test]
    fn a_custom_provider_gives_its_key() {
        assert_eq!(Provider::from("oauth_custom_acme").custom_key(), Some("acme"));
        assert_eq!(Provider::GOOGLE.custom_key(), None);
    }
}
