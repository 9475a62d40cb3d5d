use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use clerk_core::{Error, ErrorKind};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use std::task::Poll;
use tokio::net::TcpListener;
use tokio::time::{Instant, timeout_at};

use self::visit::received;
use super::{callback::page, failure::BrowserFailure};
use crate::frontend::step::StepError;

mod visit;

/// How long a person may take in the browser, unless told otherwise.
const AT_MOST: Duration = Duration::from_secs(3 * 60);

/// The path that a browser comes back to, unless told otherwise.
const PATH: &str = "/callback";

/// How many connections are held at a time: browsers open some in advance, and strangers may too.
const MOST_CONNECTIONS: usize = 16;

/// A web server on this machine that a browser comes back to once.
///
/// It listens on 127.0.0.1 only, until it is dropped, and tells whoever comes to go back to the program. Requests that
/// are not a browser's on its way back get nothing.
///
/// ```
/// use std::time::Duration;
///
/// use clerk_ext::frontend::{Loopback, Provider, open_in_browser};
/// # use std::sync::Arc;
/// # use clerk_ext::{Bytes, Transport, http::Request};
/// # use tower_service::Service as _;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
/// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # local.provider().add(&clerk_local::ProviderAccount::new("google", "ann@example.com"));
/// # let local = Arc::new(local);
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # let open_in_browser = |url: &str| {
/// #     let (local, url) = (local.clone(), url.to_owned());
/// #     tokio::spawn(async move {
/// #         let back = local.provider().approve(&url).await.expect("a way back");
/// #         let visit = Request::get(back).header("sec-fetch-dest", "document").body(Bytes::new()).expect("a request");
/// #         Transport::reqwest().expect("a transport").call(visit).await.map(drop)
/// #     });
/// #     Ok::<(), clerk_ext::Error>(())
/// # };
/// # if false {
/// // A port that the instance lists, with the path.
/// let listener = Loopback::bind_to(8765, "/callback").await?;
/// # }
/// # let listener = Loopback::bind().await?;
/// let listener = listener.at_most(Duration::from_secs(120));
/// let sign_in = clerk.sign_in().oauth(Provider::GOOGLE, listener.redirect_url());
/// let outcome = sign_in
///     .in_browser(&listener, |url| {
///         if open_in_browser(url).is_err() {
///             println!("open {url}");
///         }
///     })
///     .await?;
/// assert!(outcome.session()?.is_signed_in());
/// # Ok(()) }
/// ```
pub struct Loopback {
    listener: TcpListener,
    /// What the `Host` of a request has to be.
    authority: String,
    path: String,
    redirect_url: String,
    at_most: Duration,
}

impl Loopback {
    /// Listens on a free port, for servers that take any port of this machine.
    ///
    /// # Errors
    ///
    /// This machine lets nobody listen.
    pub async fn bind() -> Result<Self, Error> {
        Self::bind_to(0, PATH).await
    }

    /// Listens on this port, 0 for a free one, and takes what comes to this path, such as `/callback`.
    ///
    /// # Errors
    ///
    /// The port is taken, or the path is none.
    pub async fn bind_to(port: u16, path: &str) -> Result<Self, Error> {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-._~".contains(c);
        if !path.starts_with('/') || path.starts_with("//") || !path.chars().all(is_plain) {
            return Err(Error::config("the path of a loopback redirect starts with / and holds plain characters only"));
        }
        let failed = |error: std::io::Error| {
            let message = format!("nothing can listen on port {port} of 127.0.0.1; take another port");
            Error::config(message).with_source(error)
        };
        let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await.map_err(failed)?;
        let authority = listener.local_addr().map_err(failed)?.to_string();
        let redirect_url = format!("http://{authority}{path}");
        Ok(Self { listener, authority, path: path.to_owned(), redirect_url, at_most: AT_MOST })
    }

