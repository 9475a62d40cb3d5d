//! What Clerk tells of.

use axum::extract::State;
use clerk_ext::webhooks::{Event, Handled, Payload, Verified};

use crate::{App, Application};

/// What is not signed by Clerk does not get here, and what came before is not handled again.
pub(crate) async fn receive(State(application): State<Application>, message: Verified) -> Handled {
    let handled = message
        .once(async |message| {
            let event: Event<App> = message.event()?;
            match event.payload {
                Payload::UserCreated(user) => application.notes.welcome(&user.id),
                Payload::UserDeleted(user) => application.notes.forget(user.id.unwrap_or_default().into()),
                // Others are done by leaving them alone.
                _ => {}
            }
            Ok(())
        })
        .await;
    if let Handled::Failed(error) = &handled {
        eprintln!("a webhook was not handled: {error}");
    }
    handled
}
