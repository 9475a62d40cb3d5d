//! Second factors: by an app, on paper, by phone, by email.

use clerk_ext::frontend::{Frontend, SecondFactor};
use clerk_local::LocalClerk;

use crate::{
    sign_in::people::{CEM, state},
    world::PASSWORD,
};

async fn step(clerk: &Frontend) -> SecondFactor {
    state!(clerk.sign_in().password(CEM, PASSWORD).await.unwrap(), NeedsSecondFactor)
}

/// What Cem's app shows.
fn shown(local: &LocalClerk) -> String {
    local.totp_code(CEM).unwrap()
}

mod totp {
    use clerk_core::ErrorKind;

    use super::{shown, step};
    use crate::{
        sign_in::{
            double::{Action, double, refusal, with_smoke_signals},
            people::{
                CEM, CEMS_BACKUP_CODE, Runs, WRONG_CODE, assert_signed_in, kept, lose, refused, state, strict, world,
            },
        },
        world::PASSWORD,
    };

    #[tokio::test]
    async fn works() {
        let world = world().await;
        world.local.clock().freeze();
        let step = step(&world.clerk).await;
        let offered: Vec<_> = step.factors().iter().map(|it| it.strategy.as_ref().unwrap().as_str()).collect();
        assert_eq!(offered, ["phone_code", "totp", "backup_code"]);
        assert_signed_in(&world.clerk, step.totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        world.local.clock().freeze();
        let step = refused(step(&world.clerk).await.totp(WRONG_CODE).await, "form_code_incorrect");
        assert_signed_in(&world.clerk, step.totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        world.local.clock().freeze();
        let old = shown(&world.local);
        world.local.clock().advance(std::time::Duration::from_secs(90));
        let step = refused(step(&world.clerk).await.totp(old).await, "form_code_incorrect");
        assert_signed_in(&world.clerk, step.totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn locked() {
        let world = strict().await;
        let step = refused(step(&world.clerk).await.totp(WRONG_CODE).await, "form_code_incorrect");
        refused(step.totp(WRONG_CODE).await, "user_locked");
    }

    #[tokio::test]
    async fn unknown_factor() {
        let world = world().await;
        world.local.clock().freeze();
        let clerk = with_smoke_signals(&world.local);
        let step = step(&clerk).await;
        assert_eq!(step.factors()[0].strategy.as_ref().unwrap().as_str(), "smoke_signal");
        assert_signed_in(&clerk, step.totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        world.local.clock().freeze();
        let step = step(&world.clerk).await;
        lose(&world.local, "attemptSignInFactorTwo");
        let failed = step.totp(shown(&world.local)).await.unwrap_err();
        assert_eq!(failed.error().kind(), ErrorKind::Network);
        assert_signed_in(&world.clerk, failed.into_step().totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        world.local.clock().freeze();
        let runs = Runs::new();
        let saved = kept(runs.next(&world.local).sign_in().password(CEM, PASSWORD).await.unwrap().save());
        let clerk = runs.next(&world.local);
        let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsSecondFactor);
        assert_signed_in(&clerk, step.totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn too_many_codes() {
        let world = world().await;
        let clerk = double(&world.local, |asked| match asked.field("strategy").as_deref() {
            Some("totp") => refusal(400, "verification_failed"),
            _ => Action::Pass,
        });
        let step = refused(step(&clerk).await.totp(WRONG_CODE).await, "verification_failed");
        assert_signed_in(&clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let world = world().await;
        world.local.clock().freeze();
        let (first, second) = (step(&world.clerk).await, step(&world.clerk).await);
        refused(first.totp(shown(&world.local)).await, "resource_not_found");
        assert_signed_in(&world.clerk, second.totp(shown(&world.local)).await.unwrap(), CEM);
    }
}

mod backup_code {
    use super::{shown, step};
    use crate::sign_in::{
        double::{Action, double, refusal, with_smoke_signals},
        people::{
            CEM, CEMS_BACKUP_CODE, Runs, WRONG_CODE, assert_signed_in, kept, lose, refused, state, strict, world,
        },
    };

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let state = step(&world.clerk).await.backup_code(CEMS_BACKUP_CODE).await.unwrap();
        assert_signed_in(&world.clerk, state, CEM);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let step = refused(step(&world.clerk).await.backup_code(WRONG_CODE).await, "form_code_incorrect");
        assert_signed_in(&world.clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn a_code_that_was_used_is_refused() {
        let world = world().await;
        step(&world.clerk).await.backup_code(CEMS_BACKUP_CODE).await.unwrap();
        let other = crate::world::device(&world.local).build().unwrap();
        let step = refused(step(&other).await.backup_code(CEMS_BACKUP_CODE).await, "form_code_incorrect");
        assert_signed_in(&other, step.backup_code("test-backup-2").await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn locked() {
        let world = strict().await;
        let step = refused(step(&world.clerk).await.backup_code(WRONG_CODE).await, "form_code_incorrect");
        refused(step.backup_code(WRONG_CODE).await, "user_locked");
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let step = step(&world.clerk).await;
        lose(&world.local, "attemptSignInFactorTwo");
        let step = step.backup_code(CEMS_BACKUP_CODE).await.unwrap_err().into_step();
        assert_signed_in(&world.clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn too_many_codes() {
        let world = world().await;
        world.local.clock().freeze();
        let clerk = double(&world.local, |asked| match asked.field("strategy").as_deref() {
            Some("backup_code") => refusal(400, "verification_failed"),
            _ => Action::Pass,
        });
        let step = refused(step(&clerk).await.backup_code(WRONG_CODE).await, "verification_failed");
        assert_signed_in(&clerk, step.totp(shown(&world.local)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn unknown_factor() {
        let world = world().await;
        let clerk = with_smoke_signals(&world.local);
        assert_signed_in(&clerk, step(&clerk).await.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let world = world().await;
        let (first, second) = (step(&world.clerk).await, step(&world.clerk).await);
        refused(first.backup_code(CEMS_BACKUP_CODE).await, "resource_not_found");
        assert_signed_in(&world.clerk, second.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let runs = Runs::new();
        let saved = kept(Some(step(&runs.next(&world.local)).await.save()));
        let clerk = runs.next(&world.local);
        let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsSecondFactor);
        assert_signed_in(&clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }
}

mod second_factor_phone_code {
    use super::step;
    use crate::{
        sign_in::{
            double::with_smoke_signals,
            people::{
                BEN, CEM, CEMS_BACKUP_CODE, CEMS_NUMBER, COOL_DOWN, Runs, TOO_LATE, WRONG_CODE, assert_signed_in, code,
                kept, lose, refused, state, strict, world,
            },
        },
        world::{PASSWORD, World},
    };

    async fn sent(world: &World) -> clerk_ext::frontend::SignInCode {
        step(&world.clerk).await.phone_code().await.unwrap()
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let sent = sent(&world).await;
        assert!(sent.safe_identifier().unwrap().ends_with("2672"));
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn works_with_a_factor_that_was_chosen() {
        let world = world().await;
        let step = step(&world.clerk).await;
        let factor = step.factors().iter().find(|factor| factor.phone_number_id.is_some()).unwrap().clone();
        let sent = step.send_code(&factor).await.unwrap();
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let sent = sent(&world).await;
        world.local.clock().advance(TOO_LATE);
        let sent = refused(sent.attempt(code(&world.local, CEMS_NUMBER)).await, "verification_expired");
        let sent = sent.resend().await.unwrap();
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn too_many_codes() {
        let world = world().await;
        let mut sent = sent(&world).await;
        for _ in 0..4 {
            sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
        }
        let sent = refused(sent.attempt(WRONG_CODE).await, "verification_failed");
        world.local.clock().advance(COOL_DOWN);
        let sent = sent.resend().await.unwrap();
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn locked() {
        let world = strict().await;
        let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
        refused(sent.attempt(WRONG_CODE).await, "user_locked");
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let step = state!(sent(&world).await.back(), NeedsSecondFactor);
        assert_signed_in(&world.clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let sent = sent(&world).await;
        lose(&world.local, "attemptSignInFactorTwo");
        let sent = sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap_err().into_step();
        assert_signed_in(&world.clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let runs = Runs::new();
        let saved = kept(Some(step(&runs.next(&world.local)).await.phone_code().await.unwrap().save()));
        let clerk = runs.next(&world.local);
        let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsCode);
        assert_signed_in(&clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn unknown_factor() {
        let world = world().await;
        let clerk = with_smoke_signals(&world.local);
        let sent = step(&clerk).await.phone_code().await.unwrap();
        assert_signed_in(&clerk, sent.attempt(code(&world.local, CEMS_NUMBER)).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let world = world().await;
        let first = sent(&world).await;
        let second = state!(world.clerk.sign_in().identifier(BEN).await.unwrap(), NeedsFirstFactor);
        refused(first.attempt(code(&world.local, CEMS_NUMBER)).await, "resource_not_found");
        assert_signed_in(&world.clerk, second.password(PASSWORD).await.unwrap(), BEN);
    }
}

mod second_factor_email_code {
    use clerk_ext::frontend::Frontend;
    use clerk_local::LocalClerk;
    use serde_json::json;

    use super::step;
    use crate::sign_in::{
        double::{Action, double, refusal},
        people::{CEM, CEMS_BACKUP_CODE, WRONG_CODE, assert_signed_in, kept, lose, refused, state, world},
    };

    /// A Clerk that sends Cem's second factor by email.
    fn device(local: &LocalClerk) -> Frontend {
        double(local, |asked| match (asked.operation, asked.field("strategy").as_deref()) {
            ("prepareSignInFactorTwo", Some("email_code")) => {
                assert_eq!(asked.field("email_address_id").as_deref(), Some("idn_cem"));
                Action::Answer(
                    200,
                    json!({ "client": null, "response": {
                        "object": "sign_in_attempt",
                        "id": asked.id(),
                        "status": "needs_second_factor",
                        "second_factor_verification": {
                            "object": "verification_otp", "status": "unverified", "strategy": "email_code",
                        },
                    }}),
                )
            }
            ("attemptSignInFactorTwo", Some("email_code")) if asked.field("code").as_deref() == Some("424242") => {
                Action::Send(format!("strategy=backup_code&code={CEMS_BACKUP_CODE}"))
            }
            ("attemptSignInFactorTwo", Some("email_code")) => match asked.field("code").as_deref() {
                Some("test-old") => refusal(400, "verification_expired"),
                Some("test-fifth") => refusal(400, "verification_failed"),
                _ => refusal(422, "form_code_incorrect"),
            },
            _ => Action::Pass,
        })
    }

    async fn sent(clerk: &Frontend) -> clerk_ext::frontend::SignInCode {
        let mut factor = clerk_fapi::types::SignInFactor::new();
        factor.strategy = Some("email_code".into());
        factor.email_address_id = Some("idn_cem".into());
        step(clerk).await.send_code(&factor).await.unwrap()
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let clerk = device(&world.local);
        assert_signed_in(&clerk, sent(&clerk).await.attempt("424242").await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let clerk = device(&world.local);
        let sent = refused(sent(&clerk).await.attempt(WRONG_CODE).await, "form_code_incorrect");
        assert_signed_in(&clerk, sent.attempt("424242").await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let clerk = device(&world.local);
        let sent = refused(sent(&clerk).await.attempt("test-old").await, "verification_expired");
        assert_signed_in(&clerk, sent.resend().await.unwrap().attempt("424242").await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn too_many_codes() {
        let world = world().await;
        let clerk = device(&world.local);
        let sent = refused(sent(&clerk).await.attempt("test-fifth").await, "verification_failed");
        assert_signed_in(&clerk, sent.resend().await.unwrap().attempt("424242").await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let clerk = device(&world.local);
        let step = state!(sent(&clerk).await.back(), NeedsSecondFactor);
        assert_signed_in(&clerk, step.backup_code(CEMS_BACKUP_CODE).await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let clerk = device(&world.local);
        let saved = kept(Some(sent(&clerk).await.save()));
        let sent = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsCode);
        assert_signed_in(&clerk, sent.attempt("424242").await.unwrap(), CEM);
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let clerk = device(&world.local);
        let sent = sent(&clerk).await;
        lose(&world.local, "attemptSignInFactorTwo");
        let failed = sent.attempt("424242").await.unwrap_err();
        assert!(failed.error().is_retryable(), "{failed}");
        assert_signed_in(&clerk, failed.into_step().attempt("424242").await.unwrap(), CEM);
    }
}
