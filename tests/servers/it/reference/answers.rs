//! What Clerk answers in a case.

use serde_json::{Value, json};

use super::{
    case::{Answer, Answers},
    dice::Dice,
    draft::Draft,
    mint::{Mint, Signer},
    tokens::{self, NOW},
};

/// Everything as it should be, but no session in what a handshake or a refresh brings: that is a matter of the scene.
pub(super) fn good(mint: &Mint) -> Answers {
    let keys = [Signer::Instance, Signer::Second].map(|signer| mint.jwk(signer, signer.key_id()));
    Answers {
        jwks: Some(Answer::new(200, &json!({ "keys": keys }))),
        refresh: Some(Answer::new(200, &json!({ "object": "cookies", "cookies": [] }))),
        handshake: Some(Answer::new(200, &json!({ "directives": [] }))),
        m2m: Some(Answer::new(200, &m2m())),
        oauth: Some(Answer::new(200, &oauth())),
        api_key: Some(Answer::new(200, &api_key())),
    }
}

fn m2m() -> Value {
    json!({
        "object": "machine_to_machine_token", "id": "mt_1", "subject": "mch_1", "scopes": ["mch_2"], "claims": null,
        "revoked": false, "revocation_reason": null, "expired": false, "expiration": (NOW + 60) * 1000,
        "created_at": (NOW - 60) * 1000, "updated_at": (NOW - 60) * 1000,
    })
}

fn oauth() -> Value {
    json!({
        "object": "clerk_idp_oauth_access_token", "id": "oat_1", "client_id": "client_1", "type": "oauth_token",
        "subject": "user_1", "scopes": ["openid"], "revoked": false, "revocation_reason": null, "expired": false,
        "expiration": NOW + 60, "created_at": NOW - 60, "updated_at": NOW - 60,
    })
}

fn api_key() -> Value {
    json!({
        "object": "api_key", "id": "ak_1", "type": "api_key", "name": "a key", "subject": "user_1", "scopes": ["read"],
        "claims": null, "revoked": false, "revocation_reason": null, "expired": false, "expiration": null,
        "seconds_until_expiration": null, "created_by": null, "description": null, "last_used_at": null,
        "created_at": (NOW - 60) * 1000, "updated_at": (NOW - 60) * 1000,
    })
}

fn refused(status: u16, code: &str) -> Answer {
    Answer::new(status, &json!({ "errors": [{ "code": code, "message": "no", "long_message": "no" }] }))
}

/// Nothing comes back.
fn outage() -> Answer {
    Answer { status: 0, body: String::new() }
}

/// Anything but a good answer.
fn failure(dice: &mut Dice) -> Answer {
    match dice.below(8) {
        0 => refused(401, "authentication_invalid"),
        1 => refused(404, "resource_not_found"),
        2 => refused(500, "internal_error"),
        3 => refused(422, "form_param_invalid"),
        4 => Answer { status: 500, body: "no JSON".to_owned() },
        5 => Answer::new(400, &json!({ "errors": [] })),
        6 => Answer::new(500, &json!({})),
        _ => outage(),
    }
}

pub(super) fn other_key_set(draft: &mut Draft, dice: &mut Dice, mint: &Mint) {
    let key = |signer: Signer| mint.jwk(signer, signer.key_id());
    let changed = |name: &str, value: Value| {
        let mut key = key(Signer::Instance);
        key[name] = value;
        Answer::new(200, &json!({ "keys": [key] }))
    };
    draft.answers.jwks = Some(match dice.below(14) {
        0 => Answer::new(200, &json!({ "keys": [key(Signer::Second)] })),
        1 => Answer::new(200, &json!({ "keys": [key(Signer::Second), key(Signer::Instance), key(Signer::Stranger)] })),
        2 => Answer::new(200, &json!({ "keys": [] })),
        3 => Answer::new(200, &json!({})),
        4 => refused(401, "clerk_key_invalid"),
        5 => refused(401, "authentication_invalid"),
        6 => Answer { status: 500, body: "no JSON".to_owned() },
        7 => outage(),
        8 => refused(500, "internal_error"),
        9 => changed("alg", json!("RS512")),
        10 => Answer::new(200, &json!({ "keys": [mint.jwk(Signer::Stranger, Signer::Instance.key_id())] })),
        11 => changed("alg", json!("RS384")),
        12 => changed("kid", json!("ins_unknown")),
        _ => changed("x5c", json!([])),
    });
}

