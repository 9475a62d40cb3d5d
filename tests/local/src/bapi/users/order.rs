//! Users in order, and a part of them.

use std::cmp::Ordering;

use clerk_core::Timestamp;

use crate::{
    bapi::list::{self, Window},
    failure::Failure,
    input::Input,
    model::user::User,
};

const ORDERS: [&str; 10] = [
    "created_at",
    "updated_at",
    "email_address",
    "web3wallet",
    "first_name",
    "last_name",
    "phone_number",
    "username",
    "last_active_at",
    "last_sign_in_at",
];

/// A user, and when they came among the others.
pub(super) type Numbered<'a> = (u64, &'a User);

/// By what users are ordered; whoever lacks it comes last in both directions, and equals are in the order they came.
#[derive(Debug)]
pub(super) struct Order<'a> {
    name: &'a str,
    descending: bool,
}

/// What a user is ordered by.
#[derive(Debug)]
struct Row<'a> {
    value: Option<Value<'a>>,
    number: u64,
    user: &'a User,
}

#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Time(i64),
    Text(Text<'a>),
}

/// A text with its beginning at hand, as most texts differ there and the rest is far away in memory.
#[derive(Clone, Copy, Debug)]
struct Text<'a> {
    beginning: u128,
    whole: &'a str,
}

const BEGINNING: usize = 16;

impl<'a> Text<'a> {
    fn new(whole: &'a str) -> Self {
        let mut bytes = [0; BEGINNING];
        bytes.iter_mut().zip(whole.bytes()).for_each(|(known, byte)| *known = byte);
        Self { beginning: u128::from_be_bytes(bytes), whole }
    }

    fn compare(&self, other: &Self) -> Ordering {
        let beginnings = self.beginning.cmp(&other.beginning);
        // A zero byte and the end of a text look alike in the beginnings: the lengths tell them apart.
        beginnings.then_with(|| {
            if self.whole.len() <= BEGINNING && other.whole.len() <= BEGINNING {
                self.whole.len().cmp(&other.whole.len())
            } else {
                self.whole.cmp(other.whole)
            }
        })
    }
}

impl Value<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.compare(other),
            // Of one order all values are of one kind.
            (Self::Time(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Time(_)) => Ordering::Greater,
        }
    }
}

impl<'a> Order<'a> {
    pub(super) fn read(input: &'a Input) -> Result<Self, Failure> {
        let (name, descending) = list::order(input.query("order_by"), &ORDERS)?.unwrap_or(("created_at", true));
        Ok(Self { name, descending })
    }

    fn value<'u>(&self, user: &'u User) -> Option<Value<'u>> {
        let text = |text: Option<&'u String>| text.map(|text| Value::Text(Text::new(text)));
        let time = |time: Option<Timestamp>| time.map(|time| Value::Time(time.as_millis()));
        match self.name {
            "updated_at" => time(Some(user.updated_at)),
            "email_address" => text(user.primary_email().map(|email| &email.email_address)),
            "web3wallet" => text(user.web3_wallets.first().map(|wallet| &wallet.web3_wallet)),
            "first_name" => text(user.first_name.as_ref()),
            "last_name" => text(user.last_name.as_ref()),
            "phone_number" => text(user.primary_phone().map(|phone| &phone.phone_number)),
            "username" => text(user.username.as_ref()),
            "last_active_at" => time(user.last_active_at),
            "last_sign_in_at" => time(user.last_sign_in_at),
            _ => time(Some(user.created_at)),
        }
    }

    pub(super) fn compare(&self, a: Numbered<'_>, b: Numbered<'_>) -> Ordering {
        self.compare_rows(&self.row(a), &self.row(b))
    }

    fn row<'u>(&self, (number, user): Numbered<'u>) -> Row<'u> {
        Row { value: self.value(user), number, user }
    }

    fn compare_rows(&self, a: &Row<'_>, b: &Row<'_>) -> Ordering {
        let order = match (a.value, b.value) {
            (Some(one), Some(other)) => one.compare(&other),
            (Some(_), None) => return Ordering::Less,
            (None, Some(_)) => return Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let order = order.then(a.number.cmp(&b.number));
        if self.descending { order.reverse() } else { order }
    }

    /// The part of the users that the window shows, in order; the rest is never sorted.
    pub(super) fn window<'u>(&self, users: Vec<Numbered<'u>>, window: Window) -> Vec<&'u User> {
        let mut rows: Vec<_> = users.into_iter().map(|user| self.row(user)).collect();
        let start = window.offset.min(rows.len());
        let shown = window.limit.min(rows.len().saturating_sub(start));
        let compare = |a: &Row<'_>, b: &Row<'_>| self.compare_rows(a, b);
        if start > 0 && start < rows.len() {
            rows.select_nth_unstable_by(start, compare);
        }
        let Some(rest) = rows.get_mut(start..) else { return Vec::new() };
        if shown > 0 && shown < rest.len() {
            rest.select_nth_unstable_by(shown, compare);
        }
        let Some(part) = rest.get_mut(..shown) else { return Vec::new() };
        part.sort_unstable_by(compare);
        part.iter().map(|row| row.user).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_in_the_order_of_their_bytes_however_long_they_are() {
        let mut texts = vec![
            "",
            "\0",
            "\0\0",
            "a",
            "a\0",
            "ab",
            "b",
            "Ä",
            "aaaaaaaaaaaaaaaa",
            "aaaaaaaaaaaaaaaa\0",
            "aaaaaaaaaaaaaaaab",
            "aaaaaaaaaaaaaaab",
            "user1@example.com",
            "user10@example.com",
            "user2@example.com",
        ];
        let mut expected = texts.clone();
        expected.sort_unstable();
        texts.sort_by(|a, b| Text::new(a).compare(&Text::new(b)));
        assert_eq!(texts, expected);
    }
}
