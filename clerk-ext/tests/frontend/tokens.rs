//! Tokens of sessions: fetched once, handed out while they last, and never another session's.

use std::time::{Duration, SystemTime};

use clerk_ext::{
    Bytes, ErrorKind,
    clock::ManualClock,
    frontend::{EndReason, Event, Frontend, FrontendBuilder, Session, SessionToken, TokenRequest},
    http::{Request, Response},
    transport::RetryPolicy,
};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedOrganization};
use serde_json::{Value, json};

use crate::{
    sessions::enter,
    spy::Spy,
    world::{World, device},
};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A device whose clock and whose Clerk's clock go on together when they are told to.
pub(crate) struct Timed {
    pub(crate) local: LocalClerk,
    pub(crate) clock: ManualClock,
    pub(crate) clerk: Frontend,
    pub(crate) session: Session,
}

impl Timed {
    pub(crate) async fn new() -> Self {
        Self::of(World::new().await.local, |builder, _| builder).await
    }

    pub(crate) async fn of(
        local: LocalClerk,
        build: impl FnOnce(FrontendBuilder, &LocalClerk) -> FrontendBuilder,
    ) -> Self {
        local.clock().freeze();
        let now = local.clock().now().system_time().unwrap();
        let clock = ManualClock::at(now);
        let builder = device(&local).clock(clock.clone()).network(|network| network.retry(RetryPolicy::none()));
        let clerk = build(builder, &local).build().unwrap();
        let session = enter(&clerk).await;
        Self { local, clock, clerk, session }
    }

    pub(crate) fn pass(&self, duration: Duration) {
        self.local.clock().advance(duration);
        self.clock.advance(duration);
    }

    pub(crate) fn minted(&self) -> u64 {
        minted(&self.local)
    }
}

pub(crate) fn minted(local: &LocalClerk) -> u64 {
    let calls = local.calls(Api::Frontend);
    ["createSessionToken", "createSessionTokenWithTemplate"].iter().filter_map(|name| calls.get(name)).sum()
}

pub(crate) fn two_organizations(local: &LocalClerk) {
    let organization = |name: &str, slug: &str| {
        let mut organization = SeedOrganization::new(name).member("ann@example.com", "org:admin");
        organization.id = Some(format!("org_{slug}"));
        organization.slug = Some(slug.to_owned());
        organization
    };
    let seed = Seed::default().organization(organization("Acme", "acme")).organization(organization("Bolt", "bolt"));
    local.seed(&seed).unwrap();
}

fn organization(token: &SessionToken) -> Option<&str> {
    token.claims().organization.as_ref().map(|organization| organization.id.as_str())
}

pub(crate) async fn eventually(mut is_so: impl FnMut() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not happen within 5 s");
}

#[tokio::test]
async fn a_token_says_whose_it_is_and_costs_no_request_while_it_lasts() {
    let timed = Timed::new().await;
    let token = timed.session.token().await.unwrap();
    assert_eq!(token.claims().session.as_ref(), Some(timed.session.id()));
    assert_eq!(token.claims().user, timed.session.user().map(|user| user.id));
    assert_eq!(
        token.expires_at(),
        timed
            .local
            .clock()
            .now()
            .system_time()
            .map(|now| now + 60 * SECOND)
            .map(|at| {
                let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
                clerk_ext::Timestamp::from_millis(i64::try_from(seconds).unwrap() * 1000)
            })
            .unwrap()
    );
    for _ in 0..100 {
        assert_eq!(timed.session.token().await.unwrap().expose(), token.expose());
        assert_eq!(timed.clerk.token().await.unwrap().expose(), token.expose());
    }
    assert_eq!(timed.minted(), 0, "the one that came with the sign-in would have done");
}

