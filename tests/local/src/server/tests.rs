use std::{
    io::{ErrorKind, Read, Write},
    net::TcpStream,
    sync::{
        Weak,
        atomic::{AtomicUsize, Ordering},
    },
};

use super::*;

/// Answers by the path, and counts what it was asked.
#[derive(Default)]
struct Script {
    asked: AtomicUsize,
}

const TEXT: &str = "0123456789";

impl Handler for Script {
    fn handle<'a>(&'a self, api: Api, request: Request<Bytes>) -> BoxFuture<'a, Reply> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            let peer = request.extensions().get::<Peer>().copied();
            let text = |text: String| Response::new(Bytes::from(text));
            match request.uri().path() {
                "/reset" => Reply::reset(),
                "/truncated" => Reply::truncated(text(TEXT.to_owned())),
                "/truncated-large" => Reply::truncated(text(TEXT.repeat(1_000_000))),
                "/truncated-nothing" => Reply::truncated(Response::default()),
                "/slow" => Reply::from(text("slow".to_owned())).delayed(Duration::from_millis(80)),
                "/never" => Reply::from(text("never".to_owned())).delayed(Duration::from_secs(3600)),
                "/peer" => text(peer.map(|peer| peer.0.ip().to_string()).unwrap_or_default()).into(),
                "/length" => text(request.body().len().to_string()).into(),
                _ => text(format!("{api:?}")).into(),
            }
        })
    }
}

struct Running {
    server: Server,
    frontend: SocketAddr,
    backend: SocketAddr,
    handler: Weak<Script>,
}

async fn running() -> Running {
    let frontend = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let backend = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (at_frontend, at_backend) = (frontend.local_addr().unwrap(), backend.local_addr().unwrap());
    let script = Arc::new(Script::default());
    let handler = Arc::downgrade(&script);
    let server = Server::start(frontend, backend, script);
    Running { server, frontend: at_frontend, backend: at_backend, handler }
}

/// What comes back, and how the connection ended.
type Heard = (String, Result<(), ErrorKind>);

/// Sends this and reads to the end of the connection.
async fn talk(address: SocketAddr, sent: impl Into<Vec<u8>>) -> Heard {
    let sent = sent.into();
    tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.write_all(&sent).unwrap();
        let mut heard = Vec::new();
        let end = stream.read_to_end(&mut heard).map(|_| ()).map_err(|error| error.kind());
        (String::from_utf8_lossy(&heard).into_owned(), end)
    })
    .await
    .unwrap()
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: local\r\nconnection: close\r\n\r\n")
}

