//! Everything that is kept, behind one lock.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use clerk_core::{Json, JsonMap, Timestamp};
use serde::{Deserialize, Serialize, de::Error as _};

use crate::{
    crypto::{ids, signing::SigningKey},
    model,
    settings::Settings,
    table::{Journaled, Table},
};

/// The instance as it is now.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) tables: Tables,
    settings: Settings,
    settings_changed: bool,
    /// The secret key and the ids of the signing keys that the journal has.
    journaled_keys: Option<(String, Vec<String>)>,
    pub(crate) addresses: Addresses,
    pub(crate) keys: Keys,
    /// The first one signs, all of them are in the key set.
    pub(crate) signing_keys: Vec<Arc<SigningKey>>,
    /// Where the request that is being answered comes from; events tell it.
    pub(crate) origin: Origin,
    /// When what is long over was last removed.
    pub(crate) swept_at: Option<Timestamp>,
    /// Whether there is something new to deliver.
    pub(crate) undelivered: bool,
}

/// What brings a change about; empty where it is no request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Origin {
    pub(crate) client_ip: String,
    pub(crate) user_agent: String,
}

/// Where this program is reached.
#[derive(Clone, Debug)]
pub(crate) struct Addresses {
    /// Such as `http://127.0.0.1:4010`.
    pub(crate) frontend: String,
    pub(crate) backend: String,
}

/// The keys of the instance.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Keys {
    pub(crate) publishable: String,
    pub(crate) secret: String,
    pub(crate) instance_id: String,
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("publishable", &self.publishable).finish_non_exhaustive()
    }
}

/// The keys as the journal has them; the publishable key follows from the address.
#[derive(Serialize, Deserialize)]
struct KeptKeys {
    secret: String,
    instance_id: String,
    signing_keys: Vec<String>,
}

