//! A server that webhooks come to, and that is often not well.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{FromRef, State},
    routing::post,
};
use clerk_ext::webhooks::{Event, Handled, Verified, Webhook};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::Mutex,
};

use crate::{
    dice::Dice,
    history::{Fact, History, Work},
    scene::Scene,
};

/// What the server works with.
#[derive(Clone)]
struct Hooks {
    webhook: Webhook,
    history: History,
    mood: Arc<Mutex<Dice>>,
    is_well: Arc<AtomicBool>,
}

impl FromRef<Hooks> for Webhook {
    fn from_ref(hooks: &Hooks) -> Self {
        hooks.webhook.clone()
    }
}

/// The server, and what a forger sends it beside what Clerk does.
pub(crate) struct Receiver {
    hooks: Hooks,
    is_down: Arc<AtomicBool>,
    serving: tokio::task::JoinHandle<io::Result<()>>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Receiver {
    /// Serves, and has all events about users and organizations sent here.
    ///
    /// # Errors
    /// There is no free port, or no endpoint can be added.
    pub(crate) async fn start(scene: &Scene, dice: Dice) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/webhooks", listener.local_addr()?);
        let endpoint = scene.local.webhooks().endpoint(url).events(WANTED).add().map_err(anyhow::Error::msg)?;
        scene.history.secret(&endpoint.secret);
        let hooks = Hooks {
            webhook: Webhook::new(endpoint.secret)?.clock(Arc::new(scene.time.clone())),
            history: scene.history.clone(),
            mood: Arc::new(Mutex::new(dice)),
            is_well: Arc::default(),
        };
        let is_down = Arc::new(AtomicBool::new(false));
        let routes = Router::new().route("/webhooks", post(receive)).with_state(hooks.clone());
        let flaky = Flaky { listener, is_down: is_down.clone() };
        let serving = tokio::spawn(async move { axum::serve(flaky, routes).await });
        Ok(Self { hooks, is_down, serving })
    }

    /// Goes down and comes back, and is sent forgeries, until the episode is over.
    pub(crate) async fn suffers(&self, scene: &Scene, mut dice: Dice) -> Result<(), clerk_ext::Error> {
        let forger = Webhook::new("whsec_dGVzdCBzZWNyZXQgb2YgYSBmb3JnZXI=")?;
        let mut forged = 0_u64;
        while !scene.is_over() {
            tokio::time::sleep(dice.millis(100..600)).await;
            if dice.one_in(4) {
                self.is_down.store(true, Ordering::SeqCst);
                scene.strikes.strike("webhook receiver down");
                tokio::time::sleep(dice.millis(50..500)).await;
                self.is_down.store(false, Ordering::SeqCst);
            }
            // People send old messages again from the dashboard.
            let known = scene.local.webhooks().deliveries();
            if let Some(delivery) = dice.pick(&known) {
                scene.local.webhooks().resend(&delivery.message_id);
                scene.strikes.strike("webhook sent again");
            }
            forged += 1;
            scene.history.begins(Work::Forge);
            let body = r#"{"type":"user.deleted","object":"event","data":{"id":"user_1"}}"#;
            let headers = forger.sign(&format!("msg_forged_{forged}"), scene.time.at(), body)?;
            let handled = self.hooks.webhook.handle(&headers, body, async |_| Ok(())).await;
            if !matches!(handled, Handled::Refused(_)) {
                scene.history.fact(Fact::ForgeryHandled);
            }
        }
        Ok(())
    }

    /// From now on it is well, and takes everything.
    pub(crate) fn recovers(&self) {
        self.is_down.store(false, Ordering::SeqCst);
        self.hooks.is_well.store(true, Ordering::SeqCst);
    }
}

/// What is delivered here.
pub(crate) const WANTED: [&str; 4] = ["user.created", "user.updated", "user.deleted", "organization.created"];

async fn receive(State(hooks): State<Hooks>, message: Verified) -> Handled {
    message
        .once(async |message| {
            let event: Event = message.event()?;
            if !hooks.is_well.load(Ordering::SeqCst) {
                let (mood, pause) = {
                    let mut dice = hooks.mood.lock().await;
                    (dice.below(8), dice.millis(5..120))
                };
                match mood {
                    0 => return Err(format!("{} cannot be stored just now", event.event_type).into()),
                    1 => tokio::time::sleep(pause).await,
                    _ => {}
                }
            }
            hooks.history.fact(Fact::Handled { message: message.id().to_owned() });
            Ok(())
        })
        .await
}

/// Takes connections, and hangs up on them while it is down.
struct Flaky {
    listener: TcpListener,
    is_down: Arc<AtomicBool>,
}

impl axum::serve::Listener for Flaky {
    type Io = TcpStream;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) if !self.is_down.load(Ordering::SeqCst) => return accepted,
                Ok(_) => {}
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}
