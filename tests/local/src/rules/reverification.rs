//! What needs a fresh second look: the factors have to have been proven a short while ago.

use clerk_core::{Json, JsonMap, Timestamp};

use crate::{
    clock::Later,
    failure::Failure,
    fapi::Call,
    model::{session::Session, user::User},
    settings::Settings,
};

/// Which factors have to be fresh; named as they are on the wire.
#[allow(clippy::enum_variant_names, reason = "the names of the API")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    FirstFactor,
    SecondFactor,
    MultiFactor,
}

impl Level {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "first_factor" => Some(Self::FirstFactor),
            "second_factor" => Some(Self::SecondFactor),
            "multi_factor" => Some(Self::MultiFactor),
            _ => None,
        }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::FirstFactor => "first_factor",
            Self::SecondFactor => "second_factor",
            Self::MultiFactor => "multi_factor",
        }
    }
}

/// Checks that who is signed in has proven the factors a short while ago; whoever has no second factor proves the first.
///
/// # Errors
///
/// Nobody is signed in, or a factor has to be proven again first.
pub(crate) fn require(call: &Call<'_>, level: Level) -> Result<(), Failure> {
    let session = call.session()?;
    let settings = call.state.settings();
    if is_fresh(session, call.user()?, level, settings, call.now) {
        return Ok(());
    }
    let minutes = settings.lifetimes.reverification.as_secs() / 60;
    let mut wanted = JsonMap::new();
    wanted.insert("level".to_owned(), level.as_str().into());
    wanted.insert("after_minutes".to_owned(), minutes.into());
    Err(Failure::new(403, "session_reverification_required", "reverification required")
        .explained("this needs a factor that was proven a short while ago: verify the session first")
        .with("reverification", Json::Object(wanted)))
}

fn is_fresh(session: &Session, user: &User, level: Level, settings: &Settings, now: Timestamp) -> bool {
    let fresh = |at: Option<Timestamp>| at.is_some_and(|at| at.after(settings.lifetimes.reverification) > now);
    let (first, second) = (fresh(session.first_factor_at), fresh(session.second_factor_at));
    match level {
        _ if !user.two_factor_enabled() => first,
        Level::FirstFactor => first,
        Level::SecondFactor => second,
        Level::MultiFactor => first && second,
    }
}
