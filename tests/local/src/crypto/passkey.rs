//! Passkeys: the options that a browser asks for, and the credentials that it answers with.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    encoding,
    passkey_data::{self, AuthenticatorData},
};

#[cfg(test)]
#[path = "../../tests/it/authenticator.rs"]
mod authenticator;
#[cfg(test)]
#[path = "passkey_tests.rs"]
mod tests;

const TIMEOUT_MILLIS: u32 = 60_000;

/// A credential with the longest key and an attestation takes a few thousand bytes.
const LONGEST_CREDENTIAL: usize = 64 * 1024;

/// A credential is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PasskeyError {
    /// The named part does not have its form.
    Malformed(&'static str),
    /// The credential was made for the other ceremony: a registration given as a sign-in, or the reverse.
    Ceremony,
    /// It answers another challenge.
    Challenge,
    /// It was made on a page that may not use this server, or in a frame of another page.
    Origin,
    /// It belongs to another relying party.
    RelyingParty,
    /// Nobody touched the authenticator.
    UserAbsent,
    /// The key is of an algorithm that was not offered.
    Algorithm,
    /// The signature is not one of the key.
    Signature,
    /// The counter did not advance: the authenticator may have been copied, or the answer is an old one.
    Counter,
}

impl fmt::Display for PasskeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reason = match self {
            Self::Malformed(part) => return write!(f, "the {part} of the passkey credential is malformed"),
            Self::Ceremony => "is of the wrong type for this request",
            Self::Challenge => "answers another challenge: prepare the verification again",
            Self::Origin => "was made on an origin that is not allowed",
            Self::RelyingParty => "belongs to another relying party",
            Self::UserAbsent => "was made without a user present",
            Self::Algorithm => "has a key of an algorithm that is not supported: use ES256, RS256 or EdDSA",
            Self::Signature => "has a signature that does not belong to its key",
            Self::Counter => "has a signature counter that did not advance",
        };
        write!(f, "the passkey credential {reason}")
    }
}

impl std::error::Error for PasskeyError {}

/// A passkey to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Registered {
    /// As base64url, the way options and credentials name it.
    pub(crate) credential_id: String,
    /// The COSE key, to be given to [`assert`] as it is.
    pub(crate) public_key: Vec<u8>,
    pub(crate) sign_count: u32,
    pub(crate) user_verified: bool,
    pub(crate) backed_up: bool,
}

/// The options of `navigator.credentials.create`, in the JSON form of the standard.
///
/// The challenge and the credentials to exclude are base64url; the user is named by an identifier as it is.
pub(crate) fn creation_options(
    rp_id: &str,
    rp_name: &str,
    user_id: &str,
    user_name: &str,
    exclude: &[String],
    challenge: &str,
) -> Value {
    let algorithm = |number: i32| json!({ "type": "public-key", "alg": number });
    json!({
        "rp": { "id": rp_id, "name": rp_name },
        "user": { "id": encoding::base64url(user_id.as_bytes()), "name": user_name, "displayName": user_name },
        "challenge": challenge,
        "pubKeyCredParams": [algorithm(-7), algorithm(-8), algorithm(-257)],
        "timeout": TIMEOUT_MILLIS,
        "excludeCredentials": descriptors(exclude),
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": true,
            "userVerification": "preferred",
        },
        "attestation": "none",
    })
}

/// The options of `navigator.credentials.get`, in the JSON form of the standard.
///
/// With no credential to allow, the browser lets the user choose among all passkeys of the relying party.
pub(crate) fn request_options(rp_id: &str, allow: &[String], challenge: &str) -> Value {
    json!({
        "challenge": challenge,
        "timeout": TIMEOUT_MILLIS,
        "rpId": rp_id,
        "allowCredentials": descriptors(allow),
        "userVerification": "preferred",
    })
}

