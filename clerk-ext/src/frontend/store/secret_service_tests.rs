//! A double of the Secret Service, spoken to over a pair of sockets.

use std::{
    collections::HashMap,
    os::unix::net::UnixStream,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::StreamExt as _;
use zbus::{
    Guid, Message, MessageStream, ObjectPath, OwnedObjectPath, OwnedVariant, Variant, connection::Builder,
    message::Type,
};

use super::*;
use crate::frontend::store::{CredentialStore as _, KeychainStore};

type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);
type Properties = HashMap<String, OwnedVariant>;

/// Attributes in their order, and the secret.
type Item = (Vec<(String, String)>, Vec<u8>);

/// What the double has and does.
#[derive(Default)]
struct Keyring {
    /// By their attributes; an item is at the path of its place.
    items: Vec<Option<Item>>,
    labels: Vec<String>,
    locked: bool,
    /// Whether the user says no.
    refuses: bool,
    /// Whether there is no keyring at all.
    none: bool,
    sessions: usize,
    asked: usize,
}

#[derive(Clone, Default)]
struct Double {
    keyring: Arc<Mutex<Keyring>>,
    /// The connections that were made.
    connections: Arc<Mutex<Vec<Connection>>>,
    connected: Arc<AtomicUsize>,
}

fn path(path: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(path).unwrap()
}

fn item(number: usize) -> OwnedObjectPath {
    path(&format!("/org/freedesktop/secrets/collection/login/{number}"))
}

const COLLECTION: &str = "/org/freedesktop/secrets/collection/login";
const PROMPT: &str = "/org/freedesktop/secrets/prompt/1";

impl Double {
    fn service(&self) -> SecretService {
        let double = self.clone();
        SecretService::over("myapp", move || {
            let double = double.clone();
            Box::pin(async move { double.connect().await })
        })
    }

    async fn connect(&self) -> zbus::Result<Connection> {
        let (here, there) = UnixStream::pair()?;
        let server = Builder::unix_stream(there).server(Guid::generate()).p2p();
        let (client, server) =
            futures_util::future::try_join(Builder::unix_stream(here).p2p().build(), server.build()).await?;
        let mut calls = MessageStream::from(&server);
        let double = self.clone();
        self.connections.lock().unwrap().push(server.clone());
        self.connected.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(async move {
            while let Some(Ok(call)) = calls.next().await {
                if call.message_type() == Type::MethodCall {
                    double.answer(&server, &call).await;
                }
            }
        });
        Ok(client)
    }

