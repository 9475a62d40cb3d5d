//! What Clerk tells of its own accord.

use std::io::{self, Write as _};

use axum::extract::State;
use clerk_ext::webhooks::{Event, Handled, Payload, Verified};

use crate::router::App;

/// `POST /webhooks/clerk`: open to everybody, and what is not signed by Clerk does not get here.
///
/// It only notes what it is told, so that Clerk has its answer at once. What takes longer, such as a mail, belongs into a
/// queue that outlives the process, and the note of it is what is done here.
pub(crate) async fn receive(State(app): State<App>, message: Verified) -> Handled {
    let handled = message
        .once(async |message| {
            let event: Event = message.event()?;
            // The same for every attempt to deliver it, other than the time of the message.
            let at = event.timestamp.unwrap_or_else(|| message.timestamp());
            match event.payload {
                Payload::UserCreated(user) | Payload::UserUpdated(user) => app.members.user_is(at, &user),
                Payload::UserDeleted(gone) => {
                    if let Some(id) = gone.id {
                        app.members.user_is_gone(at, id.into());
                    }
                }
                Payload::OrganizationMembershipCreated(seat) | Payload::OrganizationMembershipUpdated(seat) => {
                    app.members.seat_is(at, &seat);
                }
                Payload::OrganizationMembershipDeleted(seat) => app.members.seat_is_gone(at, &seat),
                // Of its members nobody tells then.
                Payload::OrganizationDeleted(gone) => {
                    if let Some(id) = gone.id {
                        app.members.organization_is_gone(id.into());
                    }
                }
                // Others, and those that come with later versions: done, by leaving them alone.
                _ => {}
            }
            // With `println!` it would fail, and come again, when nobody reads the output any more.
            let _ = writeln!(io::stdout(), "webhook {}: {} was handled", message.id(), event.event_type);
            Ok(())
        })
        .await;
    // Clerk is not told why; it sends the message again.
    if let Handled::Failed(error) = &handled {
        eprintln!("a webhook was not handled: {error}");
    }
    handled
}
