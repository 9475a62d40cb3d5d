//! Who is kept out: allowlist, blocklist, and addresses of a kind that the instance refuses.

use crate::{failure::Failure, model::invitation::ListedIdentifier, state::State};

/// Domains whose addresses last for minutes; a few of thousands, enough to test with.
const DISPOSABLE: [&str; 8] = [
    "10minutemail.com",
    "dispostable.com",
    "guerrillamail.com",
    "mailinator.com",
    "maildrop.cc",
    "temp-mail.org",
    "trashmail.com",
    "yopmail.com",
];

/// Refuses an address or a number that may not sign up.
///
/// Whoever was `invited` does not have to be on the allowlist.
///
/// # Errors
///
/// It is blocked, or not allowed, or of a kind that is refused.
pub(crate) fn check_sign_up(state: &State, identifier: &str, invited: bool, param: &str) -> Result<(), Failure> {
    let rules = &state.settings().sign_up;
    check_blocked(state, identifier)?;
    if rules.allowlist && !invited && !listed(state, false, identifier) {
        return Err(not_allowed());
    }
    let Some((local, domain)) = identifier.rsplit_once('@') else { return Ok(()) };
    // The addresses of the test mode have a `+` of their own.
    let test = crate::rules::verification::is_test_identifier(identifier);
    if rules.block_email_subaddresses && !test && local.contains(['+', '#', '=']) {
        return Err(blocked_address(param, "an address with a part behind a `+` is not taken here"));
    }
    if rules.block_disposable_email_domains && DISPOSABLE.contains(&domain) {
        return Err(blocked_address(param, "an address of a disposable domain is not taken here"));
    }
    Ok(())
}

/// Refuses who signs in with an address or a number that is blocked, or not allowed, unless the lists are for signing
/// up only.
///
/// # Errors
///
/// It is kept out.
pub(crate) fn check_sign_in(state: &State, identifier: &str) -> Result<(), Failure> {
    if state.settings().instance.lists_at_sign_up_only {
        return Ok(());
    }
    check_blocked(state, identifier)?;
    if state.settings().sign_up.allowlist && !listed(state, false, identifier) {
        return Err(not_allowed());
    }
    Ok(())
}

/// Refuses an address or a number that is blocked.
///
/// # Errors
///
/// It is on the blocklist, and that is switched on.
pub(crate) fn check_blocked(state: &State, identifier: &str) -> Result<(), Failure> {
    if state.settings().sign_up.blocklist && listed(state, true, identifier) {
        return Err(not_allowed());
    }
    Ok(())
}

/// Whether an identifier is on one of the lists: itself, or every address of its domain.
fn listed(state: &State, blocked: bool, identifier: &str) -> bool {
    let on_list = |key: &str| {
        let found = state.tables.listed_identifiers.find(&format!("identifier:{key}"));
        found.into_iter().any(|entry: &ListedIdentifier| entry.blocked == blocked)
    };
    let domain = identifier.rsplit_once('@').map(|(_, domain)| domain.to_lowercase());
    let by_domain = |domain: String| on_list(&format!("*@{domain}")) || on_list(&format!("@{domain}"));
    on_list(&identifier.to_lowercase()) || domain.is_some_and(by_domain)
}

fn not_allowed() -> Failure {
    Failure::new(403, "not_allowed_access", "access is not allowed")
        .explained("this address or number may not be used with this application; use another one")
}

fn blocked_address(param: &str, why: &str) -> Failure {
    Failure::new(403, "form_email_address_blocked", "is blocked").explained(why).param(param)
}
