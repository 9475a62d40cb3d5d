//! What the user is known by: addresses, numbers, wallets, and accounts elsewhere.

mod accounts;
mod emails;
mod phones;
mod wallets;

use super::Handlers;
use crate::{failure::Failure, model::verification::Verification};

pub(crate) const HANDLERS: Handlers = &[
    ("getEmailAddresses", emails::list),
    ("createEmailAddresses", emails::create),
    ("getEmailAddress", emails::get),
    ("DeleteEmailAddress", emails::delete),
    ("sendVerificationEmail", emails::prepare),
    ("verifyEmailAddress", emails::attempt),
    ("getPhoneNumbers", phones::list),
    ("postPhoneNumbers", phones::create),
    ("ReadPhoneNumber", phones::get),
    ("UpdatePhoneNumber", phones::update),
    ("DeletePhoneNumber", phones::delete),
    ("sendVerificationSMS", phones::prepare),
    ("verifyPhoneNumber", phones::attempt),
    ("getWeb3Wallets", wallets::list),
    ("postWeb3Wallets", wallets::create),
    ("readWeb3Wallet", wallets::get),
    ("deleteWeb3Wallet", wallets::delete),
    ("prepareWeb3WalletVerification", wallets::prepare),
    ("deleteExternalAccount", accounts::delete),
    ("revokeExternalAccountTokens", accounts::revoke_tokens),
];

fn wrong_strategy() -> Failure {
    Failure::new(400, "verification_strategy_invalid", "invalid strategy")
        .explained("this instance does not verify it in this way")
}

/// The proof to be tried.
fn asked_for(verification: Option<&mut Box<Verification>>) -> Result<&mut Verification, Failure> {
    verification.map(|verification| &mut **verification).ok_or_else(|| {
        Failure::new(400, "verification_missing", "verification missing")
            .explained("the verification has to be prepared before it can be attempted")
    })
}

/// It came with an account elsewhere, and goes with it.
fn linked() -> Failure {
    Failure::new(400, "delete_linked_identification_disallowed", "is linked")
        .explained("it belongs to a connected account: disconnect that first")
}
