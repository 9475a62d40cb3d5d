//! The API of a small invoicing product: people sign in with Clerk on its pages, and the pages send session tokens here.
//!
//! It shows
//!
//! - a guard around all of `/api`, so that a handler that forgot to ask is closed too (`router.rs`),
//! - organizations named by the path, permissions and roles (`organizations.rs`, `invoices.rs`),
//! - who is signed in, with a claim that the instance adds to its tokens (`me.rs`),
//! - refusals as JSON in the application's own shape (`problem.rs`),
//! - webhooks that are verified, handled once and acknowledged fast, and a table that is kept by them in whatever order
//!   they come (`webhooks.rs`, `members.rs`),
//! - a check of the configuration at the start, a health endpoint that everybody may ask (`health.rs`), and a stop that
//!   lets requests finish (`stop.rs`).
//!
//! | request | who |
//! |---|---|
//! | `GET /health` | everybody |
//! | `POST /webhooks/clerk` | Clerk, by its signature |
//! | `GET /api/me`, `GET /api/currencies` | whoever is signed in |
//! | `GET /api/organizations/{organization}/invoices`, `…/members` | who works in that organization now |
//! | `POST /api/organizations/{organization}/invoices` | the same with the permission `org:invoices:manage` |
//! | `DELETE /api/organizations/{organization}/invoices/{invoice}` | the same with the role `org:admin` |
//!
//! # How to run it
//!
//! | variable | what for |
//! |---|---|
//! | `CLERK_SECRET_KEY`, `CLERK_PUBLISHABLE_KEY` | the instance |
//! | `CLERK_WEBHOOK_SIGNING_SECRET` | the endpoint that webhooks are sent to, with `user.*`, `organizationMembership.*` and `organization.deleted` |
//! | `AUTHORIZED_PARTIES` | the origins of the pages, with commas between; an instance of production needs them |
//! | `PORT` | 3000 unless set |
//! | `HEALTH_CHECK_SECONDS` | how often Clerk is asked whether all is well: 60 unless set |
//!
//! In the dashboard, add the permission `org:invoices:manage` to the roles that shall have it, and to the claims of
//! session tokens `{"email": "{{user.primary_email_address}}"}`. Without an account, all of that is in
//! `examples/seed.json` for a Clerk on this machine, where Ann runs Acme and Bob keeps its books:
//!
//! ```console
//! $ cargo run -p clerk-local -- --seed examples/seed.json &    # paste what it prints, or the keys of an instance
//! $ curl http://127.0.0.1:4010/local/webhooks -d '{"url": "http://127.0.0.1:3000/webhooks/clerk"}'
//! {"id":"ep_…","secret":"whsec_…",…}
//! $ export CLERK_WEBHOOK_SIGNING_SECRET=whsec_…
//! $ cargo run -p example-axum-api
//! listening on http://127.0.0.1:3000
//! $ curl http://127.0.0.1:3000/api/me
//! {"error":{"code":"not_signed_in","message":"…","reason":"dev-browser-missing"}}
//! $ curl http://127.0.0.1:4010/local/sign_in -d '{"user": "bob@example.com", "organization": "acme"}'
//! {"client_token":"…","session_id":"sess_…","session_token":"ey…"}
//! $ curl http://127.0.0.1:3000/api/me -H 'Authorization: Bearer ey…'
//! {"user":"user_bob","email":"bob@example.com","organization":{"id":"org_acme","role":"org:bookkeeper"},…}
//! ```
//!
//! # What to look at
//!
//! Begin with `router.rs`: all that is open can be seen there. Then `invoices.rs`, where each handler says in its
//! arguments who gets in. The tests send all that has to be refused.

mod health;
mod invoices;
mod me;
mod members;
mod organizations;
mod problem;
mod router;
mod settings;
mod stop;
mod webhooks;

use std::{error::Error, net::Ipv4Addr, process::ExitCode, time::Duration};

use clerk_ext::{auth::Clerk, webhooks::Webhook};
use tokio::{net::TcpListener, sync::watch, time::sleep};

use crate::{invoices::Invoices, members::Members, router::App, settings::Settings, stop::Stop};

/// What may stand in the way of the start.
type Result<T = ()> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// How long requests may take that are under way when the program is stopped.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("example-axum-api: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result {
    let settings = Settings::from_env()?;
    let clerk = Clerk::builder().config(&settings.clerk).authorized_parties(settings.authorized_parties).build()?;
    let webhook = webhook(&settings.clerk)?;
    let (tell_health, health) = watch::channel(health::at_start(&clerk).await?);

    let app = App { webhook, invoices: Invoices::default(), members: Members::default(), health };
    let router = router::router(clerk.clone(), app);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, settings.port)).await;
    let listener =
        listener.map_err(|error| format!("cannot listen on port {}: {error}; set PORT to another", settings.port))?;
    // Asked for before anything is told, so that whoever waits for what is told may stop it at once.
    let (stop, overdue) = (Stop::new()?, Stop::new()?);
    println!("listening on http://{}", listener.local_addr()?);

    tokio::select! {
        served = axum::serve(listener, router).with_graceful_shutdown(stop.wait()).into_future() => served?,
        () = health::watch(&clerk, settings.health_check_every, &tell_health) => {}
        () = async { overdue.wait().await; sleep(GRACE).await } => eprintln!("some requests were cut off"),
    }
    Ok(())
}

/// Messages that were handled are remembered in memory, which is where what they told is kept too.
///
/// With a database behind it, or several processes, it has to be remembered there: that is what `Webhook::dedupe` takes.
fn webhook(config: &clerk_ext::config::Config) -> Result<Webhook> {
    // Clerk hangs up after 15 seconds and sends the message again: nobody needs to be at it for longer.
    let patient = Webhook::from_config(config)?.lease(Duration::from_secs(15)).patience(Duration::from_secs(5));
    Ok(patient.limit_body(256 * 1024))
}
