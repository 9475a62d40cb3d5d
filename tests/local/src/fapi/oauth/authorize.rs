//! A browser comes with a program's request: who is it, do they agree, and back with a code.

use clerk_core::{OrganizationId, UserId};
use clerk_fapi::types;

use super::{Call, OAuthError};
use crate::{
    answer::{Answer, Outcome},
    clock::Later,
    crypto::ids,
    failure::Failure,
    model::oauth::{OAuthApplication, OAuthGrant},
    provider::{self, html},
    rules::{external::redirects, oauth, organizations},
    state::State,
};

/// What a program asks for; all of it travels along to the pages and back.
#[derive(Clone, Debug, Default)]
struct Request {
    client_id: String,
    redirect_uri: Option<String>,
    scope: Option<String>,
    state: Option<String>,
    prompt: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
    response_mode: Option<String>,
    response_type: Option<String>,
    nonce: Option<String>,
}

impl Request {
    fn read(call: &Call<'_>) -> Self {
        let input = call.input;
        let given = |name: &str| {
            let in_query: Vec<&str> = input.query_all(name).collect();
            let value =
                if in_query.is_empty() { input.text(name).map(str::to_owned) } else { Some(in_query.join(" ")) };
            value.filter(|value| !value.is_empty())
        };
        Self {
            client_id: given("client_id").unwrap_or_default(),
            redirect_uri: given("redirect_uri"),
            scope: given("scope"),
            state: given("state"),
            prompt: given("prompt").unwrap_or_default(),
            code_challenge: given("code_challenge"),
            code_challenge_method: given("code_challenge_method"),
            response_mode: given("response_mode"),
            response_type: given("response_type"),
            nonce: given("nonce"),
        }
    }

    fn prompts(&self, what: &str) -> bool {
        self.prompt.split_whitespace().any(|prompt| prompt == what)
    }

    fn pairs(&self) -> Vec<(&'static str, &str)> {
        let optional = [
            ("redirect_uri", &self.redirect_uri),
            ("scope", &self.scope),
            ("state", &self.state),
            ("code_challenge", &self.code_challenge),
            ("code_challenge_method", &self.code_challenge_method),
            ("response_mode", &self.response_mode),
            ("nonce", &self.nonce),
        ];
        let mut pairs = vec![("response_type", "code"), ("client_id", self.client_id.as_str())];
        pairs.extend(optional.into_iter().filter_map(|(name, value)| value.as_deref().map(|value| (name, value))));
        pairs
    }
}

/// The application of a request, and where the browser goes back to.
fn application<'a>(state: &'a State, request: &Request) -> Result<(&'a OAuthApplication, String), OAuthError> {
    let application = oauth::by_client_id(state, &request.client_id)
        .ok_or_else(|| OAuthError::new(400, "invalid_client", "there is no client with this client_id"))?;
    let uri = match (&request.redirect_uri, application.redirect_uris.as_slice()) {
        (Some(uri), _) if oauth::may_redirect(application, uri) => uri.clone(),
        (Some(_), _) => {
            let description = "redirect_uri is none of those that are registered for this client";
            return Err(OAuthError::new(400, "invalid_request", description));
        }
        (None, [only]) => only.clone(),
        (None, _) => return Err(OAuthError::new(400, "invalid_request", "redirect_uri is missing")),
    };
    Ok((application, uri))
}

/// The scopes that are asked for, where everything else about the request is as it should be.
fn scopes(application: &OAuthApplication, request: &Request) -> Result<String, OAuthError> {
    let wrong = |error: &'static str, description: &str| OAuthError::new(400, error, description);
    if request.response_type.as_deref().is_some_and(|kind| kind != "code") {
        return Err(wrong("unsupported_response_type", "the only response_type is code"));
    }
    if request.state.as_ref().is_some_and(|state| state.len() < 8) {
        return Err(wrong("invalid_state", "state has to have 8 characters or more"));
    }
    match (&request.code_challenge, request.code_challenge_method.as_deref()) {
        (None, None) if !application.public && !application.pkce_required => {}
        (None, _) => return Err(wrong("invalid_request", "this client has to send a code_challenge")),
        (Some(challenge), Some("S256")) if (43..=128).contains(&challenge.len()) => {}
        (Some(_), Some("S256")) => return Err(wrong("invalid_request", "code_challenge is no S256 challenge")),
        (Some(_), _) => return Err(wrong("invalid_request", "the only code_challenge_method is S256")),
    }
    let scopes = request.scope.clone().unwrap_or_else(|| application.scopes.clone());
    if !oauth::are_known(&scopes) || !oauth::covers(&application.scopes, &scopes) {
        return Err(wrong("invalid_scope", "this client may not ask for one of these scopes"));
    }
    Ok(scopes)
}

