//! A wallet that is proven by a signature. The local Clerk checks none: a code to an address stands in for it.

use clerk_ext::{
    Json,
    frontend::{Frontend, NextStep, Strategy},
};
use clerk_local::{Fault, LocalClerk};
use serde_json::json;

use super::{
    BEN,
    double::{Asked, Form, doctored},
    session, step,
};
use crate::world::{PASSWORD, World};

const WALLET: &str = "0x0000000000000000000000000000000000000001";
const STRATEGY: &str = "web3_metamask_signature";
const SIGNATURE: &str = "test-signature";

fn with_wallets(local: &LocalClerk) -> (Frontend, Asked) {
    let inbox = local.inbox();
    let ask = move |_: &str, form: &mut Form| {
        if form.remove("web3_wallet").is_some() {
            form.extend([("email_address".into(), BEN.into()), ("password".into(), PASSWORD.into())]);
        }
        if let Some(strategy) = form.get_mut("strategy") {
            "email_code".clone_into(strategy);
        }
        if let Some(signature) = form.remove("signature") {
            let code = if signature == SIGNATURE { inbox.latest_code(BEN).unwrap() } else { "no code".into() };
            form.insert("code".into(), code);
        }
    };
    let answer = |_: &str, body: &mut Json| {
        if let Some(code) = body.pointer_mut("/errors/0/code") {
            *code = "form_incorrect_signature".into();
        }
        let Some(Json::Object(sign_up)) = body.get_mut("response") else { return };
        let Some(Json::Object(proofs)) = sign_up.get_mut("verifications") else { return };
        let mut proof = proofs.remove("email_address").unwrap();
        if proof["next_action"] == "needs_attempt" {
            proof["strategy"] = STRATEGY.into();
            proof["message"] = "sign this".into();
        }
        proofs.insert("web3_wallet".into(), proof);
        if sign_up["unverified_fields"] != json!([]) {
            sign_up["unverified_fields"] = json!(["web3_wallet"]);
        }
    };
    doctored(local, ask, answer)
}

#[tokio::test]
async fn works() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, asked) = with_wallets(&local);
    let begun = step(clerk.sign_up().web3(WALLET).await);
    assert!(matches!(begun.next_step(), NextStep::Prepare(proof) if proof.field.as_str() == "web3_wallet"));
    let wallet = begun.verify_wallet(Strategy::from(STRATEGY)).await.unwrap();
    assert_eq!((wallet.strategy().as_str(), wallet.message()), (STRATEGY, "sign this"));
    session(wallet.attempt(SIGNATURE).await);

    let asked = asked.lock().unwrap();
    let sent = |operation: &str| asked.iter().find(|(one, _)| *one == operation).unwrap().1.clone();
    assert_eq!(sent("createSignUps")["web3_wallet"], WALLET);
    assert_eq!(sent("prepareSignUpsVerification")["strategy"], STRATEGY);
    let attempt = sent("attemptSignUpsVerification");
    assert_eq!((attempt["strategy"].as_str(), attempt["signature"].as_str()), (STRATEGY, SIGNATURE));
}

#[tokio::test]
async fn wrong_code() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, _) = with_wallets(&local);
    let wallet = step(clerk.sign_up().web3(WALLET).await).verify_wallet(STRATEGY).await.unwrap();
    let failed = wallet.attempt("test-other").await.unwrap_err();
    assert_eq!(failed.error().code().map(clerk_ext::ErrorCode::as_str), Some("form_incorrect_signature"));
    session(failed.into_step().attempt(SIGNATURE).await);
}

#[tokio::test]
async fn resumed_after_the_process_was_killed() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, asked) = with_wallets(&local);
    let saved = step(clerk.sign_up().web3(WALLET).await).verify_wallet(STRATEGY).await.unwrap().save();
    let found = step(clerk.sign_up().resume_from(saved).await);
    let wallet = found.verify_wallet(STRATEGY).await.unwrap();
    let prepared = asked.lock().unwrap().iter().filter(|(one, _)| *one == "prepareSignUpsVerification").count();
    assert_eq!((prepared, wallet.message()), (1, "sign this"));
    session(wallet.attempt(SIGNATURE).await);
}

#[tokio::test]
async fn cancelled() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, _) = with_wallets(&local);
    let back = step(clerk.sign_up().web3(WALLET).await).verify_wallet(STRATEGY).await.unwrap().back();
    session(back.verify_wallet(STRATEGY).await.unwrap().attempt(SIGNATURE).await);
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = World::new().await;
    let (clerk, _) = with_wallets(&local);
    let wallet = step(clerk.sign_up().web3(WALLET).await).verify_wallet(STRATEGY).await.unwrap();
    local.faults().add(Fault::reset().on("attemptSignUpsVerification").before_execution().times(1));
    let failed = wallet.attempt(SIGNATURE).await.unwrap_err();
    assert!(failed.error().is_retryable(), "{failed}");
    session(failed.into_step().attempt(SIGNATURE).await);
}
