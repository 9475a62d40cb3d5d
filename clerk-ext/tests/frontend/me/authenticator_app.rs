mod add_authenticator_app {
    use std::time::Duration;

    use clerk_core::ErrorKind;
    use clerk_ext::frontend::TotpEnrolment;

    use crate::{
        me::{ANN, Runs, WRONG_CODE, enter, lose, lose_the_answer, lost, refused, world},
        world::World,
    };

    async fn begun(world: &World) -> TotpEnrolment {
        world.clerk.me().authenticator_app().enroll().await.unwrap()
    }

    /// What the app that was told last shows now.
    fn shown(world: &World) -> String {
        world.local.totp_code(ANN).unwrap()
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let enrolment = begun(&world).await;
        let code = shown(&world);
        let codes = enrolment.verify(code).await.unwrap();
        assert!(!codes.is_empty());
        assert!(world.clerk.snapshot().user().unwrap().totp_enabled);

        let others = world.clerk.me().backup_codes().regenerate().await.unwrap().codes;
        assert!(!others.is_empty() && others != codes);
        assert!(world.clerk.me().authenticator_app().disable().await.unwrap().deleted);
        assert!(!world.clerk.snapshot().user().unwrap().totp_enabled);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let enrolment = refused(begun(&world).await.verify(WRONG_CODE).await, "form_code_incorrect");
        let code = shown(&world);
        enrolment.verify(code).await.unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let enrolment = begun(&world).await;
        let old = shown(&world);
        world.local.clock().advance(Duration::from_secs(120));
        let enrolment = refused(enrolment.verify(old).await, "form_code_incorrect");
        let code = shown(&world);
        enrolment.verify(code).await.unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let enrolment = begun(&world).await;
        let code = shown(&world);
        lose(&world.local, "verifyTOTP");
        let enrolment = lost(enrolment.verify(code.as_str()).await);
        lose_the_answer(&world.local, "verifyTOTP");
        let enrolment = lost(enrolment.verify(code.as_str()).await);
        refused(enrolment.verify(code.as_str()).await, "totp_already_enabled");
        assert!(!world.clerk.me().backup_codes().regenerate().await.unwrap().codes.is_empty());
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let runs = Runs::new();
        let first = runs.next(&world.local);
        enter(&first, ANN).await;
        let enrolment = first.me().authenticator_app().enroll().await.unwrap();
        drop((enrolment, first));

        let clerk = runs.next(&world.local);
        let enrolment = clerk.me().authenticator_app().resume();
        assert!(enrolment.secret().is_none());
        assert_eq!(enrolment.qr().unwrap_err().kind(), ErrorKind::InvalidRequest);
        assert!(!enrolment.verify(shown(&world)).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn the_picture_is_shown_on_pages_and_in_terminals_and_nowhere_else() {
        let world = world().await;
        let enrolment = begun(&world).await;
        let qr = enrolment.qr().unwrap();
        assert!(qr.svg().expose().starts_with("<?xml") && qr.svg().expose().ends_with("</svg>"));
        let text = qr.text();
        let lines: Vec<_> = text.expose().lines().collect();
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()));
        assert!(text.expose().chars().all(|c| " ▀▄█\n".contains(c)));
        assert!(lines[1].starts_with('█'), "the margin is light");
        let said = format!("{enrolment:?} {qr:?}");
        assert!(!said.contains(enrolment.secret().unwrap().expose()) && !said.contains("otpauth"), "{said}");
    }

    #[tokio::test]
    async fn backup_codes_need_another_second_factor() {
        let world = world().await;
        let error = world.clerk.me().backup_codes().regenerate().await.unwrap_err();
        assert!(error.has_code("backup_codes_not_available"), "{error}");
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let world = world().await;
        let (first, old) = (begun(&world).await, shown(&world));
        let second = begun(&world).await;
        refused(first.verify(old).await, "form_code_incorrect");
        second.verify(shown(&world)).await.unwrap();
    }
}
