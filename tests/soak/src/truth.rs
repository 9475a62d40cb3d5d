//! What the local Clerk holds when an episode is over.

use std::collections::{BTreeMap, BTreeSet};

use clerk_ext::{Error, Json, backend::Backend, clerk_bapi::types::SessionStatus, transport::Network};

use crate::{
    history::{Fact, Facts},
    receiver::WANTED,
    scene::Scene,
};

/// The state that everything told is held against.
#[derive(Clone, Debug, Default)]
pub(crate) struct Truth {
    /// The users' numbers, by address and key: one entry for each user of that address.
    pub(crate) users: BTreeMap<String, Vec<BTreeMap<String, u64>>>,
    /// How many organizations have a name.
    pub(crate) organizations: BTreeMap<String, usize>,
    /// The sessions that are active, of those that the facts name.
    pub(crate) active: BTreeSet<String>,
    /// How many codes were sent to an address.
    pub(crate) codes: BTreeMap<String, u64>,
    /// The messages that were to be delivered.
    pub(crate) wanted: BTreeSet<String>,
    /// Those that were taken.
    pub(crate) delivered: BTreeSet<String>,
}

impl Truth {
    /// Asks the local Clerk itself, past all faults.
    ///
    /// # Errors
    /// It does not answer, which is a defect of it.
    pub(crate) async fn of(scene: &Scene, facts: &Facts) -> Result<Self, Error> {
        let local = &scene.local;
        let backend = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url());
        let backend = backend.transport(local.transport()).build()?.with_network(|it: Network| it.limiter(None));
        let mut truth = Self::default();
        let mut users = backend.users().list().page_size(500).stream();
        while let Some(user) = users.try_next().await? {
            let numbers = numbers(&user.public);
            for email in &user.raw.email_addresses {
                truth.users.entry(email.email_address.clone()).or_default().push(numbers.clone());
            }
        }
        let mut organizations = backend.organizations().list().page_size(500).stream();
        while let Some(organization) = organizations.try_next().await? {
            *truth.organizations.entry(organization.raw.name.clone()).or_default() += 1;
        }
        for session in sessions(facts) {
            let known = backend.sessions().get(session).await;
            if known.is_ok_and(|known| known.status == SessionStatus::Active) {
                truth.active.insert(session.to_owned());
            }
        }
        for message in local.inbox().messages().iter().filter(|message| message.code.is_some()) {
            *truth.codes.entry(message.to.clone()).or_default() += 1;
        }
        let events = local.events();
        truth.wanted = events.into_iter().filter(|it| WANTED.contains(&&*it.kind)).map(|it| it.id).collect();
        let deliveries = local.webhooks().deliveries();
        truth.delivered = deliveries.into_iter().filter(|it| it.delivered).map(|it| it.message_id).collect();
        Ok(truth)
    }
}

fn numbers(metadata: &Json) -> BTreeMap<String, u64> {
    let entries = metadata.as_object().into_iter().flatten();
    entries.filter_map(|(key, value)| Some((key.clone(), value.as_u64()?))).collect()
}

fn sessions(facts: &Facts) -> BTreeSet<&str> {
    let named = facts.facts.iter().filter_map(|fact| match fact {
        Fact::Remains { session, .. } | Fact::Left { session, .. } => Some(session.as_str()),
        _ => None,
    });
    named.collect()
}