#[tokio::test]
async fn a_token_is_fetched_anew_ten_seconds_before_it_expires() {
    let timed = Timed::new().await;
    let first = timed.session.token().await.unwrap();
    timed.pass(48 * SECOND);
    assert_eq!(timed.session.token().await.unwrap().expose(), first.expose());
    let asks = TokenRequest::new().leeway(30 * SECOND);
    let second = timed.session.token_with(asks).await.unwrap();
    assert_ne!(second.expose(), first.expose(), "whoever needs it for longer gets a newer one");
    assert_eq!(timed.minted(), 1);
    timed.pass(51 * SECOND);
    let third = timed.clerk.token().await.unwrap();
    assert_ne!(third.expose(), second.expose());
    assert_eq!(timed.minted(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_make_one_request() {
    let timed = Timed::new().await;
    timed.pass(120 * SECOND);
    timed.local.faults().add(Fault::latency(Duration::from_millis(100)).on("createSessionToken"));
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let session = timed.session.clone();
            tokio::spawn(async move { session.token().await.unwrap().expose().to_owned() })
        })
        .collect();
    let mut tokens = Vec::new();
    for task in tasks {
        tokens.push(task.await.unwrap());
    }
    tokens.dedup();
    assert_eq!((tokens.len(), timed.minted()), (1, 1));
}

#[tokio::test]
async fn a_failure_is_told_to_all_who_wait_and_the_next_one_tries_anew() {
    let timed = Timed::new().await;
    timed.pass(120 * SECOND);
    timed.local.faults().add(Fault::status(503).on("createSessionToken").times(1));
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let session = timed.session.clone();
            tokio::spawn(async move { session.token().await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap_err().kind(), ErrorKind::Server);
    }
    assert_eq!(timed.minted(), 1);
    timed.session.token().await.unwrap();
    assert_eq!(timed.minted(), 2);
}

#[tokio::test]
async fn a_request_whose_caller_went_away_still_brings_its_token() {
    let timed = Timed::new().await;
    timed.pass(120 * SECOND);
    timed.local.faults().add(Fault::latency(Duration::from_millis(100)).on("createSessionToken"));
    let mut events = timed.clerk.events();
    let waited = tokio::time::timeout(Duration::from_millis(20), timed.session.token()).await;
    assert!(waited.is_err(), "it was dropped on the way");
    let Some(Event::TokenRefreshed { session, .. }) = events.next().await else { panic!("no token came") };
    assert_eq!(&session, timed.session.id());
    timed.session.token().await.unwrap();
    assert_eq!(timed.minted(), 1);
}

#[tokio::test]
async fn who_skips_the_cache_gets_a_new_token_and_leaves_it_to_others() {
    let timed = Timed::new().await;
    let kept = timed.session.token().await.unwrap();
    let fresh = timed.session.token_with(TokenRequest::new().skip_cache()).await.unwrap();
    assert_ne!(fresh.expose(), kept.expose());
    assert_eq!(timed.session.token().await.unwrap().expose(), fresh.expose());
    assert_eq!(timed.clerk.token().await.unwrap().expose(), fresh.expose());
    assert_eq!(timed.minted(), 1);
}

#[tokio::test]
async fn who_skips_the_cache_does_not_share_a_request_that_has_left() {
    let timed = Timed::new().await;
    timed.pass(120 * SECOND);
    timed.local.faults().add(Fault::latency(Duration::from_millis(100)).on("createSessionToken"));
    let session = timed.session.clone();
    let early = tokio::spawn(async move { session.token().await.unwrap() });
    eventually(|| timed.minted() == 1).await;
    let late: Vec<_> = (0..10)
        .map(|_| {
            let session = timed.session.clone();
            tokio::spawn(async move { session.token_with(TokenRequest::new().skip_cache()).await.unwrap() })
        })
        .collect();
    let early = early.await.unwrap();
    for late in late {
        assert_ne!(late.await.unwrap().expose(), early.expose());
    }
    assert_eq!(timed.minted(), 2, "those who came late share one");
}

#[tokio::test]
async fn a_token_is_for_the_organization_that_is_asked_for() {
    let timed = Timed::new().await;
    two_organizations(&timed.local);
    assert_eq!(organization(&timed.session.token().await.unwrap()), None);
    let acme = timed.session.token_with(TokenRequest::new().organization("org_acme")).await.unwrap();
    assert_eq!(organization(&acme), Some("org_acme"));
    assert_eq!(acme.claims().organization.as_ref().unwrap().role.as_deref(), Some("org:admin"));
    assert_eq!(organization(&timed.session.token().await.unwrap()), None, "what the session works in stays");
    assert_eq!(timed.minted(), 1);

    timed.session.set_organization("bolt").await.unwrap();
    assert_eq!(organization(&timed.session.token().await.unwrap()), Some("org_bolt"));
    assert_eq!(organization(&timed.clerk.token().await.unwrap()), Some("org_bolt"));
    let personal = timed.session.token_with(TokenRequest::new().personal()).await.unwrap();
    assert_eq!(organization(&personal), None);
    timed.session.set_personal_account().await.unwrap();
    assert_eq!(organization(&timed.session.token().await.unwrap()), None);
}

#[tokio::test]
async fn a_late_token_of_the_old_organization_is_not_handed_out() {
    let timed = Timed::new().await;
    two_organizations(&timed.local);
    timed.session.set_organization("acme").await.unwrap();
    timed.pass(120 * SECOND);
    timed.local.faults().add(Fault::latency(Duration::from_millis(150)).on("createSessionToken").times(1));
    let session = timed.session.clone();
    let late = tokio::spawn(async move { session.token().await.unwrap() });
    eventually(|| timed.minted() == 1).await;
    timed.session.set_organization("bolt").await.unwrap();
    assert_eq!(organization(&timed.session.token().await.unwrap()), Some("org_bolt"));
    assert_eq!(organization(&late.await.unwrap()), Some("org_bolt"));
    assert_eq!(organization(&timed.session.token().await.unwrap()), Some("org_bolt"));
}

#[tokio::test]
async fn a_late_token_of_a_session_that_is_over_is_not_handed_out() {
    let timed = Timed::new().await;
    timed.pass(120 * SECOND);
    let mut events = timed.clerk.events();
    timed.local.faults().add(Fault::latency(Duration::from_millis(150)).after_execution().on("createSessionToken"));
    let session = timed.session.clone();
    let late = tokio::spawn(async move { session.token().await });
    eventually(|| timed.minted() == 1).await;
    timed.clerk.sign_out().await.unwrap();
    assert_eq!(timed.session.token().await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert_eq!(late.await.unwrap().unwrap_err().kind(), ErrorKind::Unauthorized);
    let told: Vec<Event> = std::iter::from_fn(|| events.try_next()).collect();
    assert!(!told.iter().any(|event| matches!(event, Event::TokenRefreshed { .. })), "{told:?}");
    assert_eq!(timed.clerk.token().await.unwrap_err().kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn without_a_network_a_token_is_handed_out_for_as_long_as_it_lasts() {
    let timed = Timed::new().await;
    let token = timed.session.token().await.unwrap();
    timed.local.faults().add(Fault::reset().before_execution());
    assert_eq!(timed.session.token().await.unwrap().expose(), token.expose());
    timed.pass(55 * SECOND);
    assert_eq!(timed.session.token().await.unwrap().expose(), token.expose(), "it was tried to get another");
    timed.pass(5 * SECOND);
    assert_eq!(timed.session.token().await.unwrap_err().kind(), ErrorKind::Network);
    assert!(timed.clerk.snapshot().session().is_some(), "nobody is signed out for want of a network");
    timed.local.faults().clear();
    timed.session.token().await.unwrap();
}

#[tokio::test]
async fn a_session_that_was_revoked_elsewhere_ends_with_the_next_token() {
    let timed = Timed::new().await;
    let elsewhere = device(&timed.local).build().unwrap();
    enter(&elsewhere).await;
    let mut events = timed.clerk.events();
    elsewhere.devices().revoke(timed.session.id()).await.unwrap();
    timed.session.token().await.expect("nobody has told this device");
    timed.pass(120 * SECOND);
    let error = timed.session.token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized, "{error}");
    let Some(Event::SessionEnded { session, .. }) = events.try_next() else { panic!("nothing ended") };
    assert_eq!(&session, timed.session.id());
    assert!(!timed.session.is_signed_in());
}

#[tokio::test]
async fn a_pending_session_says_which_task_is_left() {
    let World { local, clerk } = World::configured(|settings| settings.organizations.force_selection = true).await;
    two_organizations(&local);
    let session = enter(&clerk).await;
    let error = session.token().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Forbidden);
    assert!(error.to_string().contains("choose-organization"), "{error}");
    assert_eq!(minted(&local), 0);
    session.set_organization("acme").await.unwrap();
    assert_eq!(organization(&session.token().await.unwrap()), Some("org_acme"));
}

#[tokio::test]
async fn a_session_that_becomes_pending_hands_out_nothing_more() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    session.token().await.unwrap();
    local.update_settings(|settings| settings.organizations.force_selection = true);
    clerk.reload().await.unwrap();
    assert_eq!(session.token().await.unwrap_err().kind(), ErrorKind::Forbidden);
    assert_eq!(clerk.token().await.unwrap_err().kind(), ErrorKind::Forbidden);
}

#[tokio::test]
async fn a_captive_portal_is_no_reason_to_withhold_a_token_that_lasts() {
    let timed = Timed::new().await;
    let token = timed.session.token().await.unwrap();
    timed.local.faults().add(Fault::not_json().on("createSessionToken"));
    timed.pass(55 * SECOND);
    assert_eq!(timed.session.token().await.unwrap().expose(), token.expose());
    let made_now = timed.session.token_with(TokenRequest::new().skip_cache()).await;
    assert_eq!(made_now.unwrap_err().kind(), ErrorKind::Decode, "who wants a new one is told");
}

#[tokio::test]
async fn whatever_waits_for_a_token_may_cross_threads() {
    fn crosses<T: Send>(_: T) {}
    let World { local: _local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    crosses(session.token());
    crosses(session.token_with(TokenRequest::new()));
    crosses(clerk.token());
    crosses((
        session.activate(),
        session.set_personal_account(),
        session.validate(),
        session.end(),
        session.sign_out(),
    ));
    crosses((session.keep_fresh().unwrap(), session.keep_alive(None).unwrap()));
    let devices = clerk.devices();
    crosses((devices.list(), devices.history(), devices.revoke("sess_none")));
    crosses(session.reverify("first_factor"));
    crosses(session.with_reverification(|| async { Ok(()) }, |step| async { Ok(step) }));
}

#[tokio::test]
async fn a_token_of_a_template_is_kept_apart() {
    let World { local, clerk } = World::configured(|settings| {
        let template = serde_json::from_value(json!({ "claims": { "plan": "gold" } })).unwrap();
        settings.jwt_templates.insert("database".to_owned(), template);
    })
    .await;
    two_organizations(&local);
    let session = enter(&clerk).await;
    let request = || TokenRequest::new().template("database");
    let token = session.token_with(request()).await.unwrap();
    assert_eq!(token.claims().rest.get("plan"), Some(&json!("gold")));
    assert_eq!(session.token_with(request()).await.unwrap().expose(), token.expose());
    assert_eq!(minted(&local), 1);
    assert_ne!(session.token().await.unwrap().expose(), token.expose());
    let error = session.token_with(request().organization("org_acme")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    let error = session.token_with(TokenRequest::new().template("nothing")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    session.set_organization("acme").await.unwrap();
    assert_ne!(session.token_with(request()).await.unwrap().expose(), token.expose());
}

#[tokio::test]
async fn a_clock_that_is_wrong_by_an_hour_does_no_harm() {
    let local = World::new().await.local;
    for ahead in [true, false] {
        let now = SystemTime::now();
        let wrong = if ahead { now + 3600 * SECOND } else { now - 3600 * SECOND };
        let clock = ManualClock::at(wrong);
        let clerk = device(&local).clock(clock.clone()).build().unwrap();
        let session = enter(&clerk).await;
        let before = minted(&local);
        let token = session.token().await.unwrap();
        assert_eq!(session.token().await.unwrap().expose(), token.expose());
        clock.advance(52 * SECOND);
        assert_ne!(session.token().await.unwrap().expose(), token.expose(), "ahead: {ahead}");
        assert!(minted(&local) - before <= 2, "ahead: {ahead}");
    }
}

#[tokio::test]
async fn a_minter_is_shown_the_token_before_and_told_to_make_a_new_one() {
    let local = World::new().await.local;
    let spy = Spy::new(&local, |request, answer| {
        let answer = answer?;
        if !request.uri().path().ends_with("/environment") {
            return Some(answer);
        }
        Some(answer.map(|body| {
            let mut body: Value = serde_json::from_slice(&body).unwrap();
            body["auth_config"]["session_minter"] = true.into();
            Bytes::from(body.to_string())
        }))
    });
    let transport = clerk_ext::Transport::new(spy.clone());
    let timed = Timed::of(local, |builder, _| builder.transport(transport)).await;
    timed.clerk.load().await.unwrap();
    let before = timed.session.token().await.unwrap();
    timed.session.token_with(TokenRequest::new().skip_cache()).await.unwrap();
    let [asked] = &spy.seen("/tokens")[..] else { panic!("{:?}", spy.seen("/tokens")) };
    assert!(asked.contains("force_origin=true") && asked.contains(&format!("token={}", before.expose())), "{asked}");
    timed.pass(120 * SECOND);
    timed.session.token().await.unwrap();
    let asked = spy.seen("/tokens").pop().unwrap();
    assert!(asked.contains("&token=") && !asked.contains("force_origin"), "{asked}");
}

#[tokio::test]
async fn a_clerk_that_wants_to_see_the_expired_token_is_shown_it() {
    let local = World::new().await.local;
    let spy = Spy::new(&local, |request, answer| {
        let is_bare = request.uri().path().ends_with("/tokens")
            && !request.uri().query().is_some_and(|query| query.contains("expired_token="));
        answer.or_else(|| is_bare.then(|| refusal(422, "missing_expired_token")))
    });
    let transport = clerk_ext::Transport::new(spy.clone());
    let timed = Timed::of(local, |builder, _| builder.transport(transport)).await;
    let before = timed.session.token().await.unwrap();
    timed.pass(120 * SECOND);
    timed.session.token().await.unwrap();
    let asked = spy.seen("/tokens");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[1].contains(&format!("expired_token={}", before.expose())), "{asked:?}");
}

#[tokio::test]
async fn what_is_not_the_token_that_was_asked_for_is_never_handed_out() {
    let local = World::new().await.local;
    let other = local.sign_in_as("ann@example.com").unwrap().session_token;
    for (jwt, kind) in
        [("", ErrorKind::Unexpected), (other.expose(), ErrorKind::Unexpected), ("test", ErrorKind::Decode)]
    {
        let jwt = jwt.to_owned();
        let spy = Spy::new(&local, move |request, answer| {
            let is_token = request.uri().path().ends_with("/tokens");
            answer.or_else(|| {
                is_token.then(|| Response::new(json!({ "object": "token", "jwt": jwt }).to_string().into()))
            })
        });
        let clerk = device(&local).transport(clerk_ext::Transport::new(spy)).build().unwrap();
        let session = enter(&clerk).await;
        let request = || TokenRequest::new().skip_cache();
        let error = session.token_with(request()).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let kept = session.token().await.unwrap();
        assert_eq!(kept.claims().session.as_ref(), Some(session.id()));
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    local.faults().add(Fault::reset().after_execution().on("createSessionToken").times(1));
    session.token_with(TokenRequest::new().skip_cache()).await.unwrap();
    assert_eq!(minted(&local), 2);
}

#[tokio::test]
async fn a_device_that_nobody_holds_ends_though_a_token_is_on_its_way() {
    let timed = Timed::new().await;
    timed.pass(120 * SECOND);
    timed.local.faults().add(Fault::latency(20 * SECOND).on("createSessionToken"));
    let mut events = timed.clerk.events();
    let waited = tokio::time::timeout(Duration::from_millis(50), timed.session.token()).await;
    assert!(waited.is_err());
    let Timed { local, clerk, session, .. } = timed;
    drop((clerk, session));
    let ended = async { while events.next().await.is_some() {} };
    tokio::time::timeout(5 * SECOND, ended).await.expect("the device is gone, and its task with it");
    drop(local);
}

fn refusal(status: u16, code: &str) -> Response<Bytes> {
    let body = json!({ "errors": [{ "code": code, "message": "refused" }] }).to_string();
    Response::builder().status(status).body(body.into()).unwrap()
}

#[tokio::test]
async fn the_reason_why_a_session_ended_is_told() {
    let local = World::new().await.local;
    let spy = Spy::new(&local, |request: &Request<Bytes>, answer| {
        let is_token = request.uri().path().ends_with("/tokens");
        answer.or_else(|| is_token.then(|| refusal(401, "session_revoked")))
    });
    let clerk = device(&local).transport(clerk_ext::Transport::new(spy)).build().unwrap();
    let session = enter(&clerk).await;
    let mut events = clerk.events();
    let error = session.token_with(TokenRequest::new().skip_cache()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let Some(Event::SessionEnded { reason, .. }) = events.try_next() else { panic!("nothing ended") };
    assert_eq!(reason, EndReason::Revoked);
}
