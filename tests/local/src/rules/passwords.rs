//! What a password has to be like.

use crate::{failure::Failure, settings::PasswordRules};

/// Checks a new password against the rules.
///
/// # Errors
///
/// All rules that it breaks, one error each.
pub(crate) fn check(rules: &PasswordRules, password: &str, param: &str) -> Result<(), Failure> {
    let length = password.chars().count();
    let mut failures = Vec::new();
    let mut broken = |code: &str, message: String| {
        failures.push(Failure::new(422, code, "is not allowed").explained(message).param(param));
    };
    if length < rules.min_length as usize {
        broken("form_password_length_too_short", format!("a password has {} or more characters", rules.min_length));
    }
    if length > rules.max_length as usize {
        broken("form_password_length_too_long", format!("a password has {} characters or fewer", rules.max_length));
    }
    if rules.require_lowercase && !password.chars().any(char::is_lowercase) {
        broken("form_password_no_lowercase", "a password has a lowercase letter".to_owned());
    }
    if rules.require_uppercase && !password.chars().any(char::is_uppercase) {
        broken("form_password_no_uppercase", "a password has an uppercase letter".to_owned());
    }
    if rules.require_numbers && !password.chars().any(|c| c.is_ascii_digit()) {
        broken("form_password_no_number", "a password has a digit".to_owned());
    }
    if rules.require_special_char && password.chars().all(char::is_alphanumeric) {
        broken("form_password_no_special_char", "a password has a character that is no letter and no digit".to_owned());
    }
    if rules.check_compromised && rules.compromised.iter().any(|known| known == password) {
        broken("form_password_pwned", "this password has been found in a data breach".to_owned());
    }
    failures.into_iter().reduce(Failure::and).map_or(Ok(()), Err)
}
