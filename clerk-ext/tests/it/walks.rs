//! Walks over lists: by key while the list changes, by offset with several requests at once, resumed, cancelled.

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write as _,
    io::Write as _,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use clerk_core::{
    BoxError, BoxFuture, Bytes,
    http::{Request, Response},
};
use clerk_ext::{
    ErrorKind, Json, SecretKey, Transport,
    backend::{Backend, Position},
};
use clerk_local::{Api, Fault, LocalClerk, Seed, SeedUser};
use tower_service::Service;

use crate::world::{World, backend};

/// A Clerk with so many users, whose ids tell their number.
async fn crowd(users: usize) -> World {
    let mut seed = Seed::default();
    seed.users = (0..users).map(|n| SeedUser::new(format!("user{n}@example.com")).id(format!("user_{n:05}"))).collect();
    let local = LocalClerk::builder().seed(seed).start().await.unwrap();
    let clerk = backend(&local);
    World { local, clerk }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_walk_by_key_misses_and_repeats_nobody_while_others_are_deleted_and_created() {
    const USERS: usize = 25_000;
    let world = crowd(USERS).await;
    let done = Arc::new(AtomicBool::new(false));
    let churn = tokio::spawn({
        let (clerk, done) = (world.clerk.clone(), Arc::clone(&done));
        async move {
            let mut deleted = HashSet::new();
            // A step that shares no factor with the number of users comes by everywhere.
            for n in (0..USERS).map(|n| (n * 7_919) % USERS) {
                if done.load(Ordering::Relaxed) || deleted.len() == USERS / 4 {
                    break;
                }
                let id = format!("user_{n:05}");
                clerk.users().delete(id.as_str()).await.unwrap();
                deleted.insert(id);
                clerk
                    .users()
                    .create()
                    .email_address([format!("new{n}@example.com")])
                    .skip_password_requirement(true)
                    .await
                    .unwrap();
            }
            deleted
        }
    });
    let mut seen = Vec::with_capacity(USERS);
    let mut users = world.clerk.users().list().page_size(250).stream();
    while let Some(user) = users.try_next().await.unwrap() {
        seen.push(user.id.to_string());
    }
    done.store(true, Ordering::Relaxed);
    let deleted = churn.await.unwrap();
    assert!(deleted.len() > 50, "the list hardly changed: {}", deleted.len());

    let unique: HashSet<&String> = seen.iter().collect();
    assert_eq!(unique.len(), seen.len(), "somebody came twice");
    let throughout = (0..USERS).map(|n| format!("user_{n:05}")).filter(|id| !deleted.contains(id));
    let missed: Vec<String> = throughout.filter(|id| !unique.contains(id)).collect();
    assert!(missed.is_empty(), "{} were missed: {:?}", missed.len(), &missed[..missed.len().min(5)]);
}

#[tokio::test]
async fn each_user_may_be_deleted_as_soon_as_the_walk_gives_it() {
    let world = crowd(250).await;
    let mut users = world.clerk.users().list().page_size(20).stream();
    let mut deleted = 0;
    while let Some(user) = users.try_next().await.unwrap() {
        world.clerk.users().delete(&user.id).await.unwrap();
        deleted += 1;
    }
    assert_eq!(deleted, 250);
    assert_eq!(world.clerk.users().count().await.unwrap().total_count, 0);
}

#[tokio::test]
async fn users_as_json_keep_keys_that_nobody_knows_and_are_walked_by_key() {
    let world = crowd(70).await;
    world.local.faults().add(Fault::extra_fields().on("GetUserList"));
    let list = || world.clerk.users().list().page_size(20).order_by("created_at");
    let mut users = list().json().stream();
    let mut ids = Vec::new();
    while ids.len() < 45 {
        let user = users.try_next().await.unwrap().unwrap();
        assert!(user.get("future_field").is_some(), "{user}");
        let id = user["id"].as_str().unwrap().to_owned();
        world.clerk.users().delete(id.as_str()).await.unwrap();
        ids.push(id);
    }
    let position = users.position();
    drop(users);
    let mut rest = list().resume(position).json().stream();
    while let Some(user) = rest.try_next().await.unwrap() {
        ids.push(user["id"].as_str().unwrap().to_owned());
    }
    let all: Vec<String> = (0..70).map(|n| format!("user_{n:05}")).collect();
    assert_eq!(ids, all, "each once, in order, although those before were deleted");
}

#[tokio::test]
async fn a_walk_goes_on_where_everybody_it_remembers_was_deleted() {
    let world = crowd(120).await;
    let list = || world.clerk.users().list().page_size(50);
    let mut users = list().stream();
    let mut given = Vec::new();
    for _ in 0..60 {
        given.push(users.try_next().await.unwrap().unwrap().raw.id);
    }
    let position = users.position();
    drop(users);
    for id in &given {
        world.clerk.users().delete(id).await.unwrap();
    }
    let mut rest = list().resume(position).stream();
    let mut others = HashSet::new();
    while let Some(user) = rest.try_next().await.unwrap() {
        assert!(others.insert(user.raw.id), "somebody came twice");
    }
    assert_eq!(others.len(), 60);
}

#[tokio::test]
async fn several_requests_at_once_keep_the_order() {
    let world = crowd(1_030).await;
    world.local.faults().add(Fault::latency(Duration::from_millis(20)).on("GetUserList").times(3).after(2));
    let ids = |mut users: clerk_ext::backend::Items<_, clerk_ext::backend::User>| async move {
        let mut ids = Vec::new();
        while let Some(user) = users.try_next().await.unwrap() {
            ids.push(user.raw.id);
        }
        ids
    };
    let together = ids(world.clerk.users().list().concurrency(8).stream()).await;
    let one_by_one = ids(world.clerk.users().list().stream()).await;
    assert_eq!(together.len(), 1_030);
    assert_eq!(together, one_by_one);
}

#[tokio::test]
async fn an_error_ends_the_walk_and_the_position_goes_on_behind_the_last_that_was_given() {
    let world = crowd(95).await;
    for concurrency in [None, Some(3)] {
        let list = || {
            let list = world.clerk.users().list().page_size(10);
            concurrency.map_or_else(|| list.clone(), |requests| list.clone().concurrency(requests))
        };
        let fault = world.local.faults().add(Fault::status(404).on("GetUserList").after(4));
        let mut users = list().stream();
        let mut ids = Vec::new();
        let error = loop {
            match users.try_next().await {
                Ok(user) => ids.push(user.expect("an error comes before the end").raw.id),
                Err(error) => break error,
            }
        };
        assert_eq!((error.kind(), ids.len()), (ErrorKind::NotFound, 40));
        assert!(users.try_next().await.unwrap().is_none(), "it has ended");
        world.local.faults().remove(fault);

        let position = serde_json::to_string(&users.position()).unwrap();
        let mut users = list().resume(serde_json::from_str(&position).unwrap()).stream();
        while let Some(user) = users.try_next().await.unwrap() {
            ids.push(user.raw.id);
        }
        assert_eq!(ids.len(), 95);
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 95);
    }
}

