//! The server: one route, which Clerk posts to.

use std::{
    env,
    io::{self, Write as _},
    net::Ipv4Addr,
    sync::Arc,
};

use anyhow::Context as _;
use axum::{
    Router,
    extract::{FromRef, State},
    routing::post,
};
use clerk_ext::webhooks::{Event, Handled, Verified, Webhook};
use tokio::net::TcpListener;

use crate::{
    database::Database,
    messages::{self, Messages},
    mirror::Change,
};

#[derive(Clone)]
struct App {
    webhook: Webhook,
    database: Database,
}

impl FromRef<App> for Webhook {
    fn from_ref(app: &App) -> Self {
        app.webhook.clone()
    }
}

/// Takes webhooks until Ctrl-C; those that are being handled then are finished.
pub(crate) async fn serve(database: Database) -> anyhow::Result<()> {
    let webhook = Webhook::from_env()?.dedupe(Arc::new(Messages(database.clone())));
    let port = match env::var("PORT") {
        Ok(port) => port.parse().context("PORT is not a port; set a number up to 65535")?,
        Err(_) => 3000,
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    let listener = listener.await.with_context(|| format!("port {port} cannot be listened at; set another PORT"))?;
    let stopped = stopped().context("Ctrl-C cannot be listened for")?;
    let address = listener.local_addr()?;
    // It serves as well where nobody reads this, or what is said below.
    let _ = writeln!(io::stdout(), "listening on http://{address}");

    let app = Router::new().route("/webhooks/clerk", post(receive)).with_state(App { webhook, database });
    axum::serve(listener, app).with_graceful_shutdown(stopped).await?;
    Ok(())
}

/// Listens from now on for Ctrl-C, and for the signal that ends a service.
#[cfg(unix)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

#[cfg(windows)]
fn stopped() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = tokio::signal::windows::ctrl_c()?;
    Ok(async move {
        interrupt.recv().await;
    })
}

/// What Clerk did not sign does not get here. What does is in the database before it is answered.
async fn receive(State(app): State<App>, message: Verified) -> Handled {
    let id = message.id().to_owned();
    let handled = message.once(async |message| {
        let event: Event = message.event()?;
        let change = Change::of(&event.payload)?;
        // The time of the message is no substitute: it is another one each time that Clerk repeats it.
        let told_at = event.timestamp.unwrap_or_default();
        app.database
            .change(move |transaction| {
                if let Some(change) = change {
                    change.apply(transaction, told_at)?;
                }
                messages::note_done(transaction, message.id())
            })
            .await?;
        Ok(())
    });
    let handled = handled.await;
    let _ = match &handled {
        Handled::Failed(error) => writeln!(io::stderr(), "{id}: {error:#}"),
        Handled::Unavailable(error) => writeln!(io::stderr(), "{id}: {error}"),
        _ => Ok(()),
    };
    handled
}
