use std::{sync::Arc, time::Duration};

use clerk_ext::auth::{Clerk, Machine, Reason, TokenType};
use serde_json::json;

use super::{
    outcome, patiently,
    scripted::{
        API_KEYS, KINDS, M2M_TOKENS, OAUTH_TOKENS, api_key, at, m2m_jwt, m2m_token, oauth_jwt, oauth_token, world,
    },
    told, with,
};
use crate::world::{NOW, Signer, TEST_KEY};

#[tokio::test]
async fn each_kind_is_asked_about_at_its_own_place_without_a_version_in_the_path() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, field) in KINDS {
        clerk.verify_machine_token(token).await.unwrap();
        let sent = world.api.sent().pop().unwrap();
        assert_eq!(sent.what, format!("POST {path}"));
        assert_eq!(sent.body, json!({ field: token }));
        assert_eq!(sent.authorization, format!("Bearer {TEST_KEY}"));
    }
}

#[tokio::test]
async fn the_key_of_a_machine_is_used_for_tokens_of_machines_and_for_nothing_else() {
    let world = world();
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    for (token, _, _) in KINDS {
        clerk.verify_machine_token(token).await.unwrap();
    }
    let keys: Vec<_> = world.api.sent().into_iter().map(|sent| sent.authorization).collect();
    assert_eq!(keys, [&*format!("Bearer {TEST_KEY}"), "Bearer ak_test_machine", &*format!("Bearer {TEST_KEY}")]);
}

#[tokio::test]
async fn an_api_key_says_whom_it_stands_for() {
    let world = world();
    let key = world.clerk().verify_api_key("ak_test_1").await.unwrap();
    assert_eq!((key.id.as_str(), key.subject.as_str(), key.name.as_deref()), ("ak_id", "user_1", Some("ci")));
    assert_eq!(key.user_id.as_ref().unwrap(), "user_1");
    assert_eq!((key.organization_id.clone(), key.expires_at), (None, None));
    assert_eq!(key.scopes, ["read", "write"]);
    assert_eq!(key.claims, Some(json!({"tier": "gold-test"})));
    assert_eq!(key.created_by.as_ref().unwrap(), "user_2");
    assert_eq!((key.created_at, key.updated_at), (at(NOW - 100), at(NOW - 50)));
    assert_eq!(key.token.expose(), "ak_test_1");

    world.api.answer("POST", API_KEYS, 200, with(&api_key(), &json!({"subject": "org_1"})));
    let machine = world.clerk().verify_machine_token("ak_test_1").await.unwrap();
    assert_eq!((machine.user_id(), machine.machine_id()), (None, None));
    assert_eq!(machine.organization_id().unwrap(), "org_1");
    assert!(machine.has_scope("read") && !machine.has_scope("rea") && !machine.has_scope("READ"));
}

#[tokio::test]
async fn what_an_answer_says_beyond_what_is_known_does_not_matter() {
    let world = world();
    let strange = json!({"object": "absent", "new": {"a": 1}, "scopes": "absent", "claims": [1], "created_at": "soon", "name": 7});
    world.api.answer("POST", API_KEYS, 200, with(&api_key(), &strange));
    let key = world.clerk().verify_api_key("ak_test_1").await.unwrap();
    assert_eq!((key.scopes.len(), key.created_at, key.name), (0, None, None));
}

#[tokio::test]
async fn a_revoked_or_expired_token_is_refused_although_the_answer_is_200() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, _) in KINDS {
        let body =
            [api_key(), m2m_token(), oauth_token()].into_iter().zip(KINDS).find(|(_, kind)| kind.0 == token).unwrap().0;
        for (changes, reason) in [
            (json!({"revoked": true}), "token-invalid"),
            (json!({"revoked": true, "expired": true}), "token-invalid"),
            (json!({"expired": true}), "token-verification-failed"),
            // A flag that is no flag is no reason to let anybody in.
            (json!({"revoked": "true"}), "token-invalid"),
            (json!({"revoked": 1}), "token-invalid"),
            (json!({"expired": 0}), "token-verification-failed"),
        ] {
            world.api.answer("POST", path, 200, with(&body, &changes));
            assert_eq!(told(&clerk, token).await, reason, "{token} {changes}");
        }
        for flags in [json!({"revoked": null, "expired": null}), json!({"revoked": "absent", "expired": "absent"})] {
            world.api.answer("POST", path, 200, with(&body, &flags));
            assert!(clerk.verify_machine_token(token).await.is_ok(), "{token} {flags}");
        }
    }
}

