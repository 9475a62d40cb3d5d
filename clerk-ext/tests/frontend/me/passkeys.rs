mod add_passkey {
    use std::time::Duration;

    use clerk_ext::frontend::NewPasskey;

    use crate::{
        me::{ANN, Runs, enter, kept, lose, lose_the_answer, lost, refused, world},
        sign_in::authenticator::Authenticator,
        world::World,
    };

    async fn begun(world: &World) -> NewPasskey {
        world.clerk.me().passkeys().create().await.unwrap()
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let new = begun(&world).await;
        let credential = Authenticator::new().register(new.options());
        let passkey = new.attempt(&credential).await.unwrap();

        let passkeys = world.clerk.me().passkeys();
        assert_eq!(passkeys.rename(&passkey.id, "Laptop").await.unwrap().name.as_deref(), Some("Laptop"));
        assert_eq!(passkeys.get(&passkey.id).await.unwrap().name.as_deref(), Some("Laptop"));
        assert_eq!(passkeys.list().await.unwrap().len(), 1);
        assert!(passkeys.resume(&passkey.id).await.is_err(), "it is registered");
        assert!(passkeys.delete(&passkey.id).await.unwrap().deleted);
        assert!(passkeys.list().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_credential_may_be_text() {
        let world = world().await;
        let new = begun(&world).await;
        let credential = Authenticator::new().register(new.options()).to_string();
        new.attempt(&credential).await.unwrap();
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let (one, other) = (begun(&world).await, begun(&world).await);
        let credential = Authenticator::new().register(one.options());
        let other = refused(other.attempt(&credential).await, "passkey_registration_failure");
        let credential = Authenticator::new().register(other.options());
        other.attempt(&credential).await.unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let new = begun(&world).await;
        let credential = Authenticator::new().register(new.options());
        world.local.clock().advance(Duration::from_secs(11 * 60));
        refused(new.attempt(&credential).await, "verification_expired");
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let new = begun(&world).await;
        let credential = Authenticator::new().register(new.options());
        lose(&world.local, "attemptPasskeyVerification");
        let new = lost(new.attempt(&credential).await);
        lose_the_answer(&world.local, "attemptPasskeyVerification");
        let new = lost(new.attempt(&credential).await);
        let id = new.id().clone();
        assert_eq!(new.attempt(&credential).await.unwrap().id, id);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let runs = Runs::new();
        let first = runs.next(&world.local);
        enter(&first, ANN).await;
        let saved = kept(&first.me().passkeys().create().await.unwrap().save());
        drop(first);
        let clerk = runs.next(&world.local);
        let new = clerk.me().passkeys().resume_from(saved).await.unwrap();
        let credential = Authenticator::new().register(new.options());
        new.attempt(&credential).await.unwrap();
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let world = world().await;
        let (first, _second) = (begun(&world).await, begun(&world).await);
        let credential = Authenticator::new().register(first.options());
        first.attempt(&credential).await.unwrap();
    }
}
