//! What identifies users: how much of it they may have, and what they may not give up.

use clerk_core::{Timestamp, UserId};

use super::{organizations, users};
use crate::{
    failure::Failure,
    model::{
        user::{Passkey, User},
        verification::{Status, Verification},
    },
    settings::Settings,
    state::State,
};

/// How many addresses, numbers or wallets a user may leave unverified at a time.
const MAX_UNVERIFIED: usize = 10;

/// The kinds of identification that settings know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Email,
    Phone,
    Wallet,
    Account,
}

impl Kind {
    /// What the parameters call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Email => "email_address",
            Self::Phone => "phone_number",
            Self::Wallet => "web3_wallet",
            Self::Account => "external_account",
        }
    }
}

/// Checks that users may add or change something of this kind themselves.
///
/// # Errors
///
/// The instance has no such thing, or nobody can change it once it is set.
pub(crate) fn changeable(settings: &Settings, user: &User, kind: Kind) -> Result<(), Failure> {
    let (attribute, there) = match kind {
        Kind::Email => (&settings.attributes.email_address, !user.email_addresses.is_empty()),
        Kind::Phone => (&settings.attributes.phone_number, !user.phone_numbers.is_empty()),
        Kind::Wallet => (&settings.attributes.web3_wallet, !user.web3_wallets.is_empty()),
        Kind::Account => return Ok(()),
    };
    if !attribute.enabled {
        return Err(Failure::unknown(kind.name()));
    }
    if attribute.immutable && there {
        return Err(immutable(kind.name()));
    }
    Ok(())
}

pub(crate) fn immutable(name: &str) -> Failure {
    Failure::new(403, "immutable_attribute_modification_not_allowed", "cannot be changed")
        .explained(format!("users of this instance cannot change their {}", name.replace('_', " ")))
        .param(name)
}

/// Checks that a user may add one more that is not verified yet.
///
/// # Errors
///
/// There are too many of those.
pub(crate) fn may_add_unverified(user: &User) -> Result<(), Failure> {
    let emails = user.email_addresses.iter().filter(|email| !email.is_verified()).count();
    let phones = user.phone_numbers.iter().filter(|phone| !phone.is_verified()).count();
    let wallets = user.web3_wallets.iter();
    let wallets = wallets.filter(|it| !it.verification.as_ref().is_some_and(|it| it.is_verified())).count();
    if emails + phones + wallets < MAX_UNVERIFIED {
        return Ok(());
    }
    Err(Failure::new(400, "too_many_unverified_identifications", "too many are unverified")
        .explained("verify or remove what was added before, then add more"))
}

/// Checks that a user still has what the instance requires, and can still be told who they are, without one thing.
///
/// # Errors
///
/// It is the last of a kind that everyone has to have, or the last that identifies the user at all.
pub(crate) fn may_remove(settings: &Settings, user: &User, kind: Kind, id: &str) -> Result<(), Failure> {
    let (required, others) = match kind {
        Kind::Email => {
            let others = user.email_addresses.iter().filter(|email| email.id.as_str() != id && email.is_verified());
            (settings.attributes.email_address.required, others.count())
        }
        Kind::Phone => {
            let others = user.phone_numbers.iter().filter(|phone| phone.id.as_str() != id && phone.is_verified());
            (settings.attributes.phone_number.required, others.count())
        }
        Kind::Wallet | Kind::Account => (false, 0),
    };
    let verified = match kind {
        Kind::Email => user.email(id).is_some_and(|email| email.is_verified()),
        Kind::Phone => user.phone(id).is_some_and(|phone| phone.is_verified()),
        Kind::Account => {
            let account = user.external_accounts.iter().find(|account| account.id.as_str() == id);
            account.is_some_and(|it| it.verification.as_ref().is_some_and(|it| it.is_verified()))
        }
        Kind::Wallet => true,
    };
    // What is not verified identifies nobody: it can always go.
    if !verified {
        return Ok(());
    }
    if required && others == 0 {
        return Err(Failure::new(400, "last_required_identification_deletion_failed", "is required")
            .explained(format!("everyone here has to have a verified {}: add another one first", words(kind))));
    }
    if identifying(user, id) == 0 { Err(last()) } else { Ok(()) }
}

