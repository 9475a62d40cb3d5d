//! Organizations of a seed.

use clerk_core::{OrganizationId, Timestamp, UserId};

use super::SeedOrganization;
use crate::{
    model::{
        organization::{Membership, Organization},
        user::User,
    },
    rules::{
        self,
        organizations::{making, roles},
    },
    state::State,
};

/// An organization and who belongs to it, with the key of a role each.
#[derive(Debug)]
pub(super) struct Seeded<'a> {
    seed: &'a SeedOrganization,
    members: Vec<(UserId, String)>,
}

/// Checks the organizations of a seed, and finds their members among its users and those who are there.
pub(super) fn read<'a>(
    seeds: &'a [SeedOrganization],
    state: &State,
    users: &[User],
) -> Result<Vec<Seeded<'a>>, String> {
    let mut read: Vec<Seeded<'a>> = Vec::with_capacity(seeds.len());
    for (place, seed) in seeds.iter().enumerate() {
        let entry = |reason: String| format!("organizations[{place}] of the seed ({}): {reason}", seed.name);
        if seed.name.trim().is_empty() {
            return Err(entry("it has no name".to_owned()));
        }
        let same = |other: &Seeded<'_>| {
            let other = other.seed;
            seed.id.is_some() && seed.id == other.id || seed.slug.is_some() && seed.slug == other.slug
        };
        let known = |name: &Option<String>| {
            name.as_ref().is_some_and(|name| rules::organizations::by_id_or_slug(state, name).is_some())
        };
        if known(&seed.id) || known(&seed.slug) || read.iter().any(same) {
            return Err(entry("another organization has the same id or slug".to_owned()));
        }
        let mut members: Vec<(UserId, String)> = Vec::with_capacity(seed.members.len());
        for member in &seed.members {
            let name = member.user.as_str();
            let id = find(state, users, name).ok_or_else(|| entry(format!("there is no user {name:?}")))?;
            let role = member.role.clone().unwrap_or_else(|| state.settings().organizations.default_role.clone());
            if rules::organizations::role(state, &role).is_none() {
                return Err(entry(format!("there is no role {role:?} for {name}")));
            }
            if members.iter().any(|(known, _)| *known == id) {
                return Err(entry(format!("{name} is a member twice")));
            }
            members.push((id, role));
        }
        read.push(Seeded { seed, members });
    }
    Ok(read)
}

/// Keeps them.
pub(super) fn add(organizations: Vec<Seeded<'_>>, state: &mut State, now: Timestamp) -> Result<(), String> {
    for Seeded { seed, members } in organizations {
        let id = OrganizationId::from(seed.id.clone().unwrap_or_else(|| State::id("org", now)));
        let settings = &state.settings().organizations;
        let made_up = || settings.slugs.then(|| making::made_up_slug(state, &seed.name, now));
        let slug = seed.slug.clone().or_else(made_up);
        let role_set_key = roles::initial_set(state).map(|set| set.key.clone());
        // The limit of the instance is for those who join later.
        let limit = settings.max_allowed_memberships;
        let admin_delete_enabled = settings.admin_delete;
        state.tables.organizations.insert(Organization {
            id: id.clone(),
            name: seed.name.clone(),
            slug,
            image: None,
            created_by: members.first().map(|(user, _)| user.clone()),
            max_allowed_memberships: limit,
            admin_delete_enabled,
            public_metadata: seed.public_metadata.clone(),
            private_metadata: seed.private_metadata.clone(),
            role_set_key,
            last_active_at: None,
            plan: seed.plan.clone(),
            features: seed.features.clone(),
            created_at: now,
            updated_at: now,
        });
        for (user_id, role) in members {
            state.tables.memberships.insert(Membership {
                id: State::id("orgmem", now),
                organization_id: id.clone(),
                user_id,
                role,
                public_metadata: clerk_core::JsonMap::new(),
                private_metadata: clerk_core::JsonMap::new(),
                created_at: now,
                updated_at: now,
            });
        }
    }
    Ok(())
}

fn find(state: &State, users: &[User], name: &str) -> Option<UserId> {
    let address = name.to_lowercase();
    let number = rules::users::normal_phone(name);
    let goes_by = |user: &&User| {
        user.id.as_str() == name
            || user.username.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(name))
            || user.email_addresses.iter().any(|email| email.email_address == address)
            || user.phone_numbers.iter().any(|phone| Some(&phone.phone_number) == number.as_ref())
    };
    let known = || state.tables.users.get(name).or_else(|| rules::users::by_identifier(state, name));
    users.iter().find(goes_by).or_else(known).map(|user| user.id.clone())
}
