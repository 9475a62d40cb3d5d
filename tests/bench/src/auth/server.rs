//! An axum server that checks its requests, and one that does not: what a request takes of them.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use axum::{Extension, Json, Router, routing::get};
use clerk_ext::web::{ClerkLayer, SignedIn};
use clerk_rs::{
    ClerkConfiguration,
    validators::{authorizer::ClerkJwt, axum::ClerkLayer as PeerLayer, jwks::MemoryCacheJwksProvider},
};

use tokio::{
    net::TcpListener,
    runtime::Handle,
    sync::mpsc::{UnboundedSender, unbounded_channel},
};

use super::{CPU, tokens, tokens::Signed};
use crate::{
    clock,
    figure::{Figure, Unit},
    turns::{in_turns, turn},
};

/// How much of the throughput of the bare server the layer may cost.
const COST: f64 = 0.1;

/// What all servers answer.
const ANSWER: &str = "user_2test0000000000000000000";

/// Requests at a time, before it is another server's turn, how often that is in one sample, and of how many tokens.
const REQUESTS: usize = 250;
const PASSES: usize = 40;
const TOKENS: usize = 100;

const BARE: &str = "axum alone";

/// Measures all of them.
pub(super) fn measure(rounds: usize, signed: &Signed) -> Result<Vec<Figure>> {
    let (_keys, provider) = with_keys(signed)?;
    let bare = Router::new().route("/me", get(async || ANSWER));
    let checked = Router::new()
        .route("/me", get(async |user: SignedIn| user.user_id().to_string()))
        .layer(ClerkLayer::new(tokens::takes_requests(&signed.pem.parse()?)?));
    let peer = Router::new()
        .route("/me", get(async |Extension(user): Extension<ClerkJwt>| user.sub))
        .layer(PeerLayer::new(provider, None, true));
    let requests: Vec<Vec<u8>> = signed.tokens.iter().take(TOKENS).map(|token| request(token)).collect();
    let servers = Servers::start()?;
    let asked = |app| servers.serve(app).and_then(|address| servers.asked(address, &requests)).map(turn);
    let turns = [asked(bare)?, asked(checked)?, asked(peer)?];
    let [bare, checked, peer] = in_turns(rounds, PASSES, turns)?;
    let what = "an HTTP request to an axum server, its token seen before";
    let figure = Figure::new("auth.server", what, Unit::Microseconds, "clerk-ext's ClerkLayer and SignedIn", &checked)
        .beside(BARE, &bare)
        .peer("clerk-rs", &peer)
        // What it costs of the throughput, as time.
        .at_most_times((100.0 / (1.0 - COST)).round() / 100.0, BARE)
        .note(CPU);
    Ok(vec![figure])
}

/// A server with the keys of these tokens, and what the peer keeps of them.
pub(super) fn with_keys(signed: &Signed) -> Result<(Servers, MemoryCacheJwksProvider)> {
    let (keys, servers) = (signed.key_set()?, Servers::start()?);
    let address = servers.serve(Router::new().route("/v1/jwks", get(async move || Json(keys))))?;
    let configuration = ClerkConfiguration::new("sk_live_test").with_base_path(format!("http://{address}/v1"));
    let provider = MemoryCacheJwksProvider::new(clerk_rs::Clerk::new(configuration));
    Ok((servers, provider))
}

fn request(token: &str) -> Vec<u8> {
    format!(
        "GET /me HTTP/1.1\r\nhost: app.example.com\r\naccept: application/json\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

/// Servers on a thread, which says how long it has worked; dropping this ends them.
///
/// All of them on the same one. What a request takes depends most on whether the thread that asks and the one that answers are on
/// the same core, and the system leaves threads where they are for long.
pub(super) struct Servers {
    runtime: Handle,
    worked: mpsc::Receiver<Duration>,
    ask: UnboundedSender<()>,
}

impl Servers {
    fn start() -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (tell, worked) = mpsc::channel();
        let (ask, mut asked) = unbounded_channel();
        thread::spawn(move || {
            runtime.block_on(async { while asked.recv().await.is_some() && tell.send(clock::worked()).is_ok() {} });
        });
        Ok(Self { runtime: handle, worked, ask })
    }

    fn serve(&self, app: Router) -> Result<SocketAddr> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        self.runtime.spawn(async move { axum::serve(TcpListener::from_std(listener)?, app).await });
        Ok(address)
    }

    fn has_worked(&self) -> Result<Duration> {
        self.ask.send(())?;
        self.worked.recv_timeout(Duration::from_secs(10)).context("the servers have stopped")
    }

    /// Says each time what one request takes of the server there, in µs, when they come one after the other over one connection.
    fn asked<'a>(&'a self, at: SocketAddr, requests: &'a [Vec<u8>]) -> Result<impl FnMut() -> Result<f64> + 'a> {
        let mut connection = TcpStream::connect(at)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(move || {
            let before = self.has_worked()?;
            for request in requests.iter().cycle().take(REQUESTS) {
                exchange(&mut connection, request)?;
            }
            Ok(self.has_worked()?.saturating_sub(before).as_secs_f64() * 1e6 / REQUESTS as f64)
        })
    }
}

/// Sends a request, and reads the answer to its end.
fn exchange(connection: &mut TcpStream, request: &[u8]) -> Result<()> {
    connection.write_all(request)?;
    let (mut answer, mut length) = ([0; 4096], 0);
    while !answer.get(..length).is_some_and(|read| read.ends_with(ANSWER.as_bytes())) {
        let rest = answer.get_mut(length..).context("the answer is too long")?;
        let read = connection.read(rest)?;
        ensure!(read > 0, "the server has hung up, or answers something else");
        length += read;
    }
    ensure!(answer.starts_with(b"HTTP/1.1 200 "), "a request is refused");
    Ok(())
}
