mod add_wallet {
    use clerk_ext::frontend::{Strategy, WalletChallenge};

    use crate::{
        me::{calls, configured, kept},
        world::World,
    };

    const WALLET: &str = "0x52908400098527886e0f7030069857d2e4169ee7";

    async fn begun() -> (World, WalletChallenge) {
        let world = configured(|settings| {
            let strategy = Strategy::WEB3_METAMASK.as_str().to_owned();
            settings.attributes.web3_wallet.enabled = true;
            settings.attributes.web3_wallet.first_factors = vec![strategy.clone()];
            settings.attributes.web3_wallet.verifications = vec![strategy];
        })
        .await;
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
}