/// What another process is told.
const CHILD: &str = "CLERK_EXT_TEST_WALK";

#[tokio::test]
async fn a_walk_goes_on_in_another_process() {
    if let Ok(told) = std::env::var(CHILD) {
        return go_on(&told).await;
    }
    let world = crowd(230).await;
    let mut users = world.clerk.users().list().page_size(30).stream();
    let mut ids = String::new();
    for _ in 0..77 {
        writeln!(ids, "{}", users.try_next().await.unwrap().unwrap().raw.id).unwrap();
    }
    let told = serde_json::json!({
        "url": world.local.backend_url(),
        "key": world.local.secret_key().expose(),
        "position": users.position(),
    });
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "walks::a_walk_goes_on_in_another_process", "--nocapture"]).env(CHILD, told.to_string());
    let child = child.stdout(Stdio::piped()).spawn().unwrap();
    let output = tokio::task::spawn_blocking(move || child.wait_with_output().unwrap()).await.unwrap();
    assert!(output.status.success());
    let output = String::from_utf8(output.stdout).unwrap();
    ids.extend(output.lines().filter_map(|line| line.strip_prefix("walked ")).map(|id| format!("{id}\n")));
    let ids: Vec<&str> = ids.lines().collect();
    assert_eq!(ids.len(), 230);
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 230);
}

