use clerk_core::{InstanceKind, PublishableKey, Secret, SecretKey};

use super::{Accepts, OrganizationSync, verify::Checks};

/// What [`Clerk`](super::Clerk) was told, checked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    pub(crate) publishable_key: Option<PublishableKey>,
    pub(crate) secret_key: Option<SecretKey>,
    pub(crate) machine_secret_key: Option<Secret>,
    /// An address, or a path at the origin of each request.
    pub(crate) proxy_url: Option<String>,
    pub(crate) domain: Option<String>,
    pub(crate) is_satellite: bool,
    pub(crate) satellite_auto_sync: bool,
    pub(crate) sign_in_url: Option<String>,
    pub(crate) sign_up_url: Option<String>,
    pub(crate) after_sign_in_url: Option<String>,
    pub(crate) after_sign_up_url: Option<String>,
    pub(crate) organization_sync: Option<OrganizationSync>,
    pub(crate) accepts: Accepts,
    pub(crate) checks: Checks,
}

impl Settings {
    /// Whether this is a production instance: everything that is laxer for development asks here.
    pub(crate) fn is_production(&self) -> bool {
        self.publishable_key.as_ref().is_some_and(|key| key.instance_kind() == InstanceKind::Production)
    }
}
