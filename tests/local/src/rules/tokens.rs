//! Session tokens, the tokens of templates, and whatever else the key of the instance signs.

mod permissions;
mod shortcodes;
mod template;

use std::time::Duration;

use clerk_core::{Json, JsonMap, Timestamp};

pub(crate) use template::{
    all as templates, by_name as template, check as check_template, id_of as template_id, mint as template_token,
};

use super::{organizations, tasks};
use crate::{
    clock::Later,
    crypto::ids,
    model::{organization::Organization, session::Session},
    settings::TokenVersion,
    state::State,
};

/// The category of session and handshake tokens.
pub(crate) const SESSION_CATEGORY: &str = "cl_B7d4PD111AAA";

/// The category of the tokens of templates.
pub(crate) const TEMPLATE_CATEGORY: &str = "cl_B7d4PD222AAA";

/// How much `nbf` lies before `iat`: the clocks of others may be behind.
const LEEWAY_SECONDS: i64 = 10;

/// A fresh token of a session for an organization, or for the personal account.
pub(crate) fn session_token(state: &State, session: &Session, organization: Option<&str>, now: Timestamp) -> String {
    session_token_for(state, session, organization, None, now)
}

/// The same with a lifetime of its own.
pub(crate) fn session_token_for(
    state: &State,
    session: &Session,
    organization: Option<&str>,
    lifetime: Option<Duration>,
    now: Timestamp,
) -> String {
    let claims = session_claims(state, session, organization, lifetime, now);
    let mut header = JsonMap::new();
    header.insert("cat".to_owned(), SESSION_CATEGORY.into());
    // When the origin, and not a cache at the edge, made it.
    header.insert("oiat".to_owned(), now.seconds().into());
    state.signing_key().map(|key| key.sign(&header, &claims)).unwrap_or_default()
}

/// Signs claims with the key of the instance.
pub(crate) fn sign(state: &State, category: &str, claims: &JsonMap) -> String {
    let mut header = JsonMap::new();
    header.insert("cat".to_owned(), category.into());
    state.signing_key().map(|key| key.sign(&header, claims)).unwrap_or_default()
}

/// Header and claims of a token that one of the instance's keys has signed; no time is checked.
pub(crate) fn verified(state: &State, token: &str) -> Option<(JsonMap, JsonMap)> {
    state.signing_keys.iter().find_map(|key| key.verify(token))
}

/// Header and claims of a session token of this instance; no time is checked.
pub(crate) fn verified_session(state: &State, token: &str) -> Option<(JsonMap, JsonMap)> {
    let (header, claims) = verified(state, token)?;
    (header.get("cat").and_then(Json::as_str) == Some(SESSION_CATEGORY)).then_some((header, claims))
}

/// Where tokens say that they come from.
pub(crate) fn issuer(state: &State) -> &str {
    &state.addresses.frontend
}

/// Minutes since the first and since the second factor was proven; -1 is never.
pub(crate) fn factor_age(session: &Session, now: Timestamp) -> [i64; 2] {
    let minutes = |at: Option<Timestamp>| {
        at.map_or(-1, |at| now.as_millis().saturating_sub(at.as_millis()).div_euclid(60_000).max(0))
    };
    [minutes(session.first_factor_at), minutes(session.second_factor_at)]
}

