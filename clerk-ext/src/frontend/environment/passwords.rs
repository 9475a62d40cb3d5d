//! What a new password has to be like.

use std::fmt;

use clerk_core::{ErrorCode, Secret};

use super::{Environment, limit, said};

/// How many bytes of a password the service takes. No environment says it; it is what bcrypt can hash.
const MAX_BYTES: usize = 72;

/// What a new password has to be like, as far as a form can tell.
///
/// It is advice, so that people need not wait for a refusal: the server decides. It alone estimates strength
/// ([`min_strength`](Self::min_strength)), knows leaked passwords ([`refuses_leaked`](Self::refuses_leaked)), and
/// compares with the user's name and old password. Letters of all scripts count here; where the server wants others,
/// it says so.
///
/// ```
/// use clerk_ext::{ErrorCode, Secret, frontend::Environment};
///
/// let environment: Environment = serde_json::from_str(
///     r#"{ "user_settings": { "password_settings": { "min_length": 8, "require_numbers": true } } }"#,
/// )?;
/// let rules = environment.passwords();
///
/// let check = rules.check(&Secret::from("test"));
/// assert!(!check.is_ok());
/// assert_eq!(check.unmet[0].code(), ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT);
/// let words: Vec<_> = check.unmet.iter().map(ToString::to_string).collect();
/// assert_eq!(words, ["at least 8 characters", "a digit"]);
///
/// assert!(rules.check(&Secret::from("a test of 1984")).is_ok());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasswordRules {
    /// In characters; `None` leaves it to the server.
    pub min_length: Option<usize>,
    /// In characters; `None` is without a limit but that of [`max_bytes`](Self::max_bytes).
    pub max_length: Option<usize>,
    /// The limit of the service, in bytes: letters beyond ASCII count for more than one.
    pub max_bytes: usize,
    /// Whether there has to be a lower-case letter.
    pub lowercase: bool,
    /// Whether there has to be an upper-case letter.
    pub uppercase: bool,
    /// Whether there has to be a digit.
    pub digit: bool,
    /// Whether there has to be a special character.
    pub special: bool,
    /// The characters that count as special; `None` is any that is neither letter nor digit.
    pub special_characters: Option<String>,
    /// The least strength by the `zxcvbn` estimate, from 1 to 4; `None` is any. Only the server checks it.
    pub min_strength: Option<u8>,
    /// Whether a form is to show how strong the password is.
    pub shows_strength: bool,
    /// Whether leaked passwords are refused. Only the server checks it.
    pub refuses_leaked: bool,
    /// Whether a password that leaked later has to be changed at the next sign-in.
    pub refuses_leaked_at_sign_in: bool,
}

impl PasswordRules {
    /// Tells what a password is missing; the empty one is missing all that has to be there.
    #[must_use]
    pub fn check(&self, password: &Secret) -> PasswordCheck {
        let password = password.expose();
        let length = password.chars().count();
        let has = |wanted: fn(char) -> bool| password.chars().any(wanted);
        let mut unmet = Vec::new();
        if let Some(least) = self.min_length.filter(|least| length < *least) {
            unmet.push(PasswordRule::MinLength(least));
        }
        if let Some(most) = self.max_length.filter(|most| length > *most) {
            unmet.push(PasswordRule::MaxLength(most));
        } else if password.len() > self.max_bytes {
            // Of a password that has too many characters as well, nobody wants to hear of bytes.
            unmet.push(PasswordRule::MaxBytes(self.max_bytes));
        }
        if self.lowercase && !has(char::is_lowercase) {
            unmet.push(PasswordRule::Lowercase);
        }
        if self.uppercase && !has(char::is_uppercase) {
            unmet.push(PasswordRule::Uppercase);
        }
        if self.digit && !has(|c| c.is_ascii_digit()) {
            unmet.push(PasswordRule::Digit);
        }
        if self.special && !self.has_special(password) {
            unmet.push(PasswordRule::Special(self.special_characters.clone()));
        }
        PasswordCheck { unmet }
    }

