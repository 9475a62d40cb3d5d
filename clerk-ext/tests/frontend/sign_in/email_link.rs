use std::time::{Duration, SystemTime};

use clerk_core::{ErrorKind, reqwest};
use clerk_ext::{
    clock::ManualClock,
    frontend::{Frontend, LinkOpened, SignInLink, StepError},
};
use clerk_local::{Fault, LocalClerk};

use crate::{
    sign_in::{
        double::with_smoke_signals,
        people::{
            ANN, BEN, CEM, CEMS_BACKUP_CODE, COOL_DOWN, Runs, TOO_LATE, assert_signed_in, calls, code, configured,
            kept, refused, state, world,
        },
    },
    world::{PASSWORD, World, device},
};

const PAGE: &str = "https://example.com/you-may-close-this";
const LONG: Duration = Duration::from_secs(600);

async fn sent(clerk: &Frontend) -> SignInLink {
    let step = state!(clerk.sign_in().identifier(ANN).await.unwrap(), NeedsFirstFactor);
    step.email_link_polling(PAGE).await.unwrap()
}

/// Somebody reads their mail, in a browser.
async fn open(local: &LocalClerk) -> String {
    open_mail_of(local, ANN).await
}

async fn open_mail_of(local: &LocalClerk, who: &str) -> String {
    let link = local.inbox().latest_link(who).expect("a link");
    let browser = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = browser.get(link).send().await.unwrap();
    answer.headers()["location"].to_str().unwrap().to_owned()
}

/// A device whose waits are over in no time, and its clock.
fn quick(local: &LocalClerk) -> (Frontend, ManualClock) {
    let clock = ManualClock::at(SystemTime::now());
    (device(local).clock(clock.clone()).build().unwrap(), clock)
}

/// Waits while time flies.
async fn wait(sent: SignInLink, at_most: Duration, clock: ManualClock) -> Result<LinkOpened, StepError<SignInLink>> {
    let flying = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            clock.advance(Duration::from_secs(1));
        }
    });
    let opened = tokio::time::timeout(Duration::from_secs(20), sent.wait(at_most)).await.expect("it ends");
    flying.abort();
    opened
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = world().await;
    let sent = sent(&clerk).await;
    assert_eq!(sent.safe_identifier(), Some(ANN));
    let shown = open(&local).await;
    assert!(shown.starts_with(PAGE) && shown.contains("__clerk_status=verified"), "{shown}");
    let opened = sent.wait(LONG).await.unwrap();
    assert!(opened.elsewhere, "the browser is another client than this program");
    assert_signed_in(&clerk, opened.next, ANN);
}

#[tokio::test]
async fn works_while_it_waits() {
    let world = world().await;
    let (clerk, clock) = quick(&world.local);
    let waiting = tokio::spawn(wait(sent(&clerk).await, LONG, clock));
    while calls(&world.local, "getSignIn") < 3 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    open(&world.local).await;
    let opened = waiting.await.unwrap().unwrap();
    assert_signed_in(&clerk, opened.next, ANN);
}

#[tokio::test]
async fn expired_code() {
    let World { local, clerk } = world().await;
    let sent = sent(&clerk).await;
    local.clock().advance(TOO_LATE);
    let sent = refused(sent.wait(LONG).await, "verification_expired");
    let sent = sent.resend().await.unwrap();
    open(&local).await;
    assert_signed_in(&clerk, sent.wait(LONG).await.unwrap().next, ANN);
}

#[tokio::test]
async fn nobody_opens_it() {
    let world = world().await;
    let (clerk, clock) = quick(&world.local);
    let failed = wait(sent(&clerk).await, Duration::from_secs(3), clock).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Timeout);
    open(&world.local).await;
    let opened = failed.into_step().wait(LONG).await.unwrap();
    assert_signed_in(&clerk, opened.next, ANN);
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk } = world().await;
    let sent = sent(&clerk).await;
    let saved = sent.save();
    assert!(tokio::time::timeout(Duration::from_millis(50), sent.wait(LONG)).await.is_err(), "nobody opened it");
    let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsLink);
    local.clock().advance(COOL_DOWN);
    let step = state!(sent.back(), NeedsFirstFactor);
    let sent = step.email_code().await.unwrap();
    assert_signed_in(&clerk, sent.attempt(code(&local, ANN)).await.unwrap(), ANN);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk } = world().await;
    let sent = sent(&clerk).await;
    open(&local).await;
    local.faults().add(Fault::status(503).on("getSignIn").times(3));
    let state = sent.wait(LONG).await.unwrap().next;
    assert_signed_in(&clerk, state, ANN);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, .. } = world().await;
    let runs = Runs::new();
    let saved = kept(Some(sent(&runs.next(&local)).await.save()));
    let clerk = runs.next(&local);
    let sent = state!(clerk.sign_in().resume_from(saved.clone()).await.unwrap(), NeedsLink);
    local.clock().advance(COOL_DOWN);
    drop(sent.resend().await.expect("it is known where the link leads"));

    // It is opened while nothing runs.
    open(&local).await;
    let clerk = runs.next(&local);
    assert_signed_in(&clerk, clerk.sign_in().resume_from(saved).await.unwrap(), ANN);
}

#[tokio::test]
async fn one_that_was_opened_while_nothing_ran_is_not_waited_for_at_the_second_factor() {
    let World { local, clerk } = world().await;
    let step = state!(clerk.sign_in().identifier(CEM).await.unwrap(), NeedsFirstFactor);
    let saved = step.email_link_polling(PAGE).await.unwrap().save();
    open_mail_of(&local, CEM).await;
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsSecondFactor);
    assert_signed_in(&clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
}

#[tokio::test]
async fn a_link_that_counts_only_where_it_was_asked_for_is_waited_for() {
    let world = configured(|settings| settings.instance.email_link_same_client = true).await;
    let (clerk, clock) = quick(&world.local);
    let sent = sent(&clerk).await;
    assert!(open(&world.local).await.contains("client_mismatch"));
    let failed = wait(sent, Duration::from_secs(2), clock).await.unwrap_err();
    assert_eq!(failed.error().kind(), ErrorKind::Timeout);
}

#[tokio::test]
async fn unknown_factor() {
    let World { local, .. } = world().await;
    let clerk = with_smoke_signals(&local);
    let sent = sent(&clerk).await;
    open(&local).await;
    assert_signed_in(&clerk, sent.wait(LONG).await.unwrap().next, ANN);
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local: _local, clerk } = world().await;
    let first = sent(&clerk).await;
    let second = state!(clerk.sign_in().identifier(BEN).await.unwrap(), NeedsFirstFactor);
    refused(first.wait(LONG).await, "resource_not_found");
    assert_signed_in(&clerk, second.password(PASSWORD).await.unwrap(), BEN);
}
