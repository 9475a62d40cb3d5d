//! What Clerk says when it is asked.

use std::{error::Error as StdError, io, iter};

use clerk_core::{Error, ErrorKind, Timestamp, http::HeaderMap};
use clerk_fapi::{Client, types};

use super::{DeviceState, Reach};
use crate::frontend::{
    device::Device,
    environment::Environment,
    wire::{Wire, date},
};

/// What came of it.
pub(super) struct Asked {
    pub(super) reach: Reach,
    pub(super) environment: Option<Environment>,
    pub(super) device: DeviceState,
    pub(super) clock_ahead_millis: Option<i64>,
    /// The first error, after which nothing more was asked.
    pub(super) error: Option<Error>,
}

/// Asks what the instance offers, and then, where that is of use, who this device is.
///
/// The first question is put once, and without a token: whoever answers it may not be Clerk.
pub(super) async fn ask(device: &Device, may_ask_of_device: bool) -> Asked {
    let core = device.core();
    let before = core.record();
    let mut asked = Asked {
        reach: Reach::Reached,
        environment: None,
        device: if before.token.is_some() { DeviceState::Unconfirmed } else { DeviceState::New },
        clock_ahead_millis: None,
        error: None,
    };
    let began = core.now();
    let plain = Client::from_endpoint(core.endpoint.with_transport(core.once.clone()));
    match plain.get_environment().send_full().await {
        Ok(answer) => {
            asked.note_time(began, core.now(), answer.headers());
            asked.environment = Some(Environment::new(answer.into_value()));
        }
        Err(error) => {
            asked.fail(error, began, core.now());
            return asked;
        }
    }
    if !may_ask_of_device {
        return asked;
    }
    let began = core.now();
    // The answer may carry a token that must not be lost. That Clerk is to be told of sign-outs is left for another time.
    let wired = Wire::client_within(core);
    let answer = device.tasks().run(async move { wired.get_client().send_full().await }).await;
    match answer.and_then(|answer| answer) {
        Ok(answer) => {
            asked.note_time(began, core.now(), answer.headers());
            let client = answer.into_value().response;
            if before.token.is_some() {
                asked.device = state(before.client.as_deref(), client.as_ref());
            }
        }
        Err(error) => {
            if before.token.is_some() && error.kind() == ErrorKind::Unauthorized {
                asked.device = DeviceState::Lost;
            }
            asked.fail(error, began, core.now());
        }
    }
    asked
}

/// Who Clerk takes a device for that has a token: it answers one that it does not know with another client, or none.
fn state(known: Option<&types::Client>, answered: Option<&types::Client>) -> DeviceState {
    match (known, answered) {
        (_, None) => DeviceState::Lost,
        (Some(known), Some(answered)) if known.id != answered.id => DeviceState::Lost,
        _ => DeviceState::Known,
    }
}

impl Asked {
    fn fail(&mut self, error: Error, began: Timestamp, ended: Timestamp) {
        if let Some(headers) = error.headers() {
            self.note_time(began, ended, headers);
        }
        self.reach = reach(&error);
        self.error = Some(error);
    }

    /// Compares the clocks. What something in between has kept for a while does not count.
    fn note_time(&mut self, began: Timestamp, ended: Timestamp, headers: &HeaderMap) {
        if !headers.contains_key(clerk_core::http::header::AGE)
            && let Some(answered_at) = date(headers)
        {
            self.clock_ahead_millis = Some(ahead(began, ended, answered_at));
        }
    }
}

/// By how much a clock is ahead at the least, if something happened at a whole second between two looks at it.
fn ahead(began: Timestamp, ended: Timestamp, answered_at: Timestamp) -> i64 {
    let since = |moment: Timestamp| moment.as_millis().saturating_sub(answered_at.as_millis());
    let (least, most) = (since(began).saturating_sub(1000), since(ended));
    if least > 0 { least } else { most.min(0) }
}

fn reach(error: &Error) -> Reach {
    match (error.kind(), error.status()) {
        (ErrorKind::Decode | ErrorKind::Unexpected, _) => Reach::NotClerk,
        // Clerk says why; those in front of it have no reason to fail in this way.
        (ErrorKind::BadRequest | ErrorKind::Forbidden | ErrorKind::NotFound, _) if error.errors().is_empty() => {
            Reach::NotClerk
        }
        (_, Some(status)) => Reach::Refused(status.as_u16()),
        (ErrorKind::Offline, _) if said(error, &["dns error", "failed to lookup address"]) => Reach::NoSuchHost,
        (ErrorKind::Offline, _) => Reach::NoNetwork,
        (ErrorKind::Timeout, _) => Reach::Timeout,
        (ErrorKind::Network, _) if said(error, TLS) => Reach::Tls,
        (ErrorKind::Network, _) => Reach::Broken,
        _ => Reach::NotAsked,
    }
}

/// What TLS libraries say; their errors are of types that this crate does not know.
const TLS: &[&str] =
    &["peer certificate", "certificate verify failed", "received fatal alert", "corrupt message", "tls handshake"];

/// Whether one of the causes says one of these.
fn said(error: &Error, words: &[&str]) -> bool {
    let first: &(dyn StdError + 'static) = error;
    let mut causes = iter::successors(Some(first), |&cause| {
        // The `source` of an I/O error is that of what it wraps, and passes over that itself.
        let wrapped = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        wrapped.map(|wrapped| wrapped as _).or_else(|| cause.source())
    });
    causes.any(|cause| {
        let text = cause.to_string();
        words.iter().any(|word| text.contains(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis)
    }

    #[test]
    fn a_clock_is_wrong_only_by_what_neither_the_way_nor_the_second_explains() {
        // Asked at 10.0 s, answered in second 10, heard at 10.4 s.
        assert_eq!(ahead(at(10_000), at(10_400), at(10_000)), 0);
        // It says 10, and it may have been almost 11.
        assert_eq!(ahead(at(10_900), at(11_300), at(10_000)), 0);
        assert_eq!(ahead(at(20_000), at(20_400), at(10_000)), 9_000);
        assert_eq!(ahead(at(1_000), at(1_400), at(10_000)), -8_600);
    }

    #[test]
    fn what_tls_says_is_found_under_other_errors() {
        let tls = io::Error::other("invalid peer certificate: UnknownIssuer");
        let error = Error::transport("getEnvironment", io::Error::other(tls));
        assert_eq!(reach(&error), Reach::Tls);
        let reset = io::Error::from(io::ErrorKind::ConnectionReset);
        assert_eq!(reach(&Error::transport("getEnvironment", reset)), Reach::Broken);
    }

    #[test]
    fn no_such_host_is_told_from_no_network() {
        let lookup = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(reach(&Error::transport("getEnvironment", lookup)), Reach::NoSuchHost);
        let network = io::Error::from(io::ErrorKind::NetworkUnreachable);
        assert_eq!(reach(&Error::transport("getEnvironment", network)), Reach::NoNetwork);
    }
}
