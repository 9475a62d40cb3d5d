//! Who is signed in.

use axum::{Json, extract::State};
use clerk_ext::{OrganizationId, UserId, web::SignedIn};
use serde::{Deserialize, Serialize};

use crate::{members::Seat, router::App};

/// What the instance adds to session tokens: `{"email": "{{user.primary_email_address}}"}`.
///
/// A token without a claim that is required here would be refused; those from before it was added are without it.
#[derive(Debug, Deserialize)]
pub(crate) struct Ours {
    email: Option<String>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Me {
    user: UserId,
    email: Option<String>,
    /// Where they work now, as their token says.
    organization: Option<Active>,
    /// Where they might work, as webhooks told: no token says that.
    organizations: Vec<Seat>,
}

#[derive(Debug, Serialize)]
struct Active {
    id: OrganizationId,
    role: Option<String>,
}

/// `GET /api/me`
pub(crate) async fn me(State(app): State<App>, person: SignedIn<Ours>) -> Json<Me> {
    let active = person.claims().organization();
    Json(Me {
        user: person.user_id().clone(),
        email: person.custom().email.clone(),
        organization: active.map(|active| Active { id: active.id().clone(), role: active.role().map(str::to_owned) }),
        organizations: app.members.seats_of(person.user_id()),
    })
}
