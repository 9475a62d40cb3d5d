use std::{borrow::Cow, fmt};

use super::Reverification;
use crate::auth::claims::{Claims, Entitlement, entitlement};

/// One thing that a session may have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Question {
    Role(Cow<'static, str>),
    Permission(Cow<'static, str>),
    Feature(Cow<'static, str>),
    Plan(Cow<'static, str>),
    Reverified(Reverification),
}

/// Whether a session has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Yes,
    No,
    /// The token does not say, or the question cannot be understood. This is no answer to build a "not" on.
    Unknown,
}

impl Question {
    /// Asks the claims alone: that the session is active is asked elsewhere.
    pub(crate) fn ask(&self, claims: &Claims) -> Answer {
        match self {
            Self::Role(asked) => has_role(claims, asked),
            Self::Permission(asked) => has_permission(claims, asked),
            Self::Feature(asked) => lists(entitlement::read(claims.raw().get("fea")), asked),
            Self::Plan(asked) => lists(entitlement::read(claims.raw().get("pla")), asked),
            Self::Reverified(asked) => match claims.factor_ages() {
                Some(ages) if asked.is_met_by(&ages) => Answer::Yes,
                Some(_) => Answer::No,
                None => Answer::Unknown,
            },
        }
    }
}

/// As a policy writes it: `role("org:admin")`.
impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Role(name) => write!(f, "role({name:?})"),
            Self::Permission(name) => write!(f, "permission({name:?})"),
            Self::Feature(name) => write!(f, "feature({name:?})"),
            Self::Plan(name) => write!(f, "plan({name:?})"),
            Self::Reverified(asked) => write!(f, "reverified({asked:?})"),
        }
    }
}

impl From<bool> for Answer {
    fn from(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

fn has_role(claims: &Claims, asked: &str) -> Answer {
    let has = claims.organization().and_then(|organization| organization.role()).map_or("", bare);
    match bare(asked) {
        "" => Answer::Unknown,
        _ if has.is_empty() => Answer::Unknown,
        asked => (has == asked).into(),
    }
}

fn has_permission(claims: &Claims, asked: &str) -> Answer {
    let asked = bare(asked);
    let Some(organization) = claims.organization().filter(|_| !asked.is_empty()) else {
        return Answer::Unknown;
    };
    // What is asked for may be written with the prefix or without; what the token says, only with it.
    if organization.permissions().iter().any(|has| has.strip_prefix("org:") == Some(asked)) {
        Answer::Yes
    } else if organization.tells_all_permissions() {
        Answer::No
    } else {
        Answer::Unknown
    }
}

/// The name without the prefix that says that it belongs to an organization, however often that is written.
fn bare(name: &str) -> &str {
    name.trim_start_matches("org:")
}

fn lists<'c>(listed: Option<impl Iterator<Item = Entitlement<'c>>>, asked: &str) -> Answer {
    // Whatever comes after a second colon does not matter in Clerk's other SDKs either.
    let mut parts = asked.splitn(3, ':');
    let (organization, user, slug) = match (parts.next(), parts.next()) {
        (Some(slug), None) => (true, true, slug),
        (Some("o" | "org" | "organization"), Some(slug)) => (true, false, slug),
        (Some("u" | "user"), Some(slug)) => (false, true, slug),
        _ => return Answer::Unknown,
    };
    let Some(mut listed) = listed.filter(|_| !slug.is_empty()) else {
        return Answer::Unknown;
    };
    let counts = |has: &Entitlement<'_>| organization && has.of_organization || user && has.of_user;
    listed.any(|has| has.slug == slug && counts(&has)).into()
}
