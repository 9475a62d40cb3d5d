//! Round trips through a social provider or an identity provider: set out, come back, and what follows.

mod accounts;
mod finish;
pub(crate) mod redirects;

use clerk_core::ClientId;

use crate::{
    clock::Later,
    crypto::ids,
    failure::Failure,
    fapi::Call,
    model::{
        enterprise::EnterpriseConnection,
        oauth::ProviderFlow,
        verification::{Status, Verification},
    },
    state::State,
};

pub(crate) use self::{
    accounts::{link, owner},
    finish::{finish, take_over},
};
pub(crate) use crate::model::oauth::Purpose;

/// What every provider is asked for.
const SCOPES: [&str; 3] = ["openid", "email", "profile"];

/// The providers that the real service knows; others are `custom_…`.
const KNOWN: [&str; 28] = [
    "apple",
    "atlassian",
    "bitbucket",
    "box",
    "coinbase",
    "discord",
    "dropbox",
    "enstall",
    "facebook",
    "github",
    "gitlab",
    "google",
    "hubspot",
    "huggingface",
    "instagram",
    "line",
    "linear",
    "linkedin",
    "linkedin_oidc",
    "microsoft",
    "notion",
    "slack",
    "spotify",
    "tiktok",
    "twitch",
    "twitter",
    "vercel",
    "xero",
];

/// Sets out for a provider: the proof that is given back holds the URL that the browser has to open.
///
/// `strategy` is `oauth_…` or `enterprise_sso`. The proof's `token` is the provider's `state`; whoever asked keeps the
/// proof where the purpose says, and finds it changed there when the browser has come back.
///
/// # Errors
///
/// The provider is none of this instance's, or the browser may not be sent back to that URL.
pub(crate) fn begin(
    call: &mut Call<'_>,
    strategy: &str,
    purpose: Purpose,
    redirect_url: Option<&str>,
    action_complete_redirect_url: Option<&str>,
) -> Result<Verification, Failure> {
    let redirect_url = match redirect_url {
        None => return Err(Failure::missing("redirect_url")),
        Some("") => return Err(Failure::nil("redirect_url")),
        Some(url) => url,
    };
    let action_complete = action_complete_redirect_url.filter(|url| !url.is_empty());
    let native = call.caller.native;
    redirects::check(call.state, native, redirect_url, "redirect_url")?;
    if let Some(url) = action_complete {
        redirects::check(call.state, native, url, "action_complete_redirect_url")?;
    }
    let provider = provider(call, strategy, &purpose)?;
    let mut scopes: Vec<&str> = SCOPES.to_vec();
    for more in call.input.texts("additional_scope") {
        scopes.extend(more.split_whitespace().filter(|scope| !SCOPES.contains(scope)));
    }
    let scopes = scopes.join(" ");
    let login_hint = call.input.text("oidc_login_hint").or_else(|| call.input.text("identifier"));
    let expires_at = call.now.after(call.state.settings().lifetimes.verification);
    let flow = ProviderFlow {
        id: State::id("flow", call.now),
        strategy: strategy.to_owned(),
        provider,
        state: ids::random_text(24),
        client_id: client_of(call.state, &purpose).or_else(|| call.client_id().cloned()),
        purpose,
        native,
        redirect_url: redirect_url.to_owned(),
        action_complete_redirect_url: action_complete.map(str::to_owned),
        scopes,
        login_hint: login_hint.filter(|hint| hint.contains('@')).map(str::to_owned),
        code: None,
        account_id: None,
        created_at: call.now,
        expires_at,
    };
    let url = authorize_url(call.state, &flow, call.input.text("oidc_prompt"));
    let verification = Verification {
        status: Status::Unverified,
        strategy: strategy.to_owned(),
        expire_at: Some(expires_at),
        token: Some(flow.state.clone()),
        external_redirect_url: Some(url),
        redirect_url: Some(flow.redirect_url.clone()),
        action_complete_redirect_url: flow.action_complete_redirect_url.clone(),
        ..Verification::default()
    };
    call.state.tables.provider_flows.insert(flow);
    Ok(verification)
}

/// The client that a sign-in or sign-up is on; where the request is of another, that one.
fn client_of(state: &State, purpose: &Purpose) -> Option<ClientId> {
    match purpose {
        Purpose::SignIn(id) => state.tables.sign_ins.get(id).map(|sign_in| sign_in.client_id.clone()),
        Purpose::SignUp(id) => state.tables.sign_ups.get(id).map(|sign_up| sign_up.client_id.clone()),
        Purpose::Connect { .. } | Purpose::Reauthorize { .. } => None,
    }
}

