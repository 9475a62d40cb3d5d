//! Addresses and numbers, and how they are proven.

use std::time::{Duration, SystemTime};

use clerk_ext::{
    clock::ManualClock,
    frontend::{CodeSent, ContactState, Unverified},
    transport::RetryPolicy,
};
use clerk_fapi::types::{EmailAddress, PhoneNumber};
use clerk_local::Fault;

use super::{ANN, Runs, WRONG_CODE, calls, code, enter, kept, lose, lose_the_answer, lost, refused, world};
use crate::world::{World, device};

const ADDRESS: &str = "ann@work.example.com";
const NUMBER: &str = "+14155552671";

/// The time after which another code can be sent.
const COOL_DOWN: Duration = Duration::from_secs(30);

/// The time after which a code or link is not taken any more.
const TOO_LATE: Duration = Duration::from_secs(11 * 60);

async fn added(world: &World) -> Unverified<EmailAddress> {
    world.clerk.me().email_addresses().add(ADDRESS).await.unwrap()
}

/// Opens the link that was sent last.
async fn open(world: &World) {
    let link = world.local.inbox().latest_link(ADDRESS).unwrap();
    let browser = clerk_core::reqwest::Client::builder().redirect(clerk_core::reqwest::redirect::Policy::none());
    browser.build().unwrap().get(link).send().await.unwrap();
}

mod add_email_by_code {
    use super::*;

