//! Where the browser comes from.

use url::Url;

use super::context::Context;

/// Whether a person comes to the primary domain from another one, where they may have signed in or out meanwhile.
///
/// Clerk's own pages do not count: who comes from there brings what is new.
pub(super) fn is_of_another_domain(cx: &Context<'_>) -> bool {
    if cx.settings().is_satellite || !cx.is_document() || cx.redirect_count != 0 {
        return false;
    }
    let Some(referer) = cx.incoming.referer().and_then(|address| Url::parse(&address).ok()) else { return false };
    referer.origin().ascii_serialization() != cx.url.origin().ascii_serialization()
        && !cx.urls.is_clerk(&referer, cx.url)
}
