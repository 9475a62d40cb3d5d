//! Proving who one is once more.

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use clerk_ext::{
    Error, ErrorCode, ErrorKind, Timestamp,
    frontend::{
        Frontend, Session, TokenRequest,
        reverification::{Challenge, FirstFactor, Level, Reverification, SecondFactor, required_by},
    },
    http::StatusCode,
    transport::RetryPolicy,
};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedUser};
use serde_json::json;

use crate::{
    sessions::enter,
    spy::Spy,
    world::{PASSWORD, World, device},
};

const MINUTE: Duration = Duration::from_secs(60);
const ADDRESS: &str = "ann@example.com";

/// Ann, who signed in an hour ago, and the first step.
async fn begun() -> (World, Session, FirstFactor) {
    let mut world = World::new().await;
    world.clerk = device(&world.local).network(|network| network.retry(RetryPolicy::none())).build().unwrap();
    let session = enter(&world.clerk).await;
    world.local.clock().advance(60 * MINUTE);
    let step = first(session.reverify(Level::FirstFactor).await.unwrap());
    (world, session, step)
}

fn first(reverification: Reverification) -> FirstFactor {
    match reverification {
        Reverification::FirstFactor(step) => step,
        other => panic!("{other:?}"),
    }
}

fn second(reverification: Reverification) -> SecondFactor {
    match reverification {
        Reverification::SecondFactor(step) => step,
        other => panic!("{other:?}"),
    }
}

/// When the proof of a secret that everybody knows is 279037.
const MOMENT: i64 = 2_000_000_000_000;

/// Ben, who has a second factor, at a moment whose code is known.
async fn ben() -> (LocalClerk, Session) {
    let World { local, clerk } = World::new().await;
    let mut ben = SeedUser::new("ben@example.com").password(PASSWORD);
    ben.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
    ben.backup_codes = vec!["first-code".to_owned(), "second-code".to_owned()];
    ben.phone_numbers = vec!["+15555550100".to_owned()];
    ben.second_factor_phone_numbers = vec!["+15555550100".to_owned()];
    local.seed(&Seed::default().user(ben)).unwrap();
    local.clock().freeze();
    local.clock().set(Timestamp::from_millis(MOMENT));
    let sign_in = clerk.raw().create_sign_in().identifier("ben@example.com").password(PASSWORD).send().await.unwrap();
    let sign_in = sign_in.response.id;
    clerk.raw().attempt_sign_in_factor_two(sign_in, "backup_code", "first-code").send().await.unwrap();
    let session = clerk.session().unwrap();
    (local, session)
}

mod password {
    use super::*;

    #[tokio::test]
    async fn works() {
        let (_world, session, step) = begun().await;
        assert_eq!(session.factor_age().first.map(|age| age.as_secs() / 60), Some(60));
        let before = session.token().await.unwrap();
        let again = step.password(PASSWORD).await.unwrap().session().unwrap();
        assert_eq!(again.id(), session.id());
        let token = session.token().await.unwrap();
        assert_ne!(token.expose(), before.expose());
        assert_eq!(token.claims().rest.get("fva"), Some(&json!([0, -1])));
    }

    #[tokio::test]
    async fn wrong_password() {
        let (_world, _session, step) = begun().await;
        let failed = step.password("test-wrong").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::FORM_PASSWORD_INCORRECT));
        failed.into_step().password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let (world, _session, step) = begun().await;
        world.local.faults().add(Fault::reset().before_execution().times(1));
        let failed = step.password(PASSWORD).await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        failed.into_step().password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let (_world, session, step) = begun().await;
        drop(step);
        let step = first(session.reverify(Level::FirstFactor).await.unwrap());
        step.password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn unknown_factor() {
        let World { local, clerk: _ } = World::new().await;
        let spy = Spy::new(&local, |request, answer| {
            let answer = answer?;
            if !request.uri().path().ends_with("/verify") {
                return Some(answer);
            }
            Some(answer.map(|body| {
                let mut body: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let factors = body["response"]["supported_first_factors"].as_array_mut().unwrap();
                factors.insert(0, json!({ "strategy": "smoke_signal", "hill": "idn_hill" }));
                clerk_ext::Bytes::from(body.to_string())
            }))
        });
        let clerk = device(&local).transport(clerk_ext::Transport::new(spy)).build().unwrap();
        let step = first(enter(&clerk).await.reverify(Level::FirstFactor).await.unwrap());
        assert_eq!(step.factors()[0].strategy.as_ref().unwrap().as_str(), "smoke_signal");
        step.password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let (_world, session, begun_first) = begun().await;
        let begun_second = first(session.reverify(Level::FirstFactor).await.unwrap());
        begun_first.password(PASSWORD).await.unwrap().session().unwrap();
        let failed = begun_second.password(PASSWORD).await.unwrap_err();
        assert!(failed.error().has_code("invalid_action_for_session_reverification"), "it is done: {failed}");
    }
}

