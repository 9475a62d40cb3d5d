//! A server that Clerk tells what happened.

use axum::{
    Router,
    extract::{FromRef, State},
    routing::post,
};
use clerk_ext::webhooks::{Event, Handled, Payload, Verified, Webhook};
use clerk_local::Webhooks;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::{
    App, Result,
    narration::{chapter, expect, line},
    server::{listen, serve},
};

/// A message that was verified and read, with its id.
type Message = (String, Event<App>);

/// What the handler works with: the endpoint with its secret, and where messages go.
#[derive(Clone)]
struct Hooks {
    webhook: Webhook,
    inbox: UnboundedSender<Message>,
}

impl FromRef<Hooks> for Webhook {
    fn from_ref(hooks: &Hooks) -> Self {
        hooks.webhook.clone()
    }
}

/// Whatever the extractor could not verify was answered with 400 already.
async fn receive(State(hooks): State<Hooks>, message: Verified) -> Handled {
    message
        .once(async |message| {
            let event = message.event()?;
            hooks.inbox.send((message.id().to_owned(), event))?;
            Ok(())
        })
        .await
}

/// A server that is told when users change.
pub(crate) struct Receiver {
    url: String,
    handled: UnboundedReceiver<Message>,
}

impl Receiver {
    /// Has the endpoint added before it serves, because Clerk makes the secret of an endpoint.
    pub(crate) async fn start(clerk: &Webhooks) -> Result<Self> {
        let (listener, origin) = listen().await?;
        let endpoint = clerk.endpoint(format!("{origin}/webhooks")).events(["user.updated"]).add()?;
        let (inbox, handled) = mpsc::unbounded_channel();
        let hooks = Hooks { webhook: Webhook::new(endpoint.secret)?, inbox };
        serve(listener, Router::new().route("/webhooks", post(receive)).with_state(hooks));
        Ok(Self { url: endpoint.url, handled })
    }

    /// Reads what came of Ann's new plan, and has Clerk deliver it once more.
    pub(crate) async fn tells_of_the_change(mut self, clerk: &Webhooks) -> Result {
        chapter("A webhook tells of it");
        line("it comes to", &self.url);
        clerk.settled().await;
        let (id, event) = self.handled.try_recv().map_err(|_| "no webhook was handled")?;
        expect("verified, and read as an event", &event.event_type, "user.updated")?;
        let Payload::UserUpdated(ann) = event.payload else { return Err("the event carries no user".into()) };
        expect("what it says of Ann's seats", ann.public.seats, 5)?;

        clerk.resend(&id);
        clerk.settled().await;
        expect("Clerk delivers it twice, and is answered", answers(clerk, &id), "204, 204")?;
        let again = self.handled.try_recv().is_ok();
        expect("its handler ran", if again { "twice" } else { "once" }, "once")
    }
}

/// How the deliveries of a message were answered.
fn answers(clerk: &Webhooks, id: &str) -> String {
    let deliveries = clerk.deliveries();
    let attempts = deliveries.iter().filter(|delivery| delivery.message_id == id).flat_map(|one| &one.attempts);
    let answers = attempts.map(|attempt| attempt.status.map_or("nothing".to_owned(), |status| status.to_string()));
    answers.collect::<Vec<_>>().join(", ")
}
