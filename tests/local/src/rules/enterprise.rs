//! Connections to identity providers: which domains they serve, and when they can.

use clerk_core::{Json, JsonMap};

use crate::{failure::Failure, model::enterprise::EnterpriseConnection, state::State};

/// Domains in the form that is kept; each serves one connection.
///
/// # Errors
///
/// One is none, or another connection's.
pub(crate) fn domains(
    state: &State,
    given: &[&str],
    except: Option<&str>,
    param: &str,
) -> Result<Vec<String>, Failure> {
    let mut domains: Vec<String> = Vec::new();
    for domain in given {
        let domain = domain.trim().trim_start_matches('@').to_lowercase();
        let valid = domain.contains('.')
            && domain.split('.').all(|label| !label.is_empty())
            && domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.'));
        if !valid {
            return Err(Failure::format(param));
        }
        let taken = state.tables.enterprise_connections.find(&format!("domain:{domain}"));
        if taken.into_iter().any(|other: &EnterpriseConnection| Some(other.id.as_str()) != except) {
            return Err(Failure::new(409, "conflict", "domain taken")
                .explained(format!("another enterprise connection serves {domain}"))
                .param(param));
        }
        if !domains.contains(&domain) {
            domains.push(domain);
        }
    }
    Ok(domains)
}

/// Whether what is known of the identity provider is enough to send people there.
///
/// # Errors
///
/// Something of a SAML connection is missing.
pub(crate) fn can_be_active(connection: &EnterpriseConnection) -> Result<(), Failure> {
    let has = |name: &str| connection.saml.get(name).and_then(Json::as_str).is_some_and(|text| !text.is_empty());
    let by_metadata = has("idp_metadata_url") || has("idp_metadata");
    let by_hand = has("idp_entity_id") && has("idp_sso_url") && has("idp_certificate");
    if !connection.is_saml() || by_metadata || by_hand {
        return Ok(());
    }
    Err(Failure::new(422, "saml_connection_cant_be_activated", "cannot be active yet")
        .explained("a SAML connection needs the entity id, the sign-on URL and the certificate, or the metadata")
        .param("active"))
}

/// Takes in what is given of an identity provider: what is `null` is forgotten, what is not given stays.
pub(crate) fn take(known: &mut JsonMap, given: &JsonMap) {
    for (name, value) in given {
        if value.is_null() {
            known.remove(name);
        } else {
            known.insert(name.clone(), value.clone());
        }
    }
}
