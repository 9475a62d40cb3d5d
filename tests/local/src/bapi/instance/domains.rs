//! The domains of the instance: the primary one, and satellites that take their sessions over from it.

use clerk_bapi::types;

use super::Call;
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    model::access::Domain,
    settings::Environment,
    state::State,
};

pub(super) fn index(call: &mut Call<'_>) -> Outcome {
    found_primary(call);
    let views: Vec<_> = call.state.tables.domains.iter().map(|domain| view(call.state, domain)).collect();
    Ok(Answer::page(&views, views.len()))
}

/// Every instance has a primary domain from the start, where its application is.
fn found_primary(call: &mut Call<'_>) {
    if call.state.tables.domains.iter().any(|domain| !domain.is_satellite) {
        return;
    }
    let instance = &call.state.settings().instance;
    let home = instance.home_url.as_deref().or(instance.development_origin.as_deref());
    let name = home.and_then(host).unwrap_or("localhost").to_owned();
    call.state.tables.domains.insert(Domain {
        id: State::id("dmn", call.now),
        name,
        is_satellite: false,
        proxy_url: None,
        created_at: call.now,
        updated_at: call.now,
    });
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    found_primary(call);
    let input = call.input;
    let name = name(call.state, input.required_text("name")?, None)?;
    if input.flag("is_satellite") != Some(true) {
        return Err(Failure::new(422, "primary_domain_already_exists", "there is a primary domain")
            .explained("an instance has one primary domain; only satellites can be added")
            .param("is_satellite"));
    }
    let proxy_url = input.text("proxy_url").filter(|url| !url.is_empty());
    check_proxy(proxy_url)?;
    let domain = Domain {
        id: State::id("dmn", call.now),
        name,
        is_satellite: true,
        proxy_url: proxy_url.map(str::to_owned),
        created_at: call.now,
        updated_at: call.now,
    };
    let answer = Answer::json(&view(call.state, &domain));
    call.state.tables.domains.insert(domain);
    Ok(answer)
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let input = call.input;
    let id = input.path("domain_id");
    let missing = || Failure::not_found("domain", id);
    call.state.tables.domains.get(id).ok_or_else(missing)?;
    let given = input.text("name").filter(|name| !name.is_empty());
    let name = given.map(|given| name(call.state, given, Some(id))).transpose()?;
    let proxy_url = input.change("proxy_url");
    check_proxy(proxy_url.flatten())?;
    if let Some(mut domain) = call.state.tables.domains.edit(id) {
        if let Some(name) = name {
            domain.name = name;
        }
        if let Some(proxy_url) = proxy_url {
            domain.proxy_url = proxy_url.map(str::to_owned);
        }
        domain.updated_at = call.now;
    }
    let domain = call.state.tables.domains.get(id).ok_or_else(missing)?;
    Ok(Answer::json(&view(call.state, domain)))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("domain_id");
    let domain = call.state.tables.domains.get(id).ok_or_else(|| Failure::not_found("domain", id))?;
    if !domain.is_satellite {
        return Err(Failure::new(403, "operation_not_allowed_on_primary_domain", "this is the primary domain")
            .explained("the primary domain can be changed, not deleted"));
    }
    call.state.tables.domains.remove(id);
    Ok(Answer::deleted("domain", id))
}

/// Moves a production instance to another domain.
pub(super) fn change(call: &mut Call<'_>) -> Outcome {
    if call.state.settings().environment != Environment::Production {
        return Err(Failure::new(400, "request_invalid_for_instance", "not for this instance")
            .explained("only a production instance has a domain of its own"));
    }
    let home = call.input.required_text("home_url")?;
    // With or without a scheme.
    let name = host(home).unwrap_or(home).to_lowercase();
    if !is_name(&name) {
        return Err(Failure::format("home_url"));
    }
    found_primary(call);
    let primary = call.state.tables.domains.iter().find(|domain| !domain.is_satellite).map(|domain| domain.id.clone());
    if let Some(mut primary) = primary.and_then(|id| call.state.tables.domains.edit(id)) {
        primary.name.clone_from(&name);
        primary.updated_at = call.now;
    }
    call.state.settings_mut().instance.home_url = Some(format!("https://{name}"));
    Ok(Answer::empty().status(202))
}

/// The host of a URL, without its port.
fn host(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', ':', '?', '#']).next().filter(|host| !host.is_empty())
}

fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty() && label.len() <= 63 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    name.contains('.') && name.len() <= 253 && name.split('.').all(label)
}

/// A name in the form that is kept, that no other domain has.
fn name(state: &State, text: &str, except: Option<&str>) -> Result<String, Failure> {
    let name = text.trim().to_lowercase();
    if !is_name(&name) {
        return Err(Failure::format("name"));
    }
    if state.tables.domains.iter().any(|domain| domain.name == name && Some(domain.id.as_str()) != except) {
        return Err(Failure::new(422, "form_already_exists", "is there already")
            .explained(format!("{name} is a domain of this instance already"))
            .param("name"));
    }
    Ok(name)
}

fn check_proxy(url: Option<&str>) -> Result<(), Failure> {
    let valid = |url: &str| (url.starts_with("https://") || url.starts_with("http://")) && host(url).is_some();
    if url.is_none_or(valid) { Ok(()) } else { Err(Failure::format("proxy_url")) }
}

fn view(state: &State, domain: &Domain) -> types::Domain {
    let mut view = types::Domain::new(domain.id.as_str(), domain.name.as_str());
    view.object = Some("domain".to_owned());
    view.is_satellite = domain.is_satellite;
    // Whatever the domain is called, it is reached where this program listens.
    view.frontend_api_url = Some(domain.proxy_url.clone().unwrap_or_else(|| state.addresses.frontend.clone()));
    view.proxy_url.clone_from(&domain.proxy_url);
    view.development_origin = Some(state.settings().instance.development_origin.clone().unwrap_or_default());
    view
}
