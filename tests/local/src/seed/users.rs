//! Users of a seed.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use clerk_core::{ExternalAccountId, Timestamp, UserId};

use super::SeedUser;
use crate::{
    crypto::{password::PasswordDigest, totp},
    failure::Failure,
    model::{
        user::{
            BackupCode, ExternalAccount, LinkedTo, Password, Totp, User, email_key, external_account_key, phone_key,
            username_key,
        },
        verification::Verification,
    },
    rules,
    state::State,
};

/// Makes the users of a seed, and checks that no two of them, nor one who is there, go by the same name.
pub(super) fn read(seeds: &[SeedUser], state: &State, now: Timestamp) -> Result<Vec<User>, String> {
    let mut users = Vec::with_capacity(seeds.len());
    let mut taken: HashMap<String, usize> = HashMap::with_capacity(seeds.len());
    for (place, seed) in seeds.iter().enumerate() {
        // One after the other, so that they are listed in the order of the seed.
        let later = u64::try_from(seeds.len().saturating_sub(place)).unwrap_or(u64::MAX);
        let user = read_one(seed, now - Duration::from_millis(later)).map_err(|reason| entry(place, seed, &reason))?;
        for (key, what) in names(&user) {
            if let Some(other) = taken.insert(key.clone(), place) {
                return Err(entry(place, seed, &format!("users[{other}] has the same {what}")));
            }
            if state.tables.users.contains(&key) || state.tables.users.find_one(&key).is_some() {
                return Err(entry(place, seed, &format!("a user who is there has the same {what}")));
            }
        }
        users.push(user);
    }
    Ok(users)
}

/// Keeps them: what is there from the start has not happened, so that nobody is told.
pub(super) fn add(users: Vec<User>, state: &mut State) {
    for user in users {
        state.tables.users.insert(user);
    }
}

fn entry(place: usize, seed: &SeedUser, reason: &str) -> String {
    let name = seed.email_addresses.iter().chain(&seed.phone_numbers).next();
    let name = name.or(seed.username.as_ref()).or(seed.id.as_ref());
    match name {
        Some(name) => format!("users[{place}] of the seed ({name}): {reason}"),
        None => format!("users[{place}] of the seed: {reason}"),
    }
}

/// What nobody else may have.
fn names(user: &User) -> Vec<(String, &'static str)> {
    let mut names = vec![(user.id.as_str().to_owned(), "id")];
    names.extend(user.email_addresses.iter().map(|email| (email_key(&email.email_address), "email address")));
    names.extend(user.phone_numbers.iter().map(|phone| (phone_key(&phone.phone_number), "phone number")));
    names.extend(user.username.iter().map(|name| (username_key(name), "username")));
    names.extend(user.external_id.iter().map(|id| (format!("external:{id}"), "external id")));
    let accounts = user.external_accounts.iter();
    let account_keys = accounts
        .map(|account| (external_account_key(&account.provider, &account.provider_user_id), "external account"));
    names.extend(account_keys);
    names
}

fn read_one(seed: &SeedUser, now: Timestamp) -> Result<User, String> {
    let told = |field: &str| {
        let field = field.to_owned();
        move |failure: Failure| format!("{field}: {}", failure.reason())
    };
    let id = match &seed.id {
        Some(id) if id.is_empty() || id.contains(['/', '?', '#']) => return Err(format!("{id:?} cannot be an id")),
        Some(id) => id.clone(),
        None => State::id("user", now),
    };
    let mut user = User::new(UserId::from(id), now);
    let verified = || Some(Verification::verified("admin", now));
    for address in &seed.email_addresses {
        let address = rules::users::email(address, "email_addresses").map_err(told(address))?;
        user.email_addresses.push(rules::users::new_email(&address, verified(), now));
    }
    for number in &seed.phone_numbers {
        let number = rules::users::phone(number, "phone_numbers").map_err(told(number))?;
        user.phone_numbers.push(rules::users::new_phone(&number, verified(), now));
    }
    let mut second: HashSet<String> = seed
        .second_factor_phone_numbers
        .iter()
        .map(|it| rules::users::normal_phone(it).unwrap_or(it.clone()))
        .collect();
    for phone in &mut user.phone_numbers {
        phone.reserved_for_second_factor = second.remove(&phone.phone_number);
    }
    if let Some(number) = second.into_iter().next() {
        return Err(format!("second_factor_phone_numbers: {number} is not among the phone_numbers"));
    }
    if let Some(name) = &seed.username {
        user.username = Some(rules::users::username(name).map_err(told("username"))?);
    }
    if let Some(password) = &seed.password {
        let digest = PasswordDigest::of(password);
        user.password = Some(Box::new(Password { digest, updated_at: now, compromised: false }));
    }
    if let Some(secret) = &seed.totp_secret {
        if totp::code_at(secret, now).is_none() {
            return Err("totp_secret: it must be base32".to_owned());
        }
        user.totp = Some(Box::new(Totp {
            id: State::id("totp", now),
            secret: secret.clone(),
            verified: true,
            last_step: None,
            created_at: now,
            updated_at: now,
        }));
    }
    user.backup_codes = seed.backup_codes.iter().map(|code| BackupCode { code: code.clone(), used: false }).collect();
    for (provider, provider_user_id) in &seed.external_accounts {
        add_account(&mut user, provider, provider_user_id, seed, now);
    }
    user.external_id.clone_from(&seed.external_id);
    user.first_name.clone_from(&seed.first_name);
    user.last_name.clone_from(&seed.last_name);
    for (name, metadata) in [
        ("public_metadata", &seed.public_metadata),
        ("private_metadata", &seed.private_metadata),
        ("unsafe_metadata", &seed.unsafe_metadata),
    ] {
        rules::metadata::check(metadata, name).map_err(told(name))?;
    }
    user.public_metadata.clone_from(&seed.public_metadata);
    user.private_metadata.clone_from(&seed.private_metadata);
    user.unsafe_metadata.clone_from(&seed.unsafe_metadata);
    user.plan.clone_from(&seed.plan);
    user.features.clone_from(&seed.features);
    user.banned = seed.banned;
    rules::users::second_factors_changed(&mut user, now);
    rules::users::choose_primaries(&mut user);
    rules::users::shrink(&mut user);
    Ok(user)
}

fn add_account(user: &mut User, provider: &str, provider_user_id: &str, seed: &SeedUser, now: Timestamp) {
    let provider = format!("oauth_{}", provider.strip_prefix("oauth_").unwrap_or(provider));
    let id = State::id("eac", now);
    let email = user.email_addresses.first_mut();
    if let Some(email) = email {
        email.linked_to.push(LinkedTo { id: id.clone(), kind: provider.clone() });
    }
    let proof = Verification { expire_at: Some(now), ..Verification::verified(&provider, now) };
    user.external_accounts.push(ExternalAccount {
        id: ExternalAccountId::from(id),
        identification_id: State::id("idn", now),
        provider,
        provider_user_id: provider_user_id.to_owned(),
        email_address: user.email_addresses.first().map(|email| email.email_address.clone()).unwrap_or_default(),
        email_verified: true,
        first_name: seed.first_name.clone().unwrap_or_default(),
        last_name: seed.last_name.clone().unwrap_or_default(),
        username: None,
        phone_number: None,
        image_url: None,
        label: None,
        approved_scopes: String::new(),
        access_token: None,
        refresh_token: None,
        token_expires_at: None,
        public_metadata: clerk_core::JsonMap::new(),
        verification: Some(Box::new(proof)),
        created_at: now,
        updated_at: now,
    });
}
