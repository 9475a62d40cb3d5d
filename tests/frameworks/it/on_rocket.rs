use std::net::Ipv4Addr;

use clerk_ext::{
    web::{Guard, Machine, MaybeSignedIn, Rejection, Require, SignedIn},
    webhooks::{self, Handled},
};
use rocket::{
    Config, catch, catchers,
    config::{LogLevel, Shutdown},
    fairing::AdHoc,
    get, post, routes,
};

use crate::{
    app::{self, Admin, Colleague, Ours, Parts, Server, Verified},
    call::Call,
};

#[get("/open")]
fn open() -> &'static str {
    "open"
}

#[get("/me")]
fn me(person: SignedIn) -> String {
    app::me(&person)
}

#[get("/tenant")]
fn tenant(person: SignedIn<Ours>) -> String {
    app::tenant(&person)
}

#[get("/perhaps")]
fn perhaps(person: MaybeSignedIn) -> String {
    app::perhaps(&person)
}

#[get("/program")]
fn program(machine: Machine) -> String {
    machine.subject().to_owned()
}

#[get("/admin")]
fn admin(_admin: Require<Admin>) -> &'static str {
    "admin"
}

#[get("/orgs/<org>/posts")]
fn posts(org: &str, _colleague: Require<Colleague>) -> &'static str {
    assert!(!org.is_empty());
    "posts"
}

#[get("/forgotten")]
fn forgotten() -> &'static str {
    "forgotten"
}

#[get("/deeper/forgotten")]
fn deeper() -> &'static str {
    "forgotten"
}

#[get("/<org>/forgotten")]
fn of(org: &str) -> &'static str {
    assert!(!org.is_empty());
    "forgotten"
}

/// Takes the failure of a guard into its own hands.
#[get("/either")]
fn either(person: Result<SignedIn, Rejection>) -> String {
    match person {
        Ok(person) => app::me(&person),
        Err(rejection) => format!("a guest instead of {}", rejection.status().as_u16()),
    }
}

/// What catchers say is about what guards do not.
#[catch(404)]
fn lost() -> &'static str {
    "lost"
}

#[post("/hooks", data = "<message>")]
async fn receive(message: webhooks::Verified) -> Handled {
    message.once(async |message| if message.body().starts_with(b"{") { Ok(()) } else { Err("on purpose".into()) }).await
}

#[post("/own-hooks", data = "<message>")]
async fn own(message: Result<webhooks::Verified, Box<dyn std::error::Error + Send + Sync>>) -> String {
    message.map_or_else(|error| error.to_string(), |_| "taken".to_owned())
}

pub async fn start(parts: Parts) -> Server {
    let config = Config {
        address: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        log_level: LogLevel::Off,
        shutdown: Shutdown { ctrlc: false, ..Shutdown::default() },
        ..Config::default()
    };
    let (tell, told) = std::sync::mpsc::channel();
    let rocket = rocket::custom(config)
        .mount("/", routes![open, me, tenant, perhaps, program, admin, posts, either, receive, own])
        .register("/", catchers![lost])
        .mount("/closed", Guard::signed_in().routes(routes![forgotten, deeper]))
        .mount("/programs", Guard::machine().routes(routes![forgotten]))
        .mount("/admins", Guard::policy(Admin).routes(routes![forgotten]))
        .mount("/verified", Guard::policy(Verified).routes(routes![forgotten]))
        .mount("/of", Guard::policy(Colleague).routes(routes![of]))
        .attach(AdHoc::on_liftoff("address", move |rocket| {
            Box::pin(async move { tell.send((rocket.config().address, rocket.config().port)).unwrap() })
        }));
    let rocket = match parts.layer {
        Some(layer) => rocket.attach(layer),
        None => rocket,
    };
    let rocket = match parts.webhook {
        Some(webhook) => rocket.manage(webhook),
        None => rocket,
    };
    tokio::spawn(rocket.launch());
    let address = tokio::task::spawn_blocking(move || told.recv().unwrap()).await.unwrap();
    Server { address: address.into() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handler_that_takes_a_failure_into_its_own_hands_answers_itself() {
    let server = start(app::parts(&app::world())).await;
    let answer = Call::script("/either").to(&server).await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "a guest instead of 401"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_layer_catchers_answer_to_what_is_no_webhook_and_a_handler_may_say_why() {
    let server = start(Parts { layer: None, ..app::parts(&app::world()) }).await;
    let answer = Call::new("POST", "/hooks").body("{}").to(&server).await;
    assert!(answer.status == 400 && !answer.body.contains("svix-id"), "{answer:?}");
    let answer = Call::new("POST", "/own-hooks").body("{}").to(&server).await;
    assert!(answer.status == 200 && answer.body.starts_with("the webhook request lacks svix-id"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_gets_to_the_route_of_the_fairing() {
    let server = start(app::parts(&app::world())).await;
    for path in ["/.clerk-answered", "/.clerk-answered/", "/.clerk-answered?x"] {
        let answer = Call::script(path).to(&server).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, "lost"), "{path}");
    }
}
