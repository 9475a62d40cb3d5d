use std::{
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response};
use reqwest::{Client, redirect::Policy};
use tower_service::Service;

use crate::{
    error::Error,
    transport::{BoxError, BoxFuture, Transport},
};

/// How long connecting may take, TLS included.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// How long a request may take from its start to the last byte of the answer.
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);

impl Transport {
    /// The transport that is used when no other is given.
    ///
    /// Connecting may take 10 seconds and a whole request 30. It follows no redirect, keeps no cookies and sends no
    /// `Referer`. Without the feature `rustls` it speaks plain HTTP only, which is enough for a server on this machine.
    ///
    /// # Errors
    ///
    /// A configuration error when the TLS library cannot be set up.
    pub fn reqwest() -> Result<Self, Error> {
        Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .build()
            .map(Self::from_reqwest)
            .map_err(|error| Error::config("the HTTP client cannot be set up").with_source(error.without_url()))
    }

    /// A transport on a client that you set up yourself, for proxies, certificates or other limits.
    ///
    /// The client must not follow redirects (`redirect(Policy::none())`): operations that redirect would give the page
    /// behind the redirect, and a key could travel to another host. Nor should it keep cookies.
    #[must_use]
    pub fn from_reqwest(client: Client) -> Self {
        Self::new(OnReqwest(client))
    }
}

#[derive(Clone)]
struct OnReqwest(Client);

impl Service<Request<Bytes>> for OnReqwest {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let client = self.0.clone();
        Box::pin(async move { exchange(client, request).await.map_err(|error| error.without_url().into()) })
    }
}

async fn exchange(client: Client, request: Request<Bytes>) -> Result<Response<Bytes>, reqwest::Error> {
    let mut answer = client.execute(request.try_into()?).await?;
    let (status, headers) = (answer.status(), std::mem::take(answer.headers_mut()));
    let mut response = Response::new(answer.bytes().await?);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
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
    use crate::{Encoding, Endpoint, ErrorKind, Operation};

    static CREATE: Operation = Operation::new(Method::POST, "CreateUser", "/users", Encoding::Json);

    /// A server of one connection; what it was sent comes out of the handle.
    fn serve(answer: &'static str) -> (SocketAddr, JoinHandle<String>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = Vec::new();
            let mut buffer = [0; 1024];
            while !request.ends_with(b"}") {
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
}
