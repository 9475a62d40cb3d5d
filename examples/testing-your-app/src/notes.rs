//! The notes, and what people do with them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Json, extract::State, http::StatusCode};
use clerk_ext::{UserId, web::SignedIn};

use crate::Application;

/// Everybody's notes. A real application has a database here.
#[derive(Clone, Default)]
pub(crate) struct Notes(Arc<Mutex<HashMap<UserId, Vec<String>>>>);

impl Notes {
    fn all(&self) -> MutexGuard<'_, HashMap<UserId, Vec<String>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of(&self, user: &UserId) -> Vec<String> {
        self.all().get(user).cloned().unwrap_or_default()
    }

    /// Keeps a note, unless there are as many already.
    fn add(&self, user: &UserId, note: String, at_most: usize) -> bool {
        let mut all = self.all();
        let notes = all.entry(user.clone()).or_default();
        let has_room = notes.len() < at_most;
        if has_room {
            notes.push(note);
        }
        has_room
    }

    /// A first note for somebody new, also where they were quicker than the news of them.
    pub(crate) fn welcome(&self, user: &UserId) {
        self.all().entry(user.clone()).or_default().insert(0, "Welcome!".to_owned());
    }

    /// Forgets all of a user; nothing is left of somebody who is gone.
    pub(crate) fn forget(&self, user: &UserId) {
        self.all().remove(user);
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
) -> Result<StatusCode, (StatusCode, &'static str)> {
    let user = person.user(&application.backend).await.map_err(|error| {
        eprintln!("the plan of {} cannot be read: {error}", person.user_id());
        (StatusCode::SERVICE_UNAVAILABLE, "your plan cannot be read at the moment; try again")
    })?;
    if application.notes.add(person.user_id(), note, user.public.notes) {
        Ok(StatusCode::CREATED)
    } else {
        Err((StatusCode::PAYMENT_REQUIRED, "your plan has no room for another note"))
    }
}

/// For those who run an organization.
pub(crate) async fn report(State(application): State<Application>) -> String {
    let all = application.notes.all();
    format!("{} notes of {} people", all.values().map(Vec::len).sum::<usize>(), all.len())
}
