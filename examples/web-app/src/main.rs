//! A web application whose pages are made on the server, with sign-in, sign-up, profile and organizations, and without a
//! line of JavaScript.
//!
//! The server is what a telephone would be to Clerk: it holds a device for each visitor (`clerk_ext::frontend`), and the
//! browser holds nothing but a cookie that says which visitor it is. Switch "Native applications" on in the Dashboard, and
//! list `…/provider/back` among the redirect URLs there. No secret key is needed: everything is done as the visitor.
//!
//! ```console
//! $ cargo run -p clerk-local -- --seed examples/seed.json    # paste what it prints, or the keys of an instance
//! $ export CLERK_PUBLISHABLE_KEY=pk_test_…
//! $ cargo run -p example-web-app
//! listening on http://127.0.0.1:3000
//! ```
//!
//! Then open <http://localhost:3000>. With clerk-local, the mails are on its own page.
//!
//! | variable | |
//! |---|---|
//! | `CLERK_PUBLISHABLE_KEY` | the instance |
//! | `PORT` | where to listen on this machine; 3000 unless given, a free one with 0 |
//! | `APP_ORIGIN` | what people type to come here, such as `https://notes.example.com`, where a proxy with TLS is in front |
//!
//! What to look at:
//!
//! - `visitors.rs`, `visitor.rs`: who is who. A new cookie at every sign-in and sign-out; a database goes where these say.
//! - `forms.rs`: what every form goes through. Its token, where it comes from, and what a double click does.
//! - `visit.rs`: `members_only` closes all pages of members at once.
//! - `sign_in.rs`: one page for all states of a sign-in, one function that takes all steps.
//! - `provider.rs`: to Google and back.
//! - `problem.rs`: what went wrong, in words, at the field that it is about.
//! - `app.rs`: one pool of connections for all visitors, and the headers of every page.
//! - `stop.rs`: a stop that lets requests finish.
//!
//! Clerk sees all visitors come from the address of this server, so its limits for addresses hold for all of them
//! together: slow down who guesses, in the proxy in front.

mod accounts;
mod addresses;
mod app;
mod deletion;
mod devices;
mod forms;
mod home;
mod organizations;
mod password;
mod problem;
mod profile;
mod prove;
mod provider;
mod second_factor;
mod sign_in;
mod sign_out;
mod sign_up;
mod stop;
mod tasks;
mod view;
mod visit;
mod visitor;
mod visitors;

use std::{env, error::Error, io::Write as _, process::ExitCode, sync::Arc, time::Duration};

use axum::http::Uri;
use clerk_ext::config::Config;
use tokio::{net::TcpListener, time::sleep};

use crate::{
    app::{App, router},
    stop::Stop,
};

/// How often it is asked what the instance offers, and forgotten who has not come back.
const UPKEEP: Duration = Duration::from_secs(5 * 60);
/// How long requests may take that are under way when the program is stopped.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::main]
async fn main() -> ExitCode {
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let port = match env::var("PORT") {
        Ok(port) => {
            port.parse().map_err(|_| format!("PORT is {port:?}, which is no port; give a number up to 65535"))?
        }
        Err(_) => 3000_u16,
    };
    let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|error| format!("port {port}: {error}"))?;
    let address = listener.local_addr()?;
    let app = Arc::new(App::new(&config, origin(address.port())?)?);
    check(&app).await?;
    tokio::spawn(upkeep(app.clone()));
    // Asked for before anything is told, so that whoever waits for what is told may stop it at once.
    let (stop, overdue) = (Stop::new()?, Stop::new()?);
    println!("listening on http://{address}");
    std::io::stdout().flush()?;
    tokio::select! {
        served = axum::serve(listener, router(app)).with_graceful_shutdown(stop.wait()).into_future() => served?,
        () = async { overdue.wait().await; sleep(GRACE).await } => eprintln!("some requests were cut off"),
    }
    Ok(())
}

/// What people type to come here, as browsers say where a form comes from.
fn origin(port: u16) -> Result<String, String> {
    let Ok(typed) = env::var("APP_ORIGIN") else { return Ok(format!("http://localhost:{port}")) };
    let origin = typed.trim_end_matches('/').to_ascii_lowercase();
    let is_one = origin.parse::<Uri>().is_ok_and(|uri| {
        // Over plain http browsers take our cookie from this machine alone.
        let is_here = || matches!(uri.host(), Some("localhost" | "127.0.0.1"));
        let is_taken = uri.scheme_str().is_some_and(|scheme| scheme == "https" || (scheme == "http" && is_here()));
        let whole = uri.scheme_str().zip(uri.authority()).map(|(scheme, host)| format!("{scheme}://{host}"));
        is_taken && whole.as_ref() == Some(&origin)
    });
    is_one.then_some(origin).ok_or_else(|| {
        format!("APP_ORIGIN is {typed:?}, where people cannot sign in; give one such as https://notes.example.com")
    })
}

/// Finds out at once what would otherwise fail for the first visitor.
async fn check(app: &App) -> Result<(), Box<dyn Error>> {
    match app.environment().await {
        Ok(environment) if environment.native_api_enabled() == Some(false) => Err(
            "native applications are switched off for this instance: switch them on in the Dashboard, under \"Native \
                 applications\""
                .into(),
        ),
        Ok(_) => Ok(()),
        // It is asked again for each page that has to know.
        Err(error) if error.is_retryable() => {
            eprintln!("Clerk cannot be reached yet: {error}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    }
}

async fn upkeep(app: Arc<App>) {
    loop {
        sleep(UPKEEP).await;
        app.visitors.forget_idle();
        // What was known before does for another while.
        if let Err(error) = app.reload().await {
            eprintln!("the settings of the instance could not be asked for: {error}");
        }
    }
}
