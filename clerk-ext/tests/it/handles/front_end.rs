//! What a browser or a device does, for servers to find.

use clerk_bapi::types::OAuthApplicationWithSecret;
use clerk_ext::{
    Bytes, Json, Secret,
    http::{self, Request, Response, StatusCode},
};
use clerk_local::SignedIn;
use tower_service::Service as _;

use crate::world::World;

async fn ask(world: &World, request: Request<Bytes>) -> Response<Bytes> {
    world.local.transport().call(request).await.unwrap()
}

/// Begins a sign-up and gives its id.
pub(crate) async fn sign_up(world: &World, email_address: &str, password: &str) -> String {
    let url = format!("{}/v1/client/sign_ups?_is_native=1", world.local.frontend_url());
    let form = format!("email_address={email_address}&password={password}");
    let request = Request::post(url).header("content-type", "application/x-www-form-urlencoded");
    let answer = ask(world, request.body(Bytes::from(form)).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    let answer: Json = serde_json::from_slice(answer.body()).unwrap();
    answer["response"]["id"].as_str().unwrap().to_owned()
}

/// Goes through a handshake for a page of `origin`, which leaves cookies under the nonce that is given.
pub(crate) async fn handshake(world: &World, browser: &SignedIn, origin: &str) -> String {
    let path = "/v1/client/handshake?format=nonce&redirect_url=";
    let request = Request::get(format!("{}{path}{origin}/page", world.local.frontend_url()));
    let request = request.header("cookie", format!("__client={}", browser.client_token.expose()));
    let answer = ask(world, request.body(Bytes::new()).unwrap()).await;
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT, "{:?}", answer.body());
    let location = answer.headers()["location"].to_str().unwrap();
    location.split_once("__clerk_handshake_nonce=").unwrap().1.to_owned()
}

/// Agrees to an application in somebody's name, and gives the access token that the application gets for it.
pub(crate) async fn oauth_access_token(
    world: &World,
    browser: &SignedIn,
    application: &OAuthApplicationWithSecret,
) -> Secret {
    let (host, client) = (world.local.frontend_url(), application.client_id.as_str());
    let form = |request: http::request::Builder, body: String| {
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(Bytes::from(body)).unwrap()
    };
    let consent = Request::post(format!("{host}/v1/me/oauth/consent/{client}"));
    let consent = consent.header("cookie", format!("__client={}", browser.client_token.expose()));
    let back = ask(world, form(consent, "consented=true".to_owned())).await;
    let back = back.headers()["location"].to_str().unwrap().to_owned();
    let code = back.split_once("code=").unwrap().1.split('&').next().unwrap();

    let secret = application.client_secret.as_ref().unwrap().expose();
    let body = format!("grant_type=authorization_code&code={code}&client_id={client}&client_secret={secret}");
    let answer = ask(world, form(Request::post(format!("{host}/oauth/token")), body)).await;
    assert_eq!(answer.status(), StatusCode::OK, "{:?}", answer.body());
    let answer: Json = serde_json::from_slice(answer.body()).unwrap();
    answer["access_token"].as_str().unwrap().into()
}
