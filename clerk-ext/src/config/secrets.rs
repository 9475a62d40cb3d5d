//! Secrets that have a shape but no type of their own.

use clerk_core::{Error, Secret};

use super::address::surroundings;

pub(super) fn machine_secret_key(secret: Secret) -> Result<Secret, Error> {
    let key = secret.expose();
    let problem = if let Some(problem) = surroundings(key) {
        problem
    } else if key.starts_with("sk_") || key.starts_with("pk_") {
        "is a key of the instance; give the secret key of the machine, which starts with ak_"
    } else {
        match key.strip_prefix("ak_") {
            None => "does not start with ak_; copy it whole from the dashboard",
            Some(rest) if rest.is_empty() || !rest.bytes().all(|byte| byte.is_ascii_graphic()) => {
                "is cut short or holds characters that no key has; copy it whole from the dashboard"
            }
            Some(_) => return Ok(secret),
        }
    };
    Err(Error::config(format!("the machine secret key {problem}")))
}

pub(super) fn webhook_signing_secret(secret: Secret) -> Result<Secret, Error> {
    let problem = if let Some(problem) = surroundings(secret.expose()) {
        problem
    } else {
        match secret.expose().strip_prefix("whsec_") {
            None => "does not start with whsec_; copy it whole from the endpoint's page in the dashboard",
            Some(encoded) if !is_base64(encoded) => {
                "is cut short or holds characters that no secret has; copy it whole from the dashboard"
            }
            Some(_) => return Ok(secret),
        }
    };
    Err(Error::config(format!("the webhook signing secret {problem}")))
}

/// Whether a text could be base64, with its padding or without.
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    !digits.is_empty()
        && digits.len() % 4 != 1
        && (padding == 0 || (padding <= 2 && text.len().is_multiple_of(4)))
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/')
}