    fn has_special(&self, password: &str) -> bool {
        match &self.special_characters {
            Some(special) => password.chars().any(|c| special.contains(c)),
            None => password.chars().any(|c| !c.is_alphanumeric()),
        }
    }
}

/// What a password is missing; nothing of the password itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PasswordCheck {
    /// The rules that it does not meet.
    pub unmet: Vec<PasswordRule>,
}

impl PasswordCheck {
    /// Whether nothing is missing that can be told here.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.unmet.is_empty()
    }
}

/// A rule for passwords; `Display` is what a password has to have, such as `at least 8 characters`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordRule {
    /// So many characters or more.
    MinLength(usize),
    /// So many characters or fewer.
    MaxLength(usize),
    /// So many bytes or fewer.
    MaxBytes(usize),
    /// A lower-case letter.
    Lowercase,
    /// An upper-case letter.
    Uppercase,
    /// A digit.
    Digit,
    /// One of these characters, or else any that is neither letter nor digit.
    Special(Option<String>),
}

impl PasswordRule {
    /// The code by which the server refuses a password that does not meet it.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::MinLength(_) => ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT,
            Self::MaxLength(_) => ErrorCode::FORM_PASSWORD_LENGTH_TOO_LONG,
            Self::MaxBytes(_) => ErrorCode::FORM_PASSWORD_SIZE_IN_BYTES_EXCEEDED,
            Self::Lowercase => ErrorCode::FORM_PASSWORD_NO_LOWERCASE,
            Self::Uppercase => ErrorCode::FORM_PASSWORD_NO_UPPERCASE,
            Self::Digit => ErrorCode::FORM_PASSWORD_NO_NUMBER,
            Self::Special(_) => ErrorCode::FORM_PASSWORD_NO_SPECIAL_CHAR,
        }
    }
}

impl fmt::Display for PasswordRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinLength(1) => f.write_str("at least 1 character"),
            Self::MinLength(least) => write!(f, "at least {least} characters"),
            Self::MaxLength(most) => write!(f, "at most {most} characters"),
            Self::MaxBytes(most) => write!(f, "at most {most} bytes"),
            Self::Lowercase => f.write_str("a lower-case letter"),
            Self::Uppercase => f.write_str("an upper-case letter"),
            Self::Digit => f.write_str("a digit"),
            Self::Special(Some(special)) => write!(f, "one of the characters {special}"),
            Self::Special(None) => f.write_str("a character that is neither letter nor digit"),
        }
    }
}

impl Environment {
    /// What a new password has to be like.
    #[must_use]
    pub fn passwords(&self) -> PasswordRules {
        let settings = self.user_settings().and_then(|users| users.password_settings.as_ref());
        let strength = settings.and_then(|settings| settings.min_zxcvbn_strength);
        PasswordRules {
            min_length: limit(settings.and_then(|settings| settings.min_length)),
            max_length: limit(settings.and_then(|settings| settings.max_length)),
            max_bytes: MAX_BYTES,
            lowercase: settings.is_some_and(|settings| settings.require_lowercase),
            uppercase: settings.is_some_and(|settings| settings.require_uppercase),
            digit: settings.is_some_and(|settings| settings.require_numbers),
            special: settings.is_some_and(|settings| settings.require_special_char),
            special_characters: said(settings.and_then(|settings| settings.allowed_special_characters.as_ref())),
            min_strength: strength.and_then(|strength| u8::try_from(strength).ok()).filter(|strength| *strength > 0),
            shows_strength: settings.is_some_and(|settings| settings.show_zxcvbn),
            refuses_leaked: settings.is_some_and(|settings| !settings.disable_hibp),
            refuses_leaked_at_sign_in: settings.is_some_and(|settings| settings.enforce_hibp_on_sign_in),
        }
    }
}

#[cfg(test)]
#[path = "passwords_tests.rs"]
mod tests;
