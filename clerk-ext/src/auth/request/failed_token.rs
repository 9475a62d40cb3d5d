//! What becomes of a session token that is not good.

use std::borrow::Cow;

use clerk_core::http::HeaderMap;

use super::{context::Context, handshake, refresh};
use crate::auth::{Auth, Reason, RequestState, TokenError, TokenType};

/// What a token came in.
#[derive(Clone, Copy)]
pub(super) enum Carrier {
    Header,
    Cookie,
}

/// A token that is wrong by time alone is worth a refresh or a handshake; any other is never one.
pub(super) async fn answer(cx: &Context<'_>, error: &TokenError, carrier: Carrier) -> RequestState {
    let message = told(error, carrier);
    if *error.reason() == Reason::TOKEN_EXPIRED {
        let why = match may_refresh(cx) {
            Ok(refresh_token) => match refresh::refresh(cx, refresh_token).await {
                Ok((session, headers)) => return RequestState::signed_in(Auth::Session(session), headers),
                Err(why) => why,
            },
            Err(why) => Cow::Borrowed(why),
        };
        return handshake::or_signed_out(cx, Reason::expired_and_not_refreshed(&why), message);
    }
    if *error.reason() == Reason::TOKEN_NOT_ACTIVE_YET {
        return handshake::or_signed_out(cx, Reason::SESSION_TOKEN_NBF, message);
    }
    if *error.reason() == Reason::TOKEN_IAT_IN_THE_FUTURE {
        return handshake::or_signed_out(cx, Reason::SESSION_TOKEN_IAT_IN_THE_FUTURE, message);
    }
    RequestState::signed_out(Some(TokenType::Session), error.reason().clone(), message, HeaderMap::new())
}

fn may_refresh<'c>(cx: &'c Context<'_>) -> Result<&'c str, &'static str> {
    if !cx.incoming.is_get() {
        return Err("non-eligible-non-get");
    }
    cx.refresh_token.as_deref().ok_or("non-eligible-no-refresh-cookie")
}

fn told(error: &TokenError, carrier: Carrier) -> String {
    let carrier = match carrier {
        Carrier::Header => "header",
        Carrier::Cookie => "cookie",
    };
    format!("{} (reason={}, token-carrier={carrier})", error.message(), error.reason())
}
