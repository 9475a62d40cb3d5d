//! Whole requests: the header, the cookies, and what the browser has to do first.

use clerk_core::Error;
use clerk_core::http::{HeaderMap, request::Parts};

use super::{Auth, Clerk, Reason, RequestState, TokenType, jwt::Jwt};

impl Clerk {
    /// Checks who sent a request.
    ///
    /// # Errors
    ///
    /// Something is not configured that this request needs. A request that is not signed in is no error.
    pub async fn authenticate(&self, parts: &Parts) -> Result<RequestState, Error> {
        let _ = parts;
        Ok(RequestState::signed_out(Some(TokenType::Session), Reason::NO_TOKEN_IN_HEADER, "", HeaderMap::new()))
    }
}
