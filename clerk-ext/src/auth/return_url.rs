use clerk_core::{Error, http::request::Parts};
use url::{Origin, Url};

use super::incoming::Incoming;

/// The parameter in which pages are told where to go back to.
const PARAMETER: &str = "redirect_url";

/// Longer addresses are nobody's who just wants to go back.
const LONGEST: usize = 2048;

/// How often an address may be encoded over and over.
const ENCODINGS: usize = 4;

/// Where people may be sent back to after a sign-in: pages of this application, and of origins that it names.
///
/// The address to come back to is a parameter that anybody can put into a link. Sending people wherever it says makes
/// every page of the application a way to a page that only looks like it. What comes out of here is a path of the
/// request's own origin, or an address of a named origin; all else becomes the default.
///
/// ```
/// use clerk_ext::{auth::ReturnUrls, http::Request};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let back = ReturnUrls::new("/dashboard")?.allow("https://docs.example.com")?;
/// let return_url = |query: &str| -> Result<String, Box<dyn std::error::Error>> {
///     let request = Request::get(format!("/signed-in?redirect_url={query}")).header("host", "example.com").body(())?;
///     Ok(back.return_url(&request.into_parts().0))
/// };
/// assert_eq!(return_url("/reports?year=2030")?, "/reports?year=2030");
/// assert_eq!(return_url("https://docs.example.com/intro")?, "https://docs.example.com/intro");
/// assert_eq!(return_url("https://evil.example/")?, "/dashboard");
/// assert_eq!(return_url("//evil.example/")?, "/dashboard");
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ReturnUrls {
    default: String,
    origins: Vec<Origin>,
}

impl ReturnUrls {
    /// With where to go when no good address is given: a path of the application, or an address of the web.
    ///
    /// # Errors
    ///
    /// A configuration error when the default is neither.
    pub fn new(default: impl Into<String>) -> Result<Self, Error> {
        let default = default.into();
        let is_path = is_plain(&default) && is_single_slashed(&default);
        if !(is_path || web_address(&default).is_some()) {
            return Err(Error::config(
                "the default return URL is neither a path nor an address of the web; begin it with one slash or https://",
            ));
        }
        Ok(Self { default, origins: Vec::new() })
    }

    /// Allows all addresses of another origin, such as `https://docs.example.com`.
    ///
    /// Another port, another scheme and a subdomain are other origins; there are no patterns.
    ///
    /// # Errors
    ///
    /// A configuration error when it is no origin.
    pub fn allow(mut self, origin: &str) -> Result<Self, Error> {
        let url =
            web_address(origin).filter(|url| url.path() == "/" && url.query().is_none() && url.fragment().is_none());
        let url = url.ok_or_else(|| {
            Error::config(
                "an allowed origin is more than a scheme, a host and a port; give one such as https://example.com",
            )
        })?;
        self.origins.push(url.origin());
        Ok(self)
    }

    /// Where the parameter `redirect_url` of a request may send the browser.
    ///
    /// It is fit for a `Location` header as it is.
    #[must_use]
    pub fn return_url(&self, parts: &Parts) -> String {
        let incoming = Incoming::new(parts);
        let wanted = incoming.query(PARAMETER).and_then(|url| self.checked(&incoming, &url));
        wanted.unwrap_or_else(|| self.default.clone())
    }

    /// An address that came in another way with a request, such as in a form; `None` when it is not to be followed.
    #[must_use]
    pub fn check(&self, parts: &Parts, url: &str) -> Option<String> {
        self.checked(&Incoming::new(parts), url)
    }

    fn checked(&self, incoming: &Incoming<'_>, wanted: &str) -> Option<String> {
        if !is_plain(wanted) {
            return None;
        }
        let current = incoming.url()?;
        let url = if is_single_slashed(wanted) { current.join(wanted).ok()? } else { web_address(wanted)? };
        let origin = url.origin();
        if origin == current.origin() {
            // Without its host, so that a request that named another host changes nothing. What is left must not be a host
            // to anybody, whether they decode it or not.
            return is_single_slashed(&decodings(url.path())?).then(|| path_of(&url));
        }
        self.origins.contains(&origin).then(|| url.into())
    }
}

/// Whether nothing in a text is read in one way by a server and in another by a browser.
fn is_plain(text: &str) -> bool {
    // A plain blank is what a `+` that nobody encoded was read as.
    let is_odd =
        |char: char| char.is_control() || (char.is_whitespace() && char != ' ') || char == '\\' || is_invisible(char);
    text.len() <= LONGEST
        && !text.contains(is_odd)
        && decodings(text).is_some_and(|text| !text.contains(char::is_control))
}

/// Characters that turn a text around or are not seen.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A path, and not what stands for a host: browsers take two slashes, and a backslash for a slash.
fn is_single_slashed(text: &str) -> bool {
    text.strip_prefix('/').is_some_and(|rest| !rest.starts_with(['/', '\\']))
}

/// An address that says all of its scheme and its host, and nothing of a user.
fn web_address(text: &str) -> Option<Url> {
    let (scheme, rest) = text.split_once("://")?;
    let is_web = scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http");
    let authority = rest.split(['/', '?', '#']).next()?;
    if !is_web || !is_plain(text) || authority.is_empty() || authority.contains(['@', '%']) {
        return None;
    }
    Url::parse(text).ok()
}

fn path_of(url: &Url) -> String {
    let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
    let fragment = url.fragment().map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{}{query}{fragment}", url.path())
}

/// A text with its percent-encoding taken away as often as there is some; `None` if that does not come to an end.
fn decodings(text: &str) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..ENCODINGS {
        let decoded = decode(&text);
        if decoded == text {
            return Some(text);
        }
        text = decoded;
    }
    None
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let escaped = match (byte, after) {
            (b'%', [high, low, after @ ..]) => hex(*high).zip(hex(*low)).map(|(high, low)| (high << 4 | low, after)),
            _ => None,
        };
        let (byte, after) = escaped.unwrap_or((byte, after));
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}
