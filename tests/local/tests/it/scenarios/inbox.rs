//! Mails and text messages that would have been sent.

use std::time::Duration;

use clerk_core::http;
use clerk_local::{Api, MessageKind};
use http::Request;
use serde_json::Value;

use crate::world::World;

scenarios![
    the_inbox_has_the_code_of_a_mail_and_an_event_tells_of_it,
    a_text_message_is_told_of_as_one,
    a_test_may_wait_for_a_message,
    other_languages_read_the_inbox_over_http,
];

/// A user whose own address is another one.
async fn user(world: &World, address: &str) -> clerk_core::UserId {
    let backend = world.backend();
    let user = backend.create_user().email_address([format!("of-{address}")]).skip_password_requirement(true).send();
    user.await.unwrap().id
}

/// Asks for a code by the Backend API; gives the id of the address.
async fn mail(world: &World, address: &str) -> String {
    let (user, backend) = (user(world, address).await, world.backend());
    let email = backend.create_email_address(user, address).send().await.unwrap().id.unwrap();
    backend.prepare_email_address_verification(email.clone()).send().await.unwrap();
    email.to_string()
}

async fn the_inbox_has_the_code_of_a_mail_and_an_event_tells_of_it(world: World) {
    let id = mail(&world, "Ann@example.com").await;
    let code = world.local.inbox().latest_code("ann@EXAMPLE.com").unwrap();
    assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
    let message = world.local.inbox().latest("ann@example.com").unwrap();
    assert_eq!((message.kind, message.slug.as_str()), (MessageKind::Email, "verification_code"));
    assert!(message.subject.unwrap().contains(&code) && message.body.contains(&code));
    assert_eq!(world.local.inbox().latest_code("bob@example.com"), None);
    assert_eq!(world.local.inbox().latest_link("ann@example.com"), None);
    let events = world.local.events();
    let event = events.iter().find(|event| event.kind == "email.created").unwrap();
    let data = &event.body["data"];
    assert_eq!((&data["id"], &data["email_address_id"]), (&message.id.into(), &id.into()));
    assert_eq!((&data["data"]["otp_code"], &data["to_email_address"]), (&code.into(), &"ann@example.com".into()));
    assert_eq!(event.body["event_attributes"]["http_request"]["client_ip"], "127.0.0.1");
}

async fn a_text_message_is_told_of_as_one(world: World) {
    let (user, backend) = (user(&world, "ann@example.com").await, world.backend());
    let phone = backend.create_phone_number(user, "+442071234567").send().await.unwrap().id.unwrap();
    backend.prepare_phone_number_verification(phone.clone()).send().await.unwrap();
    let code = world.local.inbox().latest_code("+442071234567").unwrap();
    let events = world.local.events();
    let data = &events.iter().find(|event| event.kind == "sms.created").unwrap().body["data"];
    assert_eq!((&data["phone_number_id"], &data["data"]["otp_code"]), (&phone.to_string().into(), &code.into()));
    assert_eq!(world.local.inbox().latest("+442071234567").unwrap().kind, MessageKind::Sms);
}

async fn a_test_may_wait_for_a_message(world: World) {
    let inbox = world.local.inbox();
    assert_eq!(inbox.wait_for("ann@example.com", Duration::from_millis(20)).await, None);
    let (message, _) =
        tokio::join!(inbox.wait_for("ann@example.com", Duration::from_secs(10)), mail(&world, "ann@example.com"));
    assert_eq!(message.unwrap().to, "ann@example.com");
    assert!(inbox.wait_for("ann@example.com", Duration::ZERO).await.is_some());
    inbox.clear();
    assert!(inbox.messages().is_empty() && inbox.messages_to("ann@example.com").is_empty());
}

async fn other_languages_read_the_inbox_over_http(world: World) {
    let read = async |path: &str| {
        let response = world.raw(Api::Frontend, Request::get(path), "").await;
        (response.status().as_u16(), serde_json::from_slice::<Value>(response.body()).unwrap())
    };
    mail(&world, "ann@example.com").await;
    mail(&world, "bob@example.com").await;
    let (_, all) = read("/local/inbox").await;
    assert_eq!(all["messages"].as_array().unwrap().len(), 2);
    let (_, bob) = read("/local/inbox?to=bob@example.com&wait=5").await;
    assert_eq!(bob["messages"][0]["code"], world.local.inbox().latest_code("bob@example.com").unwrap());
    let (_, nobody) = read("/local/inbox?to=carol@example.com&wait=0.01").await;
    assert_eq!(nobody["messages"], serde_json::json!([]));
    assert_eq!(read("/local/inbox?wait=1").await.0, 422);
    assert_eq!(read("/local/inbox?to=bob@example.com&wait=NaN").await.0, 422);
    assert_eq!(world.raw(Api::Frontend, Request::delete("/local/inbox"), "").await.status(), 204);
    assert!(world.local.inbox().messages().is_empty());
}
