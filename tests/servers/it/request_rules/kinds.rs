//! Which kinds of tokens are accepted.

use clerk_ext::auth::{Accepts, Clerk, TokenType};
use serde_json::{Value, json};

use crate::world::{Ask, World, state, told};

const PAGE: &str = "https://app.example.com/page";

fn clerk(world: &World, kinds: impl Into<Accepts>) -> Clerk {
    world.builder().accepts(kinds).build().unwrap()
}

/// Status, reason and kind.
async fn asked(clerk: &Clerk, ask: &Ask) -> (String, Option<TokenType>) {
    let state = state(clerk, ask).await;
    (told(&state), state.token_type())
}

fn api_key(world: &World, subject: &str) -> Value {
    let key = json!({
        "object": "api_key", "id": "ak_1", "type": "api_key", "subject": subject, "name": "test", "claims": null,
        "scopes": ["read"], "revoked": false, "revocation_reason": null, "expired": false, "expiration": null,
        "created_by": null, "description": null, "last_used_at": null, "created_at": 1, "updated_at": 1,
    });
    world.api.answer("POST", "/api_keys/verify", 200, key.clone());
    key
}

#[tokio::test]
async fn one_kind_of_machine_looks_at_the_header_alone() {
    let world = World::production();
    let with_cookies = Ask::page(PAGE).cookie("__session", world.session().signed()).cookie("__client_uat", 1);
    for kind in [TokenType::ApiKey, TokenType::M2m, TokenType::OAuth] {
        assert_eq!(
            asked(&clerk(&world, kind), &with_cookies).await,
            ("signed-out No token in header".to_owned(), Some(kind))
        );
    }
}

#[tokio::test]
async fn one_kind_of_machine_refuses_every_other_kind() {
    let world = World::production();
    let session = world.session().signed();
    for (kind, others) in [
        (TokenType::ApiKey, ["mt_1", "oat_1", session.as_str(), "nonsense"]),
        (TokenType::M2m, ["ak_1", "oat_1", session.as_str(), "nonsense"]),
        (TokenType::OAuth, ["ak_1", "mt_1", session.as_str(), "nonsense"]),
    ] {
        for other in others {
            assert_eq!(
                asked(&clerk(&world, kind), &Ask::script(PAGE).bearer(other)).await,
                ("signed-out token-type-mismatch".to_owned(), Some(kind))
            );
        }
    }
    assert!(world.api.sent().is_empty(), "nobody was asked about tokens that are not accepted");
}

#[tokio::test]
async fn a_machine_that_is_known_is_signed_in() {
    let world = World::production();
    api_key(&world, "user_1");
    for accepts in [Accepts::from(TokenType::ApiKey), Accepts::any(), [TokenType::Session, TokenType::ApiKey].into()] {
        let state = state(&clerk(&world, accepts), &Ask::script(PAGE).bearer("ak_test_1")).await;
        assert_eq!(told(&state), "signed-in");
        assert_eq!(state.token_type(), Some(TokenType::ApiKey));
        assert_eq!(state.machine().unwrap().subject(), "user_1");
        assert!(state.session().is_none());
    }
}

#[tokio::test]
async fn a_machine_that_clerk_does_not_know_is_signed_out_with_the_status() {
    let world = World::production();
    world.api.answer("POST", "/api_keys/verify", 404, json!({ "errors": [] }));
    let unknown = state(&clerk(&world, TokenType::ApiKey), &Ask::script(PAGE).bearer("ak_test_1")).await;
    assert_eq!(told(&unknown), "signed-out token-invalid");
    assert_eq!(unknown.token_type(), Some(TokenType::ApiKey));

    world.api.answer("POST", "/api_keys/verify", 401, json!({ "errors": [{ "code": "x" }] }));
    let refused = state(&clerk(&world, TokenType::ApiKey), &Ask::script(PAGE).bearer("ak_test_1")).await;
    assert_eq!(told(&refused), "signed-out secret-key-invalid");
    assert!(refused.message().ends_with("(code=secret-key-invalid, status=401)"), "{}", refused.message());
}

#[tokio::test]
async fn of_a_list_a_kind_that_is_not_in_it_has_no_kind_in_the_answer() {
    let world = World::production();
    let machines = clerk(&world, [TokenType::ApiKey, TokenType::M2m]);
    let mismatch = ("signed-out token-type-mismatch".to_owned(), None);
    for ask in [
        Ask::script(PAGE),
        Ask::script(PAGE).bearer("oat_1"),
        Ask::script(PAGE).bearer(&world.session().signed()),
        Ask::page(PAGE).cookie("__session", world.session().signed()).cookie("__client_uat", 1),
    ] {
        assert_eq!(asked(&machines, &ask).await, mismatch);
    }
    let people = clerk(&world, [TokenType::Session, TokenType::ApiKey]);
    assert_eq!(asked(&people, &Ask::script(PAGE).bearer("mt_1")).await, mismatch);
}

#[tokio::test]
async fn where_sessions_are_among_others_cookies_count() {
    let world = World::production();
    let ask = Ask::page(PAGE).cookie("__session", world.session().signed()).cookie("__client_uat", 1);
    for accepts in [Accepts::any(), [TokenType::Session, TokenType::ApiKey].into()] {
        let clerk = clerk(&world, accepts);
        assert_eq!(asked(&clerk, &ask).await, ("signed-in".to_owned(), Some(TokenType::Session)));
        assert_eq!(
            asked(&clerk, &Ask::script(PAGE)).await,
            ("signed-out session-token-and-uat-missing".to_owned(), Some(TokenType::Session))
        );
    }
}

#[tokio::test]
async fn whatever_is_accepted_a_template_token_is_no_session() {
    let world = World::production();
    let template = Ask::script(PAGE).bearer(&world.session().category("cl_B7d4PD222AAA").signed());
    for accepts in [Accepts::any(), Accepts::default(), [TokenType::Session, TokenType::OAuth].into()] {
        assert_eq!(
            asked(&clerk(&world, accepts), &template).await,
            ("signed-out token-type-mismatch".to_owned(), Some(TokenType::Session))
        );
    }
}
