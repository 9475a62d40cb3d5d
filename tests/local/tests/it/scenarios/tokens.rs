//! Session tokens, tokens of templates, the keys that sign them, and the tickets of a back end.

use std::time::Duration;

use aws_lc_rs::{hmac, signature};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_bapi::{agent_tasks::CreateAgentTaskBody, sessions::RefreshSessionBody};
use clerk_core::ErrorCode;
use clerk_core::http::Request;
use clerk_local::{Api, TokenVersion};
use serde_json::{Value, json};

use super::sessions::{signed_in, signed_in_as, user};
use crate::world::World;

scenarios![
    a_session_token_says_who_and_for_how_long,
    the_first_layout_is_there_on_request,
    custom_claims_are_filled_in_and_displace_nothing,
    a_template_makes_tokens_of_its_own,
    templates_are_made_changed_and_deleted,
    a_template_signs_with_its_own_key,
    keys_are_rotated_and_forgotten,
    keys_survive_a_restart,
    an_expired_token_is_traded_in_once,
    what_does_not_belong_together_is_not_refreshed,
    tickets_are_made_and_revoked,
    a_sign_in_by_actor_token_names_who_really_acts,
    an_agent_opens_its_task_once,
];

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// Header and claims, unverified.
pub fn read(token: &str) -> (Value, Value) {
    let mut parts = token.split('.');
    (part(parts.next().unwrap()), part(parts.next().unwrap()))
}

/// Whether one of the keys of the Backend API's set has signed the token.
async fn is_signed(world: &World, token: &str) -> bool {
    let keys = world.backend().get_jwks().send().await.unwrap().keys;
    let kid = read(token).0["kid"].as_str().unwrap().to_owned();
    let Some(key) = keys.iter().find(|key| key.kid.as_deref() == Some(kid.as_str())) else { return false };
    let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref().unwrap()).unwrap();
    let key = signature::RsaPublicKeyComponents { n: bytes(&key.n), e: bytes(&key.e) };
    let (message, signed) = token.rsplit_once('.').unwrap();
    let signed = URL_SAFE_NO_PAD.decode(signed).unwrap();
    key.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signed).is_ok()
}

async fn a_session_token_says_who_and_for_how_long(world: World) {
    world.local.clock().freeze();
    let (device, id) = signed_in(&world).await;
    world.local.clock().advance(Duration::from_secs(300));
    let token = device.create_session_token(&id).send().await.unwrap().jwt;
    assert!(is_signed(&world, token.expose()).await);
    let (header, claims) = read(token.expose());
    let now = world.local.clock().now().as_millis() / 1000;
    assert_eq!(
        (&header["alg"], &header["typ"], &header["cat"]),
        (&json!("RS256"), &json!("JWT"), &json!("cl_B7d4PD111AAA"))
    );
    assert_eq!(header["oiat"], json!(now));
    assert_eq!(claims["iss"], json!(world.local.frontend_url()));
    assert_eq!(claims["sid"], json!(id.as_str()));
    assert_eq!((&claims["iat"], &claims["nbf"], &claims["exp"]), (&json!(now), &json!(now - 10), &json!(now + 60)));
    assert_eq!((&claims["v"], &claims["fva"], &claims["sts"]), (&json!(2), &json!([5, -1]), &json!("active")));
    // A device has no page, nobody is impersonated, and no organization was chosen.
    for absent in ["azp", "act", "o", "org_id", "fea", "pla"] {
        assert!(claims.get(absent).is_none(), "{absent}");
    }
    let again = device.create_session_token(&id).send().await.unwrap().jwt;
    assert_ne!(read(again.expose()).1["jti"], claims["jti"]);
    world.local.update_settings(|settings| settings.second_factor_required = true);
    let pending = device.create_session_token(&id).send().await.unwrap().jwt;
    assert_eq!(read(pending.expose()).1["sts"], json!("pending"));
    let long = world.backend().create_session_token(&id).expires_in_seconds(600).send().await.unwrap().jwt;
    assert_eq!(read(long.expose()).1["exp"], json!(now + 600));
    let error = world.backend().create_session_token(&id).expires_in_seconds(1).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_VALUE_INVALID));
}

