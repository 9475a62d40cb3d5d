//! Connections to the identity providers of organizations.

use clerk_core::Json;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    input::Input,
    model::enterprise::EnterpriseConnection,
    rules::enterprise as rules,
    state::State,
    views::bapi::enterprise as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("ListEnterpriseConnections", index),
    ("CreateEnterpriseConnection", create),
    ("GetEnterpriseConnection", get),
    ("UpdateEnterpriseConnection", update),
    ("DeleteEnterpriseConnection", delete),
];

fn unknown(id: &str) -> Failure {
    Failure::not_found("enterprise connection", id)
}

fn find<'a>(call: &'a Call<'_>) -> Result<&'a EnterpriseConnection, Failure> {
    let id = call.input.path("enterprise_connection_id");
    call.state.tables.enterprise_connections.get(id).ok_or_else(|| unknown(id))
}

fn index(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let active = call.input.query_flag("active")?;
    let organization = call.input.query("organization_id");
    let fits = |it: &&EnterpriseConnection| {
        active.is_none_or(|active| it.active == active)
            && organization.is_none_or(|id| it.organization_id.as_deref() == Some(id))
    };
    let found: Vec<_> = call.state.tables.enterprise_connections.iter().rev().filter(fits).collect();
    let total = found.len();
    let shown = window.of(found.into_iter());
    let data: Vec<_> = shown.into_iter().map(|connection| views::connection(call.state, connection)).collect();
    Ok(Answer::page(&data, total))
}

/// The organization of a body, which has to be there.
pub(super) fn organization(call: &Call<'_>) -> Result<Option<String>, Failure> {
    match call.input.text("organization_id").filter(|id| !id.is_empty()) {
        Some(id) if call.state.tables.organizations.contains(id) => Ok(Some(id.to_owned())),
        Some(id) => Err(Failure::not_found("organization", id)),
        None => Ok(None),
    }
}

fn create(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let now = call.now;
    let name = input.required_text("name")?.to_owned();
    let provider = input.required_text("provider")?.to_owned();
    let domains = rules::domains(call.state, &input.texts("domains"), None, "domains")?;
    if domains.is_empty() {
        return Err(Failure::nil("domains"));
    }
    let prefix = if provider.starts_with("saml") { "samlc" } else { "eoauthc" };
    let connection = EnterpriseConnection {
        id: State::id("entconn", now),
        name,
        provider,
        domains,
        active: input.flag("active").unwrap_or(false),
        organization_id: organization(call)?,
        sync_user_attributes: true,
        disable_additional_identifications: false,
        allow_organization_account_linking: input.flag("allow_organization_account_linking").unwrap_or(false),
        custom_attributes: custom_attributes(input)?,
        protocol_id: State::id(prefix, now),
        saml: input.object("saml").cloned().unwrap_or_default(),
        oidc: input.object("oidc").cloned().unwrap_or_default(),
        created_at: now,
        updated_at: now,
    };
    if connection.active {
        rules::can_be_active(&connection)?;
    }
    let view = views::connection(call.state, &connection);
    call.state.tables.enterprise_connections.insert(connection);
    Ok(Answer::json(&view).status(201))
}

/// The attributes that a provider sends along; each has a name and a key.
fn custom_attributes(input: &Input) -> Result<Vec<Json>, Failure> {
    let given = input.body.get("custom_attributes").and_then(Json::as_array).cloned().unwrap_or_default();
    let named = |attribute: &Json| ["name", "key"].iter().all(|key| attribute.get(key).is_some_and(Json::is_string));
    if given.iter().all(named) { Ok(given) } else { Err(Failure::value("custom_attributes")) }
}

fn get(call: &mut Call<'_>) -> Outcome {
    let connection = find(call)?;
    Ok(Answer::json(&views::connection(call.state, connection)))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let mut connection = find(call)?.clone();
    if let Some(name) = input.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut connection.name);
    }
    if !input.is_null("domains") && input.given("domains") {
        connection.domains = rules::domains(call.state, &input.texts("domains"), Some(&connection.id), "domains")?;
    }
    if input.given("organization_id") {
        connection.organization_id = organization(call)?;
    }
    take_flags(input, &mut connection);
    if input.given("custom_attributes") {
        connection.custom_attributes = custom_attributes(input)?;
    }
    if let Some(saml) = input.object("saml") {
        rules::take(&mut connection.saml, saml);
    }
    if let Some(oidc) = input.object("oidc") {
        rules::take(&mut connection.oidc, oidc);
    }
    if connection.active {
        rules::can_be_active(&connection)?;
    }
    connection.updated_at = call.now;
    let view = views::connection(call.state, &connection);
    call.state.tables.enterprise_connections.insert(connection);
    Ok(Answer::json(&view))
}

/// Switches what a body switches.
pub(super) fn take_flags(input: &Input, connection: &mut EnterpriseConnection) {
    let flag = |name: &str, known: bool| input.flag(name).unwrap_or(known);
    connection.active = flag("active", connection.active);
    connection.sync_user_attributes = flag("sync_user_attributes", connection.sync_user_attributes);
    connection.disable_additional_identifications =
        flag("disable_additional_identifications", connection.disable_additional_identifications);
    connection.allow_organization_account_linking =
        flag("allow_organization_account_linking", connection.allow_organization_account_linking);
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = find(call)?.id.clone();
    call.state.tables.enterprise_connections.remove(&id);
    Ok(Answer::deleted("enterprise_connection", &id))
}
