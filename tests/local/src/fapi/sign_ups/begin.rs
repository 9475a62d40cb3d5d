//! A new sign-up, in place of whatever the client had begun before.

use clerk_core::{SignUpId, Timestamp};

use super::{answer, fields, gate, prove, settle, ticket};
use crate::{
    answer::Outcome,
    clock::Later,
    failure::Failure,
    fapi::Call,
    model::{
        sign_up::SignUp,
        verification::{Status, Verification},
    },
    rules::external,
    state::State,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let transfer = input.flag("transfer") == Some(true);
    gate::check_session(call)?;
    if !transfer {
        gate::check_bot(call)?;
    }
    gate::check_legal(call)?;
    let client_id = call.client_or_new();
    let id = SignUpId::from(State::id("sua", call.now));
    let abandon_at = call.now.after(call.state.settings().lifetimes.attempt);
    let mut sign_up = SignUp::new(id.clone(), client_id.clone(), call.now, abandon_at);
    let ticket = input.text("ticket").filter(|ticket| !ticket.is_empty());
    match (ticket, input.text("strategy")) {
        (Some(ticket), _) => ticket::redeem(call, &mut sign_up, ticket)?,
        (None, Some("ticket")) => return Err(Failure::missing("ticket")),
        (None, _) => {}
    }
    gate::check_mode(call, sign_up.is_invited())?;
    if transfer {
        take_sign_in(call, &mut sign_up)?;
    }
    fields::fill(call, &mut sign_up)?;
    call.state.tables.sign_ups.insert(sign_up);
    // One that cannot even begin leaves the client as it was.
    if let Err(failure) = prove::begin(call, &id).and_then(|()| settle(call, &id)) {
        call.state.tables.sign_ups.remove(&id);
        return Err(failure);
    }
    take_place(call.state, &id, call.now);
    answer(call, &id)
}

/// Makes it the client's sign-up unless it is complete already; the one that was there is over.
fn take_place(state: &mut State, id: &SignUpId, now: Timestamp) {
    let Some(sign_up) = state.tables.sign_ups.get(id) else { return };
    let complete = sign_up.created_user_id.is_some();
    let client_id = sign_up.client_id.clone();
    let Some(mut client) = state.tables.clients.edit(&client_id) else { return };
    let before = client.sign_up_id.take();
    client.sign_up_id = (!complete).then(|| id.clone());
    client.updated_at = now;
    drop(client);
    if let Some(mut before) = before.and_then(|before| state.tables.sign_ups.edit(before))
        && before.created_user_id.is_none()
    {
        before.abandon_at = before.abandon_at.min(now);
    }
}

/// Goes on from a sign-in that found nobody.
fn take_sign_in(call: &mut Call<'_>, sign_up: &mut SignUp) -> Result<(), Failure> {
    let invalid = || {
        Failure::new(400, "account_transfer_invalid", "nothing to transfer")
            .explained("this client has no sign-in that a sign-up could go on from; begin again")
    };
    let sign_in = call.client().and_then(|client| client.sign_in_id.clone()).ok_or_else(invalid)?;
    let sign_in = call.state.tables.sign_ins.get(&sign_in).cloned().ok_or_else(invalid)?;
    let first = sign_in.first.filter(|first| first.status == Status::Transferable).ok_or_else(invalid)?;
    sign_up.locale = sign_in.locale;
    if let Some(account) = sign_in.external {
        let mut external = Verification::verified(&first.strategy, call.now);
        external.expire_at = first.expire_at;
        sign_up.external_verification = Some(Box::new(external));
        external::take_over(sign_up, &account, call.now);
        sign_up.external = Some(account);
        return Ok(());
    }
    let identifier = sign_in.identifier.ok_or_else(invalid)?;
    let proof = Some(Box::new(Verification {
        status: Status::Verified,
        verified_at: Some(call.now),
        error: None,
        code: None,
        token: None,
        ..*first
    }));
    if identifier.contains('@') {
        sign_up.email_address = Some(identifier);
        sign_up.email_verification = proof;
    } else {
        sign_up.phone_number = Some(identifier);
        sign_up.phone_verification = proof;
    }
    Ok(())
}
