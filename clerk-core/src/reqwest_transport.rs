use std::{
    task::{Context, Poll},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use http::{Request, Response, Uri};
use reqwest::{Client, ClientBuilder, redirect::Policy};
use tower_service::Service;

use crate::{
    endpoint::is_loopback,
    error::{Error, ErrorKind},
    transport::{BoxError, BoxFuture, Transport},
};

/// How long connecting may take, TLS included, unless told otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take from its start to the last byte of the answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

/// How many bytes of an answer are read.
///
/// The API answers with far less; a server that never ends must not fill the memory.
const LARGEST_ANSWER: usize = 64 << 20;

/// How many bytes are reserved on the word of a server, before they have come.
const LARGEST_RESERVED: usize = 1 << 20;

impl Transport {
    /// The transport that is used when no other is given.
    ///
    /// Connecting may take 10 seconds and a whole request 30. It follows no redirect, keeps no cookies and sends no
    /// `Referer`. An answer of more than 64 MiB is an error of the kind [`Unexpected`](ErrorKind::Unexpected). Without
    /// the feature `rustls` it speaks plain HTTP only, which is enough for a server on this machine.
    ///
    /// The proxies that the environment names are used, except for plain HTTP to this machine: such requests go without
    /// encryption because they do not leave it.
    ///
    /// # Errors
    ///
    /// A configuration error when the TLS library cannot be set up.
    pub fn reqwest() -> Result<Self, Error> {
        Self::twofold(|| Client::builder().connect_timeout(CONNECT_TIMEOUT).timeout(TOTAL_TIMEOUT))
    }

    /// The same transport, in which connecting may take so long, and a request as long as whoever sends it waits: for
    /// layers that have deadlines of their own.
    ///
    /// # Errors
    ///
    /// As for [`reqwest`](Self::reqwest).
    pub fn reqwest_connecting_within(longest: Duration) -> Result<Self, Error> {
        Self::twofold(|| Client::builder().connect_timeout(longest))
    }

    fn twofold(builder: impl Fn() -> ClientBuilder) -> Result<Self, Error> {
        let build = |builder: ClientBuilder| {
            let client = builder.redirect(Policy::none()).referer(false).build();
            client.map_err(|error| Error::config("the HTTP client cannot be set up").with_source(error.without_url()))
        };
        let (client, direct) = (build(builder())?, build(builder().no_proxy())?);
        Ok(Self::new(OnReqwest { client, direct, largest: LARGEST_ANSWER }))
    }

    /// A transport on a client that you set up yourself, for proxies, certificates or other limits.
    ///
    /// The client must not follow redirects (`redirect(Policy::none())`): operations that redirect would give the page
    /// behind the redirect, and a key could travel to another host. Nor should it keep cookies. Its proxies are used for
    /// every request; the limit of 64 MiB holds here too.
    #[must_use]
    pub fn from_reqwest(client: Client) -> Self {
        Self::new(OnReqwest { direct: client.clone(), client, largest: LARGEST_ANSWER })
    }
}

#[derive(Clone)]
struct OnReqwest {
    client: Client,
    /// For plain HTTP to this machine.
    direct: Client,
    largest: usize,
}

impl Service<Request<Bytes>> for OnReqwest {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let client = if stays_here(request.uri()) { &self.direct } else { &self.client };
        let (client, largest) = (client.clone(), self.largest);
        Box::pin(async move { exchange(client, request, largest).await })
    }
}

fn stays_here(url: &Uri) -> bool {
    url.scheme_str() == Some("http") && url.host().is_some_and(is_loopback)
}

