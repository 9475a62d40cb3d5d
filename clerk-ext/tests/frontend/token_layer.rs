//! Tokens on the requests to a program's own services.

use std::{
    convert::Infallible,
    future::{Ready, ready},
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use clerk_ext::{
    Bytes, ErrorKind,
    frontend::{TokenLayer, TokenRequest, TokenService},
    http::{Request, Response, StatusCode, header::AUTHORIZATION},
};
use tower_layer::Layer as _;
use tower_service::Service;

use crate::{
    sessions::enter,
    tokens::{minted, two_organizations},
    world::World,
};

/// A service that refuses the first so many requests, and remembers with what it was asked.
#[derive(Clone, Default)]
struct Api {
    asked: Arc<Mutex<Vec<(String, String)>>>,
    refusals: usize,
}

impl Api {
    fn refusing(refusals: usize) -> Self {
        Self { refusals, ..Self::default() }
    }

    fn tokens(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(token, _)| token.clone()).collect()
    }
}

impl Service<Request<Bytes>> for Api {
    type Response = Response<&'static str>;
    type Error = Infallible;
    type Future = Ready<Result<Response<&'static str>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let token = request.headers().get(AUTHORIZATION);
        assert!(token.is_none_or(|token| token.is_sensitive() || token == "Basic test"));
        let token = token.map_or("", |token| token.to_str().unwrap()).to_owned();
        let mut asked = self.asked.lock().unwrap();
        asked.push((token, String::from_utf8(request.into_body().into()).unwrap()));
        let mut answer = Response::new("done");
        if asked.len() <= self.refusals {
            *answer.status_mut() = StatusCode::UNAUTHORIZED;
        }
        ready(Ok(answer))
    }
}

const THINGS: &str = "https://api.example.com/v1/things?x=1";

fn request(url: &str) -> Request<Bytes> {
    Request::post(url).body(Bytes::from("a thing")).unwrap()
}

async fn asked(service: &mut TokenService<Api>, request: Request<Bytes>) -> Result<StatusCode, clerk_ext::Error> {
    let answer = service.call(request).await;
    answer.map(|answer| answer.status()).map_err(|error| *error.downcast::<clerk_ext::Error>().unwrap())
}

fn around(layer: &TokenLayer, refusals: usize) -> (Api, TokenService<Api>) {
    let api = Api::refusing(refusals);
    (api.clone(), layer.layer(api))
}

#[tokio::test]
async fn a_request_to_the_own_service_carries_the_token() {
    let World { local: _local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    let layer = clerk.token_layer(["https://api.example.com"]).unwrap();
    let (api, mut service) = around(&layer, 0);
    assert_eq!(asked(&mut service, request(THINGS)).await.unwrap(), StatusCode::OK);
    let token = session.token().await.unwrap();
    assert_eq!(api.tokens(), [format!("Bearer {}", token.expose())]);
    assert!(!format!("{layer:?}").contains(token.expose()));
}

#[tokio::test]
async fn no_other_origin_sees_a_token_and_no_authorization_is_replaced() {
    let World { local: _local, clerk } = World::new().await;
    enter(&clerk).await;
    let layer = clerk.token_layer(["https://api.example.com"]).unwrap();
    let (api, mut service) = around(&layer, 0);
    for url in ["https://example.com/", "http://api.example.com/", "https://api.example.com:8443/"] {
        asked(&mut service, request(url)).await.unwrap();
    }
    let mut own = request(THINGS);
    own.headers_mut().insert(AUTHORIZATION, "Basic test".parse().unwrap());
    asked(&mut service, own).await.unwrap();
    assert_eq!(api.tokens(), ["", "", "", "Basic test"]);
    assert_eq!(clerk.token_layer(["http://api.example.com"]).unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_refused_request_goes_out_once_more_with_a_token_made_then() {
    let World { local, clerk } = World::new().await;
    let session = enter(&clerk).await;
    let layer = session.token_layer(["https://api.example.com"]).unwrap();
    let (api, mut service) = around(&layer, 1);
    assert_eq!(asked(&mut service, request(THINGS)).await.unwrap(), StatusCode::OK);
    let tokens = api.tokens();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);
    assert!(api.asked.lock().unwrap().iter().all(|(_, body)| body == "a thing"));
    assert_eq!(minted(&local), 1);

    let (api, mut service) = around(&layer, 9);
    assert_eq!(asked(&mut service, request(THINGS)).await.unwrap(), StatusCode::UNAUTHORIZED);
    assert_eq!(api.tokens().len(), 2, "once more, and not again");
}

#[tokio::test]
async fn many_that_are_refused_at_once_share_one_new_token() {
    let World { local, clerk } = World::new().await;
    enter(&clerk).await;
    let layer = clerk.token_layer(["https://api.example.com"]).unwrap();
    let (api, service) = around(&layer, 50);
    local.faults().add(clerk_local::Fault::latency(std::time::Duration::from_millis(50)).on("createSessionToken"));
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let mut service = service.clone();
            tokio::spawn(async move { asked(&mut service, request(THINGS)).await.unwrap() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), StatusCode::OK);
    }
    assert_eq!((api.tokens().len(), minted(&local)), (100, 1));
}

#[tokio::test]
async fn another_kind_of_token_is_asked_for_where_told_so() {
    let World { local, clerk } = World::new().await;
    two_organizations(&local);
    enter(&clerk).await;
    let layer = clerk.token_layer(["http://127.0.0.1:3000"]).unwrap();
    let layer = layer.request(TokenRequest::new().organization("org_acme"));
    let (api, mut service) = around(&layer, 0);
    asked(&mut service, request("http://127.0.0.1:3000/")).await.unwrap();
    let token = clerk.session().unwrap().token_with(TokenRequest::new().organization("org_acme")).await.unwrap();
    assert_eq!(api.tokens(), [format!("Bearer {}", token.expose())]);
}

#[tokio::test]
async fn without_a_session_nothing_is_sent() {
    let World { local: _local, clerk } = World::new().await;
    let layer = clerk.token_layer(["https://api.example.com"]).unwrap();
    let (api, mut service) = around(&layer, 0);
    assert_eq!(asked(&mut service, request(THINGS)).await.unwrap_err().kind(), ErrorKind::Unauthorized);
    assert!(api.tokens().is_empty());
}
