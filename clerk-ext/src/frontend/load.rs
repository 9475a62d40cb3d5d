use std::sync::PoisonError;

use clerk_core::{Error, ErrorKind, Timestamp};
use clerk_fapi::types;
use futures_util::future;
use serde::{Deserialize, Serialize};

use super::{
    client::Frontend, core::Core, device::Device, environment::Environment, events::Event, sign_out::carry_out_first,
    snapshot::Snapshot,
};
use crate::metadata::Metadata;

/// What the instance offers, as it lies in the store.
#[derive(Deserialize)]
struct Kept {
    learned_at: Timestamp,
    environment: types::Environment,
}

/// The same, to be written.
#[derive(Serialize)]
struct Keeping<'a> {
    learned_at: Timestamp,
    environment: &'a types::Environment,
}

impl<M: Metadata> Frontend<M> {
    /// Reads what the store holds, and asks nobody: what a program can show before it is online.
    ///
    /// # Errors
    ///
    /// The store fails.
    pub async fn restore(&self) -> Result<Snapshot, Error> {
        self.device().core().sync().await?;
        Ok(self.snapshot())
    }

    /// Finds out who is signed in and what the instance offers, in two requests side by side.
    ///
    /// Asked again, or by several at once, it does nothing more: see [`reload`](Self::reload). Where Clerk cannot be
    /// reached, what was kept from earlier will do, for as long as [`max_age`](super::FrontendBuilder::max_age) says;
    /// [`Snapshot::is_live`] tells.
    ///
    /// ```
    /// use clerk_ext::frontend::{Frontend, MemoryStore};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann").password("test-hunter2-and-more");
    /// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
    /// # let store = MemoryStore::default();
    /// # let clerk = Frontend::builder(&local.publishable_key()).store(store.clone()).build()?;
    /// # clerk.sign_in().password("ann@example.com", "test-hunter2-and-more").await?.session()?;
    /// # let clerk = Frontend::builder(&local.publishable_key()).store(store).build()?;
    /// // When the program starts: what was kept is shown at once, and then what Clerk says.
    /// let kept = clerk.restore().await?;
    /// let said = clerk.load().await?;
    /// assert!(!kept.is_live() && said.is_live());
    /// assert_eq!(said.user().map(|user| user.id.as_str()), Some("user_ann"));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// The store fails, Clerk refuses, or cannot be reached and nothing young enough is kept.
    pub async fn load(&self) -> Result<Snapshot, Error> {
        let mut loaded = self.device().core().loaded.lock().await;
        if *loaded != Some(true) {
            fetch_into(&mut loaded, self.device()).await?;
        }
        Ok(self.snapshot())
    }

    /// The same, whether it was done before or not.
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub async fn reload(&self) -> Result<Snapshot, Error> {
        let mut loaded = self.device().core().loaded.lock().await;
        fetch_into(&mut loaded, self.device()).await?;
        Ok(self.snapshot())
    }

    /// What the instance offers: what a form for signing in or up has to know.
    ///
    /// It is fetched once, with [`load`](Self::load).
    ///
    /// ```
    /// use clerk_ext::frontend::{Strategy, environment::Identifier};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let local = clerk_local::LocalClerk::builder().start().await?;
    /// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
    /// let environment = clerk.environment().await?;
    /// assert!(environment.identifiers().contains(&Identifier::EmailAddress));
    /// assert!(environment.is_enabled(Strategy::PASSWORD), "show a field for it");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`load`](Self::load).
    pub async fn environment(&self) -> Result<Environment, Error> {
        let core = self.device().core();
        if let Some(environment) = core.known_environment() {
            return Ok(environment);
        }
        self.load().await?;
        match core.known_environment() {
            Some(environment) => Ok(environment),
            None => fetch_environment(self.device()).await,
        }
    }
}

impl Core {
    pub(super) fn known_environment(&self) -> Option<Environment> {
        self.environment.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn learn_environment(&self, environment: &Environment) {
        *self.environment.lock().unwrap_or_else(PoisonError::into_inner) = Some(environment.clone());
    }

    fn environment_name(&self) -> String {
        format!("{}/environment", self.name)
    }

    /// What was kept from earlier, where it is young enough.
    async fn kept_environment(&self) -> Result<Option<Environment>, Error> {
        let kept = self.store.load(&self.environment_name()).await?;
        let kept = kept.and_then(|bytes| serde_json::from_slice::<Kept>(bytes.as_ref()).ok());
        Ok(kept.filter(|kept| self.is_young(kept.learned_at)).map(|kept| Environment::new(kept.environment)))
    }

    /// Keeps it for a start without a network; a store that fails now will say so where it matters.
    async fn keep_environment(&self, environment: &Environment) {
        let keeping = Keeping { learned_at: self.now(), environment: environment.raw() };
        let Ok(bytes) = serde_json::to_vec(&keeping) else { return };
        let name = self.environment_name();
        let Ok(held) = self.store.load(&name).await else { return };
        let _ = self.store.swap(&name, held.as_ref().map(AsRef::as_ref), Some(&bytes)).await;
    }
}

/// Both at once; tells when that was the first time.
async fn fetch_into(loaded: &mut Option<bool>, device: &Device) -> Result<(), Error> {
    let is_reached = fetch(device).await?;
    if loaded.is_none() {
        device.core().teller.tell(Event::Loaded);
    }
    *loaded = Some(is_reached || *loaded == Some(true));
    Ok(())
}

/// Both at once; says whether Clerk was reached.
async fn fetch(device: &Device) -> Result<bool, Error> {
    let core = device.core();
    core.sync().await?;
    let client = async { device.raw().get_client().send().await.map(drop) };
    let (client, environment) = future::join(client, fetch_environment(device)).await;
    match (client, environment) {
        (Ok(()), Ok(_)) => {
            core.confirm().await;
            if !core.record().leaving.is_empty() {
                // A program may end as soon as it knows who is signed in: nobody would be told otherwise.
                let core = core.clone();
                device.tasks().run(async move { carry_out_first(&core).await }).await?;
            }
            Ok(true)
        }
        (client, environment) => {
            let error = match (client, environment) {
                (Err(error), _) | (_, Err(error)) => error,
                (Ok(()), Ok(_)) => return Ok(true),
            };
            let is_unreachable = matches!(error.kind(), ErrorKind::Offline | ErrorKind::Network | ErrorKind::Timeout);
            if !is_unreachable || !core.is_fresh() {
                return Err(error);
            }
            if core.known_environment().is_none()
                && let Some(kept) = core.kept_environment().await?
            {
                core.learn_environment(&kept);
            }
            Ok(false)
        }
    }
}

async fn fetch_environment(device: &Device) -> Result<Environment, Error> {
    let environment = Environment::new(device.raw().get_environment().send().await?);
    let core = device.core();
    core.learn_environment(&environment);
    core.keep_environment(&environment).await;
    Ok(environment)
}