/// Checks that something says who a user is when signing in.
///
/// # Errors
///
/// Nothing does.
pub(crate) fn still_known(user: &User) -> Result<(), Failure> {
    if identifying(user, "") == 0 { Err(last()) } else { Ok(()) }
}

fn last() -> Failure {
    Failure::new(400, "identification_deletion_failed", "is the last one")
        .explained("without it nobody could sign in as this user: add something else first")
}

/// Takes in that the user has proven an address: it is theirs, with what comes of that.
///
/// # Errors
///
/// Somebody else has proven it in the meantime, which leaves this proof worth nothing.
pub(crate) fn proven_email(state: &mut State, user_id: &UserId, id: &str, now: Timestamp) -> Result<(), Failure> {
    let address = state.tables.users.get(user_id).and_then(|user| user.email(id)).map(|it| it.email_address.clone());
    let taken = address.is_some_and(|address| users::email_taken(state, &address, Some(user_id)));
    if let Some(mut user) = state.tables.users.edit(user_id)
        && let Some(email) = user.email_mut(id)
    {
        email.updated_at = now;
        if taken && let Some(proof) = &mut email.verification {
            give_back(proof);
        }
    }
    if taken {
        return Err(claimed());
    }
    organizations::enroll(state, user_id, now);
    users::updated(state, user_id, now);
    Ok(())
}

/// As [`proven_email`], for a number.
///
/// # Errors
///
/// Somebody else has proven it in the meantime, which leaves this proof worth nothing.
pub(crate) fn proven_phone(state: &mut State, user_id: &UserId, id: &str, now: Timestamp) -> Result<(), Failure> {
    let number = state.tables.users.get(user_id).and_then(|user| user.phone(id)).map(|it| it.phone_number.clone());
    let taken = number.is_some_and(|number| users::phone_taken(state, &number, Some(user_id)));
    if let Some(mut user) = state.tables.users.edit(user_id)
        && let Some(phone) = user.phone_mut(id)
    {
        phone.updated_at = now;
        if taken && let Some(proof) = &mut phone.verification {
            give_back(proof);
        }
    }
    if taken {
        return Err(claimed());
    }
    users::updated(state, user_id, now);
    Ok(())
}

fn give_back(proof: &mut Verification) {
    proof.status = Status::Failed;
    proof.verified_at = None;
}

/// Somebody else has proven it first.
pub(crate) fn claimed() -> Failure {
    Failure::new(400, "identification_claimed", "is claimed").explained("another user has verified it in the meantime")
}

/// Whether something other than `except` says who the user is when signing in.
pub(crate) fn has_other_than(user: &User, except: &str) -> bool {
    identifying(user, except) > 0
}

fn identifying(user: &User, except: &str) -> usize {
    let emails = user.email_addresses.iter().filter(|email| email.id.as_str() != except && email.is_verified()).count();
    let phones = user.phone_numbers.iter();
    let phones = phones
        .filter(|phone| phone.id.as_str() != except && phone.is_verified() && !phone.reserved_for_second_factor)
        .count();
    let wallets = user.web3_wallets.iter();
    let wallets = wallets
        .filter(|it| it.id.as_str() != except && it.verification.as_ref().is_some_and(|it| it.is_verified()))
        .count();
    let accounts = user.external_accounts.iter();
    let accounts = accounts
        .filter(|it| it.id.as_str() != except && it.verification.as_ref().is_some_and(|it| it.is_verified()))
        .count();
    let proof = user.password.is_some() || user.passkeys.iter().any(Passkey::is_registered);
    let named = user.username.is_some() && proof;
    emails + phones + wallets + accounts + user.enterprise_accounts.len() + usize::from(named)
}

fn words(kind: Kind) -> String {
    kind.name().replace('_', " ")
}
