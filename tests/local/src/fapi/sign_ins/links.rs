//! Email links: the page that opens them, and the application that trades in what the page hands it.

use std::time::Duration;

use clerk_core::{ClientId, SessionId, SignInId, SignUpId, Timestamp};

use super::{super::Call, ticket};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::{encoding, ids, pkce},
    failure::Failure,
    model::{
        access,
        verification::{Approval, Status, Verification},
    },
    rules::{
        external::redirects,
        identifications, nonces, sign_ins, sign_ups,
        tickets::{self, TicketKind},
        users,
    },
    state::State,
    views,
};

/// How long an application has to trade in an approval, and then the ticket that it gets for it.
const HAND_OVER: Duration = Duration::from_secs(600);

/// Whose proof a link is of.
#[derive(Clone, Debug)]
enum Owner {
    SignIn { id: SignInId, second: bool },
    SignUp(SignUpId),
    Address { user: clerk_core::UserId, address: String },
}

/// What a link came to.
enum Opened {
    Verified(Option<SessionId>),
    /// The application has to go on with this.
    Approved(String),
    Expired,
    /// It counts only where it was asked for.
    Elsewhere,
    Failed,
}

/// The page of an email link.
pub(super) fn open(call: &mut Call<'_>) -> Outcome {
    let token = call.input.query("token").unwrap_or_default().to_owned();
    let owner = find(call.state, &token).ok_or_else(|| unknown(call.state, &token))?;
    // Whoever opens a link in another browser is told apart from the one who asked for it.
    let here = call.client_or_new();
    let now = call.now;
    let taken = is_taken(call.state, &owner);
    let elsewhere = call.state.settings().instance.email_link_same_client
        && owner.client(call.state).is_some_and(|client| client != here);
    let Some((redirect_url, opened)) = with(call.state, &owner, |proof| {
        let redirect_url = proof.redirect_url.clone().unwrap_or_default();
        let opened = match proof.status_at(now) {
            Status::Unverified if taken => {
                proof.status = Status::Failed;
                Opened::Failed
            }
            Status::Unverified if elsewhere && proof.code_challenge.is_none() => Opened::Elsewhere,
            Status::Unverified if proof.code_challenge.is_some() => {
                let token = ids::random_text(24);
                let approval = Approval { token: token.clone(), expire_at: now.after(HAND_OVER), consumed: false };
                proof.approval = Some(approval);
                Opened::Approved(token)
            }
            Status::Unverified => {
                proof.status = Status::Verified;
                proof.verified_at = Some(now);
                proof.verified_at_client = Some(here.as_str().to_owned());
                Opened::Verified(None)
            }
            Status::Expired => {
                proof.status = Status::Expired;
                Opened::Expired
            }
            Status::Verified | Status::Transferable | Status::Failed => Opened::Failed,
        };
        (redirect_url, opened)
    }) else {
        return Err(invalid());
    };
    let opened = match opened {
        Opened::Verified(_) => go_on(call, &owner)?,
        opened => opened,
    };
    let id = owner.id();
    let pairs: Vec<(&str, &str)> = match &opened {
        Opened::Verified(Some(session)) => {
            vec![("__clerk_status", "verified"), ("__clerk_created_session", session.as_str())]
        }
        Opened::Verified(None) => vec![("__clerk_status", "verified")],
        Opened::Approved(token) => vec![("flow_id", &id), ("approval_token", token)],
        Opened::Expired => vec![("__clerk_status", "expired")],
        Opened::Elsewhere => vec![("__clerk_status", "client_mismatch")],
        Opened::Failed => vec![("__clerk_status", "failed")],
    };
    Ok(Answer::redirect(redirects::with_query(&redirect_url, &pairs)).status(303))
}

/// What follows from a link that proved something.
fn go_on(call: &mut Call<'_>, owner: &Owner) -> Result<Opened, Failure> {
    match owner {
        Owner::SignIn { id, .. } => {
            let session = sign_ins::proceed(call.state, id, Some(call.inbound), call.now)?;
            let of = call.state.tables.sign_ins.get(id).map(|sign_in| sign_in.client_id.clone());
            // A device that waits elsewhere keeps its token: it could not be told of another one.
            if session.is_some() && of.as_ref() == call.client_id() {
                call.rotate();
            }
            Ok(Opened::Verified(session))
        }
        Owner::SignUp(id) => {
            let session = sign_ups::settle(call.state, id, Some(call.inbound), call.now)?;
            if session.is_some() && owner.client(call.state).as_ref() == call.client_id() {
                call.rotate();
            }
            Ok(Opened::Verified(session))
        }
        Owner::Address { user, address } => {
            let proven = identifications::proven_email(call.state, user, address, call.now);
            Ok(if proven.is_ok() { Opened::Verified(None) } else { Opened::Failed })
        }
    }
}

