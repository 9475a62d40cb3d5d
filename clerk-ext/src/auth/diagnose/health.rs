use clerk_core::{
    Bytes, InstanceKind, Json, Timestamp,
    http::{
        HeaderValue, Response, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
};
use serde::{Serialize, Serializer};

use crate::finding::{Finding, Severity};

/// Whether the keys of a configuration are good and belong together: from [`Clerk::check`](crate::auth::Clerk::check).
///
/// It prints in lines for people, and [`response`](Self::response) is what a health endpoint answers with.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// When it was looked at, by the clock of this machine.
    pub made_at: Timestamp,
    /// The host of the Frontend API, as the publishable key names it.
    pub frontend_host: Option<String>,
    /// What kind of instance the keys are of.
    #[serde(serialize_with = "kind")]
    pub instance_kind: Option<InstanceKind>,
    /// Whether the Backend API takes the secret key.
    pub secret_key: KeyState,
    /// Whether the Backend API takes the secret key of this machine.
    pub machine_secret_key: KeyState,
    /// How many public keys the instance has.
    pub keys: Option<usize>,
    /// Whether the keys are those of one instance; nothing where there is nothing to compare.
    pub is_one_instance: Option<bool>,
    /// By how many milliseconds at least the clock of this machine is ahead of Clerk's; below zero it is behind.
    ///
    /// Answers take time and say only the second, so that 0 is as good as right. Nothing where Clerk did not say.
    pub clock_ahead_millis: Option<i64>,
    /// What is worth knowing, the worst first.
    pub findings: Vec<Finding>,
}

/// Whether a key is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum KeyState {
    /// There is none.
    Absent,
    /// It is.
    Accepted,
    /// It is not.
    Refused,
    /// Clerk could not be asked.
    Unknown,
}

impl Health {
    /// Whether nothing was found that does not work.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        self.findings.iter().all(|finding| finding.severity < Severity::Error)
    }

    /// 200, or 503 where something does not work.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        if self.is_healthy() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
    }

    /// What was found under a code, such as `secret-key-invalid`.
    #[must_use]
    pub fn finding(&self, code: &str) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.code == code)
    }

    /// The answer of a health endpoint: the [`status`](Self::status), and all of this as JSON, with a flag `healthy`.
    ///
    /// ```
    /// use clerk_ext::{Bytes, auth::Clerk, http::Response};
    ///
    /// async fn health(clerk: &Clerk) -> Response<Bytes> {
    ///     clerk.check().await.response()
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
    /// # let clerk = clerk.api_url(local.backend_url()).build()?;
    /// assert_eq!(health(&clerk).await.status(), 200);
    /// local.faults().add(clerk_local::Fault::status(401).backend());
    /// assert_eq!(health(&clerk).await.status(), 503);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn response(&self) -> Response<Bytes> {
        let mut body = serde_json::to_value(self).unwrap_or_default();
        if let Some(fields) = body.as_object_mut() {
            fields.insert("healthy".to_owned(), Json::Bool(self.is_healthy()));
        }
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = self.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn kind<S: Serializer>(kind: &Option<InstanceKind>, serializer: S) -> Result<S::Ok, S::Error> {
    let name = kind.map(|kind| match kind {
        InstanceKind::Development => "development",
        InstanceKind::Production => "production",
    });
    name.serialize(serializer)
}
