//! Whoever is signed in: who that is, a token of theirs, and that they leave.

use clerk_ext::{
    ErrorKind, Timestamp,
    clerk_fapi::types::User,
    frontend::{SignOut, TokenRequest},
};

use crate::{device::Device, output::say, problem::Problem};

pub(crate) async fn whoami(device: &mut Device) -> Result<(), Problem> {
    let session = device.session().await?;
    let snapshot = device.clerk.snapshot();
    match snapshot.user() {
        Some(user) => say(name_of(user))?,
        None => say(format_args!("session {}", session.id()))?,
    }
    match (snapshot.membership(), snapshot.organization()) {
        (Some(membership), Some(organization)) => {
            say(format_args!("in {} as {}", organization.name, membership.role))?;
        }
        _ => say("in no organization")?,
    }
    if let Some(task) = session.current_task() {
        say(format_args!("to be finished before the session counts: {}", task.key()))?;
    }
    // What is kept may be out of date, so whoever reads it should know.
    if !snapshot.is_live() {
        let said =
            snapshot.learned_at().map_or("earlier".to_owned(), |at| format!("{} minutes ago", minutes_since(at)));
        say(format_args!("offline: this is as Clerk said {said}"))?;
    }
    Ok(())
}

/// Nothing but the token goes to the standard output, for `$(example-cli token)`.
///
/// It is made now, so that it is good for its whole minute, and there is none once the session is over. A program that
/// goes on running asks `session.token()` each time instead: that fetches another only when the one at hand runs out.
pub(crate) async fn token(device: &mut Device) -> Result<(), Problem> {
    let session = device.known_session().await?;
    match session.token_with(TokenRequest::new().skip_cache()).await {
        Ok(token) => say(token.expose()),
        // Either Clerk has said so just now and why, or it says so when it is asked about this device.
        Err(error) if error.kind() == ErrorKind::Unauthorized && !session.is_signed_in() => Err(device.nobody()),
        Err(error) => Err(error.into()),
    }
}

/// It holds at once. What is left in the store tells Clerk about it, and which device this is when somebody comes back.
pub(crate) async fn logout(device: &Device) -> Result<(), Problem> {
    match device.clerk.sign_out().await? {
        SignOut::Done => say("signed out"),
        _ => say("signed out on this device; Clerk is told by the next command that reaches it"),
    }
}

/// How people are called here: by name and address, as far as there are any.
pub(crate) fn name_of(user: &User) -> String {
    let address = user.primary_email().map(|email| email.email_address.as_str());
    match (user.full_name(), address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (Some(name), None) => name,
        (None, Some(address)) => address.to_owned(),
        (None, None) => user.id.to_string(),
    }
}

fn minutes_since(at: Timestamp) -> i64 {
    Timestamp::now().as_millis().saturating_sub(at.as_millis()).max(0) / 60_000
}
