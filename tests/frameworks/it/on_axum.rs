use axum::{
    Router,
    extract::FromRef,
    routing::{get, post},
};
use clerk_ext::{
    web::{Guard, Machine, MaybeSignedIn, Require, SignedIn},
    webhooks::{self, Handled, Webhook},
};

use crate::app::{Admin, Colleague, Ours, Parts, Server, Verified, me, perhaps, tenant};

#[derive(Clone)]
struct State(Webhook);

impl FromRef<State> for Webhook {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

async fn receive(message: webhooks::Verified) -> Handled {
    message.once(async |message| if message.body().starts_with(b"{") { Ok(()) } else { Err("on purpose".into()) }).await
}

pub async fn start(parts: Parts) -> Server {
    let forgotten = || Router::new().route("/forgotten", get(|| async { "forgotten" }));
    let app: Router = Router::new()
        .route("/open", get(|| async { "open" }))
        .route("/me", get(|person: SignedIn| async move { me(&person) }))
        .route("/tenant", get(|person: SignedIn<Ours>| async move { tenant(&person) }))
        .route("/perhaps", get(|person: MaybeSignedIn| async move { perhaps(&person) }))
        .route("/program", get(|machine: Machine| async move { machine.subject().to_owned() }))
        .route("/admin", get(|_: Require<Admin>| async { "admin" }))
        .route("/orgs/{org}/posts", get(|_: Require<Colleague>| async { "posts" }))
        .nest("/closed", forgotten().nest("/deeper", forgotten()).layer(Guard::signed_in()))
        .nest("/programs", forgotten().layer(Guard::machine()))
        .nest("/admins", forgotten().layer(Guard::policy(Admin)))
        .nest("/verified", forgotten().layer(Guard::policy(Verified)))
        .nest("/of/{org}", forgotten().layer(Guard::policy(Colleague)));
    let app = match parts.webhook {
        Some(webhook) => app.merge(Router::new().route("/hooks", post(receive)).with_state(State(webhook))),
        None => app,
    };
    let app = match parts.layer {
        Some(layer) => app.layer(layer),
        None => app,
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    Server { address }
}
