//! What a user has to do before their session counts.

use clerk_ext::{
    ErrorCode, ErrorKind,
    clerk_bapi::Client,
    frontend::{Frontend, MemoryStore, ResetPassword, Session, SessionTask, SetupMfa},
};
use clerk_local::{Fault, LocalClerk, Settings};

use crate::{
    sign_up::{asked, session},
    world::{PASSWORD, World, device},
};

const ANN: &str = "ann@example.com";

async fn enter(clerk: &Frontend) -> Session {
    clerk.raw().create_sign_in().identifier(ANN).password(PASSWORD).send().await.unwrap();
    clerk.session().unwrap()
}

fn status(clerk: &Frontend) -> String {
    clerk.snapshot().session().unwrap().status.to_string()
}

fn task(session: &Session) -> SessionTask {
    session.current_task().expect("something is left to do")
}

mod choose_organization {
    use super::*;

    fn forced(settings: &mut Settings) {
        settings.organizations.force_selection = true;
    }

    #[tokio::test]
    async fn works() {
        let World { local: _local, clerk } = World::configured(forced).await;
        let session = enter(&clerk).await;
        assert_eq!(status(&clerk), "pending");
        let SessionTask::ChooseOrganization(step) = task(&session) else { panic!("{:?}", task(&session)) };
        assert!(step.memberships().is_empty());
        let session = step.create("Acme").await.unwrap();
        assert!(session.current_task().is_none() && session.tasks().is_empty());
        assert_eq!(status(&clerk), "active");
        assert_eq!(clerk.snapshot().organization().unwrap().name, "Acme");
    }

    #[tokio::test]
    async fn one_that_the_user_is_a_member_of_is_chosen() {
        let World { local, clerk } = World::configured(forced).await;
        let back_end = back_end(&local);
        let ann = back_end.get_user_list().send().await.unwrap().remove(0);
        let acme = back_end.create_organization("Acme").created_by(&ann.id).send().await.unwrap();
        let SessionTask::ChooseOrganization(step) = task(&enter(&clerk).await) else { panic!("another task") };
        let found = step.memberships().first().unwrap().organization.clone().unwrap();
        assert_eq!(found.id.as_str(), acme.id.as_str());
        step.choose(&found.id).await.unwrap();
        assert_eq!(status(&clerk), "active");
    }

    #[tokio::test]
    async fn one_that_the_user_is_no_member_of_is_refused() {
        let World { local: _local, clerk } = World::configured(forced).await;
        let SessionTask::ChooseOrganization(step) = task(&enter(&clerk).await) else { panic!("another task") };
        let failed = step.choose("org_of_others").await.unwrap_err();
        assert!(failed.error().code().is_some(), "{failed}");
        failed.into_step().create("Acme").await.unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let World { local, clerk } = World::configured(forced).await;
        let SessionTask::ChooseOrganization(step) = task(&enter(&clerk).await) else { panic!("another task") };
        local.faults().add(Fault::reset().on("touchSession").before_execution().times(1));
        let failed = step.create("Acme").await.unwrap_err();
        assert_eq!(failed.error().completed(), ["createOrganization"]);
        failed.into_step().create("Acme").await.unwrap();
        assert_eq!(asked(&local, "createOrganization"), 1);
        assert_eq!(status(&clerk), "active");
    }

    #[tokio::test]
    async fn it_is_left_after_a_sign_up_too() {
        let World { local: _local, clerk } = World::configured(|settings| {
            forced(settings);
            settings.attributes.email_address.verify_at_sign_up = false;
        })
        .await;
        let session = session(clerk.sign_up().email_address("ben@example.com").password(PASSWORD).await);
        assert_eq!(task(&session).key(), "choose-organization");
    }

    #[tokio::test]
    async fn denied() {
        let World { local, clerk } = World::configured(forced).await;
        let SessionTask::ChooseOrganization(step) = task(&enter(&clerk).await) else { panic!("another task") };
        local.faults().add(Fault::status(403).on("createOrganization").before_execution().times(1));
        let failed = step.create("Acme").await.unwrap_err();
        assert_eq!(status(&clerk), "pending");
        failed.into_step().create("Acme").await.unwrap();
        assert_eq!(status(&clerk), "active");
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let World { local, clerk: _ } = World::configured(forced).await;
        let store = MemoryStore::default();
        let first = device(&local).store(store.clone()).build().unwrap();
        drop((enter(&first).await, first));
        let second = device(&local).store(store).build().unwrap();
        second.load().await.unwrap();
        let SessionTask::ChooseOrganization(step) = task(&second.session().unwrap()) else { panic!("another task") };
        step.create("Acme").await.unwrap();
        assert_eq!(status(&second), "active");
    }
}

