//! One update of a profile and of its metadata: which requests it becomes, and what is left when one of them fails.

use std::{
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use clerk_ext::{
    BoxError, BoxFuture, Bytes, ErrorKind, Json, OperationInfo, Transport,
    backend::Backend,
    http::{Request, Response},
    metadata::Patch,
    transport::RetryPolicy,
};
use clerk_local::{Api, Fault, LocalClerk};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower_service::Service;

/// Remembers what is sent, in its order.
#[derive(Clone)]
struct Recorder {
    transport: Transport,
    sent: Arc<Mutex<Vec<(&'static str, Json)>>>,
}

impl Recorder {
    /// What was sent since this was asked for last: the operations with their bodies.
    fn sent(&self) -> Vec<(&'static str, Json)> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }

    fn operations(&self) -> Vec<&'static str> {
        self.sent().into_iter().map(|(operation, _)| operation).collect()
    }
}

impl Service<Request<Bytes>> for Recorder {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let operation = request.extensions().get::<OperationInfo>().unwrap().id;
        let body = serde_json::from_slice(request.body()).unwrap_or_default();
        self.sent.lock().unwrap().push((operation, body));
        self.transport.call(request)
    }
}

/// A backend whose requests are remembered, and each sent once.
struct World {
    local: LocalClerk,
    clerk: Backend,
    recorder: Recorder,
}

impl World {
    async fn new() -> Self {
        let local = LocalClerk::builder().start().await.unwrap();
        let recorder = Recorder { transport: Transport::reqwest().unwrap(), sent: Arc::default() };
        let builder = Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url());
        let clerk = builder.transport(Transport::new(recorder.clone())).build().unwrap();
        let clerk = clerk.with_network(|network| network.retry(RetryPolicy::none()).limiter(None));
        Self { local, clerk, recorder }
    }

    /// Ann, who has all kinds of metadata.
    async fn ann(&self) -> String {
        let create = self
            .clerk
            .users()
            .create()
            .email_address(["ann@example.com"])
            .skip_password_requirement(true)
            .first_name("Ann");
        let create = create.public(&json!({ "plan": "free", "seats": 1 })).private(&json!({ "note": "old" }));
        let ann = create.unsafe_(&json!({ "colour": "red" })).await.unwrap();
        self.recorder.sent();
        ann.raw.id.to_string()
    }

    /// First name, public, private and unsafe metadata, as the server has them.
    async fn held(&self, user: &str) -> Json {
        let user = self.clerk.raw().get_user(user).await.unwrap();
        self.recorder.sent();
        json!([user.first_name, user.public_metadata, user.private_metadata, user.unsafe_metadata])
    }
}

#[tokio::test]
async fn only_what_changes_is_sent_and_always_in_the_same_order() {
    let world = World::new().await;
    let ann = world.ann().await;
    let update = || world.clerk.users().update(&ann);
    let merge = json!({ "seats": 2 });

    update().first_name("Anna").await.unwrap();
    assert_eq!(world.recorder.sent(), [("UpdateUser", json!({ "first_name": "Anna" }))]);

    update().public(merge.clone()).unsafe_(json!({ "colour": null })).await.unwrap();
    let body = json!({ "public_metadata": { "seats": 2 }, "unsafe_metadata": { "colour": null } });
    assert_eq!(world.recorder.sent(), [("UpdateUserMetadata", body)]);

    update().replace_private(&json!({ "note": "new" })).await.unwrap();
    let replaced = json!({ "private_metadata": { "note": "new" } });
    assert_eq!(world.recorder.sent(), [("ReplaceUserMetadata", replaced.clone())]);

    // Said in the other order.
    let update = update().replace_private(&json!({ "note": "new" })).public(merge.clone()).first_name("Ann");
    let answer = update.await.unwrap();
    let sent = [
        ("UpdateUser", json!({ "first_name": "Ann" })),
        ("UpdateUserMetadata", json!({ "public_metadata": { "seats": 2 } })),
        ("ReplaceUserMetadata", replaced),
    ];
    assert_eq!(world.recorder.sent(), sent);
    let held = json!(["Ann", { "plan": "free", "seats": 2 }, { "note": "new" }, {}]);
    assert_eq!(world.held(&ann).await, held);
    assert_eq!(json!([answer.first_name, answer.public, answer.private, answer.unsafe_]), held);
}

