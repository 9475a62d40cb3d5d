//! What becomes of a device's token when requests overlap, in as many orders as can be tried.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use clerk_core::{BoxFuture, Endpoint};
use shuttle::future::yield_now;

use super::*;
use crate::{
    clock::Clock,
    frontend::{
        core::Parts,
        store::{CredentialStore, MemoryStore, SecretBytes, StoreError},
    },
    random::SeededRandom,
};

/// A server that gives a device another token with every sign-in, and answers an old one with a new, empty device.
#[derive(Clone, Default)]
struct Server(Arc<Mutex<Devices>>);

#[derive(Default)]
struct Devices {
    made: u64,
    /// By the only token of each that is good.
    sessions: BTreeMap<String, (String, Vec<String>)>,
}

impl Devices {
    fn next(&mut self, what: &str) -> String {
        self.made += 1;
        format!("{what}_{}", self.made)
    }

    fn answer(&mut self, method: &Method, path: &str, token: Option<String>) -> Response<Bytes> {
        let known = token.clone().filter(|token| self.sessions.contains_key(token));
        let is_stranger = token.is_some() && known.is_none();
        let signs_in = path.ends_with("/sign_ins");
        let mut token = match known {
            Some(token) => token,
            None if is_stranger || signs_in => {
                let (token, client) = (self.next("token"), self.next("client"));
                self.sessions.insert(token.clone(), (client, Vec::new()));
                token
            }
            None => return response(200, r#"{"response":null,"client":null}"#.into(), None),
        };
        if signs_in {
            let (client, mut sessions) = self.sessions.remove(&token).unwrap();
            sessions.push(self.next("session"));
            token = self.next("token");
            self.sessions.insert(token.clone(), (client, sessions));
        }
        let (client, sessions) = self.sessions.get_mut(&token).unwrap();
        if *method == Method::DELETE {
            sessions.clear();
        }
        if path.contains("/tokens") {
            let named = path.split('/').nth(4).unwrap_or_default();
            return match sessions.iter().any(|session| session == named) {
                true => response(200, r#"{"object":"token","jwt":"test.jwt"}"#.into(), None),
                false => {
                    let body = r#"{"errors":[{"code":"resource_not_found","message":"not found"}]}"#;
                    response(404, body.into(), is_stranger.then_some(token))
                }
            };
        }
        let listed: Vec<_> = sessions.iter().map(|id| format!(r#"{{"id":"{id}","status":"active"}}"#)).collect();
        let last = sessions.last().map_or("null".to_owned(), |id| format!("{id:?}"));
        let client = format!(
            r#"{{"object":"client","id":"{client}","sessions":[{}],"last_active_session_id":{last}}}"#,
            listed.join(",")
        );
        let body = match signs_in {
            true => format!(r#"{{"response":{{"id":"sia_1","status":"complete"}},"client":{client}}}"#),
            false => format!(r#"{{"response":{client},"client":null}}"#),
        };
        response(200, body, (signs_in || is_stranger).then_some(token))
    }
}

fn response(status: u16, body: String, token: Option<String>) -> Response<Bytes> {
    let mut response = Response::builder().status(status);
    if let Some(token) = token {
        response = response.header(AUTHORIZATION, token);
    }
    response.body(body.into()).unwrap()
}

impl Service<Request<Bytes>> for Server {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let server = self.clone();
        Box::pin(async move {
            // On the way there, and on the way back.
            yield_now().await;
            let token = request.headers().get(AUTHORIZATION).map(|token| token.to_str().unwrap().to_owned());
            let answer = server.0.lock().unwrap().answer(request.method(), request.uri().path(), token);
            yield_now().await;
            yield_now().await;
            Ok(answer)
        })
    }
}

/// A store that others may get at between any two steps.
struct Yielding(MemoryStore);

impl CredentialStore for Yielding {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        Box::pin(async move {
            yield_now().await;
            let found = self.0.load(name).await;
            yield_now().await;
            found
        })
    }

    fn swap<'a>(
        &'a self,
        name: &'a str,
        expected: Option<&'a [u8]>,
        new: Option<&'a [u8]>,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            yield_now().await;
            let swapped = self.0.swap(name, expected, new).await;
            yield_now().await;
            swapped
        })
    }
}

/// Stands still: no lease runs out.
struct Still;

impl Clock for Still {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000)
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }

    fn sleep(&self, _: Duration) -> BoxFuture<'static, ()> {
        Box::pin(yield_now())
    }
}