mod reset_password {
    use super::*;

    const NEW: &str = "test-another-one-and-more";

    /// Ann, whose password turned out to be known to others after she signed in.
    async fn begun(local: &LocalClerk, clerk: &Frontend) -> ResetPassword {
        assert!(enter(clerk).await.current_task().is_none());
        let back_end = back_end(local);
        let ann = back_end.get_user_list().send().await.unwrap().remove(0);
        back_end.set_user_password_compromised(&ann.id).send().await.unwrap();
        clerk.raw().get_client().send().await.unwrap();
        found(clerk)
    }

    fn found(clerk: &Frontend) -> ResetPassword {
        match clerk.session().and_then(|session| session.current_task()) {
            Some(SessionTask::ResetPassword(step)) => step,
            _ => panic!("{:?}", clerk.snapshot().session()),
        }
    }

    #[tokio::test]
    async fn works() {
        let World { local, clerk } = World::new().await;
        begun(&local, &clerk).await.reset(NEW, true).await.unwrap();
        assert_eq!(status(&clerk), "active");
    }

    #[tokio::test]
    async fn pwned() {
        let World { local, clerk } = World::new().await;
        let failed = begun(&local, &clerk).await.reset("password1", false).await.unwrap_err();
        assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_PASSWORD_PWNED));
        failed.into_step().reset(NEW, false).await.unwrap();
    }

    #[tokio::test]
    async fn wrong_password() {
        let World { local, clerk } = World::new().await;
        let failed = begun(&local, &clerk).await.reset("short", false).await.unwrap_err();
        assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_PASSWORD_LENGTH_TOO_SHORT));
        failed.into_step().reset(NEW, false).await.unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let World { local, clerk } = World::new().await;
        let step = begun(&local, &clerk).await;
        local.faults().add(Fault::reset().on("changePassword").before_execution().times(1));
        let failed = step.reset(NEW, false).await.unwrap_err();
        assert!(failed.error().is_retryable(), "{failed}");
        failed.into_step().reset(NEW, false).await.unwrap();
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let World { local, clerk: _ } = World::new().await;
        let store = MemoryStore::default();
        let first = device(&local).store(store.clone()).build().unwrap();
        drop(begun(&local, &first).await);
        drop(first);
        let second = device(&local).store(store).build().unwrap();
        second.load().await.unwrap();
        found(&second).reset(NEW, false).await.unwrap();
        assert_eq!(status(&second), "active");
    }
}

mod setup_mfa {
    use super::*;

    fn required(settings: &mut Settings) {
        settings.second_factor_required = true;
    }

    fn step(session: &Session) -> SetupMfa {
        let SessionTask::SetupMfa(step) = task(session) else { panic!("another task") };
        step
    }

    /// What Ann's app shows.
    fn shown(local: &LocalClerk) -> String {
        local.totp_code(ANN).unwrap()
    }

    #[tokio::test]
    async fn works() {
        let World { local, clerk } = World::configured(required).await;
        let step = step(&enter(&clerk).await);
        let enrolment = step.authenticator_app().enroll().await.unwrap();
        assert!(!enrolment.verify(shown(&local)).await.unwrap().is_empty());
        assert!(step.done().await.unwrap().tasks().is_empty());
        assert_eq!(status(&clerk), "active");
        assert_eq!(asked(&local, "getClient"), 0, "the answer to the code told how the session is now");
    }

    #[tokio::test]
    async fn a_phone_serves_too() {
        let World { local, clerk } = World::configured(required).await;
        let step = step(&enter(&clerk).await);
        let numbers = step.phone_numbers();
        let sent = numbers.add("+15555550123").await.unwrap().verify_by_code().await.unwrap();
        let number = sent.attempt(local.inbox().latest_code("+15555550123").unwrap()).await.unwrap();
        numbers.reserve_for_second_factor(&number.id, true).await.unwrap();
        step.done().await.unwrap();
        assert_eq!(status(&clerk), "active");
    }

