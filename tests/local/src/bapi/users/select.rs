//! Finding users: filters, order, and a part of what they leave.

use std::cmp::Ordering;

use clerk_core::Timestamp;

use super::order::{Numbered, Order};
use crate::{
    answer::{Answer, Outcome},
    bapi::{Call, list},
    failure::Failure,
    input::Input,
    model::user::{User, email_key, external_account_key, phone_key, username_key},
    rules,
    state::State,
    table::Record as _,
    views,
};

/// How many values one filter takes.
const MOST: usize = 100;

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let order = Order::read(call.input)?;
    let filter = Filter::read(call.input)?;
    let mut found = filter.select(call.state);
    if let Some(id) = call.input.query("starting_after") {
        let last = call.state.tables.users.get(id).ok_or_else(|| Failure::value("starting_after"))?;
        let last = (call.state.tables.users.number(id).unwrap_or_default(), last);
        found.retain(|user| order.compare(last, *user) == Ordering::Less);
    }
    let users: Vec<_> = order
        .window(found, window)
        .into_iter()
        .map(|user| views::bapi::user::user(call.state, user, call.now))
        .collect();
    Ok(Answer::json(&users))
}

pub(super) fn count(call: &mut Call<'_>) -> Outcome {
    let filter = Filter::read(call.input)?;
    let total = if filter.takes_all() { call.state.tables.users.len() } else { filter.select(call.state).len() };
    Ok(Answer::total(total))
}

/// What a request asks for; users have to fit all of it.
#[derive(Debug, Default)]
struct Filter<'a> {
    email_addresses: Vec<String>,
    phone_numbers: Vec<String>,
    usernames: Vec<&'a str>,
    wallets: Vec<&'a str>,
    external_ids: Choice<'a>,
    user_ids: Choice<'a>,
    organization_ids: Choice<'a>,
    provider: Option<String>,
    provider_user_ids: Vec<&'a str>,
    query: Option<Needle>,
    email_address_query: Option<Needle>,
    phone_number_query: Option<Needle>,
    username_query: Option<Needle>,
    name_query: Option<Needle>,
    banned: Option<bool>,
    created_at: Span,
    last_active_at: Span,
    last_sign_in_at: Span,
}

/// Ids of which a user has one and has none; `-` before an id excludes, `+` says that it does not.
#[derive(Debug, Default)]
struct Choice<'a> {
    of: Vec<&'a str>,
    but: Vec<&'a str>,
}

/// A part of time, both ends outside; a user to whom it has not happened is in none but the whole.
#[derive(Debug, Default)]
struct Span {
    after: Option<i64>,
    before: Option<i64>,
}

impl<'a> Filter<'a> {
    fn read(input: &'a Input) -> Result<Self, Failure> {
        let email_addresses = values(input, "email_address")?.into_iter().map(str::to_lowercase).collect();
        // A `+` that was not encoded arrives as a space.
        let numbers = values(input, "phone_number")?.into_iter().map(|number| number.replacen(' ', "+", 1));
        let phone_numbers = numbers.map(|number| rules::users::normal_phone(&number).unwrap_or(number)).collect();
        let provider = input.query("provider").map(|name| match name.split_once('_') {
            Some(_) => name.to_owned(),
            None => format!("oauth_{name}"),
        });
        let provider_user_ids = values(input, "provider_user_id")?;
        if provider.is_none() && !provider_user_ids.is_empty() {
            return Err(Failure::new(422, "form_conditional_param_missing", "is missing")
                .explained("provider must be included when provider_user_id is")
                .param("provider"));
        }
        let since = input.query_integer("last_active_at_since")?.map(|since| since.saturating_sub(1));
        let mut last_active_at = Span::read(input, "last_active_at")?;
        last_active_at.after = last_active_at.after.max(since);
        Ok(Self {
            email_addresses,
            phone_numbers,
            usernames: values(input, "username")?,
            wallets: values(input, "web3_wallet")?,
            external_ids: Choice::read(input, "external_id")?,
            user_ids: Choice::read(input, "user_id")?,
            organization_ids: Choice::read(input, "organization_id")?,
            provider,
            provider_user_ids,
            query: Needle::read(input, "query"),
            email_address_query: Needle::read(input, "email_address_query"),
            phone_number_query: Needle::read(input, "phone_number_query"),
            username_query: Needle::read(input, "username_query"),
            name_query: Needle::read(input, "name_query"),
            banned: input.query_flag("banned")?,
            created_at: Span::read(input, "created_at")?,
            last_active_at,
            last_sign_in_at: Span::read(input, "last_sign_in_at")?,
        })
    }

    /// The one that looks at all texts comes first, as nothing else checks it.
    fn needles(&self) -> [Option<&Needle>; 5] {
        let all =
            [&self.query, &self.email_address_query, &self.phone_number_query, &self.username_query, &self.name_query];
        all.map(Option::as_ref)
    }