async fn go_on(told: &str) {
    let told: Json = serde_json::from_str(told).unwrap();
    let key: SecretKey = told["key"].as_str().unwrap().parse().unwrap();
    let clerk = Backend::builder().secret_key(&key).api_url(told["url"].as_str().unwrap()).build().unwrap();
    let position: Position = serde_json::from_value(told["position"].clone()).unwrap();
    let mut users = clerk.users().list().page_size(30).resume(position).stream();
    let mut out = std::io::stdout();
    while let Some(user) = users.try_next().await.unwrap() {
        writeln!(out, "\nwalked {}", user.id).unwrap();
    }
}

#[tokio::test]
async fn nothing_is_sent_after_the_stream_is_dropped() {
    let world = crowd(300).await;
    world.local.faults().add(Fault::latency(Duration::from_millis(100)).on("GetUserList").after(1));
    let mut users = world.clerk.users().list().page_size(10).stream();
    users.try_next().await.unwrap().unwrap();
    drop(users);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let asked = world.local.calls(Api::Backend)["GetUserList"];
    assert!(asked <= 2, "{asked} requests for one user and the page ahead");
}

/// A transport that sends in tasks of their own, as connections do.
#[derive(Clone)]
struct InTasks {
    transport: Transport,
    left: Arc<AtomicUsize>,
}

impl Service<Request<Bytes>> for InTasks {
    type Response = Response<Bytes>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Bytes>, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Bytes>) -> Self::Future {
        let Self { mut transport, left } = self.clone();
        let task = tokio::spawn(async move {
            left.fetch_add(1, Ordering::Relaxed);
            transport.call(request).await
        });
        Box::pin(async move { task.await? })
    }
}

#[tokio::test]
async fn requests_for_the_pages_behind_have_left_before_a_page_is_given() {
    let world = crowd(100).await;
    let left = Arc::new(AtomicUsize::new(0));
    let transport = Transport::new(InTasks { transport: world.local.transport(), left: left.clone() });
    let builder = Backend::builder().secret_key(&world.local.secret_key()).api_url(world.local.backend_url());
    let clerk = builder.transport(transport).build().unwrap();
    for at_once in 1..4 {
        left.store(0, Ordering::Relaxed);
        let mut users = clerk.users().list().page_size(10).concurrency(at_once).stream();
        for page in 0..5 {
            users.try_next().await.unwrap().unwrap();
            assert_eq!(left.load(Ordering::Relaxed), page + 1 + at_once, "behind page {page}, {at_once} at once");
            for _ in 1..10 {
                users.try_next().await.unwrap().unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_page_says_the_total_where_the_api_does_whatever_shape_it_answers() {
    let world = crowd(3).await;
    let clerk = &world.clerk;
    for n in 0..3 {
        clerk.organizations().create(format!("Organization {n}")).await.unwrap();
        clerk.invitations().create(format!("guest{n}@example.com")).await.unwrap();
    }
    // The first answers an object, the second an array unless asked for more, the third always an array.
    let organizations = clerk.organizations().list().page_size(2).page().await.unwrap();
    assert_eq!((organizations.data.len(), organizations.total_count), (2, Some(3)));
    let invitations = clerk.invitations().list().page_size(2).page().await.unwrap();
    assert_eq!((invitations.data.len(), invitations.total_count), (2, Some(3)));
    let users = clerk.users().list().page_size(2).page().await.unwrap();
    assert_eq!((users.data.len(), users.total_count), (2, None));
    assert_eq!(clerk.users().list().query("user1@").order_by("-created_at").count().await.unwrap(), 1);
    let second = clerk.users().list().page_size(2).offset(2).page().await.unwrap();
    assert_eq!(second.data.len(), 1);
}

#[tokio::test]
async fn pages_come_whole_and_tell_where_they_ended() {
    let world = crowd(25).await;
    let mut pages = world.clerk.users().list().page_size(10).pages();
    let mut sizes = Vec::new();
    let mut positions = BTreeMap::new();
    while let Some(page) = pages.try_next().await.unwrap() {
        sizes.push(page.data.len());
        positions.insert(sizes.len(), pages.position());
    }
    assert_eq!(sizes, [10, 10, 5]);
    let rest = world.clerk.users().list().page_size(10).resume(positions[&1].clone()).pages();
    let sizes = std::pin::pin!(rest);
    let sizes: Vec<usize> = futures_util::TryStreamExt::try_collect::<Vec<_>>(sizes)
        .await
        .unwrap()
        .iter()
        .map(|page| page.data.len())
        .collect();
    assert_eq!(sizes, [10, 5]);
}
