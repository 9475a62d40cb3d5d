//! How it starts, and how it stops.

use std::{process::Command, time::Duration};

use clerk_ext::{Timestamp, webhooks::Webhook};
use clerk_local::{Environment, LocalClerk};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use crate::world::{EXECUTABLE, World, clerk, program, set, webhook_secret};

async fn refuses(program: clerk_program::Program, words: &str) {
    let ended = program.run().await;
    assert_eq!(ended.status.code(), Some(1), "{}{}", ended.output, ended.errors);
    assert!(ended.errors.contains(words), "{}", ended.errors);
    assert!(!ended.output.contains("listening"));
}

#[tokio::test]
async fn it_does_not_start_without_what_it_needs_and_says_what_that_is() {
    let local = clerk().start().await.unwrap();
    for name in ["CLERK_SECRET_KEY", "CLERK_PUBLISHABLE_KEY", "CLERK_WEBHOOK_SIGNING_SECRET"] {
        refuses(program(&local).env(name, ""), name).await;
    }
    refuses(program(&local).env("PORT", "a harbour"), "PORT has to be a number").await;
    refuses(program(&local).env("CLERK_SECRET_KEY", "sk_test_of_nobody"), "secret-key-invalid").await;

    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refuses(program(&local).env("PORT", &port), &format!("cannot listen on port {port}: ")).await;
}

#[tokio::test]
async fn two_instances_are_told_apart_when_it_starts() {
    let (local, other) = (clerk().start().await.unwrap(), LocalClerk::builder().start().await.unwrap());
    other.rotate_signing_key().unwrap();
    other.forget_old_signing_keys();
    let key = other.publishable_key().to_string();
    refuses(program(&local).env("CLERK_PUBLISHABLE_KEY", key), "other-instance").await;
}

#[tokio::test]
async fn in_production_it_has_to_be_told_the_origins_of_its_pages() {
    let local = clerk().configure(|settings| settings.environment = Environment::Production).start().await.unwrap();
    refuses(program(&local).env("AUTHORIZED_PARTIES", ""), "no-authorized-parties").await;
    let (_running, _) = program(&local).serve().await;
}

#[tokio::test]
async fn it_prints_no_secret() {
    let world = World::start().await;
    let token = world.token("user_ann", None).await;
    world.get("/api/me", &token).await.ok();
    world.get("/api/me", &format!("{token}x")).await.refusal();
    let secrets = [world.local.secret_key().expose().to_owned(), webhook_secret(), token];
    let ended = world.program.kill().await;
    for secret in secrets {
        assert!(!ended.output.contains(&secret) && !ended.errors.contains(&secret));
    }
}

/// As when somebody has it print to a pager, and leaves that.
#[cfg(unix)]
#[tokio::test]
async fn webhooks_are_handled_though_nobody_reads_the_output_any_more() {
    let local = clerk().start().await.unwrap();
    let program = clerk_program::Program::new("bash").args(["-c", "exec \"$0\" > >(head -n 1)", EXECUTABLE]);
    let program = set(program, &local);
    let world = World::of(local, program).await;
    for number in 0..20 {
        let body = r#"{"object":"event","type":"user.deleted","data":{"id":"user_ann"}}"#;
        let id = format!("msg_{number}");
        let headers = Webhook::new(webhook_secret()).unwrap().sign(&id, Timestamp::now(), body).unwrap();
        let request = world.request(reqwest::Method::POST, "/webhooks/clerk").headers(headers).body(body);
        assert_eq!(request.send().await.unwrap().status(), 204, "{id}");
    }
}

/// What Ctrl-C sends, and what a platform sends.
#[cfg(unix)]
#[tokio::test]
async fn a_signal_stops_it_after_the_request_that_is_under_way() {
    for signal in ["INT", "TERM"] {
        let world = World::start().await;
        let body = r#"{"object":"event","type":"user.deleted","data":{"id":"user_ann"}}"#;
        let headers = Webhook::new(webhook_secret()).unwrap().sign("msg_1", Timestamp::now(), body).unwrap();
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap())).collect();
        let address = world.url.trim_start_matches("http://");
        let head = format!(
            "POST /webhooks/clerk HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n{lines}\r\n",
            body.len()
        );
        let (first, rest) = body.split_at(10);

        let mut caller = TcpStream::connect(address).await.unwrap();
        caller.write_all(format!("{head}{first}").as_bytes()).await.unwrap();
        until_read(&world).await;
        let status = Command::new("kill").args([format!("-{signal}"), world.program.id().to_string()]).status();
        assert!(status.unwrap().success());
        until_closed(address).await;

        caller.write_all(rest.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(Duration::from_secs(30), caller.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        assert!(world.program.end().await.well().contains("user.deleted was handled"));
    }
}

/// Connections are taken in their order: when a later one is answered, the one before it was accepted.
async fn until_read(world: &World) {
    crate::world::Answer::of(world.request(reqwest::Method::GET, "/health")).await.ok();
}

/// Nobody new is let in.
async fn until_closed(address: &str) {
    for _ in 0..300 {
        if TcpStream::connect(address).await.is_err() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("it goes on listening");
}