    async fn sent(world: &World) -> CodeSent<EmailAddress> {
        added(world).await.verify_by_code().await.unwrap()
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let sent = sent(&world).await;
        assert_eq!(sent.contact().email_address, ADDRESS);
        assert!(sent.expires_at().is_some());
        let address = sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
        assert_eq!(address.email_address, ADDRESS);

        let addresses = world.clerk.me().email_addresses();
        assert_eq!(addresses.list().page().await.unwrap().data.len(), 2);
        let user = addresses.make_primary(&address.id).await.unwrap();
        assert_eq!(user.primary_email_address_id.as_ref(), Some(&address.id));
        let first = user.email_addresses.iter().find(|one| one.id != address.id).unwrap();
        assert!(addresses.delete(&first.id).await.unwrap().deleted);
        assert_eq!(addresses.get(&address.id).await.unwrap().email_address, ADDRESS);
        assert_eq!(world.clerk.snapshot().user().unwrap().email_addresses.len(), 1);
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
        sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let sent = sent(&world).await;
        let old = code(&world.local, ADDRESS);
        world.local.clock().advance(TOO_LATE);
        let sent = refused(sent.attempt(old).await, "verification_expired");
        let sent = sent.resend().await.unwrap();
        sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn too_many_codes() {
        let world = world().await;
        let mut sent = sent(&world).await;
        for _ in 0..4 {
            sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
        }
        let sent = refused(sent.attempt(WRONG_CODE).await, "verification_failed");
        let sent = refused(sent.attempt(code(&world.local, ADDRESS)).await, "verification_failed");
        world.local.clock().advance(COOL_DOWN);
        sent.resend().await.unwrap().attempt(code(&world.local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let unverified = sent(&world).await.back();
        let id = unverified.contact().id.clone();
        world.clerk.me().email_addresses().delete(id).await.unwrap();
        assert_eq!(world.clerk.snapshot().user().unwrap().email_addresses.len(), 1);
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let sent = sent(&world).await;
        lose(&world.local, "verifyEmailAddress");
        let sent = lost(sent.attempt(code(&world.local, ADDRESS)).await);
        sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn an_attempt_whose_answer_was_lost_counts() {
        let world = world().await;
        let sent = sent(&world).await;
        lose_the_answer(&world.local, "verifyEmailAddress");
        let sent = lost(sent.attempt(code(&world.local, ADDRESS)).await);
        let address = sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
        assert_eq!(address.email_address, ADDRESS);
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let runs = Runs::new();
        let first = runs.next(&world.local);
        enter(&first, ANN).await;
        let sent = first.me().email_addresses().add(ADDRESS).await.unwrap().verify_by_code().await.unwrap();
        let saved = kept(&sent.save());
        drop((sent, first));

        let clerk = runs.next(&world.local);
        let resumed = clerk.me().email_addresses().resume_from(saved.clone()).await.unwrap();
        let ContactState::CodeSent(sent) = resumed else { panic!("{resumed:?}") };
        assert!(!sent.resend_after().is_zero(), "it is known when it was sent");
        sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
        assert_eq!(world.local.inbox().messages_to(ADDRESS).len(), 1, "it was sent once");
        let resumed = clerk.me().email_addresses().resume_from(saved).await.unwrap();
        assert!(matches!(resumed, ContactState::Verified(_)), "{resumed:?}");
    }

    #[tokio::test]
    async fn resumed_with_nothing_saved() {
        let world = world().await;
        let added = added(&world).await;
        let (id, addresses) = (added.contact().id.clone(), world.clerk.me().email_addresses());
        let resumed = addresses.resume(&id).await.unwrap();
        assert!(matches!(resumed, ContactState::Unverified(_)), "{resumed:?}");
        drop(added.verify_by_code().await.unwrap());
        let resumed = addresses.resume(&id).await.unwrap();
        let ContactState::CodeSent(sent) = resumed else { panic!("{resumed:?}") };
        sent.attempt(code(&world.local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn another_code_is_sent_when_asked_for_and_not_too_early() {
        let World { local, clerk } = world().await;
        local.clock().freeze();
        let clock = ManualClock::at(SystemTime::now());
        let slow = device(&local).clock(clock.clone()).build().unwrap();
        drop(clerk);
        enter(&slow, ANN).await;
        let sent = slow.me().email_addresses().add(ADDRESS).await.unwrap().verify_by_code().await.unwrap();
        assert_eq!(sent.resend_after(), COOL_DOWN);

        // It is not waited for: whoever asked is told how long it takes.
        let failed = sent.resend().await.unwrap_err();
        assert!(failed.error().has_code("verification_code_too_many_requests"), "{failed}");
        assert_eq!(failed.error().retry_after(), Some(COOL_DOWN));
        assert_eq!(calls(&local, "sendVerificationEmail"), 2);

        local.clock().advance(COOL_DOWN);
        clock.advance(COOL_DOWN);
        let sent = failed.into_step();
        assert!(sent.resend_after().is_zero());
        let old = code(&local, ADDRESS);
        let sent = sent.resend().await.unwrap();
        assert_eq!(sent.resend_after(), COOL_DOWN);
        assert_ne!(old, code(&local, ADDRESS));
        sent.attempt(code(&local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn second_pending_flow() {
        let world = world().await;
        let first = sent(&world).await;
        let other = world.clerk.me().email_addresses().add("ann@club.example.com").await.unwrap();
        let other = other.verify_by_code().await.unwrap();
        first.attempt(code(&world.local, ADDRESS)).await.unwrap();
        other.attempt(code(&world.local, "ann@club.example.com")).await.unwrap();
    }

    #[tokio::test]
    async fn a_code_is_never_asked_for_twice() {
        let world = world().await;
        let added = added(&world).await;
        world.local.faults().add(Fault::status(503).on("sendVerificationEmail").times(1));
        let (added, error) = added.verify_by_code().await.unwrap_err().into_parts();
        assert_eq!(
            (error.status().map(|it| it.as_u16()), calls(&world.local, "sendVerificationEmail")),
            (Some(503), 1)
        );
        added.verify_by_code().await.unwrap();
    }

    #[tokio::test]
    async fn an_address_whose_adding_was_not_answered_is_gone_on_with() {
        let world = world().await;
        lose_the_answer(&world.local, "createEmailAddresses");
        let addresses = world.clerk.me().email_addresses();
        assert!(addresses.add(ADDRESS).await.is_err());
        let added = addresses.add(ADDRESS).await.unwrap();
        added.verify_by_code().await.unwrap();

        let error = addresses.add(ANN).await.unwrap_err();
        assert!(error.has_code("form_identifier_exists"), "it is proven: {error}");
    }
}

mod add_email_by_link {
    use super::*;

    const PAGE: &str = "https://example.com/done";

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let sent = added(&world).await.verify_by_link(PAGE).await.unwrap();
        assert!(sent.expires_at().is_some());
        open(&world).await;
        let address = sent.wait(Duration::from_secs(5)).await.unwrap();
        assert_eq!(address.email_address, ADDRESS);
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let sent = added(&world).await.verify_by_link(PAGE).await.unwrap();
        world.local.clock().advance(TOO_LATE);
        let sent = refused(sent.wait(Duration::from_secs(5)).await, "verification_expired");
        let sent = sent.resend().await.unwrap();
        open(&world).await;
        sent.wait(Duration::from_secs(5)).await.unwrap();
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let sent = added(&world).await.verify_by_link(PAGE).await.unwrap();
        let (sent, error) = sent.wait(Duration::ZERO).await.unwrap_err().into_parts();
        assert_eq!(error.kind(), clerk_core::ErrorKind::Timeout);
        world.local.clock().advance(COOL_DOWN);
        sent.back().verify_by_code().await.unwrap().attempt(code(&world.local, ADDRESS)).await.unwrap();
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let hasty = device(&world.local).network(|network| network.retry(RetryPolicy::none())).build().unwrap();
        enter(&hasty, ANN).await;
        let added = hasty.me().email_addresses().add(ADDRESS).await.unwrap();
        let sent = added.verify_by_link(PAGE).await.unwrap();
        open(&world).await;
        lose(&world.local, "getEmailAddress");
        sent.wait(Duration::from_secs(5)).await.unwrap();
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let saved = kept(&added(&world).await.verify_by_link(PAGE).await.unwrap().save());
        let resumed = world.clerk.me().email_addresses().resume_from(saved).await.unwrap();
        let ContactState::LinkSent(sent) = resumed else { panic!("{resumed:?}") };
        world.local.clock().advance(COOL_DOWN);
        let sent = sent.resend().await.unwrap();
        open(&world).await;
        sent.wait(Duration::from_secs(5)).await.unwrap();
    }
}

mod add_phone_by_code {
    use super::*;

    async fn sent(world: &World) -> CodeSent<PhoneNumber> {
        world.clerk.me().phone_numbers().add(NUMBER).await.unwrap().verify_by_code().await.unwrap()
    }

    #[tokio::test]
    async fn works() {
        let world = world().await;
        let sent = sent(&world).await;
        assert_eq!((sent.contact().phone_number.as_str(), sent.channel()), (NUMBER, Some("sms")));
        let number = sent.attempt(code(&world.local, NUMBER)).await.unwrap();

        let numbers = world.clerk.me().phone_numbers();
        let user = numbers.make_primary(&number.id).await.unwrap();
        assert_eq!(user.primary_phone_number_id.as_ref(), Some(&number.id));
        let number = numbers.reserve_for_second_factor(&number.id, true).await.unwrap();
        assert!(number.reserved_for_second_factor && !number.backup_codes.is_empty());
        assert!(numbers.make_default_second_factor(&number.id).await.unwrap().default_second_factor);
        let number = numbers.reserve_for_second_factor(&number.id, false).await.unwrap();
        assert!(!number.reserved_for_second_factor);
        assert_eq!(numbers.get(&number.id).await.unwrap().phone_number, NUMBER);
        assert!(numbers.delete(&number.id).await.unwrap().deleted);
        assert!(numbers.list().page().await.unwrap().data.is_empty());
    }

    #[tokio::test]
    async fn wrong_code() {
        let world = world().await;
        let sent = refused(sent(&world).await.attempt(WRONG_CODE).await, "form_code_incorrect");
        sent.attempt(code(&world.local, NUMBER)).await.unwrap();
    }

    #[tokio::test]
    async fn expired_code() {
        let world = world().await;
        let sent = sent(&world).await;
        let old = code(&world.local, NUMBER);
        world.local.clock().advance(TOO_LATE);
        let sent = refused(sent.attempt(old).await, "verification_expired");
        sent.resend().await.unwrap().attempt(code(&world.local, NUMBER)).await.unwrap();
    }

    #[tokio::test]
    async fn too_many_codes() {
        let world = world().await;
        let mut sent = sent(&world).await;
        for _ in 0..4 {
            sent = refused(sent.attempt(WRONG_CODE).await, "form_code_incorrect");
        }
        refused(sent.attempt(WRONG_CODE).await, "verification_failed");
    }

    #[tokio::test]
    async fn network_lost_between_prepare_and_attempt() {
        let world = world().await;
        let sent = sent(&world).await;
        lose(&world.local, "verifyPhoneNumber");
        lost(sent.attempt(code(&world.local, NUMBER)).await).attempt(code(&world.local, NUMBER)).await.unwrap();
    }

    #[tokio::test]
    async fn resumed_after_the_process_was_killed() {
        let world = world().await;
        let saved = kept(&sent(&world).await.save());
        let resumed = world.clerk.me().phone_numbers().resume_from(saved).await.unwrap();
        let ContactState::CodeSent(sent) = resumed else { panic!("{resumed:?}") };
        sent.attempt(code(&world.local, NUMBER)).await.unwrap();
        assert_eq!(world.local.inbox().messages_to(NUMBER).len(), 1, "it was sent once");
    }

    #[tokio::test]
    async fn a_number_is_written_in_many_ways() {
        let world = world().await;
        let numbers = world.clerk.me().phone_numbers();
        let first = numbers.add(NUMBER).await.unwrap();
        let second = numbers.add("+1 (415) 555-2671").await.unwrap();
        assert_eq!(first.contact().id, second.contact().id);
    }

    #[tokio::test]
    async fn cancelled() {
        let world = world().await;
        let id = sent(&world).await.back().contact().id.clone();
        world.clerk.me().phone_numbers().delete(id).await.unwrap();
        assert!(world.clerk.me().phone_numbers().list().page().await.unwrap().data.is_empty());
    }
}
