//! The people whom the provider knows.

use clerk_core::Timestamp;

use crate::{model, state::State};

/// A person's account at the local provider.
///
/// It is made with [`Provider::add`](super::Provider::add).
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "the provider knows it once it is added"]
pub struct ProviderAccount {
    provider: String,
    subject: Option<String>,
    email_address: String,
    email_verified: bool,
    first_name: Option<String>,
    last_name: Option<String>,
    username: Option<String>,
}

impl ProviderAccount {
    /// An account at a provider, such as `google`, or with an enterprise connection, by its id.
    pub fn new(provider: impl Into<String>, email_address: impl Into<String>) -> Self {
        Self {
            provider: provider.into(),
            subject: None,
            email_address: email_address.into(),
            email_verified: true,
            first_name: None,
            last_name: None,
            username: None,
        }
    }

    /// The id at the provider; without it a new one.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// The provider has not verified the address.
    pub fn unverified(mut self) -> Self {
        self.email_verified = false;
        self
    }

    /// The given name.
    pub fn first_name(mut self, name: impl Into<String>) -> Self {
        self.first_name = Some(name.into());
        self
    }

    /// The family name.
    pub fn last_name(mut self, name: impl Into<String>) -> Self {
        self.last_name = Some(name.into());
        self
    }

    /// The name that the person goes by there.
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.username = Some(name.into());
        self
    }
}

/// Adds an account and gives its subject; one of the same provider and subject is replaced.
pub(super) fn add(state: &mut State, account: &ProviderAccount, now: Timestamp) -> String {
    let subject = account.subject.clone().unwrap_or_else(|| crate::crypto::ids::numeric_code(21));
    let known = of(state, &account.provider).find(|known| known.subject == subject);
    let (id, created_at) =
        known.map_or_else(|| (State::id("acct", now), now), |known| (known.id.clone(), known.created_at));
    state.tables.provider_accounts.insert(model::oauth::ProviderAccount {
        id,
        provider: account.provider.clone(),
        subject: subject.clone(),
        email_address: Some(account.email_address.to_lowercase()).filter(|address| !address.is_empty()),
        email_verified: account.email_verified,
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        username: account.username.clone(),
        created_at,
        updated_at: now,
    });
    subject
}

/// The accounts at a provider, the oldest first.
pub(super) fn of<'a>(
    state: &'a State,
    provider: &str,
) -> impl DoubleEndedIterator<Item = &'a model::oauth::ProviderAccount> + use<'a> {
    state.tables.provider_accounts.find(&format!("provider:{provider}"))
}

/// Users who are said to have an account there, as a seed says it, have one.
pub(super) fn from_users(state: &mut State, provider: &str, now: Timestamp) {
    let strategy = format!("oauth_{provider}");
    let unknown = |subject: &str| !of(state, provider).any(|known| known.subject == subject);
    let mut fresh = Vec::new();
    for user in state.tables.users.iter() {
        for account in user.external_accounts.iter().filter(|account| account.provider == strategy) {
            if !account.provider_user_id.is_empty() && unknown(&account.provider_user_id) {
                let address = if account.email_address.is_empty() {
                    user.primary_email().map(|email| email.email_address.clone()).unwrap_or_default()
                } else {
                    account.email_address.clone()
                };
                let mut known = ProviderAccount::new(provider, address).subject(&account.provider_user_id);
                known.email_verified = account.email_verified || account.email_address.is_empty();
                known.first_name.clone_from(&user.first_name);
                known.last_name.clone_from(&user.last_name);
                known.username.clone_from(&account.username);
                fresh.push(known);
            }
        }
    }
    for account in &fresh {
        add(state, account, now);
    }
}
