//! Who belongs to which organization, as webhooks tell.
//!
//! Messages come in any order and some come late, so for each thing the time is kept at which it was last heard of:
//! older news changes nothing, and what is gone leaves a mark that it is.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{Json, extract::State};
use clerk_ext::{
    OrganizationId, Timestamp, UserId,
    web::SignedIn,
    webhooks::{OrganizationMembership, User},
};
use serde::Serialize;

use crate::{organizations::organization, problem::Problem, router::App};

/// Somebody in an organization.
#[derive(Debug, Serialize)]
pub(crate) struct Member {
    user: UserId,
    /// Unknown until the message about the user has come, which may be after the one that they joined.
    name: Option<String>,
    email: Option<String>,
    role: String,
}

/// An organization that somebody belongs to.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Seat {
    organization: OrganizationId,
    name: Option<String>,
    role: String,
}

/// `GET …/members`
pub(crate) async fn list(State(app): State<App>, person: SignedIn) -> Result<Json<Vec<Member>>, Problem> {
    Ok(Json(app.members.of(&organization(&person)?)))
}

/// Kept in memory, in the place of a database.
#[derive(Clone, Default)]
pub(crate) struct Members(Arc<Mutex<Kept>>);

#[derive(Default)]
struct Kept {
    users: BTreeMap<UserId, Known>,
    /// Nothing that is told of them brings them back: no organization gets an id that another one had.
    gone: HashSet<OrganizationId>,
}

/// What is known of a user.
#[derive(Default)]
struct Known {
    profile: News<Profile>,
    seats: HashMap<OrganizationId, News<Seat>>,
}

#[derive(Clone)]
struct Profile {
    name: Option<String>,
    email: Option<String>,
}

impl Members {
    pub(crate) fn user_is(&self, at: Timestamp, user: &User) {
        let email = user.primary_email().map(|email| email.email_address.clone());
        let profile = Profile { name: user.full_name(), email };
        self.kept().user(user.id.clone()).profile.heard(at, Some(profile));
    }

    pub(crate) fn user_is_gone(&self, at: Timestamp, user: UserId) {
        self.kept().user(user).profile.heard(at, None);
    }

    pub(crate) fn seat_is(&self, at: Timestamp, membership: &OrganizationMembership) {
        let Some((user, organization)) = who_and_where(membership) else { return };
        let name = membership.organization.as_ref().map(|organization| organization.name.clone());
        let seat = Seat { organization: organization.clone(), name, role: membership.role.clone() };
        self.kept().user(user).seats.entry(organization).or_default().heard(at, Some(seat));
    }

    pub(crate) fn seat_is_gone(&self, at: Timestamp, membership: &OrganizationMembership) {
        let Some((user, organization)) = who_and_where(membership) else { return };
        self.kept().user(user).seats.entry(organization).or_default().heard(at, None);
    }

    pub(crate) fn organization_is_gone(&self, organization: OrganizationId) {
        self.kept().gone.insert(organization);
    }

    /// All organizations of a user.
    pub(crate) fn seats_of(&self, user: &UserId) -> Vec<Seat> {
        let kept = self.kept();
        let seats = kept.users.get(user).into_iter().flat_map(|known| known.seats.values());
        let seats = seats.filter_map(|seat| seat.is.clone());
        let mut seats: Vec<Seat> = seats.filter(|seat| !kept.gone.contains(&seat.organization)).collect();
        seats.sort_by(|a, b| a.organization.cmp(&b.organization));
        seats
    }

    /// All members of an organization.
    fn of(&self, organization: &OrganizationId) -> Vec<Member> {
        let kept = self.kept();
        if kept.gone.contains(organization) {
            return Vec::new();
        }
        let present = kept.users.iter().filter(|(_, known)| !known.profile.is_gone());
        let members = present.filter_map(|(user, known)| {
            let seat = known.seats.get(organization)?.is.as_ref()?;
            let Profile { name, email } = known.profile.is.clone().unwrap_or(Profile { name: None, email: None });
            Some(Member { user: user.clone(), name, email, role: seat.role.clone() })
        });
        members.collect()
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn user(&mut self, user: UserId) -> &mut Known {
        self.users.entry(user).or_default()
    }
}

fn who_and_where(membership: &OrganizationMembership) -> Option<(UserId, OrganizationId)> {
    let user = membership.public_user_data.as_ref()?.user_id.clone();
    Some((user, membership.organization.as_ref()?.id.clone()))
}

/// The latest that was heard of something.
struct News<T> {
    at: Option<Timestamp>,
    is: Option<T>,
}

impl<T> News<T> {
    /// What is as old as what is known counts, unless it would bring back what is gone.
    fn heard(&mut self, at: Timestamp, is: Option<T>) {
        let is_newer = self.at.is_none_or(|known| at > known);
        if is_newer || (self.at == Some(at) && !self.is_gone()) {
            *self = Self { at: Some(at), is };
        }
    }

    /// Something was heard of it, and that it is no more.
    fn is_gone(&self) -> bool {
        self.at.is_some() && self.is.is_none()
    }
}

impl<T> Default for News<T> {
    fn default() -> Self {
        Self { at: None, is: None }
    }
}
