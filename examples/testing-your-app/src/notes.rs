//! The notes, and what people do with them.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Json, extract::State, http::StatusCode};
use clerk_ext::{ErrorKind, UserId, web::SignedIn};

use crate::Application;

/// Everybody's notes. A real application has a database here.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    of: HashMap<UserId, Vec<String>>,
    /// Whose notes were forgotten: news and requests that come late bring none of them back.
    gone: HashSet<UserId>,
}

/// What is answered instead.
type Refused = (StatusCode, &'static str);

const GONE: Refused = (StatusCode::GONE, "your account was deleted");

impl Notes {
    fn all(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, user: &UserId) -> Vec<String> {
        self.all().of.get(user).cloned().unwrap_or_default()
    }

    /// Keeps a note, unless there are as many already.
    fn add(&self, user: &UserId, note: String, at_most: usize) -> Result<(), Refused> {
        let mut all = self.all();
        if all.gone.contains(user) {
            return Err(GONE);
        }
        let notes = all.of.entry(user.clone()).or_default();
        if notes.len() >= at_most {
            return Err((StatusCode::PAYMENT_REQUIRED, "your plan has no room for another note"));
        }
        notes.push(note);
        Ok(())
    }

    /// A first note for somebody new, also where they were quicker than the news of them.
    pub(crate) fn welcome(&self, user: &UserId) {
        let mut all = self.all();
        if !all.gone.contains(user) {
            all.of.entry(user.clone()).or_default().insert(0, "Welcome!".to_owned());
        }
    }

    /// Forgets all of a user; nothing is left of somebody who is gone.
    pub(crate) fn forget(&self, user: UserId) {
        let mut all = self.all();
        all.of.remove(&user);
        all.gone.insert(user);
    }
}

pub(crate) async fn list(State(application): State<Application>, person: SignedIn) -> Json<Vec<String>> {
    Json(application.notes.of(person.user_id()))
}

/// The token says who it is; what they have paid for, Clerk is asked.
pub(crate) async fn add(
    State(application): State<Application>,
    person: SignedIn,
    note: String,
) -> Result<StatusCode, Refused> {
    let user = person.user(&application.backend).await.map_err(|error| {
        // Their token outlives them by a minute.
        if error.kind() == ErrorKind::NotFound {
            return GONE;
        }
        eprintln!("the plan of {} cannot be read: {error}", person.user_id());
        (StatusCode::SERVICE_UNAVAILABLE, "your plan cannot be read at the moment; try again")
    })?;
    application.notes.add(person.user_id(), note, user.public.notes)?;
    Ok(StatusCode::CREATED)
}

/// For those who run an organization.
pub(crate) async fn report(State(application): State<Application>) -> String {
    let all = application.notes.all();
    format!("{} notes of {} people", all.of.values().map(Vec::len).sum::<usize>(), all.of.len())
}
