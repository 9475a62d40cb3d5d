use bytes::Bytes;
use clerk_ext::webhooks::WebhookError;
use proptest::{collection::vec, prelude::*, sample::Index};

use super::{NOW, at, signed, webhook};

const NAMES: [&str; 6] =
    ["svix-id", "svix-timestamp", "svix-signature", "webhook-id", "webhook-timestamp", "webhook-signature"];

fn value() -> impl Strategy<Value = Vec<u8>> {
    let number = (NOW - 400..NOW + 400).prop_map(|seconds| seconds.to_string().into_bytes());
    let signature = "(v1|v1a|v2)?,?[A-Za-z0-9+/]{0,44}={0,2} ?".prop_map(String::into_bytes);
    prop_oneof![number, vec(any::<u8>(), 0..60), signature]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(2_000), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_comes_is_refused_and_nothing_panics(
        headers in vec((prop::sample::select(NAMES.as_slice()), value()), 0..8),
        body in vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(webhook().verify(headers.as_slice(), body).is_err());
    }

    #[test]
    fn a_signature_with_another_character_anywhere_fits_nothing(place in any::<Index>(), bit in 0..7_u32) {
        let webhook = webhook();
        let headers = signed(&webhook, "msg_1", "{}");
        let mut pairs: Vec<(String, Vec<u8>)> =
            headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect();
        let (_, signature) = pairs.iter_mut().find(|(name, _)| name == "svix-signature").unwrap();
        let place = place.index(signature.len());
        signature[place] ^= 1 << bit;
        let error = webhook.verify(pairs.as_slice(), "{}").unwrap_err();
        let is_refused = matches!(error, WebhookError::NoMatch | WebhookError::InvalidHeader(_));
        prop_assert!(is_refused, "{error:?}");
    }

    #[test]
    fn a_body_with_another_byte_anywhere_fits_no_signature(
        mut body in vec(any::<u8>(), 1..300), place in any::<Index>(), change in 1..=u8::MAX,
    ) {
        let webhook = webhook();
        let headers = webhook.sign("msg_1", at(NOW), &body).unwrap();
        prop_assert!(webhook.verify(&headers, body.clone()).is_ok());
        let place = place.index(body.len());
        body[place] ^= change;
        prop_assert_eq!(webhook.verify(&headers, body).unwrap_err(), WebhookError::NoMatch);
    }

    #[test]
    fn bytes_do_not_move_between_id_time_and_body(id in "[a-z.0-9]{1,20}", body in "[0-9.a-z]{0,20}") {
        let webhook = webhook();
        let headers = webhook.sign(&id, at(NOW), &body).unwrap();
        let message = webhook.verify(&headers, body.clone()).unwrap();
        prop_assert_eq!((message.id(), message.body()), (id.as_str(), &Bytes::from(body.clone())));
        // The same signed text, cut elsewhere: the time then has to be read out of the body.
        let shifted = format!("{id}.{NOW}");
        let signature = headers["svix-signature"].to_str().unwrap();
        let pairs = [("svix-id", &*shifted), ("svix-timestamp", body.as_str()), ("svix-signature", signature)];
        prop_assert!(webhook.verify(&pairs, "").is_err());
    }
}
