//! OAuth applications: the programs that sign people in with this instance.

use clerk_bapi::types;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::oauth::OAuthApplication,
    rules::{
        images,
        oauth::{self, tokens},
    },
    state::State,
    views::bapi::oauth as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("ListOAuthApplications", index),
    ("CreateOAuthApplication", create),
    ("GetOAuthApplication", get),
    ("UpdateOAuthApplication", update),
    ("DeleteOAuthApplication", delete),
    ("UploadOAuthApplicationLogo", upload_logo),
    ("RotateOAuthApplicationSecret", rotate),
    ("RevokeOAuthApplicationToken", revoke_token),
    ("verifyOAuthAccessToken", verify),
    ("GetInstanceOAuthApplicationSettings", settings),
    ("UpdateInstanceOAuthApplicationSettings", update_settings),
];

fn unknown(id: &str) -> Failure {
    Failure::not_found("OAuth application", id)
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a OAuthApplication, Failure> {
    let id = call.input.path("oauth_application_id");
    call.state.tables.oauth_applications.get(id).ok_or_else(|| unknown(id))
}

fn index(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let order = list::order(call.input.query("order_by"), &["created_at", "name"])?;
    let (by, descending) = order.unwrap_or(("created_at", false));
    let query = call.input.query("name_query").map(str::to_lowercase);
    let fits = |it: &&OAuthApplication| query.as_deref().is_none_or(|query| it.name.to_lowercase().contains(query));
    let mut found: Vec<&OAuthApplication> = call.state.tables.oauth_applications.iter().filter(fits).collect();
    if by == "name" {
        found.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if descending {
        found.reverse();
    }
    let total = found.len();
    let shown = window.of(found.into_iter());
    let data: Vec<_> = shown.into_iter().map(|application| views::application(call.state, application)).collect();
    Ok(Answer::page(&data, total))
}

/// The redirect URIs of a body, `callback_url` being the old name for a single one.
fn redirect_uris(call: &Call<'_>) -> Result<Option<Vec<String>>, Failure> {
    let mut uris: Vec<String> = call.input.texts("redirect_uris").into_iter().map(str::to_owned).collect();
    let old = call.input.text("callback_url").filter(|uri| !uri.is_empty());
    if let Some(old) = old
        && !uris.iter().any(|uri| uri == old)
    {
        uris.insert(0, old.to_owned());
    }
    if let Some(_wrong) = uris.iter().find(|uri| !oauth::is_redirect_uri(uri)) {
        return Err(Failure::format(if uris.len() == 1 && old.is_some() { "callback_url" } else { "redirect_uris" }));
    }
    Ok((!uris.is_empty() || call.input.given("redirect_uris")).then_some(uris))
}

fn scopes(call: &Call<'_>) -> Result<Option<String>, Failure> {
    match call.input.text("scopes").filter(|scopes| !scopes.trim().is_empty()) {
        Some(scopes) if oauth::are_known(scopes) => Ok(Some(scopes.to_owned())),
        Some(_) => Err(Failure::value("scopes")),
        None => Ok(None),
    }
}

fn create(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let now = call.now;
    let name = input.required_text("name")?.to_owned();
    let redirect_uris = redirect_uris(call)?.unwrap_or_default();
    let default = call.state.settings().oauth.default_scopes.clone();
    let scopes = scopes(call)?.or(default).unwrap_or_else(|| oauth::DEFAULT_SCOPES.to_owned());
    let public = input.flag("public").unwrap_or(false);
    let application = OAuthApplication {
        id: State::id("oa", now),
        client_id: oauth::new_client_id(),
        client_secret: (!public).then(oauth::new_secret),
        name,
        client_uri: None,
        logo_url: None,
        redirect_uris,
        scopes,
        public,
        consent_screen: input.flag("consent_screen_enabled").unwrap_or(true),
        pkce_required: input.flag("pkce_required").unwrap_or(false) || public,
        dynamically_registered: false,
        created_at: now,
        updated_at: now,
    };
    let view = views::application_with_secret(call.state, &application);
    call.state.tables.oauth_applications.insert(application);
    Ok(Answer::json(&view))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let application = find(call)?;
    Ok(Answer::json(&views::application(call.state, application)))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let application = find(call)?;
    let id = application.id.clone();
    if application.dynamically_registered && input.flag("consent_screen_enabled") == Some(false) {
        return Err(Failure::new(422, "oauth_application_consent_screen_cannot_be_disabled", "has to ask")
            .explained("an application that registered itself always asks for consent")
            .param("consent_screen_enabled"));
    }
    let redirect_uris = redirect_uris(call)?;
    let scopes = scopes(call)?;
    let mut application = call.state.tables.oauth_applications.edit(&id).ok_or_else(|| unknown(&id))?;
    if let Some(name) = input.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut application.name);
    }
    application.redirect_uris = redirect_uris.unwrap_or_else(|| std::mem::take(&mut application.redirect_uris));
    application.scopes = scopes.unwrap_or_else(|| std::mem::take(&mut application.scopes));
    application.consent_screen = input.flag("consent_screen_enabled").unwrap_or(application.consent_screen);
    application.pkce_required = input.flag("pkce_required").unwrap_or(application.pkce_required);
    if let Some(public) = input.flag("public") {
        application.public = public;
        application.pkce_required |= public;
        if public {
            application.client_secret = None;
        } else if application.client_secret.is_none() {
            application.client_secret = Some(oauth::new_secret());
        }
    }
    application.updated_at = call.now;
    drop(application);
    get(call)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    let tables = &mut call.state.tables;
    tables.oauth_applications.remove(&id);
    tables.oauth_grants.remove_where(|grant| grant.application_id == id);
    tables.oauth_tokens.remove_where(|token| token.application_id == id);
    tables.oauth_consents.remove_where(|consent| consent.application_id == id);
    Ok(Answer::deleted("oauth_application", &id))
}

