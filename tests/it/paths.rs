//! An id in a path is one segment of it, whatever it holds, or nothing is sent.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use clerk_core::{Encoding, Endpoint, Error, ErrorKind, Operation, Secret, Transport};
use http::{Method, Request, Response};

use crate::double::Double;
use crate::fixture::Interface;

/// Values that lead elsewhere when a path is put together carelessly, and the segment that stands for each; none is
/// refused.
const VALUES: &[(&str, Option<&str>)] = &[
    ("", None),
    (".", None),
    ("..", None),
    ("%2e", None),
    ("%2e%2e", None),
    (".%2E", None),
    ("%252e%252e", None),
    ("%25252e%25252e", None),
    ("../users", None),
    ("a/../b", None),
    ("a\\..\\b", None),
    ("..\\", None),
    ("a%2f..%2fb", None),
    ("a%5c%2e%2e%5cb", None),
    ("a/b", Some("a%2Fb")),
    ("/a", Some("%2Fa")),
    ("a//b", Some("a%2F%2Fb")),
    ("a%2fb", Some("a%252fb")),
    ("a?b", Some("a%3Fb")),
    ("a?b=c&d", Some("a%3Fb%3Dc%26d")),
    ("a b", Some("a%20b")),
    ("a+b", Some("a%2Bb")),
    ("é", Some("%C3%A9")),
    ("a#b", Some("a%23b")),
    (";", Some("%3B")),
    ("a;b=..", Some("a%3Bb%3D..")),
    ("a\\b", Some("a%5Cb")),
    ("a\r\nhost: evil", Some("a%0D%0Ahost%3A%20evil")),
    ("a\0b", Some("a%00b")),
    ("\t", Some("%09")),
    ("...", Some("...")),
    ("a..b", Some("a..b")),
    ("@evil.example", Some("%40evil.example")),
    ("http://evil.example", Some("http%3A%2F%2Fevil.example")),
    ("{user_id}", Some("%7Buser_id%7D")),
    ("%", Some("%25")),
    ("user_2abc-DEF~1", Some("user_2abc-DEF~1")),
];