async fn exchange(client: Client, request: Request<Bytes>, largest: usize) -> Result<Response<Bytes>, BoxError> {
    let request = request.try_into().map_err(reqwest::Error::without_url)?;
    let mut answer = client.execute(request).await.map_err(reqwest::Error::without_url)?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let too_large = || Error::new(ErrorKind::Unexpected, format!("the answer is larger than {largest} bytes"));
    let length = answer.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if length > largest {
        return Err(too_large().into());
    }
    let mut body = Body::default();
    while let Some(chunk) = answer.chunk().await.map_err(reqwest::Error::without_url)? {
        if chunk.len() > largest - body.len() {
            return Err(too_large().into());
        }
        body.push(chunk, length);
    }
    let mut response = Response::new(body.whole());
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// A body as it comes.
///
/// Most come in one piece, which is not copied then.
#[derive(Default)]
struct Body {
    first: Bytes,
    all: BytesMut,
}

impl Body {
    fn push(&mut self, chunk: Bytes, announced: usize) {
        if self.len() == 0 {
            self.first = chunk;
            return;
        }
        if self.all.is_empty() {
            // Growing step by step would copy it several times, and hold it twice.
            self.all.reserve(announced.min(LARGEST_RESERVED).max(self.first.len() + chunk.len()));
            self.all.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.all.extend_from_slice(&chunk);
    }

    fn len(&self) -> usize {
        self.first.len() + self.all.len()
    }

    fn whole(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.freeze() }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        error::Error as _,
        io::{Read, Write},
        net::{SocketAddr, TcpListener},
        thread::{JoinHandle, spawn},
    };

    use http::Method;

    use super::*;
    use crate::{Encoding, Endpoint, Operation};

    static CREATE: Operation = Operation::new(Method::POST, "CreateUser", "/users", Encoding::Json);

    /// A server of one connection; what it was sent comes out of the handle.
    fn serve(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            while !is_whole(&request) {
                match stream.read(&mut buffer).unwrap() {
                    0 => break,
                    read => request.extend_from_slice(&buffer[..read]),
                }
            }
            stream.write_all(answer.as_bytes()).unwrap();
            String::from_utf8(request).unwrap()
        });
        (address, server)
    }

    /// Whether a request has come to its end: that of its JSON object, or of its head when it has no body.
    fn is_whole(request: &[u8]) -> bool {
        let head_ends = request.windows(4).any(|end| end == b"\r\n\r\n");
        let is_empty = request.windows(19).any(|line| line == b"content-length: 0\r\n");
        head_ends && (is_empty || request.ends_with(b"}"))
    }

    fn endpoint(address: SocketAddr, transport: Transport) -> Endpoint {
        let builder = Endpoint::builder(&format!("http://{address}/v1")).query("token", "hunter2");
        builder.transport(transport).build().unwrap()
    }

    #[tokio::test]
    async fn a_request_goes_out_and_the_answer_comes_back_whole() {
        let (address, server) =
            serve("HTTP/1.1 201 Created\r\nx-rate: 7\r\ncontent-length: 12\r\n\r\n{\"id\":\"u_1\"}");
        let endpoint = endpoint(address, Transport::reqwest().unwrap());
        let mut call = endpoint.call(&CREATE);
        call.field("first_name", "Ann");
        let answer = call.send_json::<crate::JsonMap>().await.unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["x-rate"]), (201, &http::HeaderValue::from(7)));
        assert_eq!(answer.value()["id"], "u_1");

        let sent = server.join().unwrap();
        assert!(sent.starts_with("POST /v1/users?token=hunter2 HTTP/1.1\r\n"), "{sent}");
        assert!(sent.contains("content-type: application/json\r\n"), "{sent}");
        assert!(sent.ends_with("\r\n\r\n{\"first_name\":\"Ann\"}"), "{sent}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let (address, _) = serve("HTTP/1.1 302 Found\r\nlocation: /v1/other\r\ncontent-length: 0\r\n\r\n");
        let endpoint = endpoint(address, Transport::reqwest().unwrap());
        let mut call = endpoint.call(&CREATE);
        call.field("a", &1);
        assert_eq!(call.send_redirect().await.unwrap().value().location, "/v1/other");
    }

    #[tokio::test]
    async fn a_connection_that_is_refused_is_a_network_error_that_does_not_tell_the_url() {
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let endpoint = endpoint(address, Transport::reqwest().unwrap());
        let error = endpoint.call(&CREATE).send_empty().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Network);
        assert!(error.to_string().contains("connection refused"), "{error}");
        let source = error.source().unwrap();
        assert!(!format!("{error:?} {source} {source:?}").contains("hunter2"), "{source:?}");
    }

    #[tokio::test]
    async fn a_server_that_does_not_answer_is_a_timeout() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = Client::builder().timeout(Duration::from_millis(50)).build().unwrap();
        let endpoint = endpoint(listener.local_addr().unwrap(), Transport::from_reqwest(client));
        let error = endpoint.call(&CREATE).send_empty().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    }

    #[tokio::test]
    async fn a_request_that_stays_on_this_machine_goes_past_the_proxy_and_any_other_through_it() {
        let ok = "HTTP/1.1 204 No Content\r\n\r\n";
        let ((proxy, proxied), (address, server)) = (serve(ok), serve(ok));
        let proxy = format!("http://{proxy}");
        let transport = Transport::twofold(|| Client::builder().proxy(reqwest::Proxy::all(&proxy).unwrap())).unwrap();

        endpoint(address, transport.clone()).call(&CREATE).send_empty().await.unwrap();
        let elsewhere = Endpoint::builder("http://api.example.com/v1").allow_http(true).transport(transport);
        elsewhere.build().unwrap().call(&CREATE).send_empty().await.unwrap();
        assert!(server.join().unwrap().starts_with("POST /v1/users?token=hunter2 HTTP/1.1\r\n"));
        assert!(proxied.join().unwrap().starts_with("POST http://api.example.com/v1/users HTTP/1.1\r\n"));
    }

    #[test]
    fn only_plain_http_to_this_machine_stays_here() {
        for (url, here) in [
            ("http://localhost:8080/v1", true),
            ("http://127.0.0.1/v1", true),
            ("http://[::1]:8080/v1", true),
            ("https://localhost/v1", false),
            ("http://api.example.com/v1", false),
        ] {
            assert_eq!(stays_here(&url.parse().unwrap()), here, "{url}");
        }
    }

    #[tokio::test]
    async fn a_request_without_a_body_says_so_once() {
        let (address, server) = serve("HTTP/1.1 204 No Content\r\n\r\n");
        let endpoint = endpoint(address, Transport::reqwest().unwrap());
        endpoint.call(&CREATE).send_empty().await.unwrap();
        assert_eq!(server.join().unwrap().matches("content-length").count(), 1);
    }

    #[tokio::test]
    async fn an_answer_that_is_too_large_is_an_error_that_says_so() {
        for (answer, fits) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n1234", true),
            ("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n12345", false),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n12\r\n2\r\n34\r\n0\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\n123\r\n3\r\n456\r\n0\r\n\r\n", false),
            // Nothing of it need come.
            ("HTTP/1.1 200 OK\r\ncontent-length: 5000000000\r\n\r\n", false),
        ] {
            let (address, _) = serve(answer);
            let transport = OnReqwest { client: Client::new(), direct: Client::new(), largest: 4 };
            let result = endpoint(address, Transport::new(transport)).call(&CREATE).send_json::<i64>().await;
            match result {
                Ok(answer) => assert!(fits && answer.into_value() == 1234),
                Err(error) => {
                    assert!(!fits, "{error}");
                    assert_eq!(error.kind(), ErrorKind::Unexpected);
                    assert_eq!(error.to_string(), "CreateUser: the answer is larger than 4 bytes");
                }
            }
        }
    }
}
