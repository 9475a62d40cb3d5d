use std::future::Future;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use clerk_core::{BoxError, Error, ErrorKind, TrustedDeviceId};
use clerk_fapi::{
    trusted_devices::{
        AttemptTrustedDeviceBody, ListTrustedDevices, PrepareTrustedDeviceBody, RevokeTrustedDevice,
        ValidateTrustedDevice,
    },
    types::{TrustedDevice, TrustedDevicePlatform, TrustedDeviceValidation},
};

use super::acting::Acting;
use crate::{frontend::sign_in::fixed_signature, list::List, request::Request};

/// ECDSA on P-256 with SHA-256, the one algorithm that there is.
const ALGORITHM: &str = "ES256";

/// A point on P-256 without compression: a four and two numbers of 32 bytes.
const POINT: usize = 65;

/// The devices of a user that hold a key, with which they [sign in](crate::frontend::SignIns::trusted_device).
///
/// The key stays in the key store of the device, and whoever calls this has that sign.
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
/// # let key = phone::new_key(&ECDSA_P256_SHA256_ASN1_SIGNING);
/// # let point = key.public_key().as_ref().to_vec();
/// # let sign = |bytes: Vec<u8>| async move { Ok::<_, std::io::Error>(phone::sign(&key, &bytes)) };
/// let devices = clerk.me().trusted_devices();
/// let key = DeviceKey::new("ios", "com.example.shop", &point)?.name("Ann's phone");
/// let device = devices.enroll(key, sign).await?; // `sign` has the key store of the phone sign
/// assert!(devices.validate(&device.id).await?.valid);
///
/// devices.delete(&device.id).await?;
/// assert!(!devices.validate(&device.id).await?.valid);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct TrustedDevices {
    acting: Acting,
}

/// The key of a device, and the application that holds it.
///
/// [`TrustedDevices`] has an example.
#[derive(Clone, Debug)]
pub struct DeviceKey {
    platform: TrustedDevicePlatform,
    app_identifier: String,
    public_key_jwk: String,
    name: Option<String>,
}

impl DeviceKey {
    /// A key on P-256 in the key store of this platform, and the id of the application that it belongs to there.
    ///
    /// The public key is its point of 65 bytes, or the 91 bytes of X.509 in which Android gives it.
    ///
    /// # Errors
    ///
    /// It has another form.
    pub fn new(
        platform: impl Into<TrustedDevicePlatform>,
        app_identifier: impl Into<String>,
        public_key: &[u8],
    ) -> Result<Self, Error> {
        /// What comes before the point in X.509.
        const FRONT: usize = 26;
        let point = match public_key.len() {
            POINT => Some(public_key),
            length if length == FRONT + POINT => public_key.get(FRONT..),
            _ => None,
        };
        let Some((x, y)) = point.and_then(|point| point.strip_prefix(&[4])?.split_at_checked(32)) else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "this is no public key on P-256: it is neither a point of 65 bytes nor X.509",
            ));
        };
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        let public_key_jwk = format!(r#"{{"kty":"EC","crv":"P-256","x":"{x}","y":"{y}","alg":"{ALGORITHM}"}}"#);
        Ok(Self { platform: platform.into(), app_identifier: app_identifier.into(), public_key_jwk, name: None })
    }

    /// What its user calls the device.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

impl TrustedDevices {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone() }
    }

    /// All of them.
    pub fn list(&self) -> List<ListTrustedDevices, TrustedDevice> {
        List::new(self.acting.ask(clerk_fapi::Client::list_trusted_devices))
    }

    /// Enrolls the key of this device.
    ///
    /// `signer` is handed bytes and gives their signature by ECDSA on P-256 with SHA-256, in either usual form: DER, as
    /// key stores give it, or the two numbers of 32 bytes. It may ask its user first.
    ///
    /// # Errors
    ///
    /// The key is enrolled already (`trusted_device_already_enrolled`), its signature is not taken, the signer fails
    /// ([`ErrorKind::Cancelled`]), or Clerk was not reached. It can be begun anew each time.
    pub async fn enroll<F, S, E>(&self, key: DeviceKey, signer: F) -> Result<TrustedDevice, Error>
    where
        F: FnOnce(Vec<u8>) -> S + Send,
        S: Future<Output = Result<Vec<u8>, E>> + Send,
        E: Into<BoxError>,
    {
        let DeviceKey { platform, app_identifier, public_key_jwk, name } = key;
        let acting = self.acting.pinned().await?;
        let body = PrepareTrustedDeviceBody::new(platform.clone(), &app_identifier, ALGORITHM, &public_key_jwk);
        let mut prepare = acting.ask(|raw| raw.prepare_trusted_device(body));
        if let Some(name) = &name {
            prepare = prepare.name(name);
        }
        let Some(client_data) = prepare.await?.response.client_data else {
            return Err(Error::new(ErrorKind::Unexpected, "Clerk gave nothing for the device to sign; try again"));
        };
        let signature = signer(client_data.clone().into_bytes()).await.map_err(|error| {
            Error::new(ErrorKind::Cancelled, "this device did not sign, and is not trusted").with_source(error)
        })?;
        let Some(signature) = fixed_signature(&signature) else {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "what the signer gave is no signature on P-256: it is neither DER nor 64 bytes",
            ));
        };
        let signature = URL_SAFE_NO_PAD.encode(signature);
        let body =
            AttemptTrustedDeviceBody::new(platform, app_identifier, ALGORITHM, public_key_jwk, client_data, signature);
        let mut attempt = acting.ask(|raw| raw.attempt_trusted_device(body));
        if let Some(name) = name {
            attempt = attempt.name(name);
        }
        Ok(attempt.await?.response)
    }

    /// Whether a device is trusted still, by anybody: what a program asks before it offers to sign in with it.
    pub fn validate(
        &self,
        device: impl Into<TrustedDeviceId>,
    ) -> Request<ValidateTrustedDevice, TrustedDeviceValidation> {
        Request::new(self.acting.device.raw().validate_trusted_device(device))
    }

    /// Stops trusting one of them.
    pub fn delete(&self, device: impl Into<TrustedDeviceId>) -> Request<RevokeTrustedDevice, TrustedDevice> {
        Request::new(self.acting.ask(|raw| raw.revoke_trusted_device(device)))
    }
}
