//! Whether a person looks at what comes back, and where they are sent.

use clerk_core::http::{Method, header::ACCEPT, request::Parts};

use super::Checked;

/// Whether a browser will show the answer as a page.
///
/// Where the browser says what it wants the answer for, that counts: a script may well accept HTML, but a redirect to a
/// sign-in page is of no use to it.
pub(super) fn is_page(request: &Parts) -> bool {
    if request.method != Method::GET {
        return false;
    }
    match request.headers.get("sec-fetch-dest") {
        Some(destination) => destination == "document" || destination == "iframe",
        None => request.headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html")),
    }
}

/// Where people sign in, or finish the tasks of their session, with the way back to this page.
///
/// There is none from that page itself: whoever closes it would send people round and round.
pub(super) fn sign_in_url(checked: &Checked, request: &Parts, is_pending: bool) -> Option<String> {
    let redirects = checked.clerk().redirects(request).ok()?;
    let current = redirects.current();
    let url = if is_pending { redirects.to_tasks(current) } else { redirects.to_sign_in(current) }.ok()?;
    (without_query(&url) != without_query(current)).then_some(url)
}

fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or(url)
}
