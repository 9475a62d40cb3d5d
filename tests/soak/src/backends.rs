//! Back ends that create, write and delete, side by side on the same users.

use std::collections::BTreeMap;

use clerk_ext::{ErrorKind, Json, backend::Backend, metadata::Patch};
use serde_json::json;

use crate::{
    dice::Dice,
    history::{Fact, Thing, Told, Work},
    scene::Scene,
};

/// One back end.
pub(crate) struct Writer<'s> {
    scene: &'s Scene,
    backend: Backend,
    dice: Dice,
    /// Under which it writes into every user's metadata, as all others do under theirs.
    key: String,
    made: u64,
    /// What it wrote last, by user.
    written: BTreeMap<String, u64>,
}

impl<'s> Writer<'s> {
    /// # Errors
    /// The back end cannot be set up.
    pub(crate) fn new(scene: &'s Scene, dice: Dice, number: u64) -> Result<Self, clerk_ext::Error> {
        let backend = scene.backend(&dice)?;
        Ok(Self { scene, backend, dice, key: format!("writer{number}"), made: 0, written: BTreeMap::new() })
    }

    pub(crate) async fn work(mut self) {
        while !self.scene.is_over() {
            match self.dice.below(10) {
                0..=1 => self.creates_a_user().await,
                2 => self.creates_an_organization().await,
                3 => self.deletes_a_user().await,
                _ => self.writes().await,
            }
            tokio::time::sleep(self.dice.millis(0..15)).await;
        }
    }

    async fn creates_a_user(&mut self) {
        self.made += 1;
        let name = format!("{}.{}@example.com", self.key, self.made);
        let create = self.backend.users().create().email_address([name.clone()]).skip_password_requirement(true);
        let made = self.scene.tries(Work::Create, &[], async { create.await }).await;
        if let Ok(user) = &made {
            self.scene.people.come(user.raw.id.as_str(), &name);
        }
        let told = Told::of(&made);
        self.scene.history.fact(Fact::Made { work: Work::Create, thing: Thing::User, name, told });
    }

    async fn creates_an_organization(&mut self) {
        self.made += 1;
        let name = format!("{} {}", self.key, self.made);
        let create = self.backend.organizations().create(&name);
        let made = self.scene.tries(Work::Create, &[], async { create.await }).await;
        let told = Told::of(&made);
        self.scene.history.fact(Fact::Made { work: Work::Create, thing: Thing::Organization, name, told });
    }

    /// One of those that it made itself, so that the others keep somebody to work with.
    async fn deletes_a_user(&mut self) {
        let ours = format!("{}.", self.key);
        let staying: Vec<_> =
            self.scene.people.staying().into_iter().filter(|(_, name)| name.starts_with(&ours)).collect();
        let Some((id, name)) = self.dice.pick(&staying).cloned() else { return };
        if staying.len() < 5 || !self.scene.people.leave(&id) {
            return;
        }
        // Who deletes again because the first answer got lost is told that there is nobody.
        let delete = self.backend.users().delete(id);
        let deleted = self.scene.tries(Work::Delete, &[ErrorKind::NotFound], async { delete.await }).await;
        let told = Told::of(&deleted);
        self.scene.history.fact(Fact::Deleted { name, told });
    }

    /// Merges a number into the metadata of somebody whom others write to as well, sometimes with the profile.
    async fn writes(&mut self) {
        let staying: Vec<_> = self.scene.people.staying().into_iter().take(12).collect();
        let Some((id, name)) = self.dice.pick(&staying).cloned() else { return };
        let value = self.written.get(&id).copied().unwrap_or_default() + 1;
        self.written.insert(id.clone(), value);
        let patch: Patch<Json> = json!({ &self.key: value }).into();
        let mut update = self.backend.users().update(&*id).public(patch);
        if self.dice.one_in(4) {
            update = update.first_name("Ann");
        }
        self.scene.history.begins(Work::Update);
        let written = self.scene.watched(Work::Update, async { update.await }).await;
        if let Err(error) = &written {
            let is_gone = self.scene.people.is_leaving(&id);
            self.scene.history.failed(Work::Update, error, if is_gone { &[ErrorKind::NotFound] } else { &[] });
        }
        let told = Told::of(&written);
        self.scene.history.fact(Fact::Wrote { user: name, key: self.key.clone(), value, told });
    }
}

/// Walks over all users while they come and go, and goes on where an error stopped it.
pub(crate) async fn walks(scene: &Scene, mut dice: Dice) -> Result<(), clerk_ext::Error> {
    const AGAIN: u32 = 4;
    let backend = scene.backend(&dice)?;
    while !scene.is_over() {
        let before = scene.people.staying();
        let size = u32::try_from(2 + dice.below(15)).unwrap_or(2);
        let list = || backend.users().list().page_size(size);
        scene.history.begins(Work::Walk);
        let mut users = list().stream();
        let (mut seen, mut failures) = (Vec::new(), 0);
        let ended = loop {
            match scene.watched(Work::Walk, users.try_next()).await {
                Ok(Some(user)) => seen.push(user.raw.id.as_str().to_owned()),
                Ok(None) => break true,
                Err(error) if failures < AGAIN && error.is_retryable() => {
                    failures += 1;
                    users = list().resume(users.position()).stream();
                }
                Err(error) => {
                    scene.history.failed(Work::Walk, &error, &[]);
                    break false;
                }
            }
            if dice.one_in(40) {
                tokio::time::sleep(dice.millis(1..20)).await;
            }
        };
        if ended {
            let after = scene.people.staying();
            let there = before.into_keys().filter(|id| after.contains_key(id)).collect();
            scene.history.fact(Fact::Walked { seen, there });
        }
        tokio::time::sleep(dice.millis(5..60)).await;
    }
    Ok(())
}
