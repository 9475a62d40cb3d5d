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
    referer.origin().ascii_serialization() != cx.url.origin().ascii_serialization() && !is_of_clerk(cx, &referer)
}

fn is_of_clerk(cx: &Context<'_>, referer: &Url) -> bool {
    let host = referer.host_str().unwrap_or_default();
    let frontend = Url::parse(&cx.frontend_url()).ok();
    let is_frontend = frontend.is_some_and(|frontend| frontend.host_str() == Some(host));
    let is_portal_in_development = !cx.is_production() && is_development_portal(host);
    is_frontend || is_portal_in_development || is_portal_of(&cx.frontend_api(), referer)
}

/// The account portals of development instances.
fn is_development_portal(host: &str) -> bool {
    let legacy = [".lcl.dev", ".lclstage.dev", ".lclclerk.com"];
    let current = [".accounts.dev", ".accountsstage.dev", ".accounts.lclclerk.com"];
    (host.starts_with("accounts.") && legacy.iter().any(|end| host.ends_with(end)))
        || current.iter().any(|end| host.strip_suffix(end).is_some_and(|name| !name.ends_with(".clerk")))
}

/// The account portal that belongs to a Frontend API: no other host that is called `accounts` is.
fn is_portal_of(frontend_api: &str, referer: &Url) -> bool {
    let name = frontend_api.replacen("clerk.accountsstage.", "accountsstage.", 1);
    let portal = match name.contains("clerk.accounts.") {
        true => name.replacen("clerk.accounts.", "accounts.", 1),
        false => name.replacen("clerk.", "accounts.", 1),
    };
    let portal = Url::parse(&format!("https://{portal}"));
    portal.is_ok_and(|portal| portal.origin().ascii_serialization() == referer.origin().ascii_serialization())
}