/// The cookies that Clerk wants set when it says who is signed in.
pub(super) fn directives(draft: &Draft, dice: &mut Dice, mint: &mut Mint) -> Vec<String> {
    let suffix = draft.suffix();
    let mut token = tokens::session(&draft.issuer());
    match dice.below(10) {
        0 | 1 => tokens::age(&mut token, dice),
        2 => tokens::twist(&mut token, dice),
        3 if dice.percent(30) => token = tokens::m2m(&draft.issuer(), dice),
        _ => {}
    }
    let token = mint.write(&token);
    let mut all = vec![
        format!("__client_uat={}; Path=/; SameSite=Lax; Secure", NOW - 10),
        format!("__client_uat_{suffix}={}; Path=/; SameSite=Lax; Secure", NOW - 10),
    ];
    match dice.below(12) {
        0 => all.push("__session=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT".to_owned()),
        1 => {}
        2 => all.push(format!("__session={}; Path=/", tokens::any(&draft.issuer(), dice, mint))),
        3 => all.push(format!("__session_{suffix}={token}")),
        4 => {
            all.push(format!("__session={token}; Path=/"));
            all.push(format!("__session_{suffix}=; Path=/; Max-Age=0"));
        }
        5 => all.push(format!("__Session={token}; Path=/")),
        _ => {
            all.push(format!("__session={token}; Path=/; SameSite=Lax; Secure"));
            all.push(format!("__session_{suffix}={token}; Path=/; SameSite=Lax; Secure"));
        }
    }
    if dice.percent(40) {
        all.push(format!("__refresh_{suffix}=refresh-test; Path=/; HttpOnly; Secure"));
    }
    all
}

pub(super) fn refresh(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    draft.answers.refresh = Some(match dice.below(14) {
        0 => refused(400, "session_revoked"),
        1 => refused(401, "authentication_invalid"),
        2 => refused(404, "resource_not_found"),
        3 | 4 => failure(dice),
        5 => Answer::new(200, &json!({ "object": "cookies", "cookies": [] })),
        _ => Answer::new(200, &json!({ "object": "cookies", "cookies": directives(draft, dice, mint) })),
    });
}

pub(super) fn handshake(draft: &mut Draft, dice: &mut Dice, mint: &mut Mint) {
    draft.answers.handshake = Some(match dice.below(12) {
        0 | 1 => failure(dice),
        2 => Answer::new(200, &dice.pick(&[json!({}), json!({ "directives": [] }), json!({ "directives": null })])),
        _ => Answer::new(200, &json!({ "directives": directives(draft, dice, mint) })),
    });
}

pub(super) fn machines(draft: &mut Draft, dice: &mut Dice) {
    let mut answer = |good: Value| {
        Some(match dice.below(8) {
            0..=2 => failure(dice),
            3 => {
                let mut revoked = good;
                revoked["revoked"] = json!(true);
                Answer::new(200, &revoked)
            }
            4 => {
                let mut expired = good;
                expired["expired"] = json!(true);
                Answer::new(200, &expired)
            }
            5 => {
                let mut of_organization = good;
                of_organization["subject"] = json!("org_1");
                Answer::new(200, &of_organization)
            }
            _ => Answer::new(200, &good),
        })
    };
    draft.answers.m2m = answer(m2m());
    draft.answers.oauth = answer(oauth());
    draft.answers.api_key = answer(api_key());
    if dice.percent(20) {
        let mut audience = oauth();
        audience["aud"] = dice.pick(&[json!(["api"]), json!(["other"]), json!([]), json!("api")]);
        draft.answers.oauth = Some(Answer::new(200, &audience));
    }
}
