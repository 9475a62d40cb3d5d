//! The passkeys of the user.

use clerk_core::{PasskeyId, UserId};

use super::{Call, Handlers, me};
use crate::{
    answer::Outcome,
    clock::Later,
    crypto::{
        ids,
        passkey::{self, PasskeyError},
    },
    failure::Failure,
    model::{
        user::{Passkey, User},
        verification::{Status, Verification},
    },
    rules::{passkeys, users},
    state::State,
    views,
};

pub(crate) const HANDLERS: Handlers = &[
    ("postPasskey", create),
    ("readPasskey", get),
    ("attemptPasskeyVerification", attempt),
    ("patchPasskey", rename),
    ("deletePasskey", delete),
];

/// How many passkeys a user may have.
const MAX_PASSKEYS: usize = 10;

const MAX_NAME: usize = 256;

fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    let id = user.id.clone();
    let settings = call.state.settings();
    if !settings.attributes.passkey.enabled {
        return Err(Failure::new(403, "feature_not_enabled", "not enabled")
            .explained("passkeys are switched off in the settings of this instance"));
    }
    me::proven_lately(call)?;
    let registered: Vec<&Passkey> = user.passkeys.iter().filter(|it| it.is_registered()).collect();
    if registered.len() >= MAX_PASSKEYS {
        return Err(Failure::new(403, "passkey_quota_exceeded", "too many passkeys")
            .explained(format!("a user has at most {MAX_PASSKEYS} passkeys: remove one first")));
    }
    let exclude: Vec<String> = registered.iter().map(|passkey| passkey.credential_id.clone()).collect();
    let challenge = ids::random_text(32);
    let (application, name) = (&settings.application_name, user.identifier());
    let relying_party = passkeys::rp_id(call.state);
    let options =
        passkey::creation_options(&relying_party, application, id.as_str(), &name, &exclude, &challenge).to_string();
    let passkey = Passkey {
        id: PasskeyId::from(State::id("passkey", call.now)),
        name: format!("Passkey {}", registered.len() + 1),
        credential_id: String::new(),
        public_key: Vec::new(),
        sign_count: 0,
        last_used_at: None,
        verification: Some(Box::new(Verification {
            status: Status::Unverified,
            strategy: "passkey".to_owned(),
            attempts: Some(0),
            expire_at: Some(call.now.after(settings.lifetimes.verification)),
            nonce: Some(options),
            ..Verification::default()
        })),
        created_at: call.now,
        updated_at: call.now,
    };
    let (passkey_id, now) = (passkey.id.clone(), call.now);
    if let Some(mut user) = call.state.tables.users.edit(&id) {
        user.passkeys.retain(|it| it.is_registered() || !is_expired(it, now));
        user.passkeys.push(passkey);
    }
    reply(call, &id, passkey_id.as_str())
}

fn get(call: &mut Call<'_>) -> Outcome {
    let user = call.user_id()?;
    let id = call.input.path("passkey_id");
    reply(call, &user, id)
}

fn attempt(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("passkey_id");
    let user = call.user()?;
    let user_id = user.id.clone();
    let asked = find(user, id)?;
    let now = call.now;
    if asked.is_registered() {
        return Err(Failure::new(400, "verification_already_verified", "already verified")
            .explained("this passkey has already been registered"));
    }
    if is_expired(asked, now) {
        return Err(Failure::new(400, "verification_expired", "expired")
            .explained("registering took too long: create another passkey"));
    }
    let options = asked.verification.as_ref().and_then(|it| it.nonce.as_deref()).unwrap_or_default();
    let options: clerk_core::Json = serde_json::from_str(options).unwrap_or_default();
    let said = |pointer: &str| options.pointer(pointer).and_then(clerk_core::Json::as_str).unwrap_or_default();
    let (challenge, relying_party) = (said("/challenge"), said("/rp/id"));
    let credential = call.input.required_text("public_key_credential")?;
    let allowed = |origin: &str| passkeys::allows_origin(relying_party, origin);
    let made = passkey::register(credential, challenge, relying_party, allowed).map_err(refused)?;
    if call.state.tables.users.find_one(&format!("passkey:{}", made.credential_id)).is_some() {
        return Err(failed("this passkey has already been registered"));
    }
    if let Some(mut user) = call.state.tables.users.edit(&user_id)
        && let Some(passkey) = user.passkeys.iter_mut().find(|passkey| passkey.id.as_str() == id)
    {
        passkey.credential_id = made.credential_id;
        passkey.public_key = made.public_key;
        passkey.sign_count = made.sign_count;
        passkey.updated_at = now;
        if let Some(verification) = &mut passkey.verification {
            verification.status = Status::Verified;
            verification.verified_at = Some(now);
            verification.nonce = None;
        }
    }
    users::updated(call.state, &user_id, now);
    me::notify(call, &user_id, "passkey_added");
    reply(call, &user_id, id)
}

fn rename(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("passkey_id");
    let user = call.user()?;
    let user_id = user.id.clone();
    find(user, id)?;
    if let Some(name) = call.input.change("name") {
        let name = name.map(str::trim).filter(|name| !name.is_empty()).ok_or_else(|| Failure::nil("name"))?;
        if name.chars().count() > MAX_NAME {
            return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
                .explained(format!("a name has at most {MAX_NAME} characters"))
                .param("name"));
        }
        let (name, now) = (name.to_owned(), call.now);
        if let Some(mut user) = call.state.tables.users.edit(&user_id)
            && let Some(passkey) = user.passkeys.iter_mut().find(|passkey| passkey.id.as_str() == id)
        {
            passkey.name = name;
            passkey.updated_at = now;
        }
        users::updated(call.state, &user_id, now);
    }
    reply(call, &user_id, id)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("passkey_id");
    let user = call.user()?;
    let user_id = user.id.clone();
    let registered = find(user, id)?.is_registered();
    me::proven_lately(call)?;
    if let Some(mut user) = call.state.tables.users.edit(&user_id) {
        user.passkeys.retain(|passkey| passkey.id.as_str() != id);
    }
    users::updated(call.state, &user_id, call.now);
    if registered {
        me::notify(call, &user_id, "passkey_removed");
    }
    me::deleted(call, "passkey", id)
}

fn is_expired(passkey: &Passkey, now: clerk_core::Timestamp) -> bool {
    passkey.verification.as_ref().is_some_and(|verification| verification.status_at(now) == Status::Expired)
}

fn refused(error: PasskeyError) -> Failure {
    match error {
        PasskeyError::Malformed(_) => {
            Failure::new(422, "passkey_invalid_public_key_credential", "invalid public key credential")
                .explained(error.to_string())
                .param("public_key_credential")
        }
        _ => failed(&error.to_string()),
    }
}

fn failed(why: &str) -> Failure {
    Failure::new(400, "passkey_registration_failure", "passkey registration failed").explained(why)
}

fn find<'a>(user: &'a User, id: &str) -> Result<&'a Passkey, Failure> {
    let found = user.passkeys.iter().find(|passkey| passkey.id.as_str() == id);
    found.ok_or_else(|| Failure::not_found("passkey", id))
}

fn reply(call: &mut Call<'_>, user: &UserId, id: &str) -> Outcome {
    let user = call.state.tables.users.get(user).ok_or_else(Failure::authentication_invalid)?;
    let view = views::fapi::user::passkey(find(user, id)?, call.now);
    call.reply(&view)
}