/// A process with the device that lies in the store.
fn process(server: &Server, store: &MemoryStore, seed: u64) -> Arc<Core> {
    let endpoint = Endpoint::builder("https://clerk.example.com").transport(Transport::new(server.clone()));
    Arc::new(Core::new(Parts {
        endpoint: endpoint.build().unwrap(),
        once: Transport::new(server.clone()),
        store: Arc::new(Yielding(store.clone())),
        store_type: "",
        clock: Arc::new(Still),
        random: Arc::new(SeededRandom::new(seed)),
        name: "clerk.example.com".into(),
        device_id: "device".into(),
        locale: None,
        max_age: Duration::from_secs(3600),
    }))
}

async fn sign_in(core: Arc<Core>) {
    let answer = Wire::client_within(&core).create_sign_in().identifier("ann@example.com").send().await.unwrap();
    assert_eq!(answer.response.id.as_str(), "sia_1");
}

async fn look(core: Arc<Core>) {
    Wire::client_within(&core).get_client().send().await.unwrap();
}

async fn mint(core: Arc<Core>) {
    let Some(session) = core.snapshot().session().map(|session| session.id.clone()) else { return };
    let _ = Wire::client_within(&core).create_session_token(session).send().await;
}

async fn leave(core: Arc<Core>) {
    Wire::client_within(&core).sign_out_all().send().await.unwrap();
}

/// What the store says of the device is what the server says of it.
fn agrees(server: &Server, core: &Core, sessions: Option<usize>) {
    let record = core.record();
    let devices = server.0.lock().unwrap();
    let token = record.token.as_ref().map(Secret::expose).unwrap_or_default();
    let (client, open) = devices.sessions.get(token).expect("the token in the store is the one that the server takes");
    let known = record.client.as_ref().expect("the client is known");
    assert_eq!(known.id.as_str(), client);
    let listed: Vec<_> = known.sessions.iter().map(|session| session.id.to_string()).collect();
    assert_eq!(listed, *open);
    assert_eq!(sessions.unwrap_or(open.len()), open.len(), "a sign-in was lost");
}

/// Runs something in that many orders of its steps; a failure prints the order, to be repeated.
fn in_many_orders(run: impl Fn() + Send + Sync + 'static) {
    const ORDERS: usize = 500;
    let mut config = shuttle::Config::new();
    // Answers are decoded on it.
    config.stack_size = 1 << 20;
    shuttle::Runner::new(shuttle::scheduler::RandomScheduler::new(ORDERS), config).run(run);
}

#[test]
fn no_sign_in_is_lost_in_any_order_of_requests() {
    in_many_orders(|| {
        shuttle::future::block_on(async {
            let (server, store) = (Server::default(), MemoryStore::default());
            let core = process(&server, &store, 1);
            sign_in(core.clone()).await;
            let tasks = [
                shuttle::future::spawn(sign_in(core.clone())),
                shuttle::future::spawn(look(core.clone())),
                shuttle::future::spawn(sign_in(core.clone())),
                shuttle::future::spawn(mint(core.clone())),
                shuttle::future::spawn(look(core.clone())),
            ];
            for task in tasks {
                task.await.unwrap();
            }
            agrees(&server, &core, Some(3));
        });
    });
}

#[test]
fn no_sign_in_of_another_process_is_lost() {
    two_processes(false);
}

#[test]
fn no_sign_in_of_another_process_is_lost_where_somebody_is_signed_in() {
    two_processes(true);
}

fn two_processes(first: bool) {
    in_many_orders(move || {
        shuttle::future::block_on(async move {
            let (server, store) = (Server::default(), MemoryStore::default());
            let (one, other) = (process(&server, &store, 1), process(&server, &store, 2));
            if first {
                sign_in(one.clone()).await;
            }
            let tasks = [
                shuttle::future::spawn(sign_in(one.clone())),
                shuttle::future::spawn(look(one.clone())),
                shuttle::future::spawn(sign_in(other.clone())),
                shuttle::future::spawn(look(other.clone())),
                shuttle::future::spawn(mint(other.clone())),
            ];
            for task in tasks {
                task.await.unwrap();
            }
            one.sync().await.unwrap();
            other.sync().await.unwrap();
            agrees(&server, &one, Some(2 + usize::from(first)));
            agrees(&server, &other, Some(2 + usize::from(first)));
        });
    });
}

#[test]
fn the_store_agrees_with_the_server_whoever_enters_and_leaves() {
    in_many_orders(|| {
        shuttle::future::block_on(async {
            let (server, store) = (Server::default(), MemoryStore::default());
            let core = process(&server, &store, 1);
            sign_in(core.clone()).await;
            let tasks = [
                shuttle::future::spawn(sign_in(core.clone())),
                shuttle::future::spawn(leave(core.clone())),
                shuttle::future::spawn(look(core.clone())),
                shuttle::future::spawn(mint(core.clone())),
                shuttle::future::spawn(sign_in(core.clone())),
            ];
            for task in tasks {
                task.await.unwrap();
            }
            look(core.clone()).await;
            agrees(&server, &core, None);
        });
    });
}