impl Owner {
    /// What an application names the flow by.
    fn id(&self) -> String {
        match self {
            Self::SignIn { id, .. } => id.as_str().to_owned(),
            Self::SignUp(id) => id.as_str().to_owned(),
            Self::Address { address, .. } => address.clone(),
        }
    }

    /// The client that asked for the link, where it was one that nobody is signed in on yet.
    fn client(&self, state: &State) -> Option<ClientId> {
        match self {
            Self::SignIn { id, .. } => state.tables.sign_ins.get(id).map(|sign_in| sign_in.client_id.clone()),
            Self::SignUp(id) => state.tables.sign_ups.get(id).map(|sign_up| sign_up.client_id.clone()),
            Self::Address { .. } => None,
        }
    }
}

/// Finds the proof that a link is of.
fn find(state: &State, token: &str) -> Option<Owner> {
    let is = |proof: Option<&Verification>| proof.is_some_and(|proof| is_link(proof, token));
    if let Some(sign_in) = state.tables.sign_ins.find_one(&format!("token:{token}")) {
        let second = is(sign_in.second.as_deref());
        return (second || is(sign_in.first.as_deref())).then(|| Owner::SignIn { id: sign_in.id.clone(), second });
    }
    if let Some(sign_up) = state.tables.sign_ups.find_one(&format!("token:{token}")) {
        return is(sign_up.email_verification.as_deref()).then(|| Owner::SignUp(sign_up.id.clone()));
    }
    // The token of an address begins with its id, by which its user is found.
    let (address, _) = token.split_once('.')?;
    let user = state.tables.users.find_one(address)?;
    let proof = user.email(address).and_then(|email| email.verification.as_deref());
    is(proof).then(|| Owner::Address { user: user.id.clone(), address: address.to_owned() })
}

fn is_link(proof: &Verification, token: &str) -> bool {
    let known = proof.token.as_deref().filter(|_| proof.strategy == "email_link");
    known.is_some_and(|known| encoding::same(known.as_bytes(), token.as_bytes()))
}

fn with<T>(state: &mut State, owner: &Owner, act: impl FnOnce(&mut Verification) -> T) -> Option<T> {
    match owner {
        Owner::SignIn { id, second } => {
            let mut sign_in = state.tables.sign_ins.edit(id)?;
            let proof = if *second { sign_in.second.as_mut() } else { sign_in.first.as_mut() };
            proof.map(|proof| act(proof))
        }
        Owner::SignUp(id) => {
            let mut sign_up = state.tables.sign_ups.edit(id)?;
            sign_up.email_verification.as_mut().map(|proof| act(proof))
        }
        Owner::Address { user, address } => {
            let mut user = state.tables.users.edit(user)?;
            user.email_mut(address).and_then(|email| email.verification.as_mut()).map(|proof| act(proof))
        }
    }
}

/// Whether somebody else has proven the address of a user's link meanwhile.
fn is_taken(state: &State, owner: &Owner) -> bool {
    let Owner::Address { user, address } = owner else { return false };
    let email = state.tables.users.get(user).and_then(|user| user.email(address));
    email.is_some_and(|email| users::email_taken(state, &email.email_address, Some(user)))
}

/// Why a link leads to nothing: a newer one took its place, or it is none of ours.
fn unknown(state: &State, token: &str) -> Failure {
    let owner = token.split_once('.').map_or("", |(owner, _)| owner);
    let known = state.tables.sign_ins.get(owner).is_some_and(|sign_in| {
        let is = |proof: &Option<Box<Verification>>| proof.as_ref().is_some_and(|proof| proof.strategy == "email_link");
        is(&sign_in.first) || is(&sign_in.second)
    });
    let known = known || state.tables.sign_ups.get(owner).is_some_and(|sign_up| sign_up.email_verification.is_some());
    if known {
        return Failure::new(400, "verification_link_token_stale", "the link is stale")
            .explained("another link was sent since; open that one");
    }
    invalid()
}