    /// What the service answers; what it does not know breaks the test.
    async fn answer(&self, server: &Connection, call: &Message) {
        let (header, body) = (call.header(), call.body());
        let (at, member) = (header.path().unwrap().as_str(), header.member().unwrap().as_str());
        let interface = header.interface().unwrap().as_str().strip_prefix("org.freedesktop.Secret.").unwrap();
        let signature = body.signature().to_string_no_parens();
        let nothing = path("/");
        match (interface, member, signature.as_str()) {
            ("Service", "OpenSession", "sv") => {
                let session = {
                    let mut keyring = self.keyring.lock().unwrap();
                    keyring.sessions += 1;
                    path(&format!("/org/freedesktop/secrets/session/{}", keyring.sessions))
                };
                server.reply(&header, &(Variant::from(""), session)).await
            }
            ("Service", "ReadAlias", "s") => {
                let none = self.keyring.lock().unwrap().none;
                server.reply(&header, &path(if none { "/" } else { COLLECTION })).await
            }
            ("Service", "SearchItems", "a{ss}") => {
                let asked: HashMap<String, String> = body.deserialize().unwrap();
                let (found, locked) = {
                    let keyring = self.keyring.lock().unwrap();
                    let fits = |(attributes, _): &Item| {
                        asked.iter().all(|(key, value)| attributes.iter().any(|(k, v)| (k, v) == (key, value)))
                    };
                    let found = keyring.items.iter().enumerate().filter(|(_, kept)| kept.as_ref().is_some_and(fits));
                    (found.map(|(number, _)| item(number)).collect::<Vec<_>>(), keyring.locked)
                };
                let none = Vec::<OwnedObjectPath>::new();
                server.reply(&header, &if locked { (none, found) } else { (found, none) }).await
            }
            ("Service", "Unlock", "ao") => {
                let paths: Vec<OwnedObjectPath> = body.deserialize().unwrap();
                let locked = self.keyring.lock().unwrap().locked;
                let (unlocked, question) = if locked { (Vec::new(), path(PROMPT)) } else { (paths, nothing) };
                server.reply(&header, &(unlocked, question)).await
            }
            ("Prompt", "Prompt", "s") => {
                assert_eq!(at, PROMPT);
                let dismissed = {
                    let mut keyring = self.keyring.lock().unwrap();
                    keyring.asked += 1;
                    keyring.locked = keyring.refuses;
                    keyring.refuses
                };
                let answer = (dismissed, Variant::from(""));
                server
                    .emit_signal(None::<&str>, PROMPT, header.interface().unwrap(), "Completed", &answer)
                    .await
                    .unwrap();
                server.reply(&header, &()).await
            }
            ("Collection", "CreateItem", "a{sv}(oayays)b") => {
                assert_eq!(at, COLLECTION);
                let (mut properties, (_, _, secret, _), replace): (Properties, Secret, bool) =
                    body.deserialize().unwrap();
                let number = {
                    let mut keyring = self.keyring.lock().unwrap();
                    let attributes = properties.remove("org.freedesktop.Secret.Item.Attributes").unwrap();
                    let mut attributes: Vec<_> =
                        HashMap::<String, String>::try_from(attributes).unwrap().into_iter().collect();
                    attributes.sort();
                    let label = properties.remove("org.freedesktop.Secret.Item.Label").unwrap();
                    keyring.labels.push(String::try_from(label).unwrap());
                    let same =
                        |kept: &Option<(Vec<_>, _)>| kept.as_ref().is_some_and(|(other, _)| *other == attributes);
                    let place = keyring.items.iter().position(same).filter(|_| replace);
                    let number = place.unwrap_or(keyring.items.len());
                    match place {
                        Some(place) => keyring.items[place] = Some((attributes, secret)),
                        None => keyring.items.push(Some((attributes, secret))),
                    }
                    number
                };
                server.reply(&header, &(item(number), nothing)).await
            }
            ("Item", "GetSecret", "o") => {
                let session: ObjectPath<'_> = body.deserialize().unwrap();
                let secret = {
                    let keyring = self.keyring.lock().unwrap();
                    assert!(!keyring.locked && session.as_str().ends_with(&format!("/{}", keyring.sessions)));
                    let number: usize = at.rsplit('/').next().unwrap().parse().unwrap();
                    keyring.items[number].as_ref().unwrap().1.clone()
                };
                // One value that is a structure, as the services send it.
                server.reply(&header, &((session, Vec::<u8>::new(), secret, "text/plain"),)).await
            }
            ("Item", "Delete", "") => {
                let number: usize = at.rsplit('/').next().unwrap().parse().unwrap();
                self.keyring.lock().unwrap().items[number] = None;
                server.reply(&header, &nothing).await
            }
            other => panic!("{other:?}"),
        }
        .unwrap();
    }

    fn asked(&self) -> usize {
        self.keyring.lock().unwrap().asked
    }
}

