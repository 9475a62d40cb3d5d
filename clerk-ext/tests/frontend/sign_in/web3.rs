use clerk_ext::frontend::{Frontend, SignIn, Strategy};
use clerk_local::LocalClerk;
use serde_json::json;

use crate::{
    sign_in::{
        double::{Action, double, refusal},
        people::{ANN, assert_signed_in, kept, refused, state, world},
    },
    world::PASSWORD,
};

const WALLET: &str = "0x0000000000000000000000000000000000000001";
const MESSAGE: &str = "sign in to Local with nonce 1";

fn factors() -> serde_json::Value {
    json!([{ "strategy": "web3_metamask_signature", "web3_wallet_id": "idn_wallet" }])
}

/// A Clerk in which Ann has a wallet.
fn device(local: &LocalClerk) -> Frontend {
    double(local, |asked| {
        let waiting = |first: serde_json::Value| {
            Action::Answer(
                200,
                json!({ "client": null, "response": {
                    "object": "sign_in_attempt",
                    "id": asked.id(),
                    "status": "needs_first_factor",
                    "identifier": WALLET,
                    "supported_first_factors": factors(),
                    "first_factor_verification": first,
                }}),
            )
        };
        let prepared = json!({
            "object": "verification_web3",
            "status": "unverified",
            "strategy": "web3_metamask_signature",
            "nonce": "1",
            "message": MESSAGE,
        });
        match (asked.operation, asked.field("strategy").as_deref(), asked.field("signature").as_deref()) {
            ("createSignIn", ..) if asked.field("identifier").as_deref() == Some(WALLET) => {
                Action::Change(format!("identifier={ANN}"), |body| {
                    body["response"]["identifier"] = WALLET.into();
                    body["response"]["supported_first_factors"] = factors();
                })
            }
            ("prepareSignInFactorOne", Some("web3_metamask_signature"), _) => {
                assert_eq!(asked.field("web3_wallet_id").as_deref(), Some("idn_wallet"));
                waiting(prepared)
            }
            ("getSignIn", ..) => waiting(prepared),
            ("attemptSignInFactorOne", Some("web3_metamask_signature"), Some("test-signature")) => {
                Action::Send(format!("strategy=password&password={PASSWORD}"))
            }
            ("attemptSignInFactorOne", ..) => refusal(422, "form_incorrect_signature"),
            _ => Action::Pass,
        }
    })
}

async fn prompt(clerk: &Frontend) -> clerk_ext::frontend::SignInWallet {
    let state = clerk.sign_in().web3(Strategy::WEB3_METAMASK, WALLET).await.unwrap();
    state!(state, NeedsSignature)
}

#[tokio::test]
async fn works() {
    let world = world().await;
    let clerk = device(&world.local);
    let step = prompt(&clerk).await;
    assert_eq!((step.strategy(), step.message()), (&Strategy::WEB3_METAMASK, MESSAGE));
    assert_signed_in(&clerk, step.attempt("test-signature").await.unwrap(), ANN);
}

#[tokio::test]
async fn wrong_code() {
    let world = world().await;
    let clerk = device(&world.local);
    let step = refused(prompt(&clerk).await.attempt("test-rubbish").await, "form_incorrect_signature");
    assert_signed_in(&clerk, step.attempt("test-signature").await.unwrap(), ANN);
}

#[tokio::test]
async fn cancelled() {
    let world = world().await;
    let clerk = device(&world.local);
    let SignIn::NeedsFirstFactor(step) = prompt(&clerk).await.back() else { panic!("it is elsewhere") };
    assert_eq!(step.factors().len(), 1);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let world = world().await;
    let clerk = device(&world.local);
    let saved = kept(Some(prompt(&clerk).await.save()));
    let step = state!(clerk.sign_in().resume_from(saved).await.unwrap(), NeedsSignature);
    assert_eq!(step.message(), MESSAGE);
    assert_signed_in(&clerk, step.attempt("test-signature").await.unwrap(), ANN);
}
