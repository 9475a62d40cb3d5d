use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use clerk_core::{
    BoxFuture, Bytes, ErrorKind, Json, Transport,
    http::{Request, Response},
};
use serde_json::json;
use tower_service::Service;

use crate::{
    backend::Backend,
    list::{List, ListCall, Position},
};

type Query = BTreeMap<String, String>;

/// A server that answers a query by a function, and remembers what it was asked.
#[derive(Clone)]
struct Server {
    answer: Arc<dyn Fn(&Query) -> Json + Send + Sync>,
    asked: Arc<Mutex<Vec<Query>>>,
    /// How many answers were read to their end.
    read: Arc<AtomicUsize>,
    /// An answer takes two of these, one after the other.
    slow: Duration,
}

impl Server {
    fn new(answer: impl Fn(&Query) -> Json + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), asked: Arc::default(), read: Arc::default(), slow: Duration::ZERO }
    }

    fn backend(&self) -> Backend {
        let key = "sk_test_1234".parse().unwrap();
        Backend::builder().secret_key(&key).transport(Transport::new(self.clone())).build().unwrap()
    }

    fn frontend(&self) -> clerk_fapi::Client {
        let client = clerk_fapi::Client::builder_for("https://clerk.example.com");
        client.transport(Transport::new(self.clone())).build().unwrap()
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Service<Request<Bytes>> for Server {
    type Response = Response<Bytes>;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Response<Bytes>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let pairs = request.uri().query().unwrap_or_default().split('&').filter_map(|pair| pair.split_once('='));
        let query: Query = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let answer = (self.answer)(&query);
        self.asked.lock().unwrap().push(query);
        assert!(self.asked() < 100, "the walk does not end");
        let (slow, read) = (self.slow, self.read.clone());
        Box::pin(async move {
            if !slow.is_zero() {
                tokio::time::sleep(slow).await;
                tokio::time::sleep(slow).await;
            }
            read.fetch_add(1, Ordering::Relaxed);
            Ok(Response::new(Bytes::from(answer.to_string())))
        })
    }
}

fn number(query: &Query, name: &str) -> usize {
    query.get(name).map_or(0, |value| value.parse().unwrap())
}

fn organizations(from: usize, to: usize, total: usize) -> Json {
    let data: Vec<Json> = (from..to).map(|n| json!({ "id": format!("org_{n}"), "name": "x", "slug": "x" })).collect();
    json!({ "data": data, "total_count": total })
}

async fn walk(server: &Server, concurrency: Option<usize>, page_size: u32) -> Vec<String> {
    let list = server.backend().organizations().list().page_size(page_size);
    let list = concurrency.into_iter().fold(list, |list, requests| list.concurrency(requests));
    let (mut entries, mut ids) = (list.stream(), Vec::new());
    while let Some(organization) = entries.try_next().await.unwrap() {
        ids.push(organization.raw.id.to_string());
    }
    ids
}

fn ids(count: usize) -> Vec<String> {
    (0..count).map(|n| format!("org_{n}")).collect()
}

#[tokio::test]
async fn a_list_that_gives_fewer_at_once_than_asked_for_is_walked_to_its_end() {
    let server = Server::new(|query| {
        let (offset, limit) = (number(query, "offset"), number(query, "limit").min(10));
        organizations(offset.min(45), (offset + limit).min(45), 45)
    });
    for concurrency in [None, Some(3)] {
        assert_eq!(walk(&server, concurrency, 25).await, ids(45), "{concurrency:?}");
    }
}

#[tokio::test]
async fn a_list_that_gives_more_at_once_than_asked_for_repeats_nothing() {
    let server = Server::new(|query| {
        let offset = number(query, "offset");
        organizations(offset.min(45), (offset + 20).min(45), 45)
    });
    for concurrency in [None, Some(3)] {
        assert_eq!(walk(&server, concurrency, 10).await, ids(45), "{concurrency:?}");
    }
}

