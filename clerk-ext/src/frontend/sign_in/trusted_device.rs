//! Signing in with a key that this device keeps, which its user has enrolled before.

use std::future::Future;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::{BoxError, Error, ErrorKind, TrustedDeviceId};

use super::{
    FirstFactor, SignIn, SignIns,
    attempt::{Attempt, Stage},
};
use crate::frontend::{step::StepError, strategy::Strategy};

/// Each of the two numbers of a signature on P-256.
const HALF: usize = 32;

impl SignIns {
    /// Signs in with a key that this device keeps, without a name: the key says whose it is.
    ///
    /// `signer` is handed bytes and gives their signature by ECDSA on P-256 with SHA-256, in either usual form: DER, as
    /// key stores give it, or the two numbers of 32 bytes. It may ask its user first.
    ///
    /// ```
    /// use clerk_ext::frontend::DeviceKey;
    /// # mod phone { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/frontend/sign_in/authenticator.rs")); }
    /// # use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, KeyPair as _};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// # let key = std::sync::Arc::new(phone::new_key(&ECDSA_P256_SHA256_ASN1_SIGNING));
    /// # let point = key.public_key().as_ref().to_vec();
    /// # let sign = |bytes: Vec<u8>| { let key = key.clone(); async move { Ok::<_, std::io::Error>(phone::sign(&key, &bytes)) } };
    /// // Once, while she is signed in. `sign` has the key store of the phone sign.
    /// let enrolled = clerk.me().trusted_devices().enroll(DeviceKey::new("ios", "com.example.shop", &point)?, &sign).await?;
    /// clerk.sign_out().await?;
    ///
    /// // And from then on.
    /// let session = clerk.sign_in().trusted_device(enrolled.id, &sign).await?.session()?;
    /// assert!(session.is_signed_in());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Nobody trusts the device any more, its signature is not taken, or the signer fails ([`ErrorKind::Cancelled`]).
    pub async fn trusted_device<F, S, E>(&self, id: impl Into<TrustedDeviceId>, signer: F) -> Result<SignIn, Error>
    where
        F: FnOnce(Vec<u8>) -> S + Send,
        S: Future<Output = Result<Vec<u8>, E>> + Send,
        E: Into<BoxError>,
    {
        let call = self.call().strategy("trusted_device").trusted_device_id(id);
        match self.send(call, None).await? {
            Ok(attempt) => sign(&attempt, signer).await,
            Err(state) => Ok(state),
        }
    }
}

impl FirstFactor {
    /// Proves it with a key that this device keeps: see [`SignIns::trusted_device`].
    ///
    /// # Errors
    ///
    /// As there, or the account trusts no device.
    pub async fn trusted_device<F, S, E>(self, signer: F) -> Result<SignIn, StepError<Self>>
    where
        F: FnOnce(Vec<u8>) -> S + Send,
        S: Future<Output = Result<Vec<u8>, E>> + Send,
        E: Into<BoxError>,
    {
        let asked = match self.attempt.choose(Stage::First, &Strategy::TRUSTED_DEVICE) {
            Ok(factor) => self.asked(Strategy::TRUSTED_DEVICE, factor),
            Err(error) => return self.failed(error),
        };
        match self.attempt.ask(Stage::First, &asked).await {
            Ok(attempt) => match sign(&attempt, signer).await {
                Ok(state) => Ok(state),
                Err(error) => self.failed(error),
            },
            Err(error) => self.failed(error),
        }
    }
}

