//! JWT templates: tokens whose claims are chosen by the instance.

use aws_lc_rs::hmac;
use clerk_core::{Json, JsonMap, Timestamp};

use super::{TEMPLATE_CATEGORY, authorized_party, issuer, shortcodes};
use crate::{
    clock::Later,
    crypto::{encoding, ids, signing::SigningKey},
    failure::Failure,
    model::{session::Session, template::JwtTemplate},
    rules::organizations,
    settings::JwtTemplateSettings,
    state::State,
};

/// Claims that no template sets.
const RESERVED: [&str; 7] = ["azp", "exp", "iat", "iss", "jti", "nbf", "sub"];

/// The template of a name: one made over the Backend API, else one of the settings.
pub(crate) fn by_name(state: &State, name: &str) -> Option<JwtTemplate> {
    if let Some(template) = state.tables.jwt_templates.find_one(&format!("name:{name}")) {
        return Some(template.clone());
    }
    state.settings().jwt_templates.get(name).map(|settings| of_settings(name, settings))
}

/// Every template, those of the settings last.
pub(crate) fn all(state: &State) -> Vec<JwtTemplate> {
    let settings = state.settings().jwt_templates.iter().map(|(name, settings)| of_settings(name, settings));
    state.tables.jwt_templates.iter().cloned().chain(settings).collect()
}

/// The id of a template of the settings: the same as long as it has its name.
pub(crate) fn id_of(name: &str) -> String {
    let mut bytes = [0; 20];
    for (to, from) in bytes.iter_mut().zip(encoding::sha256(&[name.as_bytes()])) {
        *to = from;
    }
    format!("jtmp_{}", ids::base62(&bytes))
}

fn of_settings(name: &str, settings: &JwtTemplateSettings) -> JwtTemplate {
    let seconds = |duration: std::time::Duration| i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
    JwtTemplate {
        id: id_of(name),
        name: name.to_owned(),
        claims: settings.claims.clone(),
        lifetime: seconds(settings.lifetime),
        allowed_clock_skew: seconds(settings.allowed_clock_skew),
        custom_signing_key: None,
        signing_algorithm: "RS256".to_owned(),
        created_at: Timestamp::from_millis(0),
        updated_at: Timestamp::from_millis(0),
    }
}

/// Checks the claims and the key of a template.
///
/// # Errors
///
/// A claim is reserved, the algorithm is not known, or the key is none for it.
pub(crate) fn check(template: &JwtTemplate) -> Result<(), Failure> {
    if let Some(reserved) = RESERVED.iter().find(|name| template.claims.contains_key(**name)) {
        return Err(Failure::new(400, "jwt_template_reserved_claim", "reserved claim")
            .explained(format!("a template cannot set {reserved}: every token has it"))
            .param("claims"));
    }
    match (&template.custom_signing_key, template.signing_algorithm.as_str()) {
        (None, "RS256") | (Some(_), "HS256" | "HS384" | "HS512") => Ok(()),
        (Some(key), "RS256") => private_key(key).map(drop).ok_or_else(|| Failure::format("signing_key")),
        _ => Err(Failure::value("signing_algorithm")),
    }
}

/// A token of a template.
pub(crate) fn mint(
    state: &State,
    session: &Session,
    template: &JwtTemplate,
    lifetime: Option<i64>,
    now: Timestamp,
) -> String {
    let organization = session.last_active_organization_id.as_ref().filter(|id| {
        let member = organizations::membership(state, id.as_str(), &session.user_id);
        member.is_some()
    });
    let organization = organization.and_then(|id| state.tables.organizations.get(id));
    let subject = shortcodes::Subject { state, session, organization, now };
    let mut claims = shortcodes::fill_map(&template.claims, &subject);
    let mut put = |name: &str, value: Json| claims.insert(name.to_owned(), value);
    put("iss", issuer(state).into());
    put("sub", session.user_id.as_str().into());
    put("iat", now.seconds().into());
    put("nbf", now.seconds().saturating_sub(template.allowed_clock_skew).into());
    put("exp", now.seconds().saturating_add(lifetime.unwrap_or(template.lifetime)).into());
    put("jti", ids::random_hex(10).into());
    if let Some(origin) = authorized_party(state, session) {
        put("azp", origin.into());
    }
    sign(state, template, &claims)
}

fn sign(state: &State, template: &JwtTemplate, claims: &JsonMap) -> String {
    let mut header = JsonMap::new();
    header.insert("cat".to_owned(), TEMPLATE_CATEGORY.into());
    let Some(key) = &template.custom_signing_key else {
        return state.signing_key().map(|key| key.sign(&header, claims)).unwrap_or_default();
    };
    let algorithm = match template.signing_algorithm.as_str() {
        "HS256" => hmac::HMAC_SHA256,
        "HS384" => hmac::HMAC_SHA384,
        "HS512" => hmac::HMAC_SHA512,
        _ => return private_key(key).map(|key| key.sign(&header, claims)).unwrap_or_default(),
    };
    header.insert("alg".to_owned(), template.signing_algorithm.as_str().into());
    header.insert("typ".to_owned(), "JWT".into());
    let part = |map: &JsonMap| encoding::base64url(serde_json::to_string(map).unwrap_or_default().as_bytes());
    let message = format!("{}.{}", part(&header), part(claims));
    let tag = hmac::sign(&hmac::Key::new(algorithm, key.as_bytes()), message.as_bytes());
    format!("{message}.{}", encoding::base64url(tag.as_ref()))
}

/// The RSA key of a PEM text with PKCS#8 in it.
fn private_key(pem: &str) -> Option<SigningKey> {
    let (_, rest) = pem.split_once("-----BEGIN PRIVATE KEY-----")?;
    let (body, _) = rest.split_once("-----END PRIVATE KEY-----")?;
    let body: String = body.chars().filter(|c| !c.is_whitespace()).collect();
    SigningKey::from_pkcs8(&encoding::from_base64(&body)?).ok()
}