#[tokio::test]
async fn an_end_that_has_passed_counts_whatever_the_flag_says() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, unit) in
        [("ak_test_1", API_KEYS, 1000), ("mt_test_1", M2M_TOKENS, 1000), ("oat_test_1", OAUTH_TOKENS, 1)]
    {
        let body = if unit == 1 { oauth_token() } else { api_key() };
        for (end, is_good) in [
            (json!((NOW - 4) * unit), true),
            (json!((NOW - 5) * unit), false),
            (json!((NOW - 5000) * unit), false),
            (json!(((NOW + 60) * unit) as f64 + 0.5), true),
            (json!(0), false),
            (json!(-1), false),
        ] {
            world.api.answer("POST", path, 200, with(&body, &json!({"expiration": end})));
            let verified = clerk.verify_machine_token(token).await;
            assert_eq!(verified.is_ok(), is_good, "{token} {end}");
            if let Err(error) = verified {
                assert_eq!(*error.reason(), Reason::TOKEN_VERIFICATION_FAILED);
            }
        }
        for end in [json!("never"), json!(true), json!({})] {
            world.api.answer("POST", path, 200, with(&body, &json!({"expiration": end})));
            assert_eq!(told(&clerk, token).await, "unexpected-error", "{token} {end}");
        }
    }
    let strict = world.builder().clock_skew(Duration::ZERO).build().unwrap();
    world.api.answer("POST", API_KEYS, 200, with(&api_key(), &json!({"expiration": NOW * 1000})));
    assert_eq!(told(&strict, "ak_test_1").await, "token-verification-failed");
}

#[tokio::test]
async fn an_answer_that_names_nobody_is_refused() {
    let world = world();
    let clerk = world.clerk();
    for (token, path, _) in KINDS {
        for (body, reason) in [
            (json!({}), "unexpected-error"),
            (json!({"id": "1", "revoked": false, "expired": false}), "unexpected-error"),
            (json!({"id": "1", "subject": "", "revoked": false}), "unexpected-error"),
            (json!({"id": "1", "subject": 1, "revoked": false}), "unexpected-error"),
            (json!({"active": false}), "token-invalid"),
            (json!([]), "unexpected-error"),
            (json!("ok"), "unexpected-error"),
            (json!(null), "unexpected-error"),
        ] {
            world.api.answer("POST", path, 200, body.clone());
            assert_eq!(told(&clerk, token).await, reason, "{token} {body}");
        }
        world.api.answer_text("POST", path, 200, "text/html", "<html>");
        assert_eq!(told(&clerk, token).await, "unexpected-error");
    }
}

#[tokio::test]
async fn what_the_api_refuses_has_the_reasons_of_the_reference() {
    let world = world();
    let clerk = world.clerk();
    let body = json!({"errors": [{"code": "some_code", "message": "test-message"}]});
    for (token, path, _) in KINDS {
        for (status, reason, is_outage) in [
            (401, "secret-key-invalid", false),
            (404, "token-invalid", false),
            (400, "unexpected-error", true),
            (403, "unexpected-error", true),
            (410, "unexpected-error", true),
            (422, "unexpected-error", true),
            (429, "unexpected-error", true),
            (500, "unexpected-error", true),
            (302, "unexpected-error", true),
        ] {
            world.api.answer("POST", path, status, body.clone());
            let error = patiently(&world, clerk.verify_machine_token(token)).await.unwrap_err();
            assert_eq!((error.reason().as_str(), error.is_outage()), (reason, is_outage), "{token} {status}");
        }
        world.api.breaks("POST", path);
        let error = patiently(&world, clerk.verify_machine_token(token)).await.unwrap_err();
        assert_eq!((error.reason().as_str(), error.is_outage()), ("unexpected-error", true));
    }
}

#[tokio::test]
async fn a_key_that_is_not_taken_is_told_by_its_variable() {
    let world = world();
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    for (token, path, variable) in
        [("mt_1", M2M_TOKENS, "CLERK_MACHINE_SECRET_KEY"), ("ak_1", API_KEYS, "CLERK_SECRET_KEY")]
    {
        world.api.answer("POST", path, 401, json!({"errors": []}));
        let error = clerk.verify_machine_token(token).await.unwrap_err();
        assert!(error.message().contains(variable), "{error}");
    }
}

#[tokio::test]
async fn a_verification_is_repeated_when_clerk_stumbles() {
    let world = world();
    let clerk = world.clerk();
    world.api.answer("POST", API_KEYS, 503, json!({}));
    let verification = tokio::spawn(async move { clerk.verify_machine_token("ak_test_1").await });
    while world.api.sent().is_empty() {
        tokio::task::yield_now().await;
    }
    world.api.answer("POST", API_KEYS, 200, api_key());
    let verified = patiently(&world, verification).await.unwrap();
    assert_eq!((outcome(&verified).as_str(), world.api.sent().len()), ("api_key user_1", 2));
}

#[tokio::test]
async fn each_kind_refuses_the_others() {
    let world = world();
    let clerk = world.clerk();
    let tokens = [
        "ak_test_1".to_owned(),
        "mt_test_1".to_owned(),
        m2m_jwt().signed(),
        "oat_test_1".to_owned(),
        oauth_jwt().signed(),
    ];
    for token in tokens {
        let kind = clerk.verify_machine_token(&token).await.unwrap().token_type();
        let asked = world.api.sent().len();
        let (api_key, m2m, oauth) = (
            clerk.verify_api_key(&token).await.map(Machine::ApiKey),
            clerk.verify_m2m_token(&token).await.map(Machine::M2m),
            clerk.verify_oauth_token(&token).await.map(Machine::OAuth),
        );
        for (of, result) in [(TokenType::ApiKey, api_key), (TokenType::M2m, m2m), (TokenType::OAuth, oauth)] {
            match result {
                Ok(machine) => assert_eq!((of, machine.token_type()), (kind, kind)),
                Err(error) => assert!(of != kind && *error.reason() == Reason::TOKEN_TYPE_MISMATCH),
            }
        }
        assert!(world.api.sent().len() <= asked + 1, "a token of another kind was asked about");
    }
}

