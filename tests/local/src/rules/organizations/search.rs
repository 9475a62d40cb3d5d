//! Words that name a user.

use crate::model::user::User;

/// Whether the words, in lower case, are part of what a user is called or reached by.
pub(crate) fn fits(user: &User, words: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(words);
    user.id.as_str().eq_ignore_ascii_case(words)
        || name(user).contains(words)
        || user.username.as_deref().is_some_and(has)
        || user.email_addresses.iter().any(|email| has(&email.email_address))
        || user.phone_numbers.iter().any(|phone| has(&phone.phone_number))
        || user.web3_wallets.iter().any(|wallet| has(&wallet.web3_wallet))
}

/// Given and family name in lower case, with a space between.
pub(crate) fn name(user: &User) -> String {
    let name = [user.first_name.as_deref(), user.last_name.as_deref()].into_iter().flatten();
    name.collect::<Vec<_>>().join(" ").to_lowercase()
}