/// What a server of one value sees, of one operation.
async fn holds<F>(template: &str, send: impl Fn(Double, &'static str) -> F)
where
    F: Future<Output = (Double, Result<(), Error>)>,
{
    for (value, segment) in VALUES {
        let (double, result) = send(Double::answering(400, "{}"), value).await;
        let error = result.expect_err("the server refuses whatever reaches it");
        match segment {
            Some(segment) => {
                let sent = double.sent();
                assert_eq!(sent.path(), template.replace("{}", segment), "{value:?}");
                assert_eq!(error.kind(), ErrorKind::BadRequest, "{value:?}: {error}");
            }
            None => {
                assert_eq!(double.requests(), 0, "{template}: {value:?} was sent");
                assert_eq!(error.kind(), ErrorKind::InvalidRequest, "{value:?}: {error}");
                assert!(error.operation().is_some() && error.status().is_none(), "{error:?}");
                let shown = format!("{error} {error:?}");
                assert!(value.len() < 3 || !shown.contains(value), "{shown}");
            }
        }
    }
}

/// A test of one operation: the path with `{}` for the value, and the call.
macro_rules! hold {
    ($api:ident $template:literal, |$client:ident, $value:ident| $call:expr) => {
        holds($template, |double, $value| async move {
            let $client = double.$api().expect("the client is made");
            let result = $call.send().await.map(|_| ());
            (double, result)
        })
        .await
    };
}

#[tokio::test]
async fn an_id_of_the_backend_api_is_one_segment_or_nothing_is_sent() {
    hold!(bapi "/v1/users/{}", |client, value| client.get_user(value));
    hold!(bapi "/v1/users/{}", |client, value| client.update_user(value).first_name("Ann"));
    hold!(bapi "/v1/users/{}", |client, value| client.delete_user(value));
    hold!(bapi "/v1/users/{}/ban", |client, value| client.ban_user(value));
    hold!(bapi "/v1/organizations/{}", |client, value| client.get_organization(value));
}

#[tokio::test]
async fn each_of_two_ids_is_one_segment_or_nothing_is_sent() {
    hold!(bapi "/v1/organizations/{}/memberships/user_1", |client, value| {
        client.delete_organization_membership(value, "user_1")
    });
    hold!(bapi "/v1/organizations/org_1/memberships/{}", |client, value| {
        client.delete_organization_membership("org_1", value)
    });
}

#[tokio::test]
#[allow(deprecated, reason = "an enum stands in the paths of deprecated operations only")]
async fn names_slugs_and_values_of_enums_are_no_less_careful_than_ids() {
    hold!(bapi "/v1/users/user_1/oauth_access_tokens/{}", |client, value| {
        client.get_oauth_access_token("user_1", value)
    });
    hold!(bapi "/v1/sessions/sess_1/tokens/{}", |client, value| {
        client.create_session_token_from_template("sess_1", value)
    });
    hold!(bapi "/v1/templates/{}/slug", |client, value| client.get_template(value, "slug"));
    hold!(bapi "/v1/templates/email/{}", |client, value| client.get_template("email", value));
}

#[tokio::test]
async fn an_id_of_the_frontend_api_is_one_segment_or_nothing_is_sent() {
    hold!(fapi "/v1/client/sessions/{}", |client, value| client.get_session(value));
    hold!(fapi "/v1/client/sessions/{}/touch", |client, value| client.touch_session(value));
    hold!(fapi "/v1/client/sessions/sess_1/tokens/{}", |client, value| {
        client.create_session_token_with_template("sess_1", value)
    });
    hold!(fapi "/v1/client/sign_ins/{}/attempt_first_factor", |client, value| {
        client.attempt_sign_in_factor_one(value, "password").password("p")
    });
    hold!(fapi "/v1/me/oauth/consent/{}", |client, value| client.get_oauth_consent(value));
    // A redirect, and a segment of which the value is a part.
    hold!(fapi "/v1/saml/acs/{}", |client, value| client.consume_saml_assertion(value));
    hold!(fapi "/v1/saml/metadata/{}.xml", |client, value| client.saml_metadata(value));
}

/// Remembers where requests went.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl tower_service::Service<Request<Bytes>> for Log {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        self.0.lock().unwrap().push(request.uri().to_string());
        ready(Ok(Response::new(Bytes::new())))
    }
}

#[tokio::test]
async fn every_parameter_of_every_path_of_the_documents_is_one_segment() {
    let log = Log::default();
    let transport = Transport::new(log.clone());
    let endpoint = Endpoint::builder("https://api.example.com/v1").transport(transport);
    let endpoint = endpoint.authorization(Secret::from("key")).build().expect("the endpoint is made");
    let mut parameters = 0;
    for interface in Interface::all() {
        for path in interface.document()["paths"].as_object().expect("there are paths").keys() {
            let path: &'static str = Box::leak(path.clone().into_boxed_str());
            let operation: &'static Operation =
                Box::leak(Box::new(Operation::new(Method::GET, "Every", path, Encoding::None)));
            let names: Vec<_> = path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            parameters += names.len();
            for (value, segment) in VALUES.iter().filter(|_| !names.is_empty()) {
                log.0.lock().unwrap().clear();
                let mut call = endpoint.call(operation);
                for name in &names {
                    call.path(name, value);
                }
                let result = call.send_empty().await;
                let log = log.0.lock().unwrap();
                match segment {
                    Some(segment) => {
                        let filled = names
                            .iter()
                            .fold(path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), segment));
                        assert_eq!(*log, [format!("https://api.example.com/v1{filled}")], "{path} {value:?}");
                    }
                    None => {
                        let error = result.expect_err(path);
                        assert_eq!((error.kind(), log.len()), (ErrorKind::InvalidRequest, 0), "{path} {value:?}");
                    }
                }
            }
        }
    }
    assert!(parameters > 200, "only {parameters} parameters were looked at");
}
