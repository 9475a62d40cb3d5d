//! The page that asks whether a program may have what it asks for.

use super::html::{self, escape, hidden};
use crate::{answer::Outcome, failure::Failure, inbound::Inbound, rules::oauth, state::State};

/// What travels from the request to the answer.
const CARRIED: [&str; 7] =
    ["redirect_uri", "scope", "state", "code_challenge", "code_challenge_method", "response_mode", "nonce"];

pub(super) fn page(state: &mut State, inbound: &Inbound) -> Outcome {
    let client_id = inbound.query("client_id").unwrap_or_default();
    let application =
        oauth::by_client_id(state, client_id).ok_or_else(|| Failure::not_found("OAuth application", client_id))?;
    let scopes = inbound.query("scope").unwrap_or(&application.scopes);
    let mut body = format!("<p><b>{}</b> asks to:</p><ul>", escape(&application.name));
    for scope in scopes.split_whitespace() {
        body.push_str(&format!("<li>{}</li>", escape(oauth::describes(scope).unwrap_or(scope))));
    }
    body.push_str("</ul>");
    // Client ids are made here, of hexadecimal digits.
    body.push_str(&format!(
        "<form method=\"post\" action=\"/v1/me/oauth/consent/{}\">",
        escape(&application.client_id)
    ));
    for name in CARRIED {
        if let Some(value) = inbound.query(name) {
            body.push_str(&hidden(name, value));
        }
    }
    body.push_str(
        "<button name=\"consented\" value=\"true\">Allow</button>\
         <button name=\"consented\" value=\"false\">Deny</button></form>",
    );
    Ok(html::page("Allow access?", &body))
}
