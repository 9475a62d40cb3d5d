//! Which members a request asks for.

use crate::{
    bapi::Call,
    failure::Failure,
    input::Input,
    model::{organization::Membership, user::User},
    rules::organizations::search,
    state::State,
};

pub(super) const ORDERS: [&str; 6] =
    ["created_at", "email_address", "phone_number", "username", "first_name", "last_name"];

/// What members have to fit; all of it.
#[derive(Debug)]
pub(super) struct Filter<'a> {
    input: &'a Input,
    last_active_before: Option<i64>,
    last_active_after: Option<i64>,
    created_before: Option<i64>,
    created_after: Option<i64>,
}

impl<'a> Filter<'a> {
    /// # Errors
    ///
    /// A time is no number.
    pub(super) fn read(call: &Call<'a>) -> Result<Self, Failure> {
        let input = call.input;
        Ok(Self {
            input,
            last_active_before: input.query_integer("last_active_at_before")?,
            last_active_after: input.query_integer("last_active_at_after")?,
            created_before: input.query_integer("created_at_before")?,
            created_after: input.query_integer("created_at_after")?,
        })
    }

    pub(super) fn fits(&self, state: &State, member: &Membership) -> bool {
        let Some(user) = state.tables.users.get(&member.user_id) else { return false };
        let created = member.created_at.as_millis();
        self.one_of("role", |role| member.role == role)
            && self.one_of("user_id", |id| user.id.as_str() == id)
            && self.one_of("username", |name| user.username.as_deref().is_some_and(|it| it.eq_ignore_ascii_case(name)))
            && self.one_of("email_address", |address| {
                user.email_addresses.iter().any(|email| email.email_address == address.to_lowercase())
            })
            && self.one_of("phone_number", |number| user.phone_numbers.iter().any(|phone| phone.phone_number == number))
            && self.one_of("web3_wallet", |wallet| user.web3_wallets.iter().any(|it| it.web3_wallet == wallet))
            && self.contains("query", |words| search::fits(user, words))
            && self.contains("name_query", |words| search::name(user).contains(words))
            && self.contains("username_query", |words| {
                user.username.as_deref().is_some_and(|name| name.to_lowercase().contains(words))
            })
            && self.contains("email_address_query", |words| {
                user.email_addresses.iter().any(|email| email.email_address.contains(words))
            })
            && self.contains("phone_number_query", |words| {
                user.phone_numbers.iter().any(|phone| phone.phone_number.contains(words))
            })
            && self.created_before.is_none_or(|end| created < end)
            && self.created_after.is_none_or(|start| created > start)
            && self.last_active_before.is_none_or(|end| active(user).is_some_and(|at| at < end))
            && self.last_active_after.is_none_or(|start| active(user).is_some_and(|at| at > start))
    }

    /// Whether one of the values given fits; none given asks for nothing, and one with `-` in front must not fit.
    fn one_of(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        let mut wanted = false;
        let mut found = false;
        for value in self.input.query_all(name) {
            if let Some(unwanted) = value.strip_prefix('-') {
                if fits(unwanted) {
                    return false;
                }
            } else {
                wanted = true;
                // A number begins with a `+` of its own.
                found |= fits(value) || value.strip_prefix('+').is_some_and(&fits);
            }
        }
        found || !wanted
    }

    fn contains(&self, name: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.input.query(name).is_none_or(|words| fits(&words.to_lowercase()))
    }
}

fn active(user: &User) -> Option<i64> {
    user.last_active_at.map(clerk_core::Timestamp::as_millis)
}

/// What a member is ordered by.
pub(super) fn key(state: &State, member: &Membership, name: &str) -> super::order::Key {
    let user = state.tables.users.get(&member.user_id);
    let text = match name {
        "email_address" => user.and_then(User::primary_email).map(|email| email.email_address.as_str()),
        "phone_number" => user.and_then(User::primary_phone).map(|phone| phone.phone_number.as_str()),
        "username" => user.and_then(|user| user.username.as_deref()),
        "first_name" => user.and_then(|user| user.first_name.as_deref()),
        "last_name" => user.and_then(|user| user.last_name.as_deref()),
        _ => return member.created_at.into(),
    };
    text.unwrap_or_default().into()
}