mod email_code {
    use super::*;

    async fn sent() -> (World, clerk_ext::frontend::reverification::FirstCode) {
        let (world, _session, step) = begun().await;
        let code = step.email_code().await.unwrap();
        (world, code)
    }

    fn code(world: &World) -> String {
        world.local.inbox().latest_code(ADDRESS).unwrap()
    }

    #[tokio::test]
    async fn works() {
        let (world, step) = sent().await;
        step.attempt(code(&world)).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn wrong_code() {
        let (world, step) = sent().await;
        let failed = step.attempt("000000").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT));
        failed.into_step().attempt(code(&world)).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let (world, step) = sent().await;
        let late = code(&world);
        world.local.clock().advance(11 * MINUTE);
        let failed = step.attempt(late).await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::VERIFICATION_EXPIRED), "{failed}");
        let step = failed.into_step().resend().await.unwrap();
        step.attempt(code(&world)).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn another_code_that_is_asked_for_too_early_is_refused() {
        let (world, step) = sent().await;
        let failed = step.resend().await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::VERIFICATION_CODE_TOO_MANY_REQUESTS), "{failed}");
        failed.into_step().attempt(code(&world)).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let (world, step) = sent().await;
        world.local.faults().add(Fault::reset().before_execution().times(1));
        let failed = step.attempt(code(&world)).await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        failed.into_step().attempt(code(&world)).await.unwrap().session().unwrap();
        let prepared = world.local.calls(Api::Frontend)["prepareSessionReverificationFirstFactor"];
        assert_eq!(prepared, 1);
    }

    #[tokio::test]
    async fn a_code_is_never_sent_twice_for_one_call() {
        let (world, _session, step) = begun().await;
        world.local.faults().add(Fault::reset().after_execution().times(1));
        let failed = step.email_code().await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        assert_eq!(world.local.inbox().messages_to(ADDRESS).len(), 1);
    }

    #[tokio::test]
    async fn cancelled() {
        let (_world, step) = sent().await;
        step.another_way().password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn too_many_codes() {
        let (world, mut step) = sent().await;
        for _ in 0..4 {
            let failed = step.attempt("wrong1").await.unwrap_err();
            assert!(failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT), "{failed}");
            step = failed.into_step();
        }
        let failed = step.attempt("wrong1").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::VERIFICATION_FAILED), "{failed}");
        world.local.clock().advance(MINUTE);
        let step = failed.into_step().resend().await.unwrap();
        step.attempt(code(&world)).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let (world, session, step) = begun().await;
        drop(step.email_code().await.unwrap());
        world.local.clock().advance(MINUTE);
        let step = first(session.reverify(Level::FirstFactor).await.unwrap()).email_code().await.unwrap();
        step.attempt(code(&world)).await.unwrap().session().unwrap();
    }
}

mod passkey {
    use clerk_ext::Secret;

    use super::*;
    use crate::sign_in::authenticator::Authenticator;

    /// Ann, who has a passkey and signed in an hour ago, and what it is asked to sign.
    async fn asked() -> (World, Authenticator, clerk_ext::frontend::reverification::Passkey) {
        let world = World::new().await;
        let session = enter(&world.clerk).await;
        let new = world.clerk.me().passkeys().create().await.unwrap();
        let mut authenticator = Authenticator::new();
        let credential = authenticator.register(new.options());
        new.attempt(&credential).await.unwrap();
        world.local.clock().advance(60 * MINUTE);
        let step = first(session.reverify(Level::FirstFactor).await.unwrap()).passkey().await.unwrap();
        (world, authenticator, step)
    }

    fn signed(authenticator: &mut Authenticator, options: &Secret) -> String {
        authenticator.answer(&serde_json::from_str(options.expose()).unwrap()).to_string()
    }