fn invalid() -> Failure {
    Failure::new(400, "verification_link_token_invalid", "the link is invalid")
        .explained("this link is not one of this instance, or what it was for is gone; ask for another one")
}

/// Trades in what the page of a native email link handed over.
pub(super) fn complete(call: &mut Call<'_>) -> Outcome {
    let flow = call.input.required_text("flow_id")?.to_owned();
    let given = call.input.required_text("approval_token")?.to_owned();
    let verifier = call.input.required_text("code_verifier")?.to_owned();
    let owner = flow_of(call.state, &flow).ok_or_else(|| Failure::value("flow_id"))?;
    let now = call.now;
    let checked = with(call.state, &owner, |proof| trade_in(proof, &given, &verifier, now));
    checked.unwrap_or_else(|| Err(Failure::value("flow_id")))?;
    match owner {
        Owner::SignIn { id, .. } => {
            let user = call.state.tables.sign_ins.get(&id).and_then(|sign_in| sign_in.user_id.clone());
            let user = user.ok_or_else(|| Failure::value("flow_id"))?;
            let ticket = ticket_for(call.state, user.as_str(), now);
            let mut view = clerk_fapi::types::MagicLinkCompletion::new();
            view.ticket = Some(ticket.into());
            view.flow_id = Some(flow);
            call.reply(&view)
        }
        Owner::SignUp(id) => {
            with(call.state, &Owner::SignUp(id.clone()), |proof| {
                proof.status = Status::Verified;
                proof.verified_at = Some(now);
            });
            if sign_ups::settle(call.state, &id, Some(call.inbound), now)?.is_some() && owner_is_here(call, &id) {
                call.rotate();
            }
            let view = views::fapi::sign_up::sign_up(call.state, &id, now);
            let view = view.ok_or_else(|| Failure::not_found("sign up attempt", &flow))?;
            call.reply(&view)
        }
        Owner::Address { .. } => Err(Failure::value("flow_id")),
    }
}

fn owner_is_here(call: &Call<'_>, id: &SignUpId) -> bool {
    call.state.tables.sign_ups.get(id).is_some_and(|sign_up| Some(&sign_up.client_id) == call.client_id())
}

/// The native email link of a flow, which goes by the id of its sign-in or sign-up.
fn flow_of(state: &State, flow: &str) -> Option<Owner> {
    let native = |proof: &Option<Box<Verification>>| {
        proof.as_ref().is_some_and(|proof| proof.strategy == "email_link" && proof.code_challenge.is_some())
    };
    if let Some(sign_up) = state.tables.sign_ups.get(flow) {
        return native(&sign_up.email_verification).then(|| Owner::SignUp(sign_up.id.clone()));
    }
    let sign_in = state.tables.sign_ins.get(flow)?;
    native(&sign_in.first).then(|| Owner::SignIn { id: sign_in.id.clone(), second: false })
}

fn trade_in(proof: &mut Verification, given: &str, verifier: &str, now: Timestamp) -> Result<(), Failure> {
    let refused =
        |code: &str, why: &str| Failure::new(422, code, "not approved").explained(why).param("approval_token");
    let Some(approval) = &mut proof.approval else {
        return Err(refused("flow_not_approved", "the email link was not opened yet"));
    };
    if !encoding::same(approval.token.as_bytes(), given.as_bytes()) {
        return Err(refused("approval_token_invalid", "the approval token is not that of this flow"));
    }
    if approval.consumed {
        return Err(refused("approval_token_consumed", "the approval token was traded in already"));
    }
    if approval.expire_at <= now {
        return Err(refused("approval_token_expired", "the approval token has run out; ask for another link"));
    }
    if !pkce::verify(verifier, proof.code_challenge.as_deref().unwrap_or_default(), "S256") {
        return Err(nonces::pkce_failed());
    }
    approval.consumed = true;
    Ok(())
}

/// A ticket that signs in whoever opened the link.
fn ticket_for(state: &mut State, user_id: &str, now: Timestamp) -> String {
    let id = State::id("sit", now);
    let expires_at = now.after(HAND_OVER);
    let token = tickets::issue(state, TicketKind::SignInToken, &id, Some(expires_at), now);
    let ticket = access::Ticket::new(ticket::MAGIC_LINK, id, user_id, token.clone(), expires_at, now);
    state.tables.tickets.insert(ticket);
    token
}