    /// How long to wait for the browser: three minutes unless told otherwise.
    #[must_use]
    pub fn at_most(mut self, longest: Duration) -> Self {
        self.at_most = longest;
        self
    }

    /// Where a flow has to come back to.
    #[must_use]
    pub fn redirect_url(&self) -> &str {
        &self.redirect_url
    }

    /// Waits for a browser that comes back, and gives the URL that it came with.
    ///
    /// # Errors
    ///
    /// [`BrowserFailure::TimedOut`] when none came, or the listener broke.
    pub async fn wait(&self, at_most: Duration) -> Result<String, Error> {
        self.wait_until(Instant::now() + at_most).await
    }

    async fn wait_until(&self, end: Instant) -> Result<String, Error> {
        match timeout_at(end, self.next()).await {
            Ok(url) => url,
            Err(_) => Err(BrowserFailure::TimedOut.into()),
        }
    }

    /// The next browser that comes back; whoever is slow keeps nobody waiting.
    async fn next(&self) -> Result<String, Error> {
        let mut visits = FuturesUnordered::new();
        std::future::poll_fn(|context| {
            loop {
                while visits.len() < MOST_CONNECTIONS
                    && let Poll::Ready(accepted) = self.listener.poll_accept(context)
                {
                    match accepted {
                        Ok((stream, _)) => visits.push(received(stream, &self.authority, &self.path)),
                        Err(error) if error.kind() == std::io::ErrorKind::ConnectionAborted => {}
                        Err(error) => {
                            let message = "the listener that the browser comes back to broke; begin again";
                            return Poll::Ready(Err(Error::new(ErrorKind::Network, message).with_source(error)));
                        }
                    }
                }
                match visits.poll_next_unpin(context) {
                    Poll::Ready(Some(Some(target))) => {
                        return Poll::Ready(Ok(format!("http://{}{target}", self.authority)));
                    }
                    // There is room for another one.
                    Poll::Ready(Some(None)) => {}
                    Poll::Ready(None) | Poll::Pending => return Poll::Pending,
                }
            }
        })
        .await
    }

    /// Refuses a flow that would come back to another place.
    pub(super) fn check(&self, redirect_url: &str) -> Result<(), Error> {
        if redirect_url == self.redirect_url {
            return Ok(());
        }
        Err(Error::config("the flow comes back to another place than the listener's; begin it with its redirect_url()"))
    }

    /// Opens a flow in the browser and sees it through.
    pub(super) async fn carry<P: Pending>(&self, pending: P, open: impl FnOnce(&str) + Send) -> Result<P::Done, Error> {
        let end = Instant::now() + self.at_most;
        let mut pending = pending;
        open(pending.page());
        loop {
            let url = self.wait_until(end).await?;
            match pending.end(&url).await {
                Ok(done) => return Ok(done),
                Err(failed) => {
                    // Any page in the browser can send anything here.
                    let is_harmless =
                        BrowserFailure::of(failed.error()).is_some_and(|it| it.is_of_the_callback_alone());
                    if !is_harmless {
                        return Err(failed.into());
                    }
                    pending = failed.into_step();
                }
            }
        }
    }
}

impl fmt::Debug for Loopback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Loopback").field(&self.redirect_url).finish()
    }
}

/// A flow that is in the browser.
pub(super) trait Pending: Sized + Send {
    type Done: Send;

    fn page(&self) -> &str;

    fn end(self, callback_url: &str) -> impl Future<Output = Result<Self::Done, StepError<Self>>> + Send;
}

/// Opens a page in the browser of whoever uses this machine, and does not wait for it.
///
/// [`Loopback`] has an example.
///
/// # Errors
///
/// It is no page, or there is no browser, as on a server: show the URL instead.
pub fn open_in_browser(url: &str) -> Result<(), Error> {
    let url = page(url)?;
    open::that_detached(url)
        .map_err(|error| Error::config("no browser can be opened here; show the URL instead").with_source(error))
}
