//! The calls of the Secret Service.

use std::{collections::HashMap, time::Duration};

use serde::{Serialize, de::DeserializeOwned};
use zbus::{Connection, DynamicType, OwnedObjectPath, OwnedVariant, Type, Variant};

use super::{
    super::{SecretBytes, StoreError},
    prompt,
};

/// What names the service on the bus.
const SERVICE: &str = "org.freedesktop.secrets";
const SERVICE_PATH: &str = "/org/freedesktop/secrets";
/// How the service says that there is no such thing.
const NOTHING: &str = "/";
/// How long a call may take; questions to the user are waited for apart.
const PATIENCE: Duration = Duration::from_secs(25);

/// The session it belongs to, parameters that secrets sent as they are do without, the secret, its media type.
type Secret = (OwnedObjectPath, Vec<u8>, Vec<u8>, String);

/// What can be done with an item.
#[derive(Clone, Copy)]
pub(super) enum Work<'a> {
    Get,
    Set(&'a [u8]),
    Delete,
}

/// Why the keyring did not do as it was asked.
pub(super) enum Failure {
    Bus(zbus::Error),
    /// The service works, and what it said is final.
    Said(StoreError),
}

impl From<zbus::Error> for Failure {
    fn from(error: zbus::Error) -> Self {
        Self::Bus(error)
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Bus(error) => {
                let message = "the keyring does not answer as it should; see that a keyring runs in this desktop session, \
                               and that the value is no larger than it takes, or keep credentials in files";
                Self::new(message).with_source(error)
            }
            Failure::Said(error) => error,
        }
    }
}

/// A connection to the session bus.
pub(super) async fn connect() -> zbus::Result<Connection> {
    zbus::connection::Builder::session().method_timeout(PATIENCE).build().await
}

/// A conversation with the service, which gives secrets out in one only.
#[derive(Clone)]
pub(super) struct Session {
    connection: Connection,
    path: OwnedObjectPath,
}

impl Session {
    pub(super) async fn open(connection: Connection) -> Result<Self, Failure> {
        let arguments = ("plain", Variant::from(""));
        let (_, path): (OwnedVariant, _) =
            call(&connection, SERVICE_PATH, "org.freedesktop.Secret.Service", "OpenSession", &arguments).await?;
        Ok(Self { connection, path })
    }

    pub(super) async fn work(
        &self,
        application: &str,
        name: &str,
        work: Work<'_>,
    ) -> Result<Option<SecretBytes>, Failure> {
        let attributes = HashMap::from([("application", application), ("name", name)]);
        match work {
            Work::Get => self.get(&attributes).await,
            Work::Set(secret) => self.set(&attributes, &format!("{application}: {name}"), secret).await.map(|()| None),
            Work::Delete => self.delete(&attributes).await.map(|()| None),
        }
    }

    async fn get(&self, attributes: &HashMap<&str, &str>) -> Result<Option<SecretBytes>, Failure> {
        let (unlocked, locked) = self.search(attributes).await?;
        let item = match (unlocked.into_iter().next(), locked.into_iter().next()) {
            (Some(item), _) => item,
            (None, Some(item)) => {
                self.unlock(&item).await?;
                item
            }
            (None, None) => return Ok(None),
        };
        let (_, _, secret, _): Secret =
            call(&self.connection, &item, "org.freedesktop.Secret.Item", "GetSecret", &self.path)
                .await
                .map(|(secret,)| secret)?;
        Ok(Some(SecretBytes::from(secret)))
    }

    async fn set(&self, attributes: &HashMap<&str, &str>, label: &str, secret: &[u8]) -> Result<(), Failure> {
        let collection: OwnedObjectPath = self.service("ReadAlias", &"default").await?;
        if collection.as_str() == NOTHING {
            let message =
                "this user has no keyring; make one in the settings of the desktop, or keep credentials in files";
            return Err(Failure::Said(StoreError::new(message)));
        }
        self.unlock(&collection).await?;
        let properties = HashMap::from([
            ("org.freedesktop.Secret.Item.Label", Variant::from(label)),
            ("org.freedesktop.Secret.Item.Attributes", Variant::from(attributes.clone())),
        ]);
        let parameters: &[u8] = &[];
        let secret = (&self.path, parameters, secret, "application/octet-stream");
        let arguments = (properties, secret, true);
        let (_, question): (OwnedObjectPath, OwnedObjectPath) =
            call(&self.connection, &collection, "org.freedesktop.Secret.Collection", "CreateItem", &arguments).await?;
        self.ask(question).await
    }

    async fn delete(&self, attributes: &HashMap<&str, &str>) -> Result<(), Failure> {
        let (unlocked, locked) = self.search(attributes).await?;
        for item in unlocked.iter().chain(&locked) {
            let question = call(&self.connection, item, "org.freedesktop.Secret.Item", "Delete", &()).await?;
            self.ask(question).await?;
        }
        Ok(())
    }

    /// The items with these attributes: those that can be read, and those that are locked.
    async fn search(
        &self,
        attributes: &HashMap<&str, &str>,
    ) -> Result<(Vec<OwnedObjectPath>, Vec<OwnedObjectPath>), Failure> {
        Ok(self.service("SearchItems", attributes).await?)
    }

    /// Does nothing with what is not locked.
    async fn unlock(&self, path: &OwnedObjectPath) -> Result<(), Failure> {
        let (_, question): (Vec<OwnedObjectPath>, _) = self.service("Unlock", &[path].as_slice()).await?;
        self.ask(question).await
    }

    /// Has the service ask its user, if it has something to ask.
    async fn ask(&self, question: OwnedObjectPath) -> Result<(), Failure> {
        if question.as_str() == NOTHING { Ok(()) } else { prompt::answered(&self.connection, &question).await }
    }

    async fn service<B, T>(&self, method: &str, arguments: &B) -> zbus::Result<T>
    where
        B: Serialize + DynamicType + Sync,
        T: DeserializeOwned + Type,
    {
        call(&self.connection, SERVICE_PATH, "org.freedesktop.Secret.Service", method, arguments).await
    }
}

pub(super) async fn call<B, T>(
    connection: &Connection,
    path: &str,
    interface: &str,
    method: &str,
    arguments: &B,
) -> zbus::Result<T>
where
    B: Serialize + DynamicType + Sync,
    T: DeserializeOwned + Type,
{
    let reply = connection.call_method(Some(SERVICE), path, Some(interface), method, arguments).await?;
    reply.body().deserialize()
}