#[tokio::test]
async fn a_secret_is_kept_replaced_and_removed_over_one_connection() {
    let double = Double::default();
    let keyring = double.service();
    assert_eq!(keyring.get("token").await.unwrap(), None);
    keyring.set("token", b"test_1").await.unwrap();
    keyring.set("other", b"").await.unwrap();
    keyring.set("token", b"\xfftest_2").await.unwrap();
    assert_eq!(keyring.get("token").await.unwrap(), Some(b"\xfftest_2".as_slice().into()));
    assert_eq!(keyring.get("other").await.unwrap(), Some("".into()));
    keyring.delete("token").await.unwrap();
    keyring.delete("token").await.unwrap();
    assert_eq!(keyring.get("token").await.unwrap(), None);
    assert_eq!((double.connected.load(Ordering::Relaxed), double.asked()), (1, 0));
    assert_eq!(double.keyring.lock().unwrap().labels, ["myapp: token", "myapp: other", "myapp: token"]);
}

#[tokio::test]
async fn a_megabyte_goes_through() {
    let keyring = Double::default().service();
    let large = vec![7; 1024 * 1024];
    keyring.set("client", &large).await.unwrap();
    assert_eq!(keyring.get("client").await.unwrap(), Some(large.into()));
}

#[tokio::test]
async fn a_locked_keyring_asks_its_user() {
    let double = Double::default();
    let keyring = double.service();
    keyring.set("token", b"test_1").await.unwrap();
    double.keyring.lock().unwrap().locked = true;
    assert_eq!(keyring.get("token").await.unwrap(), Some("test_1".into()));
    double.keyring.lock().unwrap().locked = true;
    keyring.set("token", b"test_2").await.unwrap();
    assert_eq!(double.asked(), 2);
}

#[tokio::test]
async fn a_user_who_keeps_the_keyring_locked_is_asked_once_and_named_in_the_error() {
    let double = Double::default();
    let keyring = double.service();
    keyring.set("token", b"test_1").await.unwrap();
    {
        let mut keyring = double.keyring.lock().unwrap();
        (keyring.locked, keyring.refuses) = (true, true);
    }
    let error = keyring.get("token").await.unwrap_err();
    assert!(error.to_string().starts_with("the keyring stays locked"), "{error}");
    assert_eq!((double.asked(), double.connected.load(Ordering::Relaxed)), (1, 1));
}

#[tokio::test]
async fn a_user_without_a_keyring_is_told_so() {
    let double = Double::default();
    double.keyring.lock().unwrap().none = true;
    let error = double.service().set("token", b"test_1").await.unwrap_err();
    assert!(error.to_string().starts_with("this user has no keyring"), "{error}");
}

#[tokio::test]
async fn a_connection_that_broke_is_made_anew() {
    let double = Double::default();
    let keyring = double.service();
    keyring.set("token", b"test_1").await.unwrap();
    let broken = double.connections.lock().unwrap().remove(0);
    broken.close().await.unwrap();
    assert_eq!(keyring.get("token").await.unwrap(), Some("test_1".into()));
    assert_eq!(double.connected.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn no_bus_is_an_error_that_says_what_to_do() {
    let keyring = SecretService::over("myapp", || Box::pin(async { Err(zbus::Error::Address("none".to_owned())) }));
    let error = keyring.get("token").await.unwrap_err();
    assert!(error.to_string().contains("see that a keyring runs"), "{error}");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn without_a_runtime_there_is_an_error_and_no_panic() {
    use futures_util::FutureExt as _;
    let error = Double::default().service().get("token").now_or_never().unwrap().unwrap_err();
    assert!(error.to_string().contains("outside of a tokio runtime"), "{error}");
}

#[tokio::test]
async fn as_a_store_it_compares_before_it_replaces() {
    let home = tempfile::tempdir().unwrap();
    let store = KeychainStore::new(Double::default().service(), home.path().join("credentials"));
    assert!(store.swap("token", None, Some(b"test_1")).await.unwrap());
    assert!(!store.swap("token", None, Some(b"test_2")).await.unwrap());
    assert!(store.swap("token", Some(b"test_1"), None).await.unwrap());
    assert_eq!(store.load("token").await.unwrap(), None);
}
