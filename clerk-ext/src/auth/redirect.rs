use clerk_core::{Error, InstanceKind, http::request::Parts};
use url::Url;

use super::{
    Clerk,
    cookies::{self, CookieSuffix},
    incoming::Incoming,
    instance_urls::accounts_url,
    settings::Settings,
};

const OPERATION: &str = "redirect";

/// Where to send the browser that sent a request: to sign in, to sign up, to finish the tasks of a session.
///
/// The pages are those that are configured, or else those that Clerk hosts. The addresses carry what Clerk needs to send
/// the browser back, in the way of all of Clerk's SDKs. Answer with a 307 or 303 to them, and never let a cache keep it.
///
/// ```
/// use clerk_ext::{auth::Clerk, http::Request};
/// # use clerk_ext::config::Config;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let config = Config::builder().publishable_key("pk_live_Y2xlcmsuZXhhbXBsZS5jb20k").secret_key("sk_live_test_1234");
/// # let config = config.build()?;
/// let clerk = Clerk::from_config(&config)?;
/// let (parts, ()) = Request::get("/reports?year=2030").header("host", "example.com").body(())?.into_parts();
///
/// let redirects = clerk.redirects(&parts)?;
/// assert_eq!(redirects.to_sign_in(None)?, "https://accounts.example.com/sign-in");
///
/// // And back to where they were.
/// let there_and_back = redirects.to_sign_in(redirects.current())?;
/// assert!(there_and_back.ends_with("/sign-in?redirect_url=http%3A%2F%2Fexample.com%2Freports%3Fyear%3D2030"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Redirects {
    current: Url,
    sign_in: Url,
    sign_up: Url,
    is_satellite: bool,
    dev_browser: Option<String>,
}

impl Clerk {
    /// Where the browser that sent a request can be sent to.
    ///
    /// # Errors
    ///
    /// There is neither a sign-in address nor a publishable key, or a configured address is none.
    pub fn redirects(&self, parts: &Parts) -> Result<Redirects, Error> {
        Redirects::new(&self.inner().settings, &Incoming::new(parts))
    }
}

impl Redirects {
    pub(crate) fn new(settings: &Settings, incoming: &Incoming<'_>) -> Result<Self, Error> {
        let current = incoming.url().ok_or_else(|| Error::invalid_request(OPERATION, "the request has no address"))?;
        let configured = |url: &Option<String>, what: &str| match url.as_deref().filter(|url| !url.is_empty()) {
            Some(url) => resolve(current, url, what).map(Some),
            None => Ok(None),
        };
        let portal = |page: &str| {
            let key = settings.publishable_key.as_ref().ok_or_else(|| {
                Error::config("it is not known where people sign in; set CLERK_PUBLISHABLE_KEY or CLERK_SIGN_IN_URL")
            })?;
            resolve(current, &format!("{}/{page}", accounts_url(key)), "address of the account portal")
        };
        let sign_in = configured(&settings.sign_in_url, "sign-in URL")?;
        let sign_up = match (configured(&settings.sign_up_url, "sign-up URL")?, &sign_in) {
            (Some(url), _) => url,
            (None, Some(sign_in)) => below(sign_in, "create"),
            (None, None) => portal("sign-up")?,
        };
        Ok(Self {
            current: current.clone(),
            sign_in: sign_in.map_or_else(|| portal("sign-in"), Ok)?,
            sign_up,
            is_satellite: settings.is_satellite,
            dev_browser: dev_browser(settings, incoming),
        })
    }

    /// The address of the request itself, to come back to.
    ///
    /// What stands in front of the server can be told any host by whoever sends a request: have your proxy set
    /// `X-Forwarded-Host`, or check `Host`. Clerk comes back to addresses of the instance only.
    #[must_use]
    pub fn current(&self) -> &str {
        self.current.as_str()
    }

    /// Where people sign in, and with an address, that they come back to it.
    ///
    /// A path belongs to the origin of the request. An address that somebody else chose goes through
    /// [`ReturnUrls`](super::ReturnUrls) first.
    ///
    /// # Errors
    ///
    /// What to come back to is no address.
    pub fn to_sign_in<'u>(&self, return_to: impl Into<Option<&'u str>>) -> Result<String, Error> {
        self.to(&self.sign_in, return_to.into())
    }

    /// Where people sign up.
    ///
    /// # Errors
    ///
    /// As for [`to_sign_in`](Self::to_sign_in).
    pub fn to_sign_up<'u>(&self, return_to: impl Into<Option<&'u str>>) -> Result<String, Error> {
        self.to(&self.sign_up, return_to.into())
    }

    /// Where people whose session is pending do what is left, such as choosing an organization.
    ///
    /// # Errors
    ///
    /// As for [`to_sign_in`](Self::to_sign_in).
    pub fn to_tasks<'u>(&self, return_to: impl Into<Option<&'u str>>) -> Result<String, Error> {
        self.to(&below(&self.sign_in, "tasks"), return_to.into())
    }

    fn to(&self, page: &Url, return_to: Option<&str>) -> Result<String, Error> {
        let mut page = page.clone();
        let is_elsewhere = (page.host_str(), page.port()) != (self.current.host_str(), self.current.port());
        if let Some(return_to) = return_to {
            let mut return_to = self
                .current
                .join(return_to)
                .map_err(|_| Error::invalid_request(OPERATION, "what to come back to is no address"))?;
            if is_elsewhere && self.is_satellite {
                set(&mut return_to, "__clerk_synced", "false");
            }
            set(&mut page, "redirect_url", return_to.as_str());
        }
        // The pages of another domain do not get the cookie that names the browser.
        if let Some(token) = self.dev_browser.as_deref().filter(|_| is_elsewhere) {
            set(&mut page, cookies::DEV_BROWSER, token);
        }
        Ok(page.into())
    }
}

impl std::fmt::Debug for Redirects {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Redirects").field("is_satellite", &self.is_satellite).finish_non_exhaustive()
    }
}

fn resolve(current: &Url, url: &str, what: &str) -> Result<Url, Error> {
    current.join(url).ok().filter(|url| matches!(url.scheme(), "http" | "https")).ok_or_else(|| {
        Error::config(format!("the {what} is no address of the web; give one that begins with https://"))
    })
}

/// A page below another one, whose query stays.
fn below(url: &Url, page: &str) -> Url {
    let mut below = url.clone();
    if let Ok(mut segments) = below.path_segments_mut() {
        segments.pop_if_empty().push(page);
    }
    below
}

/// Puts a parameter in the place of the first one of its name, or at the end.
pub(super) fn set(url: &mut Url, name: &str, value: &str) {
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut is_set = false;
    for (key, old) in url.query_pairs() {
        if key != name {
            pairs.push((key.into_owned(), old.into_owned()));
        } else if !is_set {
            is_set = true;
            pairs.push((key.into_owned(), value.to_owned()));
        }
    }
    if !is_set {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    url.query_pairs_mut().clear().extend_pairs(pairs);
}

fn dev_browser(settings: &Settings, incoming: &Incoming<'_>) -> Option<String> {
    let key = settings.publishable_key.as_ref().filter(|key| key.instance_kind() == InstanceKind::Development)?;
    let in_address = incoming.query(cookies::DEV_BROWSER).filter(|token| !token.is_empty());
    in_address
        .map(std::borrow::Cow::into_owned)
        .or_else(|| incoming.cookie(&CookieSuffix::of(key).name(cookies::DEV_BROWSER)))
        .or_else(|| incoming.cookie(cookies::DEV_BROWSER))
}
