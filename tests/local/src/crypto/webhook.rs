//! Signatures of webhook deliveries.

use aws_lc_rs::hmac;

use super::{encoding, ids};

const PREFIX: &str = "whsec_";

/// A new secret of an endpoint.
pub(crate) fn new_secret() -> String {
    format!("{PREFIX}{}", encoding::base64(&ids::random_bytes::<24>()))
}

/// The value of the signature header, or nothing if the secret is not `whsec_` and base64.
pub(crate) fn sign(secret: &str, id: &str, timestamp_s: i64, body: &[u8]) -> Option<String> {
    let secret = encoding::from_base64(secret.strip_prefix(PREFIX)?)?;
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, &secret));
    context.update(format!("{id}.{timestamp_s}.").as_bytes());
    context.update(body);
    Some(format!("v1,{}", encoding::base64(context.sign().as_ref())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_covers_secret_id_time_and_body() {
        let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
        let sign = |secret, id, time, body: &str| sign(secret, id, time, body.as_bytes());
        let signature = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#);
        assert_eq!(signature.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        assert_ne!(signature, sign(secret, "msg_other", 1_614_265_330, r#"{"test": 2432232314}"#));
        assert_ne!(signature, sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_331, r#"{"test": 2432232314}"#));
        assert_ne!(signature, sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 0}"#));
        assert_ne!(signature, sign(&new_secret(), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, ""));
    }

    #[test]
    fn a_malformed_secret_signs_nothing() {
        for secret in ["", "whsec_?", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert_eq!(sign(secret, "msg_1", 0, b""), None);
        }
    }

    #[test]
    fn a_new_secret_signs() {
        assert!(sign(&new_secret(), "msg_1", -1, b"").is_some());
        assert_ne!(new_secret(), new_secret());
    }
}
