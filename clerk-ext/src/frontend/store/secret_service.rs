mod bus;
mod prompt;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use clerk_core::BoxFuture;
use zbus::Connection;

use self::bus::{Failure, Session, Work};
use super::{Keychain, SecretBytes, StoreError};

/// The keyring of a Linux desktop, such as that of GNOME or KDE: the Secret Service of the session bus.
///
/// Feature `keychain`. Needs the tokio runtime, and one that lasts: the connection is made when it is first needed, kept,
/// and made anew when it breaks.
///
/// A keyring that is locked asks its user, who has two minutes. Secrets travel over the socket of the session bus as they
/// are, which other users cannot read; every program of the same user may ask the keyring for them anyway.
///
/// It is tested against a double that speaks the protocol, not against the services themselves.
///
/// ```no_run
/// # #[cfg(all(unix, not(target_vendor = "apple")))] {
/// use clerk_ext::frontend::{KeychainStore, SecretService};
///
/// # fn example() -> Result<(), clerk_ext::Error> {
/// let store = KeychainStore::in_config_dir(SecretService::new("myapp"), "myapp")?;
/// # _ = store;
/// # Ok(()) } }
/// ```
#[derive(Clone)]
pub struct SecretService {
    application: Arc<str>,
    connect: Arc<dyn Connect>,
    session: Arc<Mutex<Option<Session>>>,
}

/// How the bus is reached.
trait Connect: Send + Sync {
    fn connect(&self) -> BoxFuture<'static, zbus::Result<Connection>>;
}

impl<F: Fn() -> BoxFuture<'static, zbus::Result<Connection>> + Send + Sync> Connect for F {
    fn connect(&self) -> BoxFuture<'static, zbus::Result<Connection>> {
        self()
    }
}

impl SecretService {
    /// The keyring, with what this application keeps in it.
    ///
    /// The name is shown where users look through their keyring. Two applications of one name share what they keep.
    #[must_use]
    pub fn new(application: &str) -> Self {
        Self::over(application, || Box::pin(bus::connect()))
    }

    fn over(
        application: &str,
        connect: impl Fn() -> BoxFuture<'static, zbus::Result<Connection>> + Send + Sync + 'static,
    ) -> Self {
        Self { application: application.into(), connect: Arc::new(connect), session: Arc::default() }
    }

    async fn work(&self, name: &str, work: Work<'_>) -> Result<Option<SecretBytes>, StoreError> {
        let kept = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(session) = kept {
            match session.work(&self.application, name, work).await {
                // The bus or the keyring was started anew; what we do can be done twice.
                Err(Failure::Bus(_)) => self.keep(None),
                done => return done.map_err(StoreError::from),
            }
        }
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(StoreError::new("the keyring cannot be reached outside of a tokio runtime; start one first"));
        }
        let session = Session::open(self.connect.connect().await.map_err(Failure::Bus)?).await?;
        self.keep(Some(session.clone()));
        Ok(session.work(&self.application, name, work).await?)
    }

    fn keep(&self, session: Option<Session>) {
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = session;
    }
}

impl Keychain for SecretService {
    fn get<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<SecretBytes>, StoreError>> {
        Box::pin(self.work(name, Work::Get))
    }

    fn set<'a>(&'a self, name: &'a str, secret: &'a [u8]) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.work(name, Work::Set(secret)).await.map(|_| ()) })
    }

    fn delete<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move { self.work(name, Work::Delete).await.map(|_| ()) })
    }
}

impl fmt::Debug for SecretService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretService").field("application", &self.application).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "secret_service_tests.rs"]
mod tests;