    #[tokio::test]
    async fn works() {
        let (_world, mut authenticator, step) = asked().await;
        let credential = signed(&mut authenticator, step.options());
        step.attempt(credential).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn wrong_code() {
        let (_world, mut authenticator, step) = asked().await;
        let stranger = signed(&mut Authenticator::new(), step.options());
        let failed = step.attempt(stranger).await.unwrap_err();
        assert!(failed.error().has_code("passkey_authentication_failure"), "{failed}");
        let step = failed.into_step();
        let credential = signed(&mut authenticator, step.options());
        step.attempt(credential).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let (world, mut authenticator, step) = asked().await;
        let credential = signed(&mut authenticator, step.options());
        world.local.clock().advance(11 * MINUTE);
        let failed = step.attempt(credential).await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::VERIFICATION_EXPIRED), "{failed}");
        let step = failed.into_step().another_way().passkey().await.unwrap();
        let credential = signed(&mut authenticator, step.options());
        step.attempt(credential).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn cancelled() {
        let (_world, _authenticator, step) = asked().await;
        step.another_way().password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let (world, mut authenticator, step) = asked().await;
        let credential = signed(&mut authenticator, step.options());
        let lost = Fault::reset().on("attemptSessionReverificationFirstFactor").before_execution().times(1);
        world.local.faults().add(lost);
        let failed = step.attempt(credential.as_str()).await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        failed.into_step().attempt(credential).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn who_has_none_chooses_another_way() {
        let (_world, _session, step) = begun().await;
        let failed = step.passkey().await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::NO_PASSKEYS_FOUND_FOR_USER));
        failed.into_step().password(PASSWORD).await.unwrap().session().unwrap();
    }
}

mod enterprise_sso {
    use clerk_ext::{Bytes, Transport, http::Response};
    use serde_json::Value;

    use super::*;

    /// A Clerk whose users sign in with their company, as far as a reverification goes.
    async fn sent(proven: bool) -> (LocalClerk, Session, clerk_ext::frontend::reverification::Redirect) {
        let local = World::new().await.local;
        let spy = Spy::new(&local, move |request, answer| {
            let path = request.uri().path();
            if path.ends_with("/prepare_first_factor") {
                let verification = json!({
                    "status": "unverified", "strategy": "enterprise_sso",
                    "external_verification_redirect_url": "https://idp.example.com/begin",
                });
                let raw = json!({ "status": "needs_first_factor", "first_factor_verification": verification });
                return Some(Response::new(Bytes::from(json!({ "response": raw, "client": null }).to_string())));
            }
            let answer = answer?;
            if request.method() != "GET" || !path.contains("/client/sessions/") {
                return Some(answer);
            }
            Some(answer.map(|body| {
                let mut body: Value = serde_json::from_slice(&body).unwrap();
                body["response"]["factor_verification_age"] = if proven { json!([0, -1]) } else { json!([60, -1]) };
                Bytes::from(body.to_string())
            }))
        });
        let builder = device(&local).transport(Transport::new(spy));
        let clerk = builder.network(|network| network.retry(RetryPolicy::none())).build().unwrap();
        let session = enter(&clerk).await;
        let step = first(session.reverify(Level::FirstFactor).await.unwrap());
        let step = step.enterprise_sso("example://back").await.unwrap();
        (local, session, step)
    }

    #[tokio::test]
    async fn works() {
        let (_local, session, step) = sent(true).await;
        assert_eq!(step.url(), "https://idp.example.com/begin");
        assert!(!format!("{step:?}").contains("idp.example.com"), "the provider's state is in there");
        assert_eq!(step.finish().await.unwrap().session().unwrap().id(), session.id());
    }

    #[tokio::test]
    async fn cancelled() {
        let (_local, _session, step) = sent(false).await;
        let failed = step.finish().await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Forbidden);
        failed.into_step().another_way().password(PASSWORD).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let (local, session, step) = sent(true).await;
        local.faults().add(Fault::reset().on("getSession").before_execution().times(1));
        let failed = step.finish().await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        assert_eq!(failed.into_step().finish().await.unwrap().session().unwrap().id(), session.id());
    }
}

mod second_factor {
    use super::*;

    #[tokio::test]
    async fn works() {
        let (_local, session) = ben().await;
        let step = first(session.reverify(Level::MultiFactor).await.unwrap());
        let step = second(step.password(PASSWORD).await.unwrap());
        assert_eq!(step.factors().len(), 3);
        step.totp("279037").await.unwrap().session().unwrap();
        assert_eq!(session.token().await.unwrap().claims().rest.get("fva"), Some(&json!([0, 0])));
    }

