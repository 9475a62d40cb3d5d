use actix_web::{
    App, HttpServer, get,
    middleware::Condition,
    post,
    web::{Data, scope},
};
use clerk_ext::{
    auth::Clerk,
    web::{ClerkLayer, Guard, Machine, MaybeSignedIn, Require, SignedIn},
    webhooks::{self, Handled},
};

use crate::{
    app::{self, Admin, Colleague, Ours, Parts, Server, Verified},
    call::Call,
};

#[get("/open")]
async fn open() -> &'static str {
    "open"
}

#[get("/me")]
async fn me(person: SignedIn) -> String {
    app::me(&person)
}

#[get("/tenant")]
async fn tenant(person: SignedIn<Ours>) -> String {
    app::tenant(&person)
}

#[get("/perhaps")]
async fn perhaps(person: MaybeSignedIn) -> String {
    app::perhaps(&person)
}

#[get("/program")]
async fn program(machine: Machine) -> String {
    machine.subject().to_owned()
}

#[get("/admin")]
async fn admin(_: Require<Admin>) -> &'static str {
    "admin"
}

#[get("/orgs/{org}/posts")]
async fn posts(_: Require<Colleague>) -> &'static str {
    "posts"
}

#[get("/forgotten")]
async fn forgotten() -> &'static str {
    "forgotten"
}

#[post("/hooks")]
async fn receive(message: webhooks::Verified) -> Handled {
    message.once(async |message| if message.body().starts_with(b"{") { Ok(()) } else { Err("on purpose".into()) }).await
}

pub async fn start(parts: Parts) -> Server {
    let (is_layered, webhook) = (parts.layer.is_some(), parts.webhook);
    // A condition wants something to leave out.
    let nothing = || ClerkLayer::new(Clerk::builder().machine_secret_key("ak_test").build().unwrap());
    let layer = parts.layer.unwrap_or_else(nothing);
    let app = move || {
        let app = App::new()
            .wrap(Condition::new(is_layered, layer.clone()))
            .service((open, me, tenant, perhaps, program, admin, posts, receive))
            .service(
                scope("/closed")
                    .wrap(Guard::signed_in())
                    .service(forgotten)
                    .service(scope("/deeper").service(forgotten)),
            )
            .service(scope("/programs").wrap(Guard::machine()).service(forgotten))
            .service(scope("/admins").wrap(Guard::policy(Admin)).service(forgotten))
            .service(scope("/verified").wrap(Guard::policy(Verified)).service(forgotten))
            .service(scope("/of/{org}").wrap(Guard::policy(Colleague)).service(forgotten));
        match &webhook {
            Some(webhook) => app.app_data(Data::new(webhook.clone())),
            None => app,
        }
    };
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(app).workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
            tell.send(server.addrs()[0]).unwrap();
            server.run().await
        })
    });
    Server { address: told.recv().unwrap() }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_scope_does_not_have_is_closed_too() {
    let server = start(app::parts(&app::world())).await;
    assert_eq!(Call::script("/closed/nothing").to(&server).await.status, 401);
    assert_eq!(Call::new("POST", "/closed/forgotten").to(&server).await.status, 401);
}