/// Where the provider sends the browser back to.
pub(crate) fn callback_url(state: &State) -> String {
    format!("{}/v1/oauth_callback", state.addresses.frontend)
}

fn authorize_url(state: &State, flow: &ProviderFlow, prompt: Option<&str>) -> String {
    let callback = callback_url(state);
    let mut pairs = vec![
        ("provider", flow.provider.as_str()),
        ("response_type", "code"),
        ("client_id", &state.keys.instance_id),
        ("redirect_uri", &callback),
        ("scope", &flow.scopes),
        ("state", &flow.state),
    ];
    pairs.extend(flow.login_hint.as_deref().map(|hint| ("login_hint", hint)));
    pairs.extend(prompt.filter(|prompt| !prompt.is_empty()).map(|prompt| ("prompt", prompt)));
    redirects::with_query(&format!("{}/local/provider/authorize", state.addresses.frontend), &pairs)
}

/// The name of a social provider, or the id of an enterprise connection.
fn provider(call: &Call<'_>, strategy: &str, purpose: &Purpose) -> Result<String, Failure> {
    let Some(name) = strategy.strip_prefix("oauth_") else {
        return match strategy {
            "enterprise_sso" | "saml" => connection(call, purpose).map(|connection| connection.id.clone()),
            _ => Err(Failure::value("strategy")),
        };
    };
    let Some(settings) = call.state.settings().social.get(name) else {
        if KNOWN.contains(&name) {
            return Err(not_enabled(name));
        }
        return Err(Failure::new(400, "oauth_unsupported_provider", "unknown provider")
            .explained(format!("there is no provider called {name}")));
    };
    if !settings.enabled {
        return Err(not_enabled(name));
    }
    if !settings.authenticatable && matches!(purpose, Purpose::SignIn(_) | Purpose::SignUp(_)) {
        return Err(Failure::new(400, "oauth_non_authenticatable_provider", "provider does not sign in")
            .explained(format!("{name} only connects accounts of users who are signed in already")));
    }
    Ok(name.to_owned())
}

fn not_enabled(name: &str) -> Failure {
    Failure::new(400, "oauth_provider_not_enabled", "provider not enabled")
        .explained(format!("the provider {name} is not enabled in the settings of this instance"))
}

/// The enterprise connection of the address that the purpose is about.
fn connection<'a>(call: &'a Call<'_>, purpose: &Purpose) -> Result<&'a EnterpriseConnection, Failure> {
    let tables = &call.state.tables;
    let missing = |code: &str, what: &str| {
        Failure::new(422, code, "no enterprise connection")
            .explained(format!("no active enterprise connection serves the {what}"))
    };
    if let Some(id) = call.input.text("enterprise_connection_id").filter(|id| !id.is_empty()) {
        let found = tables.enterprise_connections.get(id).filter(|connection| connection.active);
        return found.ok_or_else(|| missing("enterprise_sso_sign_in_connection_missing", "enterprise_connection_id"));
    }
    let (address, code) = match purpose {
        Purpose::SignIn(id) => {
            let kept = tables.sign_ins.get(id).and_then(|sign_in| sign_in.identifier.as_deref());
            let address = call.input.text("identifier").or(kept);
            (address, "enterprise_sso_sign_in_connection_missing")
        }
        Purpose::SignUp(id) => {
            let kept = tables.sign_ups.get(id).and_then(|sign_up| sign_up.email_address.as_deref());
            let address = call.input.text("email_address").or(kept);
            (address, "enterprise_sso_sign_up_connection_missing")
        }
        Purpose::Connect { user } | Purpose::Reauthorize { user, .. } => {
            let address = tables.users.get(user).and_then(|user| user.primary_email());
            (address.map(|email| email.email_address.as_str()), "enterprise_sso_verification_connection_missing")
        }
    };
    let domain = address.and_then(|address| address.rsplit_once('@')).map(|(_, domain)| domain.to_lowercase());
    let found = domain.and_then(|domain| for_domain(call.state, &domain));
    found.ok_or_else(|| missing(code, "domain of the email address"))
}

/// The active connection that people with an address of a domain have to use.
pub(crate) fn for_domain<'a>(state: &'a State, domain: &str) -> Option<&'a EnterpriseConnection> {
    state.tables.enterprise_connections.find(&format!("domain:{domain}")).find(|connection| connection.active)
}
