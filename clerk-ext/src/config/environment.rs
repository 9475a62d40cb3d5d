//! The variables: what they are called, and how their texts become values.

use std::env;

use clerk_core::{Error, Secret};

use super::{Config, address, builder::ConfigBuilder, secrets};

/// The names of what front ends may see; some build tools hand over variables with that prefix only.
macro_rules! public {
    ($name:literal) => {
        [$name, concat!("NEXT_PUBLIC_", $name)]
    };
}

pub(super) const PUBLISHABLE_KEY: [&str; 2] = public!("CLERK_PUBLISHABLE_KEY");
pub(super) const SECRET_KEY: [&str; 1] = ["CLERK_SECRET_KEY"];
pub(super) const JWT_KEY: [&str; 1] = ["CLERK_JWT_KEY"];
pub(super) const MACHINE_SECRET_KEY: [&str; 1] = ["CLERK_MACHINE_SECRET_KEY"];
pub(super) const WEBHOOK_SIGNING_SECRET: [&str; 2] = ["CLERK_WEBHOOK_SIGNING_SECRET", "CLERK_WEBHOOK_SECRET"];
pub(super) const API_URL: [&str; 2] = public!("CLERK_API_URL");
pub(super) const PROXY_URL: [&str; 2] = public!("CLERK_PROXY_URL");
pub(super) const DOMAIN: [&str; 2] = public!("CLERK_DOMAIN");
pub(super) const IS_SATELLITE: [&str; 2] = public!("CLERK_IS_SATELLITE");
pub(super) const SIGN_IN_URL: [&str; 2] = public!("CLERK_SIGN_IN_URL");
pub(super) const SIGN_UP_URL: [&str; 2] = public!("CLERK_SIGN_UP_URL");
pub(super) const AFTER_SIGN_IN_URL: [&str; 2] = public!("CLERK_AFTER_SIGN_IN_URL");
pub(super) const AFTER_SIGN_UP_URL: [&str; 2] = public!("CLERK_AFTER_SIGN_UP_URL");

/// A variable that is there, but whose bytes are no text.
pub(super) struct NotText;

pub(super) fn of_process(name: &'static str) -> Result<Option<String>, NotText> {
    match env::var(name) {
        Ok(text) => Ok(Some(text)),
        Err(env::VarError::NotPresent) => Ok(None),
        Err(env::VarError::NotUnicode(_)) => Err(NotText),
    }
}

pub(super) fn read(look_up: impl FnMut(&'static str) -> Result<Option<String>, NotText>) -> Result<Config, Error> {
    let mut variables = Variables { look_up, empty: Vec::new(), mistakes: Vec::new() };
    let mut config = Config {
        publishable_key: variables.read(&PUBLISHABLE_KEY, |key| key.try_into()),
        secret_key: variables.read(&SECRET_KEY, |key| key.try_into()),
        jwt_key: variables.read(&JWT_KEY, |key| key.try_into()),
        machine_secret_key: variables.read(&MACHINE_SECRET_KEY, |key| secrets::machine_secret_key(Secret::from(key))),
        webhook_signing_secret: variables
            .read(&WEBHOOK_SIGNING_SECRET, |secret| secrets::webhook_signing_secret(Secret::from(secret))),
        api_url: variables.read(&API_URL, address::api_url),
        proxy_url: variables.read(&PROXY_URL, address::proxy_url),
        domain: variables.read(&DOMAIN, address::domain),
        is_satellite: variables.read(&IS_SATELLITE, flag).unwrap_or_default(),
        sign_in_url: variables.read(&SIGN_IN_URL, |url| address::page_url("sign-in URL", url)),
        sign_up_url: variables.read(&SIGN_UP_URL, |url| address::page_url("sign-up URL", url)),
        after_sign_in_url: variables.read(&AFTER_SIGN_IN_URL, |url| address::page_url("URL after sign-in", url)),
        after_sign_up_url: variables.read(&AFTER_SIGN_UP_URL, |url| address::page_url("URL after sign-up", url)),
        empty: Vec::new(),
    };
    config.empty = variables.empty;
    ConfigBuilder { config, mistakes: variables.mistakes }.build()
}

struct Variables<L> {
    look_up: L,
    empty: Vec<&'static str>,
    mistakes: Vec<String>,
}

impl<L: FnMut(&'static str) -> Result<Option<String>, NotText>> Variables<L> {
    /// The value that the names give, if any does and those that do agree.
    fn read<T: PartialEq>(&mut self, names: &[&'static str], parse: impl Fn(String) -> Result<T, Error>) -> Option<T> {
        let mut found: Option<(&'static str, T)> = None;
        for name in names.iter().copied() {
            let text = match (self.look_up)(name) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(NotText) => {
                    self.mistakes.push(format!("{name}: the value is not UTF-8; set it again"));
                    continue;
                }
            };
            if text.is_empty() {
                self.empty.push(name);
                continue;
            }
            match (parse(text), &found) {
                (Err(error), _) => self.mistakes.push(format!("{name}: {error}")),
                (Ok(value), None) => found = Some((name, value)),
                (Ok(value), Some((first, known))) if value != *known => {
                    self.mistakes.push(format!("{first} and {name} are both set and differ; keep one of them"));
                }
                (Ok(_), Some(_)) => {}
            }
        }
        found.map(|(_, value)| value)
    }
}

fn flag(text: String) -> Result<bool, Error> {
    match text.as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        other => {
            let problem =
                address::surroundings(other).unwrap_or("is neither true nor false; write one of true, false, 1, 0");
            Err(Error::config(format!("the value {problem}")))
        }
    }
}