    fn takes_all(&self) -> bool {
        let lists = [self.usernames.len(), self.wallets.len(), self.provider_user_ids.len()];
        self.email_addresses.is_empty()
            && self.phone_numbers.is_empty()
            && lists == [0; 3]
            && [&self.external_ids, &self.user_ids, &self.organization_ids].iter().all(|choice| choice.takes_all())
            && self.needles().iter().all(|needle| needle.is_none())
            && self.provider.is_none()
            && self.banned.is_none()
            && [&self.created_at, &self.last_active_at, &self.last_sign_in_at].iter().all(|span| span.takes_all())
    }

    /// The users that fit with their numbers, in no order.
    fn select<'s>(&self, state: &'s State) -> Vec<Numbered<'s>> {
        let users = &state.tables.users;
        if self.takes_all() {
            return users.numbered().collect();
        }
        match self.candidates(state) {
            Some(candidates) => {
                let mut found: Vec<_> = candidates
                    .into_iter()
                    .filter(|user| self.fits(state, user) && self.is_mentioned_by(user))
                    .filter_map(|user| Some((users.number(&user.id)?, user)))
                    .collect();
                found.sort_unstable_by_key(|(number, _)| *number);
                found.dedup_by_key(|(number, _)| *number);
                found
            }
            // What has a part in one of its texts has it in all of them together; `fits` looks at the one that is asked for.
            None => match self.needles().into_iter().flatten().next() {
                Some(needle) => users.search(&needle.lower).filter(|(_, user)| self.fits(state, user)).collect(),
                None => users.numbered().filter(|(_, user)| self.fits(state, user)).collect(),
            },
        }
    }

    /// Those who can fit, where a filter finds them by a key; some of them twice.
    fn candidates<'s>(&self, state: &'s State) -> Option<Vec<&'s User>> {
        let users = &state.tables.users;
        let by = |keys: &mut dyn Iterator<Item = String>| -> Vec<&'s User> {
            keys.flat_map(|key| users.find(&key)).collect()
        };
        Some(if !self.user_ids.of.is_empty() {
            self.user_ids.of.iter().filter_map(|id| users.get(id)).collect()
        } else if !self.external_ids.of.is_empty() {
            by(&mut self.external_ids.of.iter().map(|id| format!("external:{id}")))
        } else if !self.email_addresses.is_empty() {
            by(&mut self.email_addresses.iter().map(|address| email_key(address)))
        } else if !self.phone_numbers.is_empty() {
            by(&mut self.phone_numbers.iter().map(|number| phone_key(number)))
        } else if !self.usernames.is_empty() {
            by(&mut self.usernames.iter().map(|name| username_key(name)))
        } else if !self.wallets.is_empty() {
            by(&mut self.wallets.iter().map(|wallet| format!("wallet:{wallet}")))
        } else if let (Some(provider), false) = (&self.provider, self.provider_user_ids.is_empty()) {
            by(&mut self.provider_user_ids.iter().map(|id| external_account_key(provider, id)))
        } else if !self.organization_ids.of.is_empty() {
            let organizations = self.organization_ids.of.iter();
            let members = organizations.flat_map(|id| state.tables.memberships.find(&format!("org:{id}")));
            members.filter_map(|membership| users.get(&membership.user_id)).collect()
        } else {
            return None;
        })
    }

    fn fits(&self, state: &State, user: &User) -> bool {
        let listed = |none: bool, has: &dyn Fn() -> bool| none || has();
        self.banned.is_none_or(|banned| user.banned == banned)
            && self.created_at.holds(Some(user.created_at))
            && self.last_active_at.holds(user.last_active_at)
            && self.last_sign_in_at.holds(user.last_sign_in_at)
            && self.user_ids.fits(&|id| user.id.as_str() == id)
            && self.external_ids.fits(&|id| user.external_id.as_deref() == Some(id))
            && listed(self.email_addresses.is_empty(), &|| {
                user.email_addresses.iter().any(|email| self.email_addresses.contains(&email.email_address))
            })
            && listed(self.phone_numbers.is_empty(), &|| {
                user.phone_numbers.iter().any(|phone| self.phone_numbers.contains(&phone.phone_number))
            })
            && listed(self.usernames.is_empty(), &|| {
                let has = |name: &String| self.usernames.iter().any(|given| given.eq_ignore_ascii_case(name));
                user.username.as_ref().is_some_and(has)
            })
            && listed(self.wallets.is_empty(), &|| {
                user.web3_wallets.iter().any(|wallet| self.wallets.contains(&wallet.web3_wallet.as_str()))
            })
            && self.provider.as_ref().is_none_or(|provider| {
                user.external_accounts.iter().any(|account| {
                    account.provider == *provider
                        && (self.provider_user_ids.is_empty()
                            || self.provider_user_ids.contains(&account.provider_user_id.as_str()))
                })
            })
            && self.organization_ids.fits(&|id| rules::organizations::membership(state, id, &user.id).is_some())
            && self.matches(user)
    }

    /// What [`search`](crate::table::Table::search) asks of all users, asked of one.
    fn is_mentioned_by(&self, user: &User) -> bool {
        let mentions = |needle: &Needle| user.text().is_some_and(|text| text.contains(&needle.lower));
        self.query.as_ref().is_none_or(mentions)
    }

    fn matches(&self, user: &User) -> bool {
        let emails = |needle: &Needle| user.email_addresses.iter().any(|email| needle.is_in(&email.email_address));
        let phones = |needle: &Needle| user.phone_numbers.iter().any(|phone| needle.is_in(&phone.phone_number));
        let username = |needle: &Needle| user.username.as_deref().is_some_and(|name| needle.is_in(name));
        let names = |needle: &Needle| {
            let (first, last) = (user.first_name.as_deref(), user.last_name.as_deref());
            first.is_some_and(|name| needle.is_in(name))
                || last.is_some_and(|name| needle.is_in(name))
                || needle.spaced && needle.is_in(&format!("{} {}", first.unwrap_or(""), last.unwrap_or("")))
        };
        self.email_address_query.as_ref().is_none_or(emails)
            && self.phone_number_query.as_ref().is_none_or(phones)
            && self.username_query.as_ref().is_none_or(username)
            && self.name_query.as_ref().is_none_or(names)
    }
}