fn session_claims(
    state: &State,
    session: &Session,
    organization: Option<&str>,
    lifetime: Option<Duration>,
    now: Timestamp,
) -> JsonMap {
    let settings = state.settings();
    let pending = !tasks::of(state, session).is_empty();
    let membership = organization.and_then(|id| Active::of(state, session, id));
    // Custom claims go in first: none of them takes the place of what every token says.
    let mut claims = shortcodes::fill_map(
        &settings.session_claims,
        &shortcodes::Subject { state, session, organization: membership.as_ref().map(|it| it.organization), now },
    );
    for reserved in ["act", "o", "fea", "pla", "org_id", "org_slug", "org_role", "org_permissions", "v", "azp"] {
        claims.remove(reserved);
    }
    let mut put = |name: &str, value: Json| claims.insert(name.to_owned(), value);
    put("iss", issuer(state).into());
    put("sub", session.user_id.as_str().into());
    put("sid", session.id.as_str().into());
    put("iat", now.seconds().into());
    put("nbf", now.seconds().saturating_sub(LEEWAY_SECONDS).into());
    put("exp", now.after(lifetime.unwrap_or(settings.lifetimes.token)).seconds().into());
    put("jti", ids::random_hex(10).into());
    put("sts", if pending { "pending" } else { "active" }.into());
    put("fva", factor_age(session, now).to_vec().into());
    if let Some(origin) = authorized_party(state, session) {
        put("azp", origin.into());
    }
    if let Some(actor) = &session.actor {
        put("act", actor.clone().into());
    }
    match settings.token_version {
        TokenVersion::V1 => {
            if let Some(active) = &membership {
                put("org_id", active.organization.id.as_str().into());
                put("org_slug", active.slug.clone().into());
                put("org_role", active.role.into());
                put("org_permissions", active.permissions.clone().into());
            }
        }
        TokenVersion::V2 => {
            put("v", 2.into());
            second_layout(state, session, membership.as_ref(), &mut put);
        }
    }
    claims
}

/// What only the second layout has: `o`, `fea` and `pla`.
fn second_layout(
    state: &State,
    session: &Session,
    membership: Option<&Active<'_>>,
    put: &mut impl FnMut(&str, Json) -> Option<Json>,
) {
    let (scope, plan, features) = match membership {
        Some(active) => {
            let features = permissions::features(&active.organization.features, &active.permissions);
            put("o", active.claim(&features).into());
            ("o", active.organization.plan.clone(), features)
        }
        None => {
            let user = state.tables.users.get(&session.user_id);
            let features = user.map(|user| user.features.clone()).unwrap_or_default();
            ("u", user.and_then(|user| user.plan.clone()), features)
        }
    };
    if let Some(plan) = plan {
        put("pla", format!("{scope}:{plan}").into());
    }
    if !features.is_empty() {
        let features: Vec<String> = features.iter().map(|feature| format!("{scope}:{feature}")).collect();
        put("fea", features.join(",").into());
    }
}

/// The page that the client was last used from.
fn authorized_party<'a>(state: &'a State, session: &Session) -> Option<&'a str> {
    state.tables.clients.get(&session.client_id)?.origin.as_deref()
}

/// The organization that a token is for, and what its owner is there.
struct Active<'a> {
    organization: &'a Organization,
    slug: Option<String>,
    role: &'a str,
    permissions: Vec<String>,
}

impl<'a> Active<'a> {
    /// Nothing where the owner is no member.
    fn of(state: &'a State, session: &Session, organization: &str) -> Option<Self> {
        let membership = organizations::membership(state, organization, &session.user_id)?;
        let organization = state.tables.organizations.get(organization)?;
        let permissions = organizations::role(state, &membership.role).map(|role| role.permissions.as_slice());
        // What the system itself defines is never in a token.
        let own = |permission: &&String| !permission.starts_with("org:sys_");
        let permissions = permissions.unwrap_or_default().iter().filter(own).cloned().collect();
        let slug = organizations::slug(state, organization);
        Some(Self { organization, slug, role: &membership.role, permissions })
    }

    /// The claim `o`.
    fn claim(&self, features: &[String]) -> JsonMap {
        let mut claim = JsonMap::new();
        let mut put = |name: &str, value: Json| claim.insert(name.to_owned(), value);
        put("id", self.organization.id.as_str().into());
        if let Some(slug) = &self.slug {
            put("slg", slug.as_str().into());
        }
        put("rol", self.role.strip_prefix("org:").unwrap_or(self.role).into());
        if let Some((names, masks)) = permissions::masks(features, &self.permissions) {
            put("per", names.into());
            put("fpm", masks.into());
        }
        claim
    }
}

/// The public keys that tokens are to be verified with: the one that signs, and those that did before.
pub(crate) fn key_set(state: &State) -> Json {
    let mut set = JsonMap::new();
    set.insert("keys".to_owned(), state.signing_keys.iter().map(|key| key.public_jwk()).collect());
    set.into()
}
