//! What a process that runs for long would pile up: attempts and secrets that nobody comes back for.

use std::time::Duration;

use clerk_core::Timestamp;

use crate::{clock::Later, state::State};

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(3600);

/// How long what is over is still told of, such as that a ticket has expired.
const KEPT: Duration = Duration::from_secs(30 * 24 * 3600);

/// Removes what has been over for long; most of the time it is too early to look.
pub(crate) fn sweep(state: &mut State, now: Timestamp) {
    // A clock that was moved back is no reason to wait until it is there again.
    if state.swept_at.is_some_and(|at| at <= now && at.after(EVERY) > now) {
        return;
    }
    state.swept_at = Some(now);
    let over = |end: Timestamp| end.after(KEPT) <= now;
    let tables = &mut state.tables;
    tables.sign_ins.remove_where(|it| over(it.abandon_at));
    tables.sign_ups.remove_where(|it| over(it.abandon_at));
    tables.provider_flows.remove_where(|it| over(it.expires_at));
    tables.handshakes.remove_where(|it| over(it.expire_at));
    tables.testing_tokens.remove_where(|it| over(it.expires_at));
    tables.machine_tokens.remove_where(|it| it.expiration.is_some_and(over));
    tables.tickets.remove_where(|it| over(it.expires_at));
    let (grants, tokens) = (&mut tables.oauth_grants, &mut tables.oauth_tokens);
    tokens.remove_where(|it| over(it.expires_at) && (it.revoked || it.refresh_token.is_none()));
    // A code that comes again takes its tokens with it, so it is known for as long as they are.
    grants.remove_where(|it| over(it.expires_at) && tokens.find_one(&format!("grant:{}", it.id)).is_none());
    // Whoever comes with an outdated token gets a client that nobody may ever use.
    let (clients, sign_ins, sign_ups) = (&mut tables.clients, &tables.sign_ins, &tables.sign_ups);
    let open = |id: Option<&str>| id.is_some_and(|id| sign_ins.contains(id) || sign_ups.contains(id));
    clients.remove_where(|it| {
        let attempt =
            open(it.sign_in_id.as_ref().map(AsRef::as_ref)) || open(it.sign_up_id.as_ref().map(AsRef::as_ref));
        // One that somebody signed in on is a device that the user is known on.
        over(it.updated_at) && it.session_ids.is_empty() && it.last_authentication_strategy.is_none() && !attempt
    });
    let clients = &tables.clients;
    tables
        .dev_browsers
        .remove_where(|it| over(it.created_at) && clients.find_one(&format!("dev_browser:{}", it.token)).is_none());
}