fn values<'a>(input: &'a Input, name: &'a str) -> Result<Vec<&'a str>, Failure> {
    let values: Vec<&str> = input.query_all(name).collect();
    if values.len() > MOST {
        return Err(Failure::new(422, "form_param_array_size_exceeded", "has too many items")
            .explained(format!("{name} takes at most {MOST} values"))
            .param(name));
    }
    Ok(values)
}

impl<'a> Choice<'a> {
    fn read(input: &'a Input, name: &'a str) -> Result<Self, Failure> {
        let mut choice = Self::default();
        for value in values(input, name)? {
            match value.strip_prefix('-') {
                Some(id) => choice.but.push(id),
                None => choice.of.push(value.strip_prefix(['+', ' ']).unwrap_or(value)),
            }
        }
        Ok(choice)
    }

    fn takes_all(&self) -> bool {
        self.of.is_empty() && self.but.is_empty()
    }

    fn fits(&self, has: &dyn Fn(&str) -> bool) -> bool {
        (self.of.is_empty() || self.of.iter().any(|id| has(id))) && !self.but.iter().any(|id| has(id))
    }
}

impl Span {
    fn read(input: &Input, name: &str) -> Result<Self, Failure> {
        let after = input.query_integer(&format!("{name}_after"))?;
        let before = input.query_integer(&format!("{name}_before"))?;
        Ok(Self { after, before })
    }

    fn takes_all(&self) -> bool {
        self.after.is_none() && self.before.is_none()
    }

    fn holds(&self, moment: Option<Timestamp>) -> bool {
        match moment.map(Timestamp::as_millis) {
            None => self.takes_all(),
            Some(moment) => {
                self.after.is_none_or(|after| moment > after) && self.before.is_none_or(|before| moment < before)
            }
        }
    }
}

/// A text that is looked for in others, whatever the case.
#[derive(Debug)]
struct Needle {
    lower: String,
    spaced: bool,
}

impl Needle {
    fn read(input: &Input, name: &str) -> Option<Self> {
        let text = input.query(name)?.trim();
        (!text.is_empty()).then(|| Self { lower: text.to_lowercase(), spaced: text.contains(' ') })
    }

    fn is_in(&self, text: &str) -> bool {
        if !text.is_ascii() || !self.lower.is_ascii() {
            return text.to_lowercase().contains(&self.lower);
        }
        // Without a copy, which for all texts of all users would be most of the work.
        let (text, needle) = (text.as_bytes(), self.lower.as_bytes());
        let Some(first) = needle.first() else { return true };
        let fits = |window: &[u8]| {
            window.first().is_some_and(|byte| byte.to_ascii_lowercase() == *first)
                && window.eq_ignore_ascii_case(needle)
        };
        text.len() >= needle.len() && text.windows(needle.len()).any(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_whatever_the_case() {
        let needle = |text: &str| Needle { lower: text.to_lowercase(), spaced: false };
        for (text, part) in [("Ann", "ann"), ("ANN@example.com", "N@EX"), ("Änne", "ä"), ("x", "x"), ("aab", "AB")] {
            assert!(needle(part).is_in(text), "{part} in {text}");
        }
        for (text, part) in [("Ann", "anna"), ("", "a"), ("ann", "än"), ("ab", "ba")] {
            assert!(!needle(part).is_in(text), "{part} in {text}");
        }
    }
}
