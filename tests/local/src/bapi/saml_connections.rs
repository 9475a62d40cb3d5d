//! Connections by SAML under their old name: the same ones as enterprise connections, told of in another way.

use clerk_core::JsonMap;

use super::{Call, Handlers, enterprise, list};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::enterprise::EnterpriseConnection,
    rules::enterprise as rules,
    state::State,
    views::bapi::enterprise as views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("ListSAMLConnections", index),
    ("CreateSAMLConnection", create),
    ("GetSAMLConnection", get),
    ("UpdateSAMLConnection", update),
    ("DeleteSAMLConnection", delete),
];

/// What a request says of the identity provider itself.
const OF_PROVIDER: [&str; 10] = [
    "idp_entity_id",
    "idp_sso_url",
    "idp_certificate",
    "idp_metadata_url",
    "idp_metadata",
    "attribute_mapping",
    "force_authn",
    "login_hint",
    "allow_subdomains",
    "allow_idp_initiated",
];

fn unknown(id: &str) -> Failure {
    Failure::not_found("SAML connection", id)
}

/// By its own id, or by that of the enterprise connection that it is.
fn find<'a>(call: &'a Call<'_>) -> Result<&'a EnterpriseConnection, Failure> {
    let id = call.input.path("saml_connection_id");
    let connections = &call.state.tables.enterprise_connections;
    let found = connections.find_one(&format!("protocol:{id}")).or_else(|| connections.get(id));
    found.filter(|connection| connection.is_saml()).ok_or_else(|| unknown(id))
}

fn index(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let order = list::order(call.input.query("order_by"), &["created_at", "name", "provider", "phone_number"])?;
    let (by, descending) = order.unwrap_or(("created_at", true));
    let query = call.input.query("query").map(str::to_lowercase);
    let organizations: Vec<&str> = call.input.query_all("organization_id").collect();
    let fits = |it: &&EnterpriseConnection| {
        it.is_saml()
            && query.as_deref().is_none_or(|query| it.name.to_lowercase().contains(query))
            && (organizations.is_empty() || it.organization_id.as_deref().is_some_and(|id| organizations.contains(&id)))
    };
    let mut found: Vec<&EnterpriseConnection> = call.state.tables.enterprise_connections.iter().filter(fits).collect();
    match by {
        "name" => found.sort_by(|a, b| a.name.cmp(&b.name)),
        "provider" => found.sort_by(|a, b| a.provider.cmp(&b.provider)),
        _ => {}
    }
    if descending {
        found.reverse();
    }
    let total = found.len();
    let shown = window.of(found.into_iter());
    let data: Vec<_> = shown.into_iter().map(|connection| views::saml_connection(call.state, connection)).collect();
    Ok(Answer::page(&data, total))
}

/// The domains of a body, `domain` being the old name for a single one.
fn domains(call: &Call<'_>, except: Option<&str>) -> Result<Option<Vec<String>>, Failure> {
    let mut given = call.input.texts("domains");
    given.extend(call.input.text("domain").filter(|domain| !domain.is_empty()));
    if given.is_empty() {
        return Ok(None);
    }
    rules::domains(call.state, &given, except, "domains").map(Some)
}

fn of_provider(call: &Call<'_>) -> JsonMap {
    let given = OF_PROVIDER.iter().filter_map(|name| Some(((*name).to_owned(), call.input.body.get(*name)?.clone())));
    given.collect()
}

fn create(call: &mut Call<'_>) -> Outcome {
    let now = call.now;
    let mut connection = EnterpriseConnection {
        id: State::id("entconn", now),
        name: call.input.required_text("name")?.to_owned(),
        provider: call.input.required_text("provider")?.to_owned(),
        domains: domains(call, None)?.ok_or_else(|| Failure::missing("domains"))?,
        active: false,
        organization_id: enterprise::organization(call)?,
        sync_user_attributes: true,
        disable_additional_identifications: false,
        allow_organization_account_linking: false,
        custom_attributes: Vec::new(),
        protocol_id: State::id("samlc", now),
        saml: JsonMap::new(),
        oidc: JsonMap::new(),
        created_at: now,
        updated_at: now,
    };
    rules::take(&mut connection.saml, &of_provider(call));
    let view = views::saml_connection(call.state, &connection);
    call.state.tables.enterprise_connections.insert(connection);
    Ok(Answer::json(&view))
}

fn get(call: &mut Call<'_>) -> Outcome {
    let connection = find(call)?;
    Ok(Answer::json(&views::saml_connection(call.state, connection)))
}

fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let mut connection = find(call)?.clone();
    if let Some(name) = input.text("name").filter(|name| !name.is_empty()) {
        name.clone_into(&mut connection.name);
    }
    if let Some(domains) = domains(call, Some(&connection.id))? {
        connection.domains = domains;
    }
    if input.given("organization_id") {
        connection.organization_id = enterprise::organization(call)?;
    }
    enterprise::take_flags(input, &mut connection);
    rules::take(&mut connection.saml, &of_provider(call));
    if connection.active {
        rules::can_be_active(&connection)?;
    }
    connection.updated_at = call.now;
    let view = views::saml_connection(call.state, &connection);
    call.state.tables.enterprise_connections.insert(connection);
    Ok(Answer::json(&view))
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let connection = find(call)?;
    let (id, shown) = (connection.id.clone(), connection.protocol_id.clone());
    call.state.tables.enterprise_connections.remove(id);
    Ok(Answer::deleted("saml_connection", &shown))
}