async fn the_first_layout_is_there_on_request(world: World) {
    world.local.update_settings(|settings| settings.token_version = TokenVersion::V1);
    let (device, id) = signed_in(&world).await;
    let token = device.create_session_token(&id).send().await.unwrap().jwt;
    let claims = read(token.expose()).1;
    assert!(claims.get("v").is_none() && claims.get("o").is_none());
    assert_eq!(claims["sid"], json!(id.as_str()));
}

async fn custom_claims_are_filled_in_and_displace_nothing(world: World) {
    world.local.update_settings(|settings| {
        let claims = json!({
            "email": "{{user.primary_email_address}}",
            "greeting": "hello {{user.first_name || 'stranger'}}, {{user.last_name}}!",
            "meta": "{{user.public_metadata.plan.tier}}",
            "all": "{{user.public_metadata}}",
            "nested": {"list": ["{{user.id}}", 7]},
            "private": "{{user.private_metadata}}",
            "none": "{{org.slug}}",
            "odd": "{{user.id",
            "sub": "mallory",
            "act": {"sub": "mallory"},
        });
        settings.session_claims = claims.as_object().unwrap().clone();
    });
    let backend = world.backend();
    let create = backend.create_user().email_address(["ann@example.com"]).last_name("Lee");
    let create = create.public_metadata(json!({"plan": {"tier": 3}})).private_metadata(json!({"secret": 1}));
    let ann = create.skip_password_requirement(true).send().await.unwrap().id;
    let (device, id) = signed_in_as(&world, &ann);
    let claims = read(device.create_session_token(&id).send().await.unwrap().jwt.expose()).1;
    assert_eq!(claims["email"], json!("ann@example.com"));
    assert_eq!(claims["greeting"], json!("hello stranger, Lee!"));
    assert_eq!((&claims["meta"], &claims["all"]), (&json!(3), &json!({"plan": {"tier": 3}})));
    assert_eq!(claims["nested"], json!({"list": [ann.as_str(), 7]}));
    assert_eq!((&claims["private"], &claims["none"]), (&Value::Null, &Value::Null));
    assert_eq!(claims["odd"], json!("{{user.id"));
    assert_eq!((&claims["sub"], claims.get("act")), (&json!(ann.as_str()), None));
}

async fn a_template_makes_tokens_of_its_own(world: World) {
    world.local.update_settings(|settings| {
        let mut template = clerk_local::JwtTemplateSettings::default();
        template.claims = json!({"role": "authenticated", "sid": "{{session.id}}"}).as_object().unwrap().clone();
        template.lifetime = Duration::from_secs(600);
        settings.jwt_templates.insert("supabase".to_owned(), template);
    });
    let (device, id) = signed_in(&world).await;
    let token = device.create_session_token_with_template(&id, "supabase").send().await.unwrap().jwt;
    assert!(is_signed(&world, token.expose()).await);
    let (header, claims) = read(token.expose());
    assert_eq!(header["cat"], json!("cl_B7d4PD222AAA"));
    assert_eq!((&claims["role"], &claims["sid"]), (&json!("authenticated"), &json!(id.as_str())));
    let seconds = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!((seconds("exp") - seconds("iat"), seconds("iat") - seconds("nbf")), (600, 5));
    assert!(claims.get("fva").is_none());
    let backend = world.backend();
    let token = backend.create_session_token_from_template(&id, "supabase").expires_in_seconds(30);
    let claims = read(token.send().await.unwrap().jwt.expose()).1;
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 30);
    let error = device.create_session_token_with_template(&id, "none").send().await.unwrap_err();
    assert_eq!((error.status().unwrap().as_u16(), error.code()), (404, Some(&ErrorCode::RESOURCE_NOT_FOUND)));
    // What is of the settings is listed, and becomes like the others when it is changed.
    let listed = backend.list_jwt_templates().send().await.unwrap();
    let listed = listed.data;
    assert_eq!((listed.len(), listed[0].name.as_str()), (1, "supabase"));
    let changed = backend.update_jwt_template(&listed[0].id, "supabase", json!({})).send().await.unwrap();
    assert_eq!((&changed.id, changed.lifetime), (&listed[0].id, Some(600)));
    assert_eq!(backend.list_jwt_templates().send().await.unwrap().data.len(), 1);
}

