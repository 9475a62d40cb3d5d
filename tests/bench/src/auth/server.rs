//! An axum server with the layer and without: how many requests it serves.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, anyhow};
use axum::{Router, routing::get};
use clerk_ext::{
    auth::Clerk,
    web::{ClerkLayer, SignedIn},
};

use super::{Options, tokens};

/// How much of the throughput the layer may cost.
const COST: f64 = 0.1;

/// What both servers answer.
const ANSWER: &str = "user_2test0000000000000000000";

/// Requests in one sample.
const REQUESTS: usize = 20_000;

/// Measures both in turns, and prints them beside the target.
pub(super) fn run(options: &Options) -> Result<()> {
    let signed = tokens::sign(100)?;
    let clerk = Clerk::builder()
        .publishable_key(&"pk_live_Y2xlcmsuZXhhbXBsZS5jb20k".parse()?)
        .jwt_key(signed.pem.parse()?)
        .build()?;
    let bare = Router::new().route("/me", get(async || ANSWER));
    let checked = Router::new()
        .route("/me", get(async |user: SignedIn| user.user_id().to_string()))
        .layer(ClerkLayer::new(clerk));
    let (bare, checked) = (Server::start(bare)?, Server::start(checked)?);
    let requests: Vec<Vec<u8>> = signed.tokens.iter().map(|token| request(token)).collect();
    let (mut without, mut with) = (vec![], vec![]);
    // The first samples find all tokens unknown.
    bare.sample(&requests)?;
    checked.sample(&requests)?;
    for _ in 0..options.rounds.max(1) {
        without.push(bare.sample(&requests)?);
        with.push(checked.sample(&requests)?);
    }
    println!("{:<38} {:>10} {:>10} {:>10}   target", "µs of the server a request", "min", "median", "max");
    let without = tokens::figure("  axum", &mut without);
    let with = tokens::figure("  axum with ClerkLayer and SignedIn", &mut with);
    println!(
        "{:<38} {:>20.1} %              ≤ {:.0} %",
        "  throughput lost",
        (1.0 - without / with) * 100.0,
        COST * 100.0
    );
    Ok(())
}

fn request(token: &str) -> Vec<u8> {
    format!(
        "GET /me HTTP/1.1\r\nhost: app.example.com\r\naccept: application/json\r\nauthorization: Bearer {token}\r\n\r\n"
    )
    .into_bytes()
}

/// A server on a thread of its own, which says how long it has worked.
struct Server {
    address: SocketAddr,
    worked: mpsc::Receiver<Duration>,
    ask: tokio::sync::mpsc::UnboundedSender<()>,
}

impl Server {
    fn start(app: Router) -> Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (tell, worked) = mpsc::channel();
        let (ask, mut asked) = tokio::sync::mpsc::unbounded_channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::spawn(async move {
                    while asked.recv().await.is_some() {
                        if tell.send(tokens::worked()).is_err() {
                            break;
                        }
                    }
                });
                axum::serve(listener, app).await?;
                anyhow::Ok(())
            })
        });
        Ok(Self { address, worked, ask })
    }

    fn has_worked(&self) -> Result<Duration> {
        self.ask.send(())?;
        self.worked.recv_timeout(Duration::from_secs(10)).context("the server has stopped")
    }

    /// What one request takes of the server, in µs, when they come one after the other over one connection.
    fn sample(&self, requests: &[Vec<u8>]) -> Result<f64> {
        let mut connection = TcpStream::connect(self.address)?;
        connection.set_nodelay(true)?;
        connection.set_read_timeout(Some(Duration::from_secs(10)))?;
        let (before, started) = (self.has_worked()?, Instant::now());
        let mut answer = [0; 4096];
        for number in 0..REQUESTS {
            let request = requests.get(number % requests.len()).context("no requests")?;
            connection.write_all(request)?;
            let mut length = 0;
            while !answer.get(..length).is_some_and(|read| read.ends_with(ANSWER.as_bytes())) {
                let rest = answer.get_mut(length..).context("the answer is too long")?;
                let read = connection.read(rest)?;
                anyhow::ensure!(read > 0 && started.elapsed() < Duration::from_secs(60), "the server has hung up");
                length += read;
            }
            let good = answer.starts_with(b"HTTP/1.1 200 ");
            good.then_some(()).ok_or_else(|| anyhow!("a request is refused"))?;
        }
        Ok((self.has_worked()?.saturating_sub(before)).as_secs_f64() * 1e6 / REQUESTS as f64)
    }
}
