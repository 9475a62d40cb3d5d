use clerk_ext::{
    web::{Guard, Machine, MaybeSignedIn, Require, SignedIn},
    webhooks::{self, Handled},
};
use poem::{
    EndpointExt as _, Route, get, handler,
    listener::{Acceptor as _, Listener as _, TcpListener},
    post,
};

use crate::{
    app::{self, Admin, Colleague, Ours, Parts, Server, Verified},
    call::Call,
};

#[handler]
fn open() -> &'static str {
    "open"
}

#[handler]
fn me(person: SignedIn) -> String {
    app::me(&person)
}

#[handler]
fn tenant(person: SignedIn<Ours>) -> String {
    app::tenant(&person)
}

#[handler]
fn perhaps(person: MaybeSignedIn) -> String {
    app::perhaps(&person)
}

#[handler]
fn program(machine: Machine) -> String {
    machine.subject().to_owned()
}

#[handler]
fn admin(_admin: Require<Admin>) -> &'static str {
    "admin"
}

#[handler]
fn posts(_colleague: Require<Colleague>) -> &'static str {
    "posts"
}

#[handler]
fn forgotten() -> &'static str {
    "forgotten"
}

#[handler]
async fn receive(message: webhooks::Verified) -> Handled {
    message.once(async |message| if message.body().starts_with(b"{") { Ok(()) } else { Err("on purpose".into()) }).await
}

pub async fn start(parts: Parts) -> Server {
    let closed = || Route::new().at("/forgotten", get(forgotten));
    let app = Route::new()
        .at("/open", get(open))
        .at("/me", get(me))
        .at("/tenant", get(tenant))
        .at("/perhaps", get(perhaps))
        .at("/program", get(program))
        .at("/admin", get(admin))
        .at("/orgs/:org/posts", get(posts))
        .at("/hooks", post(receive))
        .nest("/closed", closed().nest("/deeper", closed()).with(Guard::signed_in()))
        .nest("/programs", closed().with(Guard::machine()))
        .nest("/admins", closed().with(Guard::policy(Admin)))
        .nest("/verified", closed().with(Guard::policy(Verified)))
        // Nests of poem have no parameters.
        .at("/of/:org/forgotten", get(forgotten).with(Guard::policy(Colleague)));
    let app = app.data_opt(parts.webhook);
    let app = match parts.layer {
        Some(layer) => app.with(layer).boxed(),
        None => app.boxed(),
    };
    let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
    let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
    tokio::spawn(poem::Server::new_with_acceptor(acceptor).run(app));
    Server { address }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_nest_does_not_have_is_closed_too() {
    let server = start(app::parts(&app::world())).await;
    assert_eq!(Call::script("/closed/nothing").to(&server).await.status, 401);
    assert_eq!(Call::new("POST", "/closed/forgotten").to(&server).await.status, 401);
}