async fn templates_are_made_changed_and_deleted(world: World) {
    let backend = world.backend();
    let made = backend.create_jwt_template("one", json!({"a": "{{user.id}}"})).lifetime(90).send().await.unwrap();
    assert_eq!((made.lifetime, made.allowed_clock_skew, made.custom_signing_key), (Some(90), Some(5), false));
    assert_eq!(backend.get_jwt_template(&made.id).send().await.unwrap().name, "one");
    let refused = [
        (backend.create_jwt_template("one", json!({})).send().await.unwrap_err(), "form_already_exists"),
        (
            backend.create_jwt_template("two", json!({"iss": "x"})).send().await.unwrap_err(),
            "jwt_template_reserved_claim",
        ),
        (
            backend.create_jwt_template("two", json!({})).lifetime(1).send().await.unwrap_err(),
            "form_param_value_invalid",
        ),
        (backend.create_jwt_template("", json!({})).send().await.unwrap_err(), "form_param_nil"),
        (
            backend.create_jwt_template("two", json!({})).custom_signing_key(true).send().await.unwrap_err(),
            "form_param_missing",
        ),
        (
            backend.create_jwt_template("two", json!({})).signing_algorithm("none").send().await.unwrap_err(),
            "form_param_value_invalid",
        ),
    ];
    for (error, code) in refused {
        assert_eq!(error.code().map(ErrorCode::as_str), Some(code));
    }
    let changed = backend.update_jwt_template(&made.id, "uno", json!({"b": 1})).send().await.unwrap();
    assert_eq!((changed.name.as_str(), changed.lifetime), ("uno", Some(90)));
    backend.delete_jwt_template(&made.id).send().await.unwrap();
    assert_eq!(backend.get_jwt_template(&made.id).send().await.unwrap_err().status().unwrap(), 404);
    assert!(backend.list_jwt_templates().send().await.unwrap().data.is_empty());
}

async fn a_template_signs_with_its_own_key(world: World) {
    let backend = world.backend();
    let create = backend.create_jwt_template("shared", json!({"role": "x"})).custom_signing_key(true);
    create.signing_algorithm("HS256").signing_key("a long enough secret").send().await.unwrap();
    let (device, id) = signed_in(&world).await;
    let token = device.create_session_token_with_template(&id, "shared").send().await.unwrap().jwt;
    let (message, signed) = token.expose().rsplit_once('.').unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"a long enough secret");
    hmac::verify(&key, message.as_bytes(), &URL_SAFE_NO_PAD.decode(signed).unwrap()).unwrap();
    assert_eq!(read(token.expose()).0["alg"], json!("HS256"));
    let odd = backend.create_jwt_template("odd", json!({})).custom_signing_key(true).signing_key("no key");
    assert_eq!(odd.send().await.unwrap_err().code(), Some(&ErrorCode::FORM_PARAM_FORMAT_INVALID));
}

async fn keys_are_rotated_and_forgotten(world: World) {
    let (device, id) = signed_in(&world).await;
    let old = device.create_session_token(&id).send().await.unwrap().jwt;
    world.local.rotate_signing_key().unwrap();
    let new = device.create_session_token(&id).send().await.unwrap().jwt;
    assert_ne!(read(old.expose()).0["kid"], read(new.expose()).0["kid"]);
    assert!(is_signed(&world, old.expose()).await && is_signed(&world, new.expose()).await);
    let public = world.device().get_jwks().send().await.unwrap();
    assert_eq!(public.keys.len(), 2);
    assert!(world.local.jwt_key().contains("PUBLIC KEY"));
    world.local.forget_old_signing_keys();
    assert!(!is_signed(&world, old.expose()).await && is_signed(&world, new.expose()).await);
}

async fn keys_survive_a_restart(world: World) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state");
    let world = world.rebuilt(|builder| builder.data(&file)).await;
    let (_, id) = signed_in(&world).await;
    let token = async |world: &World| world.backend().create_session_token(&id).send().await.unwrap().jwt;
    let first = token(&world).await;
    world.local.rotate_signing_key().unwrap();
    let second = token(&world).await;
    let world = world.rebuilt(|builder| builder.data(&file)).await;
    assert_eq!(read(token(&world).await.expose()).0["kid"], read(second.expose()).0["kid"]);
    assert!(is_signed(&world, first.expose()).await && is_signed(&world, second.expose()).await);
    world.local.forget_old_signing_keys();
    let world = world.rebuilt(|builder| builder.data(&file)).await;
    assert!(!is_signed(&world, first.expose()).await && is_signed(&world, second.expose()).await);
}