pub(super) fn authorize(call: &mut Call<'_>) -> Outcome {
    let request = Request::read(call);
    let (application, redirect_uri) = match application(call.state, &request) {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    let wants_consent = application.consent_screen;
    let application_id = application.id.clone();
    let scopes = match scopes(application, &request) {
        Ok(scopes) => scopes,
        Err(error) => return refuse(&request, &redirect_uri, error.error, &error.description),
    };
    let silent = request.prompts("none");
    let user_id = call.user_id().ok().filter(|_| !request.prompts("login"));
    let Some(user_id) = user_id else {
        if silent {
            return refuse(&request, &redirect_uri, "login_required", "nobody is signed in in this browser");
        }
        // Once they are signed in they are not asked to do it again.
        let back = redirects::with_query(&format!("{}/oauth/authorize", call.state.addresses.frontend), &{
            let mut pairs = request.pairs();
            if request.prompts("consent") {
                pairs.push(("prompt", "consent"));
            }
            pairs
        });
        return Ok(Answer::redirect(provider::sign_in_url(call.state, &back)));
    };
    let agreed = oauth::has_consented(call.state, &application_id, &user_id, &scopes) && !request.prompts("consent");
    if wants_consent && !agreed {
        if silent {
            return refuse(&request, &redirect_uri, "consent_required", "the user has not agreed to this yet");
        }
        let page = format!("{}/local/oauth-consent", call.state.addresses.frontend);
        return Ok(Answer::redirect(redirects::with_query(&page, &request.pairs())));
    }
    let organization = call.session()?.last_active_organization_id.clone();
    grant(call, &request, &application_id, &user_id, organization, &scopes, &redirect_uri)
}

/// Makes a code, and sends the browser back with it.
fn grant(
    call: &mut Call<'_>,
    request: &Request,
    application_id: &str,
    user_id: &UserId,
    organization: Option<OrganizationId>,
    scopes: &str,
    redirect_uri: &str,
) -> Outcome {
    let now = call.now;
    let code = ids::random_text(32);
    let expires_at = now.after(call.state.settings().lifetimes.verification);
    let organization = organization.filter(|_| oauth::covers(scopes, "user:org:read"));
    call.state.tables.oauth_grants.insert(OAuthGrant {
        id: State::id("ogrant", now),
        application_id: application_id.to_owned(),
        user_id: user_id.as_str().to_owned(),
        organization_id: organization.map(|id| id.as_str().to_owned()),
        scopes: scopes.to_owned(),
        code: code.clone(),
        used: false,
        redirect_uri: request.redirect_uri.clone(),
        code_challenge: request.code_challenge.clone(),
        nonce: request.nonce.clone(),
        expires_at,
        created_at: now,
        updated_at: now,
    });
    let issuer = call.state.addresses.frontend.clone();
    let mut pairs = vec![("code", code.as_str()), ("scope", scopes)];
    pairs.extend(request.state.as_deref().map(|state| ("state", state)));
    pairs.push(("iss", issuer.as_str()));
    Ok(back(request, redirect_uri, &pairs))
}

fn refuse(request: &Request, redirect_uri: &str, error: &str, description: &str) -> Outcome {
    let mut pairs = vec![("error", error), ("error_description", description)];
    pairs.extend(request.state.as_deref().map(|state| ("state", state)));
    Ok(back(request, redirect_uri, &pairs))
}

/// Back to the program: in the query, or by a form that the browser posts.
fn back(request: &Request, redirect_uri: &str, pairs: &[(&str, &str)]) -> Answer {
    if request.response_mode.as_deref() != Some("form_post") {
        return Answer::redirect(redirects::with_query(redirect_uri, pairs)).status(303);
    }
    let fields: String = pairs.iter().map(|(name, value)| html::hidden(name, value)).collect();
    let action = html::escape(redirect_uri);
    html::page("Back", &format!("<form method=\"post\" action=\"{action}\">{fields}<button>Continue</button></form>"))
}

/// What the person is asked to agree to.
pub(super) fn consent(call: &mut Call<'_>) -> Outcome {
    call.user_id()?;
    let client_id = call.input.path("client_id");
    let application =
        oauth::by_client_id(call.state, client_id).ok_or_else(|| Failure::not_found("OAuth application", client_id))?;
    let scopes = call.input.query("scope").unwrap_or(&application.scopes);
    if !oauth::covers(&application.scopes, scopes) {
        return Err(Failure::new(400, "oauth_invalid_scope", "scope not allowed")
            .explained("this application may not ask for one of these scopes")
            .param("scope"));
    }
    let redirect_uri = call.input.query("redirect_uri");
    if redirect_uri.is_some_and(|uri| !oauth::may_redirect(application, uri)) {
        return Err(Failure::new(400, "redirect_uri_mismatch", "unknown redirect URI")
            .explained("the redirect URI is none of those that are registered for this application")
            .param("redirect_uri"));
    }
    let redirect_uri = redirect_uri.or(application.redirect_uris.first().map(String::as_str));
    let mut view = types::OAuthConsentInfo::new(application.client_id.as_str());
    view.oauth_application_name = Some(application.name.clone());
    view.oauth_application_logo_url.clone_from(&application.logo_url);
    view.oauth_application_url.clone_from(&application.client_uri);
    view.redirect_domain = redirect_uri.and_then(domain).map(str::to_owned);
    view.scopes = scopes
        .split_whitespace()
        .map(|scope| {
            let mut view = types::OAuthScopeWithDescription::new(scope);
            view.description = oauth::describes(scope).map(str::to_owned);
            view.requires_consent = scope != "openid";
            view
        })
        .collect();
    Ok(Answer::json(&view))
}

fn domain(uri: &str) -> Option<&str> {
    let (_, rest) = uri.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    (!host.is_empty()).then_some(host)
}

/// The person has agreed or not: the request comes along, in the query or in the form.
pub(super) fn submit(call: &mut Call<'_>) -> Outcome {
    let user_id = call.user_id()?;
    let mut request = Request::read(call);
    call.input.path("client_id").clone_into(&mut request.client_id);
    let client_id = &request.client_id;
    if oauth::by_client_id(call.state, client_id).is_none() {
        return Err(Failure::not_found("OAuth application", client_id));
    }
    let (application, redirect_uri) = application(call.state, &request).map_err(|error| {
        Failure::new(400, "redirect_uri_mismatch", "unknown redirect URI")
            .explained(error.description)
            .param("redirect_uri")
    })?;
    let application_id = application.id.clone();
    let scopes = match scopes(application, &request) {
        Ok(scopes) => scopes,
        Err(error) => return refuse(&request, &redirect_uri, error.error, &error.description),
    };
    if call.input.flag("consented") != Some(true) {
        return refuse(&request, &redirect_uri, "access_denied", "the user did not agree");
    }
    let organization = match call.input.text("organization_id").filter(|id| !id.is_empty()) {
        Some(id) if organizations::membership(call.state, id, &user_id).is_some() => {
            Some(OrganizationId::from(id.to_owned()))
        }
        Some(_) => {
            return Err(Failure::new(403, "not_a_member_in_organization", "not a member")
                .explained("access to an organization can be given by its members only"));
        }
        None => call.session()?.last_active_organization_id.clone(),
    };
    let now = call.now;
    oauth::consent(call.state, &application_id, &user_id, &scopes, now);
    grant(call, &request, &application_id, &user_id, organization, &scopes, &redirect_uri)
}
