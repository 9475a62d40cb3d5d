//! From what a provider says of a person to an account of a user here.

use clerk_core::{ExternalAccountId, JsonMap, OrganizationId, Timestamp, UserId};

use crate::{
    clock::Later,
    crypto::ids,
    model::{
        oauth::{ProviderAccount, ProviderFlow},
        user::{EnterpriseAccount, ExternalAccount, LinkedTo, email_key, enterprise_account_key, external_account_key},
        verification::Verification,
    },
    rules::{
        organizations::{self, NewMember},
        users,
    },
    state::State,
};

/// How long an access token of the local provider lasts.
const TOKEN_LIFETIME: std::time::Duration = std::time::Duration::from_secs(3600);

/// What the provider said, in the form that is kept; for an enterprise connection `label` is the id of that.
pub(super) fn external(flow: &ProviderFlow, account: &ProviderAccount, now: Timestamp) -> ExternalAccount {
    let enterprise = flow.strategy == "enterprise_sso";
    ExternalAccount {
        id: ExternalAccountId::from(State::id("eac", now)),
        identification_id: State::id("idn", now),
        provider: flow.strategy.clone(),
        provider_user_id: account.subject.clone(),
        email_address: account.email_address.clone().unwrap_or_default(),
        email_verified: account.email_verified,
        first_name: account.first_name.clone().unwrap_or_default(),
        last_name: account.last_name.clone().unwrap_or_default(),
        username: account.username.clone(),
        phone_number: None,
        image_url: None,
        label: enterprise.then(|| flow.provider.clone()),
        approved_scopes: flow.scopes.clone(),
        access_token: Some(ids::random_text(24)),
        refresh_token: flow.scopes.split(' ').any(|scope| scope == "offline_access").then(|| ids::random_text(24)),
        token_expires_at: Some(now.after(TOKEN_LIFETIME)),
        public_metadata: JsonMap::new(),
        verification: Some(Box::new(Verification::verified(&flow.strategy, now))),
        created_at: now,
        updated_at: now,
    }
}

/// Who has this account here.
pub(crate) fn owner(state: &State, account: &ExternalAccount) -> Option<UserId> {
    if account.provider == "enterprise_sso" {
        let key = enterprise_account_key(account.label.as_deref().unwrap_or_default(), &account.provider_user_id);
        return state.tables.users.find_one(&key).map(|user| user.id.clone());
    }
    let is_it = |known: &ExternalAccount| {
        known.provider == account.provider
            && known.provider_user_id == account.provider_user_id
            && known.verification.as_ref().is_none_or(|verification| verification.is_verified())
    };
    let key = external_account_key(&account.provider, &account.provider_user_id);
    let found = state.tables.users.find(&key).find(|user| user.external_accounts.iter().any(is_it));
    found.map(|user| user.id.clone())
}

/// Who has verified this address here.
pub(super) fn owner_of_address(state: &State, address: &str) -> Option<UserId> {
    let owns = |user: &&crate::model::user::User| {
        user.email_addresses.iter().any(|email| email.email_address == address && email.is_verified())
    };
    state.tables.users.find(&email_key(address)).find(owns).map(|user| user.id.clone())
}

/// Gives an account to a user, with the address that it brings along if the provider vouches for it and nobody has it.
///
/// One that the user has already is brought up to date and keeps its id.
///
/// One of an enterprise connection brings the user into the connection's organization.
pub(crate) fn link(state: &mut State, user_id: &UserId, account: ExternalAccount, now: Timestamp) {
    let connection = account.label.as_deref().and_then(|id| state.tables.enterprise_connections.get(id));
    let organization = connection.and_then(|it| it.organization_id.clone()).map(OrganizationId::from);
    attach(state, user_id, account, now);
    if let Some(id) = organization
        && organizations::membership(state, id.as_str(), user_id).is_none()
    {
        // An organization that is full lets them sign in all the same.
        let _ = organizations::add_member(state, &id, user_id, NewMember::default(), now);
    }
}

fn attach(state: &mut State, user_id: &UserId, mut account: ExternalAccount, now: Timestamp) {
    let address = account.email_address.to_lowercase();
    let taken = users::email_taken(state, &address, Some(user_id));
    let connection = account.label.clone().and_then(|id| state.tables.enterprise_connections.get(id)).cloned();
    let syncs = connection.as_ref().is_some_and(|connection| connection.sync_user_attributes);
    let Some(mut user) = state.tables.users.edit(user_id) else { return };
    account.updated_at = now;
    let strategy = account.provider.clone();
    let linked = if let Some(connection) = connection {
        let known = user.enterprise_accounts.iter_mut().find(|known| {
            known.enterprise_connection_id == connection.id
                && known.provider_user_id.as_deref() == Some(account.provider_user_id.as_str())
        });
        if let Some(known) = known {
            known.updated_at = now;
            known.id.clone()
        } else {
            let id = State::id("entacc", now);
            user.enterprise_accounts.push(EnterpriseAccount {
                id: id.clone(),
                enterprise_connection_id: connection.id.clone(),
                provider: connection.provider.clone(),
                provider_user_id: Some(account.provider_user_id.clone()),
                email_address: address.clone(),
                first_name: some(&account.first_name),
                last_name: some(&account.last_name),
                public_metadata: account.public_metadata.clone(),
                verification: account.verification.clone(),
                created_at: now,
                updated_at: now,
            });
            id
        }
    } else {
        let known = user
            .external_accounts
            .iter_mut()
            .find(|known| known.provider == account.provider && known.provider_user_id == account.provider_user_id);
        if let Some(known) = known {
            account.id = known.id.clone();
            account.identification_id.clone_from(&known.identification_id);
            account.created_at = known.created_at;
            account.public_metadata = std::mem::take(&mut known.public_metadata);
            *known = account.clone();
        } else {
            user.external_accounts.push(account.clone());
        }
        account.id.as_str().to_owned()
    };
    let (first, last) = (some(&account.first_name), some(&account.last_name));
    if syncs {
        user.first_name = first.or(user.first_name.take());
        user.last_name = last.or(user.last_name.take());
    } else {
        user.first_name = user.first_name.take().or(first);
        user.last_name = user.last_name.take().or(last);
    }
    // An address that anyone could have typed in at the provider proves nothing here.
    if address.is_empty() || !account.email_verified {
        return;
    }
    let link =
        LinkedTo { id: linked, kind: if strategy == "enterprise_sso" { "saml".to_owned() } else { strategy.clone() } };
    if let Some(email) = user.email_addresses.iter_mut().find(|email| email.email_address == address) {
        if !email.is_verified() && !taken {
            email.verification = Some(Box::new(Verification::verified(&vouched_by(&strategy), now)));
            email.updated_at = now;
        }
        if !email.linked_to.iter().any(|known| known.id == link.id) {
            email.linked_to.push(link);
        }
    } else if !taken {
        let mut email = users::new_email(&address, Some(Verification::verified(&vouched_by(&strategy), now)), now);
        email.linked_to.push(link);
        user.email_addresses.push(email);
    }
}

/// The strategy of an address that a provider has vouched for.
pub(super) fn vouched_by(strategy: &str) -> String {
    if strategy == "enterprise_sso" { "saml".to_owned() } else { format!("from_{strategy}") }
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
