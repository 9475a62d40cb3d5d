//! What proves who the user is beside a password: authenticator apps, codes on paper, devices that are trusted.

mod backup_codes;
mod totp;
mod trusted_devices;

use super::Handlers;

pub(crate) const HANDLERS: Handlers = &[
    ("postTOTP", totp::create),
    ("verifyTOTP", totp::verify),
    ("deleteTOTP", totp::delete),
    ("createBackupCodes", backup_codes::create),
    ("listTrustedDevices", trusted_devices::list),
    ("prepareTrustedDevice", trusted_devices::prepare),
    ("attemptTrustedDevice", trusted_devices::attempt),
    ("revokeTrustedDevice", trusted_devices::revoke),
    ("validateTrustedDevice", trusted_devices::validate),
];