#[tokio::test]
async fn the_last_word_about_a_part_counts() {
    let world = World::new().await;
    let ann = world.ann().await;
    let update = || world.clerk.users().update(&ann);

    update().public(json!({ "seats": 7 })).replace_public(&json!({ "plan": "pro" })).await.unwrap();
    assert_eq!(world.recorder.operations(), ["ReplaceUserMetadata"]);
    update().replace_private(&json!({})).private(json!({ "more": true })).await.unwrap();
    assert_eq!(world.recorder.operations(), ["UpdateUserMetadata"]);
    let held = json!(["Ann", { "plan": "pro" }, { "note": "old", "more": true }, { "colour": "red" }]);
    assert_eq!(world.held(&ann).await, held);
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_one_request_that_changes_nothing() {
    let world = World::new().await;
    let ann = world.ann().await;
    let before = world.held(&ann).await;
    let answer = world.clerk.users().update(&ann).await.unwrap();
    assert_eq!(world.recorder.operations(), ["UpdateUser"]);
    assert_eq!(answer.first_name.as_deref(), Some("Ann"));
    world.clerk.users().update(&ann).public(Patch::default()).await.unwrap();
    assert_eq!(world.recorder.operations(), ["UpdateUserMetadata"]);
    assert_eq!(world.held(&ann).await, before);
}

#[tokio::test]
async fn when_a_request_fails_those_before_it_have_taken_effect_and_are_named() {
    let steps = ["UpdateUser", "UpdateUserMetadata", "ReplaceUserMetadata"];
    let held = [
        json!(["Ann", { "plan": "free", "seats": 1 }, { "note": "old" }, { "colour": "red" }]),
        json!(["Anna", { "plan": "free", "seats": 1 }, { "note": "old" }, { "colour": "red" }]),
        json!(["Anna", { "plan": "free", "seats": 2 }, { "note": "old" }, { "colour": "red" }]),
        json!(["Anna", { "plan": "free", "seats": 2 }, { "note": "new" }, { "colour": "red" }]),
    ];
    for (fault, kind) in [(Fault::status(422), ErrorKind::Validation), (Fault::reset(), ErrorKind::Network)] {
        for (failing, operation) in steps.into_iter().enumerate() {
            // A lost answer says nothing of what was done: the one that failed may have taken effect.
            for executed in [false, true] {
                let world = World::new().await;
                let ann = world.ann().await;
                let fault = fault.clone().on(operation);
                world.local.faults().add(if executed { fault.after_execution() } else { fault });
                let update = world.clerk.users().update(&ann).first_name("Anna");
                let update = update.public(json!({ "seats": 2 })).replace_private(&json!({ "note": "new" }));
                let error = update.await.unwrap_err();
                assert_eq!((error.kind(), error.operation()), (kind, Some(operation)));
                assert_eq!(error.completed(), &steps[..failing]);
                assert_eq!(world.recorder.operations(), &steps[..=failing], "nothing is sent behind a failure");
                assert_eq!(world.held(&ann).await, held[failing + usize::from(executed)]);
                let named = steps[..failing].iter().all(|step| error.to_string().contains(step));
                assert!(named && error.to_string().contains("had taken effect") == (failing > 0), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn organizations_are_updated_the_same_way() {
    let world = World::new().await;
    let create = world.clerk.organizations().create("Acme");
    let acme = create.public(&json!({ "a": 1 })).private(&json!({ "b": 1 })).await.unwrap().raw.id;
    world.recorder.sent();
    let steps = ["UpdateOrganization", "MergeOrganizationMetadata", "ReplaceOrganizationMetadata"];
    let update = || {
        let update = world.clerk.organizations().update(&acme).replace_private(&json!({ "c": 2 }));
        update.public(json!({ "more": 2 })).name("Acme Ltd")
    };
    let fault = world.local.faults().add(Fault::status(403).on(steps[2]));
    let error = update().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Forbidden, Some(steps[2])));
    assert_eq!(error.completed(), &steps[..2]);
    world.local.faults().remove(fault);
    world.recorder.sent();

    let answer = update().await.unwrap();
    assert_eq!(world.recorder.operations(), steps);
    let held = world.clerk.raw().get_organization(acme.as_str()).await.unwrap();
    assert_eq!(held.name, "Acme Ltd");
    assert_eq!(Json::Object(held.public_metadata), json!({ "a": 1, "more": 2 }));
    assert_eq!(Json::Object(held.private_metadata), json!({ "c": 2 }));
    assert_eq!((answer.public.clone(), answer.private.clone()), (json!({ "a": 1, "more": 2 }), json!({ "c": 2 })));
}

/// Metadata that only Ann's does not fit.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Plan {
    plan: String,
    seats: String,
}

clerk_ext::metadata! { struct App { user_public: Plan } }

#[tokio::test]
async fn an_answer_that_does_not_fit_comes_after_everything_has_taken_effect() {
    let world = World::new().await;
    let ann = world.ann().await;
    let clerk = world.clerk.typed::<App>();
    let update = clerk.users().update(&ann).first_name("Anna").private(json!({ "note": "new" }));
    let error = update.await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Metadata, Some("public_metadata.seats")));
    assert_eq!(error.completed(), ["UpdateUser", "UpdateUserMetadata"]);
    let held = json!(["Anna", { "plan": "free", "seats": 1 }, { "note": "new" }, { "colour": "red" }]);
    assert_eq!(world.held(&ann).await, held);
}

/// A type that no JSON object is written of.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Bare(String);

clerk_ext::metadata! { struct Wrong { user_private: Bare } }

#[tokio::test]
async fn metadata_that_cannot_be_written_keeps_everything_from_being_sent() {
    let world = World::new().await;
    let ann = world.ann().await;
    let clerk = world.clerk.typed::<Wrong>();
    let update = clerk.users().update(&ann).first_name("Anna").replace_private(&Bare("a secret".to_owned()));
    let error = update.await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Metadata);
    assert!(error.completed().is_empty() && !format!("{error} {error:?}").contains("secret"), "{error}");
    let create = clerk
        .users()
        .create()
        .email_address(["new@example.com"])
        .skip_password_requirement(true)
        .private(&Bare("a secret".to_owned()));
    assert_eq!(create.await.unwrap_err().operation(), Some("CreateUser"));
    assert_eq!(world.recorder.operations(), Vec::<&str>::new());
    assert_eq!(world.local.calls(Api::Backend).get("UpdateUser"), None);
}