/// A session used from a page, its token and what its `__refresh` cookie carries.
async fn in_browser(world: &World) -> (clerk_core::SessionId, String, String) {
    let (device, id) = signed_in(world).await;
    let cookie = format!("__client={}", device.token().unwrap());
    let request = Request::get("/v1/client/handshake?redirect_url=https://app.example/a").header("cookie", cookie);
    let response = world.raw(Api::Frontend, request, "").await;
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    let (_, handshake) = location.split_once("__clerk_handshake=").unwrap();
    let directives = read(handshake).1["handshake"].clone();
    let value = |start: &str| {
        let cookies = directives.as_array().unwrap().iter().map(|it| it.as_str().unwrap());
        let cookie = cookies.rev().find(|it| it.starts_with(start)).unwrap();
        cookie.split(['=', ';']).nth(1).unwrap().to_owned()
    };
    (id, value("__session"), value("__refresh"))
}

async fn an_expired_token_is_traded_in_once(world: World) {
    let (id, token, refresh) = in_browser(&world).await;
    assert_eq!(read(&token).1["azp"], json!("https://app.example"));
    world.local.clock().advance(Duration::from_secs(120));
    let backend = world.backend();
    let body = || RefreshSessionBody::new(token.as_str(), refresh.as_str(), "https://app.example");
    let renewed = backend.refresh_session(&id, body()).send().await.unwrap();
    let renewed = renewed.jwt.unwrap();
    assert_eq!(read(renewed.expose()).1["azp"], json!("https://app.example"));
    assert!(read(renewed.expose()).1["iat"].as_i64() > read(&token).1["exp"].as_i64());
    let again = backend.refresh_session(&id, body()).send().await.unwrap_err();
    assert_eq!(
        (again.status().unwrap().as_u16(), again.code()),
        (401, Some(&ErrorCode::SESSION_REFRESH_EXPIRED_SESSION_TOKEN_CONSUMED))
    );
    let body = RefreshSessionBody::new(renewed, refresh.as_str(), "https://app.example");
    let cookies = backend.refresh_session(&id, body).format("cookie").suffixed_cookies(true).send().await.unwrap();
    let names: Vec<_> = cookies.cookies.iter().map(|it| it.expose().split('=').next().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 3);
    assert!(names[0].starts_with("__refresh_") && names[2].starts_with("__session_") && names[1] == "__session");
}

async fn what_does_not_belong_together_is_not_refreshed(world: World) {
    let (id, token, refresh) = in_browser(&world).await;
    let backend = world.backend();
    let other = {
        let bob = user(&world, "bob@example.com").await;
        backend.create_session(bob).send().await.unwrap().id
    };
    let of_device = backend.create_session_token(&other).send().await.unwrap().jwt;
    world.local.clock().advance(Duration::from_secs(120));
    let origin = "https://app.example";
    let cases = [
        (&id, "nothing", refresh.as_str(), origin, "expired_session_token_invalid"),
        (&other, &token, &refresh, origin, "refresh_sid_mismatch"),
        (&other, of_device.expose(), &refresh, origin, "expired_session_token_missing_azp"),
        (&id, &token, &refresh, "app.example", "refresh_request_origin_invalid"),
        (&id, &token, &refresh, "https://evil.example", "refresh_request_origin_azp_mismatch"),
        (&id, &token, "other", origin, "refresh_token_not_found"),
    ];
    for (id, token, refresh, origin, code) in cases {
        let body = RefreshSessionBody::new(token, refresh, origin);
        let error = backend.refresh_session(id, body).send().await.unwrap_err();
        assert_eq!((error.status().unwrap().as_u16(), error.code().map(ErrorCode::as_str)), (401, Some(code)));
    }
    backend.revoke_session(&id).send().await.unwrap();
    let body = RefreshSessionBody::new(token, refresh, origin);
    let error = backend.refresh_session(&id, body).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::SESSION_REFRESH_INACTIVE_SESSION));
}