async fn sign<F, S, E>(attempt: &Attempt, signer: F) -> Result<SignIn, Error>
where
    F: FnOnce(Vec<u8>) -> S + Send,
    S: Future<Output = Result<Vec<u8>, E>> + Send,
    E: Into<BoxError>,
{
    let first = attempt.verification(Stage::First);
    let challenge = first.and_then(|first| first.trusted_device_challenge.as_ref());
    let Some((client_data, challenge)) = challenge.and_then(|it| Some((it.client_data.clone()?, it))) else {
        return Err(Error::new(ErrorKind::Unexpected, "the sign-in holds nothing for a trusted device to sign"));
    };
    let signature = signer(client_data.clone().into_bytes()).await.map_err(|error| {
        Error::new(ErrorKind::Cancelled, "this device did not sign; the sign-in can be done in another way")
            .with_source(error)
    })?;
    let Some(signature) = fixed_signature(&signature) else {
        return Err(Error::new(
            ErrorKind::InvalidRequest,
            "what the signer gave is no signature on P-256: it is neither DER nor 64 bytes",
        ));
    };
    let mut call = attempt.client().attempt_sign_in_factor_one(attempt.id(), "trusted_device");
    if let Some(id) = &challenge.trusted_device_id {
        call = call.trusted_device_id(id);
    }
    let call = call.client_data(client_data).signature(URL_SAFE_NO_PAD.encode(signature)).algorithm("ES256");
    attempt.go_on(call).await
}

/// A signature as its two numbers, whichever form it comes in.
pub(in crate::frontend) fn fixed_signature(signature: &[u8]) -> Option<[u8; 2 * HALF]> {
    if let Ok(fixed) = signature.try_into() {
        return Some(fixed);
    }
    let (body, rest) = value(signature, 0x30)?;
    let (r, body) = value(body, 0x02)?;
    let (s, end) = value(body, 0x02)?;
    let mut fixed = [0; 2 * HALF];
    let (left, right) = fixed.split_at_mut(HALF);
    (put(r, left) && put(s, right) && rest.is_empty() && end.is_empty()).then_some(fixed)
}

/// The value of a DER element of this tag, and what comes after it; none in a signature on P-256 is longer than 127 bytes.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = der else { return None };
    if *found != tag || *length > 127 {
        return None;
    }
    rest.split_at_checked(usize::from(*length))
}

/// Writes a number right-aligned, without the zeros in front of it.
fn put(number: &[u8], into: &mut [u8]) -> bool {
    let digits = number.iter().position(|byte| *byte != 0).and_then(|start| number.get(start..)).unwrap_or_default();
    let Some(start) = into.len().checked_sub(digits.len()) else { return false };
    match into.get_mut(start..) {
        Some(end) => {
            end.copy_from_slice(digits);
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_a_signature_are_the_same_numbers() {
        let (mut r, s) = ([7; HALF], [9; HALF]);
        r[0] = 0x81;
        let mut der = vec![0x30, 69, 0x02, 33, 0];
        der.extend(r);
        der.extend([0x02, 32]);
        der.extend(s);
        let fixed_form = [r, s].concat();
        assert_eq!(fixed_signature(&der).map(Vec::from), Some(fixed_form.clone()));
        assert_eq!(fixed_signature(&fixed_form).map(Vec::from), Some(fixed_form));
    }

    #[test]
    fn a_short_number_is_filled_up_from_the_left() {
        let der = [0x30, 6, 0x02, 1, 5, 0x02, 1, 6];
        let found = fixed_signature(&der).unwrap();
        assert_eq!((found[31], found[63]), (5, 6));
        assert_eq!(found.iter().filter(|byte| **byte != 0).count(), 2);
    }

    #[test]
    fn what_is_no_signature_is_none() {
        for der in [&[][..], &[0x30], &[0x30, 6, 0x02, 1, 5], &[0x30, 3, 0x02, 1, 5], &[0x31, 6, 2, 1, 5, 2, 1, 6]] {
            assert_eq!(fixed_signature(der), None, "{der:?}");
        }
        let long = [&[0x30, 38, 0x02, 33][..], &[1; 33], &[0x02, 1, 6]].concat();
        assert_eq!(fixed_signature(&long), None);
        let more = [0x30, 6, 0x02, 1, 5, 0x02, 1, 6, 0];
        assert_eq!(fixed_signature(&more), None);
    }
}
