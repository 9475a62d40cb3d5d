//! Links in mails: whoever opens one has the address.

use crate::{
    clock::Later,
    crypto::ids,
    failure::Failure,
    fapi::Call,
    inbox::{self, Outgoing},
    model::verification::{Status, Verification},
};

/// Sends a link to an address, as the request asks: to be opened in a browser, or by an application with PKCE.
///
/// # Errors
///
/// The request does not say where the link leads on to, or its challenge is none.
pub(crate) fn send(
    call: &mut Call<'_>,
    identification_id: &str,
    to: &str,
    user_id: Option<&str>,
) -> Result<Verification, Failure> {
    let given = |name: &str| call.input.text(name).filter(|text| !text.is_empty()).map(str::to_owned);
    let code_challenge = given("code_challenge");
    let redirect_url = match &code_challenge {
        Some(_) => {
            let method = given("code_challenge_method").ok_or_else(|| Failure::missing("code_challenge_method"))?;
            if method != "S256" {
                return Err(Failure::value("code_challenge_method"));
            }
            given("redirect_uri").ok_or_else(|| Failure::missing("redirect_uri"))?
        }
        None => given("redirect_url").ok_or_else(|| Failure::missing("redirect_url"))?,
    };
    let token = ids::random_text(32);
    let link = format!("{}/v1/verify?token={token}", call.state.addresses.frontend);
    let outgoing = Outgoing { to, slug: "email_link", code: None, link: Some(&link), user_id };
    inbox::send(call.state, outgoing, call.now);
    Ok(Verification {
        status: Status::Unverified,
        strategy: "email_link".to_owned(),
        expire_at: Some(call.now.after(call.state.settings().lifetimes.verification)),
        token: Some(token),
        identification_id: Some(identification_id.to_owned()),
        redirect_url: Some(redirect_url),
        code_challenge,
        sent_at: Some(call.now),
        ..Verification::default()
    })
}