#[tokio::test]
async fn what_is_no_token_of_a_machine_is_not_passed_on() {
    let world = world();
    let clerk = world.clerk();
    for token in ["", "Bearer", "sk_test_1234", "AK_1", " ak_1", "m2m_1", &*format!("ak_{}", "x".repeat(1 << 20))] {
        assert_eq!(told(&clerk, token).await, "token-invalid");
    }
    let long = format!("{}.{}.{}", "a".repeat(1 << 19), "b".repeat(1 << 19), "c".repeat(9));
    assert_eq!(told(&clerk, &long).await, "token-invalid");
    assert!(world.api.sent().is_empty());
}

#[tokio::test]
async fn without_a_key_to_ask_with_nobody_is_let_in() {
    let world = world();
    let only_public = Clerk::builder().jwt_key(Signer::one().pem()).clock(Arc::new(world.clock.clone()));
    let only_public = only_public.transport(world.api.transport()).build().unwrap();
    for (token, _, _) in KINDS {
        let error = only_public.verify_machine_token(token).await.unwrap_err();
        assert_eq!((error.reason(), error.is_outage()), (&Reason::UNEXPECTED_ERROR, true));
        assert!(error.message().contains("CLERK_SECRET_KEY"), "{error}");
    }
    assert_eq!(told(&only_public, &m2m_jwt().signed()).await, "m2m_token mch_1");
    assert_eq!(told(&only_public, &oauth_jwt().signed()).await, "oauth_token user_1");

    let only_machine = Clerk::builder().machine_secret_key("ak_test_machine").clock(Arc::new(world.clock.clone()));
    let only_machine = only_machine.transport(world.api.transport()).build().unwrap();
    assert_eq!(told(&only_machine, "mt_test_1").await, "m2m_token mch_1");
    for token in [m2m_jwt().signed(), oauth_jwt().signed()] {
        assert_eq!(told(&only_machine, &token).await, "token-verification-failed");
    }
}

#[tokio::test]
async fn neither_tokens_nor_claims_are_printed() {
    let world = world();
    let clerk = world.clerk();
    for token in [
        "ak_test_1".to_owned(),
        "mt_test_1".to_owned(),
        m2m_jwt().signed(),
        "oat_test_1".to_owned(),
        oauth_jwt().signed(),
    ] {
        let machine = clerk.verify_machine_token(&token).await.unwrap();
        let text = format!("{machine:?}");
        assert!(!text.contains(&token) && !text.contains("gold-test") && !text.contains("job"), "{text}");
        world.api.answer("POST", API_KEYS, 422, json!({"errors": [{"code": "x", "meta": {"secret": token}}]}));
        if let Err(error) = clerk.verify_api_key(&token).await {
            assert!(!format!("{error} {error:?}").contains(&token));
        }
        world.api.answer("POST", API_KEYS, 200, api_key());
    }
}

#[tokio::test]
async fn making_a_token_takes_the_key_of_a_machine() {
    let world = world();
    let error = world.clerk().m2m().create().seconds_until_expiration(60).await.unwrap_err();
    assert!(error.to_string().contains("CLERK_MACHINE_SECRET_KEY"), "{error}");
    assert!(world.api.sent().is_empty());

    world.api.answer("POST", "/m2m_tokens", 201, with(&m2m_token(), &json!({"token": "mt_test_new"})));
    let clerk = world.builder().machine_secret_key("ak_test_machine").build().unwrap();
    let create = clerk.m2m().create().claims(&json!({"job": "test"})).seconds_until_expiration(60);
    let made = create.min_remaining_ttl_seconds(30).jwt().await.unwrap();
    assert_eq!((made.token.expose(), made.machine_id.as_str()), ("mt_test_new", "mch_1"));
    let sent = world.api.sent().pop().unwrap();
    assert_eq!((sent.what.as_str(), sent.authorization.as_str()), ("POST /m2m_tokens", "Bearer ak_test_machine"));
    let body = json!({"claims": {"job": "test"}, "seconds_until_expiration": 60, "min_remaining_ttl_seconds": 30, "token_format": "jwt"});
    assert_eq!(sent.body, body);

    world.api.answer("POST", "/m2m_tokens/mt_id/revoke", 200, m2m_token());
    clerk.m2m().revoke("mt_id").revocation_reason("done").await.unwrap();
    assert_eq!(world.api.sent().pop().unwrap().body, json!({"revocation_reason": "done"}));
    assert!(clerk.m2m().revoke("../../v1/users").await.is_err());
}