fn body(heard: &str) -> &str {
    heard.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_listener_serves_its_api() {
    let running = running().await;
    assert_eq!(body(&talk(running.frontend, get("/")).await.0), "Frontend");
    assert_eq!(body(&talk(running.backend, get("/")).await.0), "Backend");
    running.server.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_requests_share_a_connection() {
    let running = running().await;
    let first = "GET / HTTP/1.1\r\nhost: local\r\n\r\n";
    let (heard, end) = talk(running.frontend, format!("{first}{first}{}", get("/"))).await;
    assert_eq!((heard.matches("Frontend").count(), end), (3, Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_handler_learns_who_is_asking() {
    let running = running().await;
    assert_eq!(body(&talk(running.frontend, get("/peer")).await.0), "127.0.0.1");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_is_seen_as_one_and_the_next_connection_works() {
    let running = running().await;
    assert_eq!(talk(running.frontend, get("/reset")).await, (String::new(), Err(ErrorKind::ConnectionReset)));
    assert_eq!(body(&talk(running.frontend, get("/")).await.0), "Frontend");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_truncated_answer_promises_all_and_sends_half() {
    let running = running().await;
    let (heard, end) = talk(running.frontend, get("/truncated")).await;
    assert!(heard.starts_with("HTTP/1.1 200 OK"));
    assert!(heard.contains("content-length: 10\r\n"));
    assert_eq!((body(&heard), end), ("01234", Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_answer_breaks_off_early() {
    let running = running().await;
    let (heard, end) = talk(running.frontend, get("/truncated-large")).await;
    assert!(heard.contains("content-length: 10000000\r\n"));
    assert_eq!((body(&heard).len(), end), (16 * 1024, Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_cannot_be_halved_is_not_sent() {
    let running = running().await;
    assert_eq!(talk(running.frontend, get("/truncated-nothing")).await, (String::new(), Ok(())));
    let head = get("/truncated").replace("GET", "HEAD");
    assert_eq!(talk(running.frontend, head).await, (String::new(), Ok(())));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delayed_answer_comes_late_and_whole() {
    let running = running().await;
    let began = std::time::Instant::now();
    assert_eq!(body(&talk(running.frontend, get("/slow")).await.0), "slow");
    assert!(began.elapsed() >= Duration::from_millis(80));
}

fn post(length: usize, with: &str) -> Vec<u8> {
    format!("POST /length HTTP/1.1\r\nhost: local\r\nconnection: close\r\ncontent-length: {length}\r\n{with}\r\n")
        .into_bytes()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_the_limit_passes_and_one_byte_more_does_not() {
    let running = running().await;
    let mut sent = post(BODY_LIMIT, "");
    sent.resize(sent.len() + BODY_LIMIT, b'x');
    assert_eq!(body(&talk(running.frontend, sent).await.0), BODY_LIMIT.to_string());
    let mut sent = post(BODY_LIMIT + 1, "");
    sent.resize(sent.len() + BODY_LIMIT + 1, b'x');
    let (heard, _) = talk(running.frontend, sent).await;
    assert!(heard.starts_with("HTTP/1.1 413 "), "{heard}");
    assert!(body(&heard).contains("\"request_body_too_large\""));
    assert_eq!(running.handler.upgrade().unwrap().asked.load(Ordering::SeqCst), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chunked_body_is_limited_as_well() {
    let running = running().await;
    let mut sent =
        b"POST /length HTTP/1.1\r\nhost: local\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..11 {
        sent.extend_from_slice(b"100000\r\n");
        sent.resize(sent.len() + 0x10_0000, b'x');
        sent.extend_from_slice(b"\r\n");
    }
    sent.extend_from_slice(b"0\r\n\r\n");
    assert!(talk(running.frontend, sent).await.0.starts_with("HTTP/1.1 413 "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asks_before_sending_too_much_need_not_send_it() {
    let running = running().await;
    let (heard, _) = talk(running.frontend, post(BODY_LIMIT + 1, "expect: 100-continue\r\n")).await;
    assert!(heard.starts_with("HTTP/1.1 413 "), "{heard}");
}

#[tokio::test(flavor = "multi_thread")]
async fn stopping_waits_for_no_client_and_leaves_nothing_behind() {
    let running = running().await;
    let mut idle = TcpStream::connect(running.frontend).unwrap();
    idle.write_all(b"GET / HT").unwrap();
    let mut sending = TcpStream::connect(running.backend).unwrap();
    sending.write_all(&post(1000, "")).unwrap();
    let waiting = tokio::spawn(talk(running.frontend, get("/never")));
    while running.handler.upgrade().unwrap().asked.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::timeout(Duration::from_secs(5), running.server.stop()).await.unwrap();
    assert!(running.handler.upgrade().is_none());
    assert_eq!(waiting.await.unwrap().0, "");
    TcpListener::bind(running.frontend).await.unwrap();
    TcpListener::bind(running.backend).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_ends_every_task() {
    let running = running().await;
    let waiting = tokio::spawn(talk(running.frontend, get("/never")));
    while running.handler.upgrade().unwrap().asked.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    drop(running.server);
    assert_eq!(tokio::time::timeout(Duration::from_secs(5), waiting).await.unwrap().unwrap().0, "");
    while running.handler.upgrade().is_some() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(TcpStream::connect(running.frontend).is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_400_without_asking_the_handler() {
    let running = running().await;
    assert!(talk(running.frontend, "nonsense\r\n\r\n").await.0.starts_with("HTTP/1.1 400 "));
    assert_eq!(running.handler.upgrade().unwrap().asked.load(Ordering::SeqCst), 0);
}
