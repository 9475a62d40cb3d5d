//! Organizations come and go.

use clerk_core::{JsonMap, OrganizationId, Timestamp, UserId};

use super::{NewMember, admit, emit, leave_sessions, roles};
use crate::{clock::Later, crypto::ids, failure::Failure, model::organization::Organization, state::State};

const MAX_NAME: usize = 256;

/// An organization to be made.
#[derive(Debug, Default)]
pub(crate) struct New {
    /// A new one where it is not given.
    pub(crate) id: Option<OrganizationId>,
    pub(crate) name: String,
    pub(crate) slug: Option<String>,
    /// The first member, with the role of who makes it.
    pub(crate) created_by: Option<UserId>,
    pub(crate) public_metadata: JsonMap,
    pub(crate) private_metadata: JsonMap,
    /// As the instance has it where it is not given.
    pub(crate) max_allowed_memberships: Option<i64>,
    pub(crate) role_set_key: Option<String>,
    pub(crate) created_at: Option<Timestamp>,
}

/// Makes an organization, and whoever makes it the first member.
///
/// # Errors
///
/// The name or the slug will not do, or there is no such role set.
pub(crate) fn create(state: &mut State, new: New, now: Timestamp) -> Result<OrganizationId, Failure> {
    let name = name(&new.name)?;
    let slug = match new.slug.as_deref().filter(|slug| !slug.is_empty()) {
        Some(given) => Some(slug(state, given, None)?),
        None => state.settings().organizations.slugs.then(|| made_up_slug(state, &name, now)),
    };
    if let Some(key) = &new.role_set_key
        && roles::role_set(state, key).is_none()
    {
        return Err(no_such_role_set(key));
    }
    let settings = &state.settings().organizations;
    let organization = Organization {
        id: new.id.unwrap_or_else(|| OrganizationId::from(State::id("org", now))),
        name,
        slug,
        image: None,
        created_by: new.created_by.clone(),
        max_allowed_memberships: new.max_allowed_memberships.unwrap_or(settings.max_allowed_memberships),
        admin_delete_enabled: settings.admin_delete,
        public_metadata: new.public_metadata,
        private_metadata: new.private_metadata,
        role_set_key: new.role_set_key.or_else(|| roles::initial_set(state).map(|set| set.key.clone())),
        last_active_at: None,
        plan: None,
        features: Vec::new(),
        created_at: new.created_at.unwrap_or(now),
        updated_at: now,
    };
    let set = roles::role_set_of(state, &organization);
    let creator_role = set.and_then(|set| roles::creator_role(state, set)).map(|role| role.key.clone());
    let creator_role = creator_role.unwrap_or_else(|| settings.creator_role.clone());
    let id = organization.id.clone();
    state.tables.organizations.insert(organization);
    emit(state, "organization.created", &id, now);
    if let Some(user) = new.created_by {
        let member = NewMember { role: Some(&creator_role), ..NewMember::default() };
        if let Err(failure) = admit(state, &id, &user, member, now) {
            state.tables.organizations.remove(&id);
            return Err(failure);
        }
    }
    Ok(id)
}

/// A name in the form that is kept.
///
/// # Errors
///
/// It is empty or too long.
pub(crate) fn name(given: &str) -> Result<String, Failure> {
    let name = given.trim();
    if name.is_empty() {
        return Err(Failure::nil("name"));
    }
    if name.chars().count() > MAX_NAME {
        return Err(Failure::new(422, "form_param_max_length_exceeded", "is too long")
            .explained(format!("the name of an organization has at most {MAX_NAME} characters"))
            .param("name"));
    }
    Ok(name.to_owned())
}

/// A slug in the form that is kept; `except` has it already.
///
/// # Errors
///
/// There are no slugs here, it has other characters than those allowed, or another organization has it.
pub(crate) fn slug(state: &State, given: &str, except: Option<&OrganizationId>) -> Result<String, Failure> {
    if !state.settings().organizations.slugs {
        return Err(Failure::new(403, "organization_slugs_disabled", "no slugs here")
            .explained("slugs of organizations are switched off in the settings of this instance")
            .param("slug"));
    }
    let slug = given.trim().to_lowercase();
    let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if slug.is_empty() || slug.len() > MAX_NAME || !slug.chars().all(good) {
        return Err(Failure::format("slug"));
    }
    if taken(state, &slug, except) {
        return Err(Failure::new(422, "form_identifier_exists", "is taken")
            .explained("another organization has that slug")
            .param("slug"));
    }
    Ok(slug)
}

fn taken(state: &State, slug: &str, except: Option<&OrganizationId>) -> bool {
    state.tables.organizations.find(&format!("slug:{slug}")).any(|known| Some(&known.id) != except)
}

/// The name with a dash for everything that is neither letter nor digit, and the time.
fn made_up_slug(state: &State, name: &str, now: Timestamp) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars().take(64) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = match slug.trim_end_matches('-') {
        "" => now.seconds().to_string(),
        slug => format!("{slug}-{}", now.seconds()),
    };
    if taken(state, &slug, None) { format!("{slug}-{}", ids::random_hex(4)) } else { slug }
}

/// The failure for a role set that is not there.
pub(crate) fn no_such_role_set(key: &str) -> Failure {
    Failure::not_found("role set", key).param("role_set_key")
}

/// Deletes an organization with everything in it.
pub(crate) fn delete(state: &mut State, id: &OrganizationId, now: Timestamp) {
    let Some(gone) = state.tables.organizations.remove(id) else { return };
    leave_sessions(state, id, None);
    let key = format!("org:{id}");
    let tables = &mut state.tables;
    let memberships: Vec<String> = tables.memberships.find(&key).map(|it| it.id.clone()).collect();
    let invitations: Vec<String> = tables.organization_invitations.find(&key).map(|it| it.id.clone()).collect();
    let domains: Vec<String> = tables.organization_domains.find(&key).map(|it| it.id.clone()).collect();
    let suggestions: Vec<String> = tables.organization_suggestions.find(&key).map(|it| it.id.clone()).collect();
    memberships.iter().for_each(|id| drop(tables.memberships.remove(id)));
    invitations.iter().for_each(|id| drop(tables.organization_invitations.remove(id)));
    domains.iter().for_each(|id| drop(tables.organization_domains.remove(id)));
    suggestions.iter().for_each(|id| drop(tables.organization_suggestions.remove(id)));
    if let Some(image) = &gone.image {
        tables.images.remove(image);
    }
    let slug = gone.slug;
    let mut gone = clerk_bapi::types::DeletedObject::new();
    gone.object = Some("organization".to_owned());
    gone.id = Some(id.to_string());
    gone.slug = slug;
    gone.deleted = true;
    state.emit("organization.deleted", &gone, now);
}
