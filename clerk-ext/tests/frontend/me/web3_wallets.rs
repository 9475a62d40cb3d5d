mod add_wallet {
    use clerk_ext::{
        Bytes, Transport,
        clerk_fapi::types::VerificationStatus,
        frontend::{Frontend, Strategy, WalletChallenge},
        http::Response,
    };
    use serde_json::json;

    use crate::{
        me::{ANN, calls, configured, enter, kept, lose, lost, refused},
        spy::Spy,
        world::{World, device},
    };

    const WALLET: &str = "0x52908400098527886e0f7030069857d2e4169ee7";

    async fn wallets() -> World {
        configured(|settings| {
            let strategy = Strategy::WEB3_METAMASK.as_str().to_owned();
            settings.attributes.web3_wallet.enabled = true;
            settings.attributes.web3_wallet.first_factors = vec![strategy.clone()];
            settings.attributes.web3_wallet.verifications = vec![strategy];
        })
        .await
    }

    async fn begun() -> (World, WalletChallenge) {
        let world = wallets().await;
        let wallets = world.clerk.me().web3_wallets();
        let added = wallets.add(WALLET).await.unwrap();
        assert!(wallets.resume(&added.id).await.is_err(), "nothing was asked");
        let challenge = wallets.verify(&added.id, Strategy::WEB3_METAMASK).await.unwrap();
        (world, challenge)
    }

    #[tokio::test]
    async fn a_wallet_is_asked_to_sign() {
        let (world, challenge) = begun().await;
        assert_eq!(challenge.wallet().web3_wallet, WALLET);
        assert!(challenge.message().contains("Nonce"));
        // The Clerk on this machine cannot check what a wallet signs.
        let (challenge, error) = challenge.attempt("test-signature").await.unwrap_err().into_parts();
        assert_eq!(error.status().map(|it| it.as_u16()), Some(501));
        assert_eq!(calls(&world.local, "attemptWeb3WalletVerification"), 1);

        let wallets = world.clerk.me().web3_wallets();
        let id = challenge.wallet().id.clone();
        assert_eq!(wallets.get(&id).await.unwrap().web3_wallet, WALLET);
        assert!(wallets.make_primary(&id).await.unwrap_err().has_code("form_verification_needed"));
        assert_eq!(wallets.list().page().await.unwrap().data.len(), 1);
        assert!(wallets.delete(&id).await.unwrap().deleted);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let (world, challenge) = begun().await;
        let (message, saved) = (challenge.message().to_owned(), kept(&challenge.save()));
        drop(challenge);
        let challenge = world.clerk.me().web3_wallets().resume_from(saved).await.unwrap();
        assert_eq!(challenge.message(), message);
    }

    /// A Clerk that can tell whether a wallet has signed.
    async fn checked() -> (World, Frontend, WalletChallenge) {
        let world = wallets().await;
        let spy = Spy::new(&world.local, |request, answer| {
            if !request.uri().path().ends_with("/attempt_verification") || answer.is_some() {
                return answer;
            }
            let typed = String::from_utf8_lossy(request.body());
            let (status, body) = if typed.contains("test-signature") {
                let proof = json!({ "status": "verified", "strategy": Strategy::WEB3_METAMASK.as_str() });
                (200, json!({ "response": { "id": "idn_wallet", "web3_wallet": WALLET, "verification": proof } }))
            } else {
                (422, json!({ "errors": [{ "code": "form_incorrect_signature", "message": "refused by a test" }] }))
            };
            Some(Response::builder().status(status).body(Bytes::from(body.to_string())).unwrap())
        });
        let clerk = device(&world.local).transport(Transport::new(spy)).build().unwrap();
        enter(&clerk, ANN).await;
        let added = clerk.me().web3_wallets().add(WALLET).await.unwrap();
        let challenge = clerk.me().web3_wallets().verify(&added.id, Strategy::WEB3_METAMASK).await.unwrap();
        (world, clerk, challenge)
    }

    #[tokio::test]
    async fn works() {
        let (_world, _clerk, challenge) = checked().await;
        let wallet = challenge.attempt("test-signature").await.unwrap();
        assert_eq!(wallet.verification.unwrap().status, Some(VerificationStatus::Verified));
    }

    #[tokio::test]
    async fn wrong_code() {
        let (_world, _clerk, challenge) = checked().await;
        let challenge = refused(challenge.attempt("test-rubbish").await, "form_incorrect_signature");
        challenge.attempt("test-signature").await.unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let (world, challenge) = begun().await;
        lose(&world.local, "attemptWeb3WalletVerification");
        let challenge = lost(challenge.attempt("test-signature").await);
        assert!(challenge.message().contains("Nonce"));
    }
}
