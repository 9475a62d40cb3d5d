//! An authenticator app, as people have it on their phones.

use std::time::Duration;

use aws_lc_rs::hmac;
use clerk_ext::{Secret, Timestamp};
use data_encoding::BASE32_NOPAD;

use crate::Result;

/// How long the app shows a code before the next one: RFC 6238 with what everybody uses.
const STEP: Duration = Duration::from_secs(30);

/// The app, once it has scanned the picture.
pub(crate) struct Authenticator {
    key: hmac::Key,
}

impl Authenticator {
    pub(crate) fn new(secret: &Secret) -> Result<Self> {
        let key = BASE32_NOPAD.decode(secret.expose().as_bytes())?;
        Ok(Self { key: hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key) })
    }

    /// What it shows now.
    pub(crate) fn code(&self) -> String {
        self.code_at(Timestamp::now())
    }

    /// What it shows next. Clerk takes it already, since the clocks of phones are not exact.
    pub(crate) fn next_code(&self) -> String {
        self.code_at(Timestamp::now() + STEP)
    }

    fn code_at(&self, time: Timestamp) -> String {
        let step = u128::try_from(time.as_millis()).unwrap_or_default() / STEP.as_millis();
        let tag = hmac::sign(&self.key, &u64::try_from(step).unwrap_or_default().to_be_bytes());
        let start = tag.as_ref().last().map_or(0, |byte| usize::from(byte & 15));
        let window = tag.as_ref().get(start..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
        format!("{:06}", (u32::from_be_bytes(window) & 0x7fff_ffff) % 1_000_000)
    }
}
