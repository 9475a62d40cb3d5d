//! An authenticator app, as people have it on their phones: RFC 6238 with what everybody uses.

use aws_lc_rs::hmac;
use clerk_local::LocalClerk;
use data_encoding::BASE32_NOPAD;

/// How long the app shows a code before the next one.
const STEP: i64 = 30_000;

/// What it shows now, by the clock of Clerk.
pub(crate) fn code_now(local: &LocalClerk, secret: &str) -> String {
    let key = BASE32_NOPAD.decode(secret.as_bytes()).expect("a secret in base32");
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &(local.clock().now().as_millis() / STEP).to_be_bytes());
    let start = usize::from(tag.as_ref()[19] & 15);
    let window: [u8; 4] = tag.as_ref()[start..start + 4].try_into().unwrap();
    format!("{:06}", (u32::from_be_bytes(window) & 0x7fff_ffff) % 1_000_000)
}
