//! An authenticator app.

use aws_lc_rs::hmac;
use clerk_ext::Timestamp;
use data_encoding::BASE32_NOPAD;

/// For how long a code is shown, as everybody has it.
const MILLIS: i64 = 30_000;

/// The codes of one secret, each given once.
#[derive(Clone)]
pub(crate) struct Authenticator {
    key: hmac::Key,
    last: i64,
}

impl Authenticator {
    /// The app of a secret in base32; nothing if it is none.
    pub(crate) fn new(secret: &str) -> Option<Self> {
        let key = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
        Some(Self { key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key), last: 0 })
    }

    /// A code that Clerk takes now and that was not given before: this one or the next.
    pub(crate) fn code(&mut self, now: Timestamp) -> Option<String> {
        let current = now.as_millis() / MILLIS;
        let step = current.max(self.last + 1);
        if step > current + 1 {
            return None;
        }
        self.last = step;
        // RFC 4226: the last four bits say where in the digest the number stands.
        let digest = hmac::sign(&self.key, &step.to_be_bytes());
        let place = usize::from(digest.as_ref().last()? & 0x0f);
        let number = u32::from_be_bytes(*digest.as_ref().get(place..)?.first_chunk()?);
        Some(format!("{:06}", (number & 0x7fff_ffff) % 1_000_000))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_the_standard_and_each_is_given_once() {
        // RFC 6238, appendix B: the secret 12345678901234567890 at 59 s.
        let mut app = Authenticator::new("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        let now = Timestamp::from_millis(59_000);
        assert_eq!(app.code(now).as_deref(), Some("287082"));
        assert!(app.code(now).is_some_and(|next| next != "287082"));
        assert_eq!(app.code(now), None);
    }
}
