use clerk_core::http::HeaderMap;

use super::WebhookError;

/// Where the headers of a request are looked up.
///
/// [`HeaderMap`], pairs of names and values, and closures are one: so a framework that has another header type, such as
/// one of `http` 0.2, is asked by `|name: &str| request.headers().get(name).map(|value| value.as_bytes())`.
pub trait Headers<'h> {
    /// The value of a header, where there is one; the name is in lower case, and case makes no difference.
    fn get(&self, name: &str) -> Option<&'h [u8]>;
}

impl<'h> Headers<'h> for &'h HeaderMap {
    fn get(&self, name: &str) -> Option<&'h [u8]> {
        let map: &'h HeaderMap = self;
        map.get(name).map(|value| value.as_bytes())
    }
}

impl<'h, K: AsRef<str>, V: AsRef<[u8]>> Headers<'h> for &'h [(K, V)] {
    fn get(&self, name: &str) -> Option<&'h [u8]> {
        let pairs: &'h [(K, V)] = self;
        pairs.iter().find(|(known, _)| known.as_ref().eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    }
}

impl<'h, K: AsRef<str>, V: AsRef<[u8]>, const N: usize> Headers<'h> for &'h [(K, V); N] {
    fn get(&self, name: &str) -> Option<&'h [u8]> {
        Headers::get(&self.as_slice(), name)
    }
}

impl<'h, F: Fn(&str) -> Option<&'h [u8]>> Headers<'h> for F {
    fn get(&self, name: &str) -> Option<&'h [u8]> {
        self(name)
    }
}

/// The names of id, time and signatures.
type Family = [&'static str; 3];

pub(super) const SVIX: Family = ["svix-id", "svix-timestamp", "svix-signature"];
const STANDARD_WEBHOOKS: Family = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// What the headers claim; nothing of it was checked.
pub(super) struct Claimed<'h> {
    pub(super) id: &'h str,
    /// Seconds since the epoch: what is signed is this number, however the header writes it.
    pub(super) timestamp: i64,
    pub(super) signatures: &'h str,
}

impl<'h> Claimed<'h> {
    /// Reads one whole family of headers: a name of the one never stands in for a name of the other.
    pub(super) fn read(headers: &impl Headers<'h>) -> Result<Self, WebhookError> {
        let of = |family: Family| {
            family.map(|name| headers.get(name).map(<[u8]>::trim_ascii).filter(|value| !value.is_empty()))
        };
        let svix = of(SVIX);
        if let [Some(id), Some(timestamp), Some(signatures)] = svix {
            return Self::parse(SVIX, id, timestamp, signatures);
        }
        let standard = of(STANDARD_WEBHOOKS);
        if let [Some(id), Some(timestamp), Some(signatures)] = standard {
            return Self::parse(STANDARD_WEBHOOKS, id, timestamp, signatures);
        }
        // Who sends some of the other names means these.
        let is_standard = svix.iter().all(Option::is_none) && standard.iter().any(Option::is_some);
        let (names, found) = if is_standard { (STANDARD_WEBHOOKS, standard) } else { (SVIX, svix) };
        let missing = names.into_iter().zip(found).filter(|(_, value)| value.is_none()).map(|(name, _)| name);
        Err(WebhookError::MissingHeaders(missing.collect()))
    }

    fn parse(
        [id_name, timestamp_name, signatures_name]: Family,
        id: &'h [u8],
        timestamp: &'h [u8],
        signatures: &'h [u8],
    ) -> Result<Self, WebhookError> {
        let text = |name, bytes: &'h [u8]| match str::from_utf8(bytes) {
            // Nobody signs anything else, and ids end up in logs and in the keys of stores.
            Ok(text) if text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) => Ok(text),
            _ => Err(WebhookError::InvalidHeader(name)),
        };
        let timestamp = seconds(text(timestamp_name, timestamp)?).ok_or(WebhookError::InvalidHeader(timestamp_name))?;
        Ok(Self { id: text(id_name, id)?, timestamp, signatures: text(signatures_name, signatures)? })
    }
}

/// The whole number at the beginning of a text, as the reference reads it: what comes after it is not looked at.
fn seconds(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let sign = usize::from(text.starts_with(['+', '-']));
    text.get(..sign + digits).filter(|_| digits > 0)?.parse().ok()
}
