mod add_trusted_device {
    use std::io;

    use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
    use clerk_core::ErrorKind;
    use clerk_ext::frontend::DeviceKey;

    use crate::{
        me::world,
        sign_in::authenticator::{new_key, sign},
        world::device,
    };

    fn pair() -> EcdsaKeyPair {
        new_key(&ECDSA_P256_SHA256_ASN1_SIGNING)
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let pair = pair();
        let devices = world.clerk.me().trusted_devices();
        let key = DeviceKey::new("ios", "com.example.shop", pair.public_key().as_ref()).unwrap().name("Ann's phone");
        let enrolled = devices.enroll(key, |bytes| async move { Ok::<_, io::Error>(sign(&pair, &bytes)) }).await;
        let enrolled = enrolled.unwrap();
        assert_eq!(enrolled.name.as_deref(), Some("Ann's phone"));
        assert_eq!(devices.list().page().await.unwrap().data.len(), 1);

        // Before anybody has signed in.
        let other = device(&world.local).build().unwrap();
        assert!(other.me().trusted_devices().validate(&enrolled.id).await.unwrap().valid);
        assert!(devices.delete(&enrolled.id).await.unwrap().revoked_at.is_some());
        assert!(!other.me().trusted_devices().validate(&enrolled.id).await.unwrap().valid);
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let key = DeviceKey::new("ios", "com.example.shop", pair().public_key().as_ref()).unwrap();
        let refuse = |_| async { Err::<Vec<u8>, _>(io::Error::other("not now")) };
        let error = world.clerk.me().trusted_devices().enroll(key, refuse).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Cancelled);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let (pair, other) = (pair(), pair());
        let key = DeviceKey::new("android", "com.example.shop", pair.public_key().as_ref()).unwrap();
        let sign = |bytes: Vec<u8>| async move { Ok::<_, io::Error>(sign(&other, &bytes)) };
        let error = world.clerk.me().trusted_devices().enroll(key, sign).await.unwrap_err();
        assert!(error.has_code("trusted_device_signature_verification_failed"), "{error}");
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let pair = pair();
        let key = DeviceKey::new("ios", "com.example.shop", pair.public_key().as_ref()).unwrap();
        let clock = world.local.clock().clone();
        let sign = |bytes: Vec<u8>| async move {
            clock.advance(std::time::Duration::from_secs(11 * 60));
            Ok::<_, io::Error>(sign(&pair, &bytes))
        };
        let error = world.clerk.me().trusted_devices().enroll(key, sign).await.unwrap_err();
        assert!(error.has_code("trusted_device_challenge_expired"), "{error}");
    }

    #[test]
    fn a_key_is_known_in_both_of_its_forms() {
        use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};

        let pair = pair();
        let der: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        let of = |bytes: &[u8]| DeviceKey::new("ios", "app", bytes).map(|key| format!("{key:?}"));
        assert_eq!(of(der.as_ref()).unwrap(), of(pair.public_key().as_ref()).unwrap());
        for bytes in [&[][..], &[4; 64], &[2; 65], &[4; 90]] {
            assert_eq!(of(bytes).unwrap_err().kind(), ErrorKind::InvalidRequest);
        }
    }
}