    #[tokio::test]
    async fn it_is_not_done_before_there_is_one() {
        let World { local, clerk } = World::configured(required).await;
        let step = step(&enter(&clerk).await);
        let enrolment = step.authenticator_app().enroll().await.unwrap();
        let failed = step.done().await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Conflict);
        assert!(failed.error().to_string().contains("setup-mfa"), "{failed}");
        enrolment.verify(shown(&local)).await.unwrap();
        failed.into_step().done().await.unwrap();
    }

    #[tokio::test]
    async fn wrong_code() {
        let World { local, clerk } = World::configured(required).await;
        let step = step(&enter(&clerk).await);
        let enrolment = step.authenticator_app().enroll().await.unwrap();
        let failed = enrolment.verify(crate::sign_up::wrong(&shown(&local))).await.unwrap_err();
        assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
        assert_eq!(status(&clerk), "pending");
        failed.into_step().verify(shown(&local)).await.unwrap();
        step.done().await.unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let World { local, clerk } = World::configured(required).await;
        local.clock().freeze();
        let step = step(&enter(&clerk).await);
        let enrolment = step.authenticator_app().enroll().await.unwrap();
        let old = shown(&local);
        local.clock().advance(std::time::Duration::from_secs(120));
        let failed = enrolment.verify(old).await.unwrap_err();
        assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_CODE_INCORRECT));
        failed.into_step().verify(shown(&local)).await.unwrap();
        step.done().await.unwrap();
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let World { local, clerk } = World::configured(required).await;
        let step = step(&enter(&clerk).await);
        let (first, old) = (step.authenticator_app().enroll().await.unwrap(), shown(&local));
        let second = step.authenticator_app().enroll().await.unwrap();
        let failed = first.verify(old).await.unwrap_err();
        assert_eq!(failed.error().code(), Some(&ErrorCode::FORM_CODE_INCORRECT), "the second took its place");
        second.verify(shown(&local)).await.unwrap();
        step.done().await.unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let World { local, clerk } = World::configured(required).await;
        let step = step(&enter(&clerk).await);
        let enrolment = step.authenticator_app().enroll().await.unwrap();
        local.faults().add(Fault::reset().on("verifyTOTP").before_execution().times(1));
        let failed = enrolment.verify(shown(&local)).await.unwrap_err();
        assert!(failed.error().is_retryable(), "{failed}");
        failed.into_step().verify(shown(&local)).await.unwrap();
        step.done().await.unwrap();
        assert_eq!(status(&clerk), "active");
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let World { local, clerk: _ } = World::configured(required).await;
        let store = MemoryStore::default();
        let first = device(&local).store(store.clone()).build().unwrap();
        drop(step(&enter(&first).await).authenticator_app().enroll().await.unwrap());
        drop(first);
        let second = device(&local).store(store).build().unwrap();
        second.load().await.unwrap();
        let step = step(&second.session().unwrap());
        step.authenticator_app().resume().verify(shown(&local)).await.unwrap();
        step.done().await.unwrap();
        assert_eq!(status(&second), "active");
    }
}

mod unknown_task {
    use super::*;

    #[tokio::test]
    async fn comes_out_as_what_it_is() {
        let World { local, clerk: _ } = World::new().await;
        let (clerk, _) = crate::sign_up::double::doctored(
            &local,
            |_, _| (),
            |_, body| {
                if let Some(session) = body.pointer_mut("/client/sessions/0") {
                    session["status"] = "pending".into();
                    session["tasks"] = serde_json::json!([{ "key": "wave-at-camera" }, { "key": "setup-mfa" }]);
                }
            },
        );
        let session = enter(&clerk).await;
        assert!(matches!(session.current_task(), Some(SessionTask::Unknown(key)) if key == "wave-at-camera"));
        let keys: Vec<String> = session.tasks().iter().map(|task| task.key().to_owned()).collect();
        assert_eq!(keys, ["wave-at-camera", "setup-mfa"]);
    }
}

fn back_end(local: &LocalClerk) -> Client {
    let back_end = Client::builder().api_url(local.backend_url()).secret_key(&local.secret_key());
    back_end.build().unwrap()
}