fn descriptors(ids: &[String]) -> Vec<Value> {
    ids.iter().map(|id| json!({ "type": "public-key", "id": id })).collect()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    id: String,
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    attestation_object: Option<String>,
    authenticator_data: Option<String>,
    signature: Option<String>,
    user_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

fn decoded(text: Option<&str>, part: &'static str) -> Result<Vec<u8>, PasskeyError> {
    text.and_then(encoding::from_base64url).ok_or(PasskeyError::Malformed(part))
}

impl Credential {
    fn parse(json: &str) -> Result<Self, PasskeyError> {
        let parsed = if json.len() > LONGEST_CREDENTIAL { None } else { serde_json::from_str::<Self>(json).ok() };
        let credential = parsed.ok_or(PasskeyError::Malformed("json"))?;
        let id = decoded(Some(&credential.id), "id")?;
        if id.is_empty() || credential.id != credential.raw_id || credential.kind != "public-key" {
            return Err(PasskeyError::Malformed("id or type"));
        }
        Ok(credential)
    }

    /// The client data after its checks, as the bytes that the authenticator signed the hash of.
    fn client_data(
        &self,
        kind: &str,
        challenge: &str,
        allowed_origin: impl Fn(&str) -> bool,
    ) -> Result<Vec<u8>, PasskeyError> {
        let bytes = decoded(Some(&self.response.client_data), "client data")?;
        let data: ClientData = serde_json::from_slice(&bytes).map_err(|_| PasskeyError::Malformed("client data"))?;
        if data.kind != kind {
            return Err(PasskeyError::Ceremony);
        }
        if challenge.is_empty() || !encoding::same(data.challenge.as_bytes(), challenge.as_bytes()) {
            return Err(PasskeyError::Challenge);
        }
        if data.cross_origin || !allowed_origin(&data.origin) {
            return Err(PasskeyError::Origin);
        }
        Ok(bytes)
    }
}

fn check_scope(data: &AuthenticatorData<'_>, rp_id: &str) -> Result<(), PasskeyError> {
    if !encoding::same(data.rp_id_hash, &encoding::sha256(&[rp_id.as_bytes()])) {
        return Err(PasskeyError::RelyingParty);
    }
    if data.user_present { Ok(()) } else { Err(PasskeyError::UserAbsent) }
}

/// The identifier of a credential, to find the passkey that it claims to be; nothing about it has been checked.
pub(crate) fn credential_id(credential_json: &str) -> Result<String, PasskeyError> {
    Credential::parse(credential_json).map(|credential| credential.id)
}

/// The user that a credential was registered for, by the word of the authenticator; nothing has been checked.
pub(crate) fn user_handle(credential_json: &str) -> Result<Option<String>, PasskeyError> {
    let Some(handle) = Credential::parse(credential_json)?.response.user_handle else { return Ok(None) };
    let bytes = decoded(Some(&handle), "user handle")?;
    String::from_utf8(bytes).map(Some).map_err(|_| PasskeyError::Malformed("user handle"))
}

/// Checks the answer to creation options.
///
/// The caller checks that no passkey of this identifier exists yet.
pub(crate) fn register(
    credential_json: &str,
    challenge: &str,
    rp_id: &str,
    allowed_origin: impl Fn(&str) -> bool,
) -> Result<Registered, PasskeyError> {
    let credential = Credential::parse(credential_json)?;
    credential.client_data("webauthn.create", challenge, allowed_origin)?;
    let object = decoded(credential.response.attestation_object.as_deref(), "attestation object")?;
    let data = AuthenticatorData::parse(passkey_data::attested_data(&object)?)?;
    check_scope(&data, rp_id)?;
    let made = data.credential.ok_or(PasskeyError::Malformed("authenticator data"))?;
    if encoding::base64url(made.id) != credential.id {
        return Err(PasskeyError::Malformed("id"));
    }
    passkey_data::public_key(made.public_key)?;
    Ok(Registered {
        credential_id: credential.id,
        public_key: made.public_key.to_vec(),
        sign_count: data.sign_count,
        user_verified: data.user_verified,
        backed_up: data.backed_up,
    })
}

/// Checks the answer to request options against a registered key, and gives the new signature counter.
///
/// The caller has found the key by [`credential_id`], and checks that [`user_handle`] does not name another user.
pub(crate) fn assert(
    credential_json: &str,
    challenge: &str,
    rp_id: &str,
    allowed_origin: impl Fn(&str) -> bool,
    public_key: &[u8],
    sign_count: u32,
) -> Result<u32, PasskeyError> {
    let credential = Credential::parse(credential_json)?;
    let client_data = credential.client_data("webauthn.get", challenge, allowed_origin)?;
    let mut signed = decoded(credential.response.authenticator_data.as_deref(), "authenticator data")?;
    let signature = decoded(credential.response.signature.as_deref(), "signature")?;
    let data = AuthenticatorData::parse(&signed)?;
    check_scope(&data, rp_id)?;
    let count = data.sign_count;
    let key = passkey_data::public_key(public_key)?;
    signed.extend_from_slice(&encoding::sha256(&[&client_data]));
    key.verify_sig(&signed, &signature).map_err(|_| PasskeyError::Signature)?;
    // An authenticator that does not count always says zero.
    if (count, sign_count) != (0, 0) && count <= sign_count {
        return Err(PasskeyError::Counter);
    }
    Ok(count)
}
