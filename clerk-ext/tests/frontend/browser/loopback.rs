//! A web server on this machine that browsers come back to.

use std::time::Duration;

use clerk_ext::frontend::{BrowserFailure, Loopback, open_in_browser};
use clerk_local::{Fault, ProviderMode};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{ann, once, person::Person};
use crate::world::World;

const SOON: Duration = Duration::from_secs(10);

/// What a listener says to a request, as it stands on the wire.
async fn sent(url: &str, request: String) -> String {
    let url = url::Url::parse(url).unwrap();
    let mut stream = TcpStream::connect((url.host_str().unwrap(), url.port().unwrap())).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    // A listener that goes away while a stranger waits is none of the stranger's business.
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

/// What a browser gets that goes to a URL.
async fn visited(url: &str) -> String {
    let parsed = url::Url::parse(url).unwrap();
    let target = parsed.query().map_or_else(|| parsed.path().to_owned(), |query| format!("{}?{query}", parsed.path()));
    let host = format!("{}:{}", parsed.host_str().unwrap(), parsed.port().unwrap());
    sent(url, format!("GET {target} HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Dest: document\r\n\r\n")).await
}

#[tokio::test]
async fn works() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    local.update_settings(|settings| settings.provider = ProviderMode::Approve);
    let listener = Loopback::bind().await.unwrap().at_most(SOON);
    let mut person = Person::new(&local);
    let (opened, urls) = tokio::sync::oneshot::channel::<String>();
    let browser = async {
        let callback = person.open(&urls.await.unwrap()).await.unwrap();
        visited(&person.open(&callback).await.unwrap()).await
    };
    let sign_in = clerk.sign_in().oauth("oauth_google", listener.redirect_url());
    let sign_in = sign_in.in_browser(&listener, |url| opened.send(url.to_owned()).unwrap());
    let (outcome, page) = tokio::join!(sign_in, browser);
    assert!(outcome.unwrap().session().is_ok());
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    for header in ["Cache-Control: no-store", "Referrer-Policy: no-referrer", "default-src 'none'"] {
        assert!(page.contains(header), "{page}");
    }
    assert!(!page.contains("src=") && !page.contains("href="), "nothing is loaded from elsewhere: {page}");
}

#[tokio::test]
async fn foreign_callback() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    let listener = Loopback::bind().await.unwrap().at_most(SOON);
    let (opened, urls) = tokio::sync::oneshot::channel::<String>();
    let browser = async {
        let url = urls.await.unwrap();
        // A page elsewhere has the browser come here with what it made up.
        visited(&format!("{}?rotating_token_nonce=test", listener.redirect_url())).await;
        visited(&local.provider().approve(&url).await.unwrap()).await
    };
    let sign_in = clerk.sign_in().oauth("oauth_google", listener.redirect_url());
    let sign_in = sign_in.in_browser(&listener, |url| opened.send(url.to_owned()).unwrap());
    let (outcome, _) = tokio::join!(sign_in, browser);
    assert!(outcome.unwrap().session().is_ok());
}

#[tokio::test]
async fn denied() {
    let World { local, clerk } = World::new().await;
    let listener = Loopback::bind().await.unwrap().at_most(SOON);
    let (opened, urls) = tokio::sync::oneshot::channel::<String>();
    let browser = async { visited(&local.provider().deny(&urls.await.unwrap()).await.unwrap()).await };
    let sign_in = clerk.sign_in().oauth("oauth_google", listener.redirect_url());
    let sign_in = sign_in.in_browser(&listener, |url| opened.send(url.to_owned()).unwrap());
    let (outcome, _) = tokio::join!(sign_in, browser);
    assert_eq!(BrowserFailure::of(&outcome.unwrap_err()), Some(BrowserFailure::Denied));
}

#[tokio::test]
async fn cancelled() {
    let World { local: _local, clerk } = World::new().await;
    let listener = Loopback::bind().await.unwrap().at_most(Duration::from_millis(50));
    let sign_in = clerk.sign_in().oauth("oauth_google", listener.redirect_url()).in_browser(&listener, |_| ());
    assert_eq!(BrowserFailure::of(&sign_in.await.unwrap_err()), Some(BrowserFailure::TimedOut));
    // Nothing stays in the browser.
    drop(clerk.sign_in().hosted("com.example.app://callback").start().await.unwrap());
}

