//! What may cross threads.

use clerk_ext::frontend::{
    FirstFactor, Frontend, IdToken, LinkOpened, NeedsIdentifier, NewPassword, SavedSignIn, SecondFactor, SignIn,
    SignInCode, SignInLink, SignInPasskey, SignInProtectCheck, SignInWallet, SignIns, TransferToSignUp,
    UnfinishedSignIn,
};

fn is_shared<T: Send + Sync + 'static>() {}

fn is_sent<T: Send>(_: T) {}

#[test]
fn every_state_may_be_sent_and_shared() {
    is_shared::<SignIns>();
    is_shared::<SignIn>();
    is_shared::<NeedsIdentifier>();
    is_shared::<FirstFactor>();
    is_shared::<SignInCode>();
    is_shared::<SignInLink>();
    is_shared::<LinkOpened>();
    is_shared::<SignInPasskey>();
    is_shared::<SignInWallet>();
    is_shared::<SecondFactor>();
    is_shared::<NewPassword>();
    is_shared::<SignInProtectCheck>();
    is_shared::<TransferToSignUp>();
    is_shared::<UnfinishedSignIn>();
    is_shared::<SavedSignIn>();
    is_shared::<IdToken>();
}

/// Only compiled: the futures of every step may be sent.
#[allow(dead_code, reason = "nobody calls it")]
fn every_future_may_be_sent(
    clerk: &Frontend,
    step: fn() -> FirstFactor,
    second: fn() -> SecondFactor,
    code: fn() -> SignInCode,
    link: fn() -> SignInLink,
    transfer: fn() -> TransferToSignUp,
) {
    let sign_in = clerk.sign_in();
    is_sent(sign_in.identifier("a"));
    is_sent(sign_in.password("a", "b"));
    is_sent(sign_in.email_code("a"));
    is_sent(sign_in.ticket("a"));
    is_sent(sign_in.id_token(IdToken::google("a")));
    is_sent(sign_in.passkey());
    is_sent(sign_in.web3("a", "b"));
    is_sent(sign_in.trusted_device("a", |bytes| async { Ok::<_, std::io::Error>(bytes) }));
    is_sent(sign_in.create(|call| call));
    is_sent(sign_in.resume());
    is_sent(async { sign_in.resume_from(step().save()).await });
    is_sent(async { step().password("a").await });
    is_sent(async { step().email_code().await });
    is_sent(async { step().passkey().await });
    is_sent(async { step().email_link_polling("a").await });
    is_sent(async { step().trusted_device(|bytes| async { Ok::<_, std::io::Error>(bytes) }).await });
    is_sent(async { code().attempt("a").await });
    is_sent(async { code().resend().await });
    is_sent(async { link().wait(std::time::Duration::ZERO).await });
    is_sent(async { transfer().sign_up().await });
    is_sent(async { second().totp("a").await });
    is_sent(async { second().phone_code().await });
}
