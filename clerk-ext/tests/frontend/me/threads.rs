//! That everything about the user may cross threads.

use std::{fmt::Debug, future::IntoFuture, io};

use clerk_core::Json;
use clerk_ext::frontend::{
    AuthenticatorApp, BackupCodes, CodeSent, ContactState, DeviceKey, EmailAddresses, ExternalAccounts, LinkSent, Me,
    NewPasskey, Passkeys, PhoneNumbers, QrCode, SavedContact, SavedPasskey, SavedWallet, TotpEnrolment, TrustedDevices,
    Unverified, UpdateMe, WalletChallenge, Web3Wallets,
};
use clerk_fapi::types::{EmailAddress, PhoneNumber};

fn shared<T: Clone + Debug + Send + Sync + 'static>() {}

fn step<T: Debug + Send + Sync + 'static>() {}

fn sent<T: IntoFuture<IntoFuture: Send>>(_: T) {}

#[test]
fn handles_and_steps_may_cross_threads() {
    shared::<Me>();
    shared::<EmailAddresses>();
    shared::<PhoneNumbers>();
    shared::<ExternalAccounts>();
    shared::<Web3Wallets>();
    shared::<AuthenticatorApp>();
    shared::<BackupCodes>();
    shared::<Passkeys>();
    shared::<TrustedDevices>();
    shared::<DeviceKey>();
    shared::<UpdateMe<Json>>();
    shared::<SavedContact<EmailAddress>>();
    shared::<SavedContact<PhoneNumber>>();
    shared::<SavedPasskey>();
    shared::<SavedWallet>();
    step::<ContactState<EmailAddress>>();
    step::<Unverified<PhoneNumber>>();
    step::<CodeSent<EmailAddress>>();
    step::<LinkSent<EmailAddress>>();
    step::<NewPasskey>();
    step::<TotpEnrolment>();
    step::<QrCode>();
    step::<WalletChallenge>();
}

/// It is compiled, which is all.
#[allow(dead_code, clippy::too_many_arguments, reason = "nobody has all of these steps at once")]
fn futures_may_cross_threads(
    me: &Me,
    unverified: [Unverified<EmailAddress>; 2],
    number: Unverified<PhoneNumber>,
    code: [CodeSent<EmailAddress>; 2],
    link: [LinkSent<EmailAddress>; 2],
    passkey: NewPasskey,
    totp: TotpEnrolment,
    wallet: WalletChallenge,
    key: DeviceKey,
    saved: SavedContact<EmailAddress>,
) {
    sent(me.get());
    sent(me.update());
    sent(me.email_addresses().add("text"));
    sent(me.email_addresses().resume("id"));
    sent(me.email_addresses().resume_from(saved));
    sent(me.phone_numbers().add(String::new()));
    sent(me.external_accounts().list());
    sent(me.authenticator_app().enroll());
    sent(me.passkeys().create());
    sent(me.web3_wallets().verify("id", "kind"));
    sent(me.trusted_devices().enroll(key, |bytes| async move { Ok::<_, io::Error>(bytes) }));
    let [one, other] = unverified;
    sent(one.verify_by_code());
    sent(other.verify_by_link("url"));
    sent(number.verify_by_code_over("whatsapp"));
    let [one, other] = code;
    sent(one.attempt("code"));
    sent(other.resend());
    let [one, other] = link;
    sent(one.wait(std::time::Duration::ZERO));
    sent(other.resend());
    sent(passkey.attempt(&Json::Null));
    sent(totp.verify("code"));
    sent(wallet.attempt("signature"));
}