#[tokio::test]
async fn a_list_whose_total_is_wrong_is_walked_to_where_nothing_comes_any_more() {
    for total in [-7, 1_000_000] {
        let server = Server::new(move |query| {
            let (offset, limit) = (number(query, "offset"), number(query, "limit"));
            let mut page = organizations(offset.min(45), (offset + limit).min(45), 45);
            page["total_count"] = total.into();
            page
        });
        for concurrency in [None, Some(3)] {
            assert_eq!(walk(&server, concurrency, 10).await, ids(45), "{total} {concurrency:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_may_be_worked_on_longer_than_the_one_ahead_has_time_to_come() {
    for concurrency in [None, Some(3)] {
        let mut server = Server::new(|query| {
            let (offset, limit) = (number(query, "offset"), number(query, "limit"));
            organizations(offset.min(45), (offset + limit).min(45), 45)
        });
        server.slow = Duration::from_millis(10);
        let list = server.backend().organizations().list().page_size(10);
        let list = concurrency.into_iter().fold(list, |list, requests| list.concurrency(requests));
        let (mut pages, mut given) = (list.pages(), 0);
        while let Some(page) = pages.try_next().await.unwrap() {
            given += page.data.len();
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        assert_eq!(given, 45);
    }
}

#[tokio::test(start_paused = true)]
async fn pages_that_have_come_are_read_one_by_one_while_another_is_worked_on() {
    let mut server = Server::new(|query| {
        let offset = number(query, "offset");
        organizations(offset, offset + 100, 1_000_000)
    });
    server.slow = Duration::from_millis(10);
    let mut entries = server.backend().organizations().list().page_size(100).concurrency(8).stream();
    entries.try_next().await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!((server.asked(), server.read.load(Ordering::Relaxed)), (9, 1));
    for _ in 0..10 {
        entries.try_next().await.unwrap();
    }
    assert_eq!(server.read.load(Ordering::Relaxed), 2, "all others would be held together");
}

#[tokio::test]
async fn a_server_that_does_not_know_where_to_start_ends_the_walk_with_an_error() {
    let users: Vec<Json> = (0..100).map(|n| json!({ "id": format!("user_{n}"), "created_at": n })).collect();
    let server = Server::new(move |_| json!(users));
    let mut stream = server.backend().users().list().page_size(100).stream();
    let mut given = 0;
    let error = loop {
        match stream.try_next().await {
            Ok(user) => given += usize::from(user.is_some()),
            Err(error) => break error,
        }
    };
    assert_eq!((given, error.kind()), (100, ErrorKind::Unexpected), "{error}");
}

#[tokio::test]
async fn a_position_of_a_list_that_is_walked_by_key_is_refused_by_another() {
    let server = Server::new(|_| organizations(0, 100, 1_000_000));
    let position: Position = serde_json::from_value(json!({ "after": { "ids": ["user_1"] } })).unwrap();
    let mut entries = server.backend().organizations().list().resume(position).stream();
    assert_eq!(entries.try_next().await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn a_position_that_names_more_than_any_walk_does_is_cut_short() {
    let many: Vec<String> = (0..1000).map(|n| format!("user_{n}")).collect();
    let position: Position = serde_json::from_value(json!({ "after": { "ids": many } })).unwrap();
    let server = Server::new(|_| json!([{ "id": "user_next" }]));
    let mut users = server.backend().users().list().resume(position).stream();
    assert_eq!(users.try_next().await.unwrap().unwrap().raw.id, "user_next");
    let kept = serde_json::to_value(users.position()).unwrap();
    assert_eq!(kept["after"]["ids"].as_array().map(Vec::len), Some(32));
}

/// How many entries a list has, walked three at a time, and what its first request asked for.
async fn counted<C: ListCall>(server: Server, call: impl FnOnce(clerk_fapi::Client) -> C) -> (usize, Query) {
    let (mut entries, mut count) = (List::<C, C::Item>::new(call(server.frontend())).page_size(3).stream(), 0);
    while entries.try_next().await.unwrap().is_some() {
        count += 1;
    }
    let first = server.asked.lock().unwrap().first().cloned();
    (count, first.unwrap())
}

#[tokio::test]
async fn a_list_looks_the_same_in_whatever_the_frontend_api_wraps_it() {
    // What each of the types that are listed here cannot do without.
    let entry = |n| json!({ "id": format!("id_{n}"), "role": "x", "key": "x", "status": "x", "phone_number": "x" });
    let paged = move |query: &Query, wrapped: fn(Vec<Json>) -> Json| {
        let (offset, limit) = (number(query, "offset"), number(query, "limit"));
        wrapped((offset.min(7)..(offset + limit).min(7)).map(entry).collect())
    };
    let whole = move || (0..7).map(entry).collect::<Vec<_>>();

    let server = Server::new(move |query| {
        paged(query, |data| json!({ "response": { "data": data, "total_count": 7 }, "client": null }))
    });
    let (count, asked) = counted(server, |clerk| clerk.list_organization_memberships("org_1")).await;
    assert_eq!((count, asked["paginated"].as_str(), asked["limit"].as_str()), (7, "true", "3"), "an enveloped page");

    let server = Server::new(move |query| {
        paged(query, |data| json!({ "response": { "data": data, "has_role_set_migration": true }, "client": null }))
    });
    let (count, asked) = counted(server, |clerk| clerk.list_organization_roles("org_1")).await;
    assert_eq!((count, asked.contains_key("paginated")), (7, false), "an enveloped object with a list");

    let server = Server::new(move |query| paged(query, |data| json!({ "data": data, "total_count": 7 })));
    assert_eq!(counted(server, |clerk| clerk.get_user_payment_attempts()).await.0, 7, "a page");

    let server = Server::new(move |_| json!({ "response": whole(), "client": null }));
    let (count, asked) = counted(server, |clerk| clerk.list_trusted_devices()).await;
    assert_eq!((count, asked.contains_key("limit")), (7, false), "an enveloped array");

    let server = Server::new(move |_| json!(whole()));
    assert_eq!(counted(server, |clerk| clerk.get_phone_numbers()).await.0, 7, "an array");
}

#[tokio::test]
async fn a_page_is_no_longer_than_its_list_gives() {
    let server = Server::new(|_| json!({ "data": [], "total_count": 0 }));
    let keys = || List::<_, clerk_fapi::types::ApiKey>::new(server.frontend().get_api_keys("user_1"));
    for list in [keys(), keys().page_size(1), keys().page_size(500)] {
        list.page().await.unwrap();
    }
    let attempts =
        List::<_, clerk_fapi::types::BillingPaymentAttempt>::new(server.frontend().get_user_payment_attempts());
    attempts.page_size(501).page().await.unwrap();
    let asked = server.asked.lock().unwrap();
    let limits: Vec<_> = asked.iter().map(|query| query["limit"].as_str()).collect();
    assert_eq!(limits, ["100", "1", "100", "500"]);
}

#[tokio::test]
async fn a_change_of_nothing_is_not_sent() {
    let server = Server::new(|_| json!({ "id": "user_1" }));
    let clerk = server.backend();
    clerk.users().update("user_1").first_name("Ann").public(json!({})).await.unwrap();
    assert_eq!(server.asked(), 1);
}
