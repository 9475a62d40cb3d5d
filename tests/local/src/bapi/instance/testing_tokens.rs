//! Tokens that take automated tests past the captcha.

use std::time::Duration;

use clerk_bapi::types;

use super::Call;
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::ids,
    model::access::TestingToken,
    state::State,
};

const LIFETIME: Duration = Duration::from_secs(3600);

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let expires_at = call.now.after(LIFETIME);
    let token = format!("{}-{}", call.now.seconds(), ids::random_text(32));
    let mut view = types::TestingToken::new(token.as_str());
    view.object = Some("testing_token".to_owned());
    // Unlike every other time of the API, this one is in seconds.
    view.expires_at = Some(expires_at.seconds());
    let now = call.now;
    call.state.tables.testing_tokens.remove_where(|known| known.expires_at <= now);
    call.state.tables.testing_tokens.insert(TestingToken { id: State::id("tt", now), token, expires_at });
    Ok(Answer::json(&view))
}