async fn tickets_are_made_and_revoked(world: World) {
    let backend = world.backend();
    let ann = user(&world, "ann@example.com").await;
    let made = backend.create_sign_in_token(&ann).expires_in_seconds(60).send().await.unwrap();
    assert_eq!((made.status.as_str(), made.token.is_some()), ("pending", true));
    let revoked = backend.revoke_sign_in_token(&made.id).send().await.unwrap();
    assert_eq!((revoked.status.as_str(), revoked.token.is_some()), ("revoked", false));
    let error = backend.revoke_sign_in_token(&made.id).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::SIGN_IN_TOKEN_CANNOT_BE_REVOKED_CODE));
    assert_eq!(backend.create_sign_in_token("user_none").send().await.unwrap_err().status().unwrap(), 404);

    let actor = backend.create_actor_token(&ann, json!({"sub": "user_support"})).send().await.unwrap();
    assert_eq!(actor.actor["sub"], json!("user_support"));
    assert_eq!(backend.revoke_sign_in_token(actor.id.as_str()).send().await.unwrap_err().status().unwrap(), 404);
    assert_eq!(backend.revoke_actor_token(&actor.id).send().await.unwrap().status.as_str(), "revoked");
    let error = backend.revoke_actor_token(&actor.id).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::ACTOR_TOKEN_CANNOT_BE_REVOKED_CODE));
    let error = backend.create_actor_token(&ann, json!({"name": "nobody"})).send().await.unwrap_err();
    assert_eq!(error.code(), Some(&ErrorCode::FORM_PARAM_MISSING));
}

async fn a_sign_in_by_actor_token_names_who_really_acts(world: World) {
    let ann = user(&world, "ann@example.com").await;
    let actor = json!({"sub": "user_support", "reason": "ticket 7"});
    let made = world.backend().create_actor_token(&ann, actor.clone()).send().await.unwrap();
    let device = world.device();
    let sign_in = device.create_sign_in().strategy("ticket").ticket(made.token.unwrap()).send().await.unwrap().response;
    let id = sign_in.created_session_id.unwrap();
    let claims = read(device.create_session_token(&id).send().await.unwrap().jwt.expose()).1;
    assert_eq!((&claims["sub"], &claims["act"]), (&json!(ann.as_str()), &actor));
    // Acting for somebody ends after half an hour.
    world.local.clock().advance(Duration::from_secs(1801));
    assert_eq!(device.get_session(&id).send().await.unwrap().response.status.as_str(), "expired");
}

async fn an_agent_opens_its_task_once(world: World) {
    let backend = world.backend();
    let ann = user(&world, "ann@example.com").await;
    let body = |user: &str| {
        let mut of = clerk_bapi::types::CreateAgentTaskOnBehalfOf::new();
        of.user_id = Some(user.into());
        CreateAgentTaskBody::new(of, "*", "Scout", "look around", "https://app.example/inbox")
    };
    let task = backend.create_agent_task(body(ann.as_str())).send().await.unwrap();
    let other = backend.create_agent_task(body(ann.as_str())).send().await.unwrap();
    assert_eq!(task.agent_id, other.agent_id);
    let ticket = task.url.unwrap().expose().split_once("ticket=").unwrap().1.to_owned();
    let agent = world.device();
    let redirect = agent.accept_agent_task(ticket.as_str()).send().await.unwrap();
    assert_eq!(redirect.location, "https://app.example/inbox");
    let client = agent.get_client().send().await.unwrap().response.unwrap();
    let token = client.sessions[0].last_active_token.as_ref().unwrap();
    let claims = read(token.jwt.expose()).1;
    assert_eq!(claims["act"], json!({"sub": task.agent_id, "type": "agent"}));
    let again = agent.accept_agent_task(ticket.as_str()).send().await.unwrap_err();
    assert_eq!(again.code(), Some(&ErrorCode::AGENT_TASK_ALREADY_USED));
    let late = backend.revoke_agent_task(&task.agent_task_id).send().await.unwrap_err();
    assert_eq!(late.code(), Some(&ErrorCode::AGENT_TASK_CANNOT_BE_REVOKED));
    backend.revoke_agent_task(&other.agent_task_id).send().await.unwrap();
    let ticket = other.url.unwrap().expose().split_once("ticket=").unwrap().1.to_owned();
    assert_eq!(
        agent.accept_agent_task(ticket.as_str()).send().await.unwrap_err().code(),
        Some(&ErrorCode::AGENT_TASK_REVOKED)
    );
    let nobody = backend.create_agent_task(body("user_none")).send().await.unwrap_err();
    assert_eq!(
        (nobody.status().unwrap().as_u16(), nobody.code()),
        (404, Some(&ErrorCode::AGENT_TASK_SUBJECT_NOT_FOUND))
    );
}