fn upload_logo(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    let bytes = images::read(call.input)?;
    let image = images::keep(call.state, &bytes, call.now)?;
    let url = images::url(call.state, Some(&image));
    if let Some(mut application) = call.state.tables.oauth_applications.edit(&id) {
        application.logo_url = Some(url);
        application.updated_at = call.now;
    }
    get(call)
}

/// A public application has no secret, and gets none by this.
fn rotate(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    if let Some(mut application) = call.state.tables.oauth_applications.edit(&id)
        && application.client_secret.is_some()
    {
        application.client_secret = Some(oauth::new_secret());
        application.updated_at = call.now;
    }
    let application = find(call)?;
    Ok(Answer::json(&views::application_with_secret(call.state, application)))
}

fn revoke_token(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    let text = call.input.required_text("token")?;
    let token = tokens::any(call.state, text).filter(|token| token.application_id == id);
    let token = token.map(|token| token.id.clone()).ok_or_else(|| {
        Failure::new(404, "resource_not_found", "token not found").explained("this application has no such token")
    })?;
    tokens::revoke(call.state, &token, call.now);
    Ok(Answer::empty())
}

/// Answers also for a token that is revoked or has expired: the answer says so.
fn verify(call: &mut Call<'_>) -> Outcome {
    let text = call.input.text("access_token").or_else(|| call.input.text("secret")).unwrap_or_default();
    if text.is_empty() {
        return Err(Failure::missing("access_token"));
    }
    let token = call.state.tables.oauth_tokens.find_one(&format!("access:{text}"));
    // What was given out for somebody who is gone stands for nobody.
    let token = token.filter(|token| call.state.tables.users.contains(&token.user_id)).ok_or_else(|| {
        Failure::new(404, "resource_not_found", "token not found").explained("no access token of this instance is this")
    })?;
    Ok(Answer::json(&views::access_token(call.state, token, call.now)))
}

fn settings(call: &mut Call<'_>) -> Outcome {
    let settings = &call.state.settings().oauth;
    let mut view = types::OAuthApplicationSettings::new();
    view.object = Some("oauth_application_settings".to_owned());
    view.dynamic_oauth_client_registration = settings.dynamic_registration;
    view.default_scopes = settings
        .default_scopes
        .as_deref()
        .map(|scopes| scopes.split_whitespace().map(str::to_owned).collect())
        .unwrap_or_default();
    view.oauth_jwt_access_tokens = settings.jwt_access_tokens;
    Ok(Answer::json(&view))
}

fn update_settings(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let scopes = input.texts("default_scopes").join(" ");
    if !oauth::are_known(&scopes) {
        return Err(Failure::value("default_scopes"));
    }
    // Documents that describe a client are fetched from the network, which this program does not do.
    let fetched = [
        "client_id_metadata_documents_advertised",
        "client_id_metadata_documents_only_allow_pre_registered_clients",
        "client_id_metadata_documents_block_implicitly_allowed_clients",
    ];
    if fetched.iter().any(|name| input.flag(name) == Some(true)) {
        return Err(Failure::not_implemented("UpdateInstanceOAuthApplicationSettings"));
    }
    let oauth = &mut call.state.settings_mut().oauth;
    oauth.dynamic_registration = input.flag("dynamic_oauth_client_registration").unwrap_or(oauth.dynamic_registration);
    oauth.jwt_access_tokens = input.flag("oauth_jwt_access_tokens").unwrap_or(oauth.jwt_access_tokens);
    if input.given("default_scopes") {
        oauth.default_scopes = (!scopes.is_empty()).then_some(scopes);
    }
    settings(call)
}