    #[tokio::test]
    async fn wrong_code() {
        let (_local, session) = ben().await;
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        let failed = step.totp("000000").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT));
        let failed = failed.into_step().backup_code("first-code").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT), "it is spent");
        failed.into_step().backup_code("second-code").await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn a_code_comes_to_the_phone() {
        let (local, session) = ben().await;
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        let step = step.phone_code().await.unwrap();
        let code = local.inbox().latest_code("+15555550100").unwrap();
        step.attempt(code).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn who_has_none_proves_the_first() {
        let (_world, session, _step) = begun().await;
        let step = first(session.reverify(Level::SecondFactor).await.unwrap());
        assert!(!step.factors().is_empty());
    }

    #[tokio::test]
    async fn expired_code() {
        let (local, session) = ben().await;
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        local.clock().advance(2 * MINUTE);
        let failed = step.totp("279037").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::FORM_CODE_INCORRECT), "{failed}");
        failed.into_step().backup_code("second-code").await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn too_many_codes() {
        let (local, session) = ben().await;
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        let mut step = step.phone_code().await.unwrap();
        for _ in 0..4 {
            step = step.attempt("wrong1").await.unwrap_err().into_step();
        }
        let failed = step.attempt("wrong1").await.unwrap_err();
        assert!(failed.error().has_code(ErrorCode::VERIFICATION_FAILED), "{failed}");
        local.clock().advance(MINUTE);
        let step = failed.into_step().resend().await.unwrap();
        let code = local.inbox().latest_code("+15555550100").unwrap();
        step.attempt(code).await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn cancelled() {
        let (_local, session) = ben().await;
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        let step = step.phone_code().await.unwrap().another_way();
        step.backup_code("second-code").await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let (local, session) = ben().await;
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        local.faults().add(Fault::reset().on("attemptSessionReverificationSecondFactor").before_execution().times(1));
        let failed = step.backup_code("second-code").await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        failed.into_step().backup_code("second-code").await.unwrap().session().unwrap();
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let (_local, session) = ben().await;
        drop(second(session.reverify(Level::SecondFactor).await.unwrap()));
        let step = second(session.reverify(Level::SecondFactor).await.unwrap());
        step.totp("279037").await.unwrap().session().unwrap();
    }
}

#[tokio::test]
async fn a_status_that_is_not_known_comes_out_as_it_came() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    local.faults().add(Fault::unknown_enum_values().on("startSessionReverification"));
    match session.reverify(Level::FirstFactor).await.unwrap() {
        Reverification::Unknown(step) => assert!(step.status().starts_with("future"), "{step:?}"),
        other => panic!("{other:?}"),
    }
}

async fn delete(clerk: &Frontend) -> Result<(), Error> {
    clerk.raw().delete_user().send().await.map(drop)
}

#[tokio::test]
async fn what_needs_a_proof_is_done_after_it() {
    let world = World::new().await;
    let session = enter(&world.clerk).await;
    world.local.clock().advance(60 * MINUTE);
    let refused = delete(&world.clerk).await.unwrap_err();
    assert_eq!(required_by(&refused).map(|challenge| challenge.level), Some(Level::FirstFactor));

    let calls = AtomicU32::new(0);
    let call = || async {
        calls.fetch_add(1, Ordering::SeqCst);
        delete(&world.clerk).await
    };
    let gave_up = session.with_reverification(call, |step| async { Ok(step) }).await.unwrap_err();
    assert!(required_by(&gave_up).is_some());
    assert_eq!(calls.load(Ordering::SeqCst), 1);
    let prove = |step| async { Ok(first(step).password(PASSWORD).await?) };
    session.with_reverification(call, prove).await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 3);
    assert!(world.clerk.snapshot().user().is_none());
}

#[tokio::test]
async fn what_an_own_service_wants_proven_is_done_after_it_with_a_fresh_token() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    local.clock().advance(60 * MINUTE);
    session.token_with(TokenRequest::new().skip_cache()).await.unwrap();
    let call = || async {
        let token = session.token().await?;
        let age = token.claims().rest.get("fva").and_then(|ages| ages.get(0)?.as_i64());
        if age.is_some_and(|minutes| minutes < 10) {
            return Ok("done");
        }
        let body = json!({ "clerk_error": { "type": "forbidden", "reason": "reverification-error",
            "metadata": { "reverification": { "level": "first_factor", "afterMinutes": 10 } } } });
        let challenge = Challenge::from_json(StatusCode::FORBIDDEN, body.to_string().as_bytes()).unwrap();
        Err(Error::from(challenge))
    };
    let prove = |step| async { Ok(first(step).password(PASSWORD).await?) };
    assert_eq!(session.with_reverification(call, prove).await.unwrap(), "done");
}

#[tokio::test]
async fn no_step_shows_a_secret() {
    let (_world, _session, step) = begun().await;
    let shown = format!("{step:?}");
    assert!(shown.contains("sess_") && !shown.contains("eyJ") && !shown.contains("ann@"), "{shown}");
}
