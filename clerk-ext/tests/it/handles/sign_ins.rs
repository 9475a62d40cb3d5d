//! Sessions, the clients they are on, and the tickets that open them.

use std::time::Duration;

use clerk_ext::{Error, UserId};
use serde_json::json;

use super::{front_end, listed, refused};
use crate::world::World;

pub(crate) async fn drive(world: &World) {
    sessions(world).await;
    clients(world).await;
    tickets(world).await;
    agent_tasks(world).await;
}

async fn user(world: &World, email_address: &str) -> Result<UserId, Error> {
    Ok(world.clerk.users().create().email_address([email_address]).await?.id.clone())
}

async fn sessions(world: &World) {
    let sessions = world.clerk.sessions();
    let ann = user(world, "ann@sessions.example.com").await.unwrap();
    let made = sessions.create(&ann).await.unwrap();
    assert_eq!(sessions.get(&made.id).await.unwrap().user_id, ann);
    assert_eq!(listed(sessions.list().user_id(&ann)).await[0].id, made.id);

    let token = sessions.token(&made.id).await.unwrap().jwt;
    #[allow(deprecated, reason = "deprecated methods are driven too")]
    let verified = sessions.verify(&made.id, token.clone()).await.unwrap();
    assert_eq!(verified.id, made.id);
    world.local.update_settings(|settings| {
        settings.jwt_templates.entry("sessions".to_owned()).or_default();
    });
    let of_template = sessions.token_from(&made.id, "sessions").await.unwrap().jwt;
    world.local.update_settings(|settings| {
        settings.jwt_templates.remove("sessions");
    });
    assert_eq!(of_template.expose().split('.').count(), 3);
    assert_ne!(of_template.expose(), token.expose());
    assert_eq!(sessions.revoke(&made.id).await.unwrap().status.as_str(), "revoked");
    assert_eq!(refused(sessions.token(&made.id)).await.0, 401);
}

async fn clients(world: &World) {
    const ORIGIN: &str = "https://app.example.com";
    let clients = world.clerk.clients();
    let ann = user(world, "ann@clients.example.com").await.unwrap();
    let browser = world.local.sign_in_as(ann.as_str()).unwrap();
    let found = clients.verify(browser.client_token.clone()).await.unwrap();
    assert_eq!(found.session_ids.first(), Some(&browser.session_id));
    assert_eq!(clients.get(&found.id).await.unwrap().id, found.id);
    #[allow(deprecated, reason = "deprecated methods are driven too")]
    let all = listed(clients.list()).await;
    assert!(all.iter().any(|it| it.id == found.id));

    let nonce = front_end::handshake(world, &browser, ORIGIN).await;
    let cookies = clients.handshake_payload(nonce).await.unwrap().directives;
    let cookie = |name: &str| {
        let mut set = cookies.iter().rev().map(|it| it.expose()).filter(|it| it.starts_with(name));
        set.find_map(|it| it.split(['=', ';']).nth(1)).unwrap().to_owned()
    };
    let (token, refresh) = (cookie("__session"), cookie("__refresh"));
    world.local.clock().advance(Duration::from_secs(120));
    let sessions = world.clerk.sessions();
    let renewed = sessions.refresh(&browser.session_id, token.as_str(), refresh.as_str(), ORIGIN).await.unwrap();
    assert_ne!(renewed.jwt.unwrap().expose(), token);
    let again = refused(sessions.refresh(&browser.session_id, token.as_str(), refresh.as_str(), ORIGIN)).await;
    assert_eq!(again.0, 401, "each pair is traded in once");
}

async fn tickets(world: &World) {
    let (sign_in_tokens, actor_tokens) = (world.clerk.sign_in_tokens(), world.clerk.actor_tokens());
    let ann = user(world, "ann@tickets.example.com").await.unwrap();
    let ticket = sign_in_tokens.create(&ann).expires_in_seconds(60).await.unwrap();
    assert!(ticket.user_id == ann && ticket.token.is_some());
    assert_eq!(sign_in_tokens.revoke(&ticket.id).await.unwrap().status.as_str(), "revoked");

    let by_support = actor_tokens.create(&ann, "user_support").await.unwrap();
    assert_eq!((&by_support.user_id, &by_support.actor["sub"]), (&ann, &json!("user_support")));
    let actor = json!({"sub": "user_support", "reason": "ticket 7"});
    let with_reason = actor_tokens.create_with(&ann, actor).await.unwrap();
    assert_eq!(with_reason.actor["reason"], json!("ticket 7"));
    assert_eq!(actor_tokens.revoke(&with_reason.id).await.unwrap().status.as_str(), "revoked");
}

async fn agent_tasks(world: &World) {
    let tasks = world.clerk.agent_tasks();
    let ann = user(world, "ann@agents.example.com").await.unwrap();
    let task = tasks.create(&ann, "Scout", "look around", "https://app.example.com/inbox").await.unwrap();
    assert!(task.url.is_some());
    assert_eq!(tasks.revoke(&task.agent_task_id).await.unwrap().agent_task_id, task.agent_task_id);
    let mut on_behalf_of = clerk_bapi::types::CreateAgentTaskOnBehalfOf::new();
    on_behalf_of.identifier = Some("ann@agents.example.com".to_owned());
    let body = clerk_bapi::agent_tasks::CreateAgentTaskBody::new(
        on_behalf_of,
        "*",
        "Scout",
        "look again",
        "https://app.example.com/inbox",
    );
    let again = tasks.create_with(body).await.unwrap();
    assert_eq!(again.agent_id, task.agent_id, "the same agent by its name");
}
