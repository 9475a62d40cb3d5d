//! The instance: what it is, and what of its settings the Backend API may change.

mod domains;
mod organizations;
mod redirect_urls;
mod settings;
mod testing_tokens;

use super::{Call, Handlers};

pub(crate) const HANDLERS: Handlers = &[
    ("GetInstance", settings::get),
    ("UpdateInstance", settings::update),
    ("UpdateInstanceAuthConfig", settings::update_auth_config),
    ("UpdateInstanceRestrictions", settings::update_restrictions),
    ("GetInstanceCommunication", settings::communication),
    ("UpdateInstanceCommunication", settings::update_communication),
    ("GetInstanceProtect", settings::protect),
    ("UpdateInstanceProtect", settings::update_protect),
    ("GetInstanceOrganizationSettings", organizations::get),
    ("UpdateInstanceOrganizationSettings", organizations::update),
    ("ListDomains", domains::index),
    ("AddDomain", domains::create),
    ("UpdateDomain", domains::update),
    ("DeleteDomain", domains::delete),
    ("ChangeDomain", domains::change),
    ("ChangeProductionInstanceDomain", domains::change),
    ("UpdateProductionInstanceDomain", domains::change),
    ("ListRedirectURLs", redirect_urls::index),
    ("CreateRedirectURL", redirect_urls::create),
    ("GetRedirectURL", redirect_urls::get),
    ("DeleteRedirectURL", redirect_urls::delete),
    ("CreateTestingToken", testing_tokens::create),
];