#[tokio::test]
async fn strangers_and_slow_ones_keep_nobody_waiting() {
    let listener = Loopback::bind().await.unwrap();
    let here = listener.redirect_url().to_owned();
    let base = here.trim_end_matches("/callback").to_owned();
    let host = base.trim_start_matches("http://").to_owned();
    let came = format!("{here}?state=1&code=2");
    let browser = async {
        // Browsers open connections in advance, and say nothing on them.
        let mut silent = Vec::new();
        for _ in 0..8 {
            silent.push(TcpStream::connect(&host).await.unwrap());
        }
        let endless = format!("GET /callback?a=b HTTP/1.1\r\nHost: {host}\r\nX: {}", "x".repeat(20_000));
        assert_eq!(sent(&here, endless).await, "");
        assert!(visited(&format!("{base}/favicon.ico")).await.starts_with("HTTP/1.1 404 "));
        let rebound = "GET /callback?state=1 HTTP/1.1\r\nHost: evil.example.com\r\n\r\n".to_owned();
        assert!(sent(&here, rebound).await.starts_with("HTTP/1.1 421 "));
        let image = format!("GET /callback?state=1 HTTP/1.1\r\nHost: {host}\r\nSec-Fetch-Dest: image\r\n\r\n");
        assert!(sent(&here, image).await.starts_with("HTTP/1.1 403 "));
        visited(&came).await
    };
    let (url, page) = tokio::join!(listener.wait(SOON), browser);
    assert_eq!(url.unwrap(), came);
    assert!(page.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn a_flow_comes_back_to_its_own_listener() {
    let World { local: _local, clerk } = World::new().await;
    let listener = Loopback::bind().await.unwrap();
    let error = clerk.sign_in().oauth("oauth_google", "com.example.app://callback");
    let error = error.in_browser(&listener, |_| panic!("nothing is opened")).await.unwrap_err();
    assert_eq!(error.kind(), clerk_ext::ErrorKind::Config);
}

#[tokio::test]
async fn a_port_that_is_taken_and_a_path_that_is_none_are_refused() {
    let first = Loopback::bind().await.unwrap();
    let port = url::Url::parse(first.redirect_url()).unwrap().port().unwrap();
    assert!(Loopback::bind_to(port, "/callback").await.is_err());
    for path in ["", "callback", "//evil.example.com", "/a?b", "/a b"] {
        assert!(Loopback::bind_to(0, path).await.is_err(), "{path}");
    }
}

#[test]
fn only_pages_are_opened() {
    for url in ["file:///etc/passwd", "com.example.app://x", "--help"] {
        assert!(open_in_browser(url).is_err(), "{url}");
    }
}

#[tokio::test]
async fn replayed_callback() {
    let World { local, clerk } = World::new().await;
    local.provider().add(&ann());
    let listener = Loopback::bind().await.unwrap().at_most(SOON);
    let mut used: Option<String> = None;
    for _ in 0..2 {
        let (opened, urls) = tokio::sync::oneshot::channel::<String>();
        let browser = async {
            let url = urls.await.unwrap();
            if let Some(used) = &used {
                visited(used).await;
            }
            let back = local.provider().approve(&url).await.unwrap();
            visited(&back).await;
            back
        };
        let sign_in = clerk.sign_in().oauth("oauth_google", listener.redirect_url());
        let sign_in = sign_in.in_browser(&listener, |url| opened.send(url.to_owned()).unwrap());
        let (outcome, back) = tokio::join!(sign_in, browser);
        assert!(outcome.unwrap().session().is_ok());
        clerk.sign_out().await.unwrap();
        used = Some(back);
    }
}

#[tokio::test]
async fn second_pending_flow() {
    let World { local: _local, clerk } = World::new().await;
    let listener = Loopback::bind().await.unwrap().at_most(SOON);
    let _first = clerk.sign_in().oauth("oauth_google", listener.redirect_url()).start().await.unwrap();
    let second = clerk.sign_in().oauth("oauth_google", listener.redirect_url());
    let error = second.in_browser(&listener, |_| panic!("nothing is opened")).await.unwrap_err();
    assert!(matches!(BrowserFailure::of(&error), Some(BrowserFailure::Busy(_))), "{error}");
}

#[tokio::test]
async fn network_lost_between_prepare_and_attempt() {
    let World { local, clerk: _ } = World::new().await;
    local.provider().add(&ann());
    let clerk = once(&local);
    let listener = Loopback::bind().await.unwrap().at_most(SOON);
    let (opened, urls) = tokio::sync::oneshot::channel::<String>();
    let browser = async {
        let back = local.provider().approve(&urls.await.unwrap()).await.unwrap();
        local.faults().add(Fault::reset().on("getSignIn").before_execution().times(1));
        visited(&back).await
    };
    let sign_in = clerk.sign_in().oauth("oauth_google", listener.redirect_url());
    let sign_in = sign_in.in_browser(&listener, |url| opened.send(url.to_owned()).unwrap());
    let (outcome, _) = tokio::join!(sign_in, browser);
    assert!(outcome.unwrap_err().is_retryable());
    // It is over, and another one can begin.
    drop(clerk.sign_in().oauth("oauth_google", listener.redirect_url()).start().await.unwrap());
}
