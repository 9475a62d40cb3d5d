use clerk_core::{
    ApiKeyId, BoxError, Bytes, Error, ErrorKind, Transport,
    http::{HeaderValue, Request, Response, StatusCode, header::AUTHORIZATION},
};
use clerk_fapi::{
    api_keys::{CreateApiKey, GetApiKeys, RevokeApiKey, UpdateApiKey},
    types::ApiKey,
};

use super::{
    client::Frontend,
    device::Device,
    token::{SessionToken, TokenRequest, fetch::of_foreground},
};
use crate::{
    list::List,
    metadata::Metadata,
    transport::{Carrier, Step, Stepped, send},
};

/// API keys: long-lived secrets that whoever is signed in makes for their own programs, to present to your API.
///
/// Each belongs to a subject, that is the user or an organization that lets them, named by its id. These requests are
/// made with a token of the session in the foreground in place of the device's own.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
/// let key = clerk.api_keys().create("Deploy", "user_ann").description("from the build server").await?;
/// println!("keep it well: {}", key.secret.expose()); // nobody sees it again
/// assert_eq!(clerk.api_keys().list("user_ann").page().await?.data.len(), 1);
///
/// clerk.api_keys().revoke(&key.id).await?;
/// assert_eq!(clerk.api_keys().list("user_ann").page().await?.data.len(), 0);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ApiKeys {
    client: clerk_fapi::Client,
}

impl<M: Metadata> Frontend<M> {
    /// The API keys of whoever is signed in, and of their organizations.
    #[must_use]
    pub fn api_keys(&self) -> ApiKeys {
        let raw = self.raw();
        let transport = Stepped::new(AsSession(self.device().clone()), raw.endpoint().transport().clone());
        ApiKeys { client: raw.with_transport(Transport::new(transport)) }
    }
}

impl ApiKeys {
    /// The keys of one subject that can be used, without their secrets.
    ///
    /// With `include_invalid` the revoked and the expired ones are listed too.
    pub fn list(&self, subject: impl AsRef<str>) -> List<GetApiKeys, ApiKey> {
        List::new(self.client.get_api_keys(subject.as_ref()))
    }

    /// Creates a key for a subject; its secret is in this answer and in no other.
    ///
    /// It never expires unless `seconds_until_expiration` is set.
    pub fn create(&self, name: impl Into<String>, subject: impl AsRef<str>) -> CreateApiKey {
        self.client.create_api_key(name, subject.as_ref())
    }

    /// Changes what is said of a key.
    pub fn update(&self, key: impl Into<ApiKeyId>) -> UpdateApiKey {
        self.client.update_api_key(key)
    }

    /// Ends a key for good and keeps it on record, with a reason if you give one.
    pub fn revoke(&self, key: impl Into<ApiKeyId>) -> RevokeApiKey {
        self.client.revoke_api_key(key)
    }
}

/// Puts a token of the session in the foreground on each request: what is asked for later is asked with a later token.
#[derive(Clone, Debug)]
struct AsSession(Device);

impl Step for AsSession {
    async fn carry<S: Carrier>(self, inner: S, request: Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        let Self(device) = self;
        let token = of_foreground(&device, &TokenRequest::new(), None).await?;
        let answer = send(inner.clone(), signed(request.clone(), &token)?).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        // It may have expired on the way, or by the server's clock: nothing was done then.
        match of_foreground(&device, &TokenRequest::new(), Some(&token)).await {
            Ok(token) => send(inner, signed(request, &token)?).await,
            Err(_) => Ok(answer),
        }
    }
}

fn signed(mut request: Request<Bytes>, token: &SessionToken) -> Result<Request<Bytes>, Error> {
    let bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()));
    let mut bearer =
        bearer.map_err(|_| Error::new(ErrorKind::Unexpected, "the session's token cannot be sent in a header"))?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    Ok(request)
}