macro_rules! tables {
    ($($name:ident: $record:ty,)*) => {
        /// A table for each kind of thing.
        #[derive(Debug, Default)]
        pub(crate) struct Tables {
            $(pub(crate) $name: Table<$record>,)*
        }

        impl Tables {
            /// Every table with its name.
            fn each(&mut self, visit: &mut dyn FnMut(&'static str, &mut dyn Journaled)) {
                $(visit(stringify!($name), &mut self.$name);)*
            }
        }
    };
}

tables! {
    users: model::user::User,
    clients: model::client::Client,
    dev_browsers: model::client::DevBrowser,
    handshakes: model::client::Handshake,
    sessions: model::session::Session,
    sign_ins: model::sign_in::SignIn,
    sign_ups: model::sign_up::SignUp,
    organizations: model::organization::Organization,
    memberships: model::organization::Membership,
    organization_invitations: model::organization::OrganizationInvitation,
    organization_domains: model::organization::OrganizationDomain,
    organization_suggestions: model::organization::OrganizationSuggestion,
    roles: model::organization::Role,
    permissions: model::organization::Permission,
    role_sets: model::organization::RoleSet,
    invitations: model::invitation::Invitation,
    waitlist_entries: model::invitation::WaitlistEntry,
    listed_identifiers: model::invitation::ListedIdentifier,
    tickets: model::access::Ticket,
    testing_tokens: model::access::TestingToken,
    redirect_urls: model::access::RedirectUrl,
    domains: model::access::Domain,
    machines: model::machine::Machine,
    machine_tokens: model::machine::MachineToken,
    api_keys: model::machine::ApiKey,
    oauth_applications: model::oauth::OAuthApplication,
    oauth_grants: model::oauth::OAuthGrant,
    oauth_tokens: model::oauth::OAuthToken,
    oauth_consents: model::oauth::OAuthConsent,
    provider_accounts: model::oauth::ProviderAccount,
    provider_flows: model::oauth::ProviderFlow,
    enterprise_connections: model::enterprise::EnterpriseConnection,
    jwt_templates: model::template::JwtTemplate,
    messages: model::message::Message,
    events: model::event::Event,
    endpoints: model::event::Endpoint,
    deliveries: model::event::Delivery,
    images: model::image::Image,
}

impl State {
    pub(crate) fn new(settings: Settings, addresses: Addresses, keys: Keys, signing_key: Arc<SigningKey>) -> Self {
        let tables = Tables::default();
        Self {
            tables,
            settings,
            settings_changed: false,
            journaled_keys: None,
            addresses,
            keys,
            signing_keys: vec![signing_key],
            origin: Origin::default(),
            swept_at: None,
            undelivered: false,
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The settings to be changed; the journal takes them in.
    pub(crate) fn settings_mut(&mut self) -> &mut Settings {
        self.settings_changed = true;
        &mut self.settings
    }

    /// The key that signs.
    pub(crate) fn signing_key(&self) -> Option<&Arc<SigningKey>> {
        self.signing_keys.first()
    }

    /// Notes that something happened: it goes to the event log and to the webhooks that want it.
    ///
    /// `data` is the thing as the Backend API gives it.
    pub(crate) fn emit(&mut self, kind: &str, data: &impl Serialize, now: Timestamp) {
        let data = serde_json::to_value(data).unwrap_or(Json::Null);
        crate::webhooks::emit(self, kind, data, now);
    }

    /// Makes what every instance has: the roles and permissions of organizations, and what the settings name.
    pub(crate) fn found(&mut self, now: Timestamp) {
        crate::rules::organizations::found(self, now);
    }

    /// Throws everything away and begins anew; keys and addresses stay.
    pub(crate) fn restart(&mut self, settings: Settings, now: Timestamp) {
        self.tables.each(&mut |_, table| table.clear());
        *self.settings_mut() = settings;
        self.found(now);
    }

    /// From now on every change is noted for the journal.
    pub(crate) fn start_journal(&mut self) {
        self.tables.each(&mut |_, table| table.start());
    }

    /// What changed since the last call, a change for the journal each.
    pub(crate) fn drain(&mut self, line: &mut dyn FnMut(Json)) {
        if std::mem::take(&mut self.settings_changed)
            && let Ok(settings) = serde_json::to_value(&self.settings)
        {
            line(change("settings", "settings", Some(settings)));
        }
        if self.journaled_keys.as_ref() != Some(&self.key_ids()) {
            line(self.keys_line());
        }
        self.tables.each(&mut |name, table| table.drain(&mut |id, record| line(change(name, id, record))));
    }

    /// Everything there is, a line of the journal each.
    pub(crate) fn dump(&mut self, line: &mut dyn FnMut(Json)) {
        if let Ok(settings) = serde_json::to_value(&self.settings) {
            line(change("settings", "settings", Some(settings)));
        }
        line(self.keys_line());
        self.tables.each(&mut |name, table| table.dump(&mut |id, record| line(change(name, id, Some(record)))));
    }

    /// Takes in a line of the journal; what it is of may be gone from this version.
    pub(crate) fn apply(&mut self, table: &str, id: &str, record: Option<Json>) -> serde_json::Result<()> {
        if table == "settings" {
            if let Some(settings) = record {
                self.settings = serde_json::from_value(settings)?;
            }
            return Ok(());
        }
        if table == "keys" {
            if let Some(keys) = record {
                self.take_keys(serde_json::from_value(keys)?)?;
            }
            return Ok(());
        }
        let mut outcome = Ok(());
        let mut record = Some(record);
        self.tables.each(&mut |name, known| {
            if name == table
                && let Some(record) = record.take()
            {
                outcome = known.apply(id, record);
            }
        });
        outcome
    }

    fn key_ids(&self) -> (String, Vec<String>) {
        (self.keys.secret.clone(), self.signing_keys.iter().map(|key| key.kid().to_owned()).collect())
    }

    /// The line of the journal with the keys: tokens and configured keys outlive a restart, wherever the file goes.
    fn keys_line(&mut self) -> Json {
        let signing_keys = self.signing_keys.iter().filter_map(|key| key.pkcs8().ok());
        let kept = KeptKeys {
            secret: self.keys.secret.clone(),
            instance_id: self.keys.instance_id.clone(),
            signing_keys: signing_keys.map(|key| STANDARD.encode(key)).collect(),
        };
        self.journaled_keys = Some(self.key_ids());
        change("keys", "keys", serde_json::to_value(kept).ok())
    }

    fn take_keys(&mut self, kept: KeptKeys) -> serde_json::Result<()> {
        let read = |text: &String| {
            let key = STANDARD.decode(text).ok().and_then(|key| SigningKey::from_pkcs8(&key).ok());
            key.map(Arc::new).ok_or_else(|| serde_json::Error::custom("a signing key is damaged"))
        };
        let signing_keys = kept.signing_keys.iter().map(read).collect::<serde_json::Result<Vec<_>>>()?;
        if !signing_keys.is_empty() {
            self.signing_keys = signing_keys;
        }
        self.keys.secret = kept.secret;
        self.keys.instance_id = kept.instance_id;
        Ok(())
    }

    /// A new id, such as `user_…`.
    pub(crate) fn id(prefix: &str, now: Timestamp) -> String {
        ids::new_id(prefix, now)
    }
}

fn change(table: &str, id: &str, record: Option<Json>) -> Json {
    let mut line = JsonMap::new();
    line.insert("table".to_owned(), table.into());
    line.insert("id".to_owned(), id.into());
    line.insert("record".to_owned(), record.unwrap_or(Json::Null));
    Json::Object(line)
}
