//! Organizations themselves.

use clerk_core::{OrganizationId, Timestamp, UserId};

use super::{merged_metadata, named, new_metadata, order};
use crate::{
    answer::{Answer, Outcome},
    bapi::Call,
    failure::Failure,
    model::organization::Organization,
    rfc3339,
    rules::{
        images, metadata,
        organizations::{self, New, making, roles},
    },
    views::bapi::organization as views,
};

pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    organizations::enabled(call.state)?;
    let counts = call.input.query_flag("include_members_count")?.unwrap_or(false);
    let words = call.input.query("query").map(str::to_lowercase);
    let users: Vec<&str> = call.input.query_all("user_id").collect();
    let ids: Vec<&str> = call.input.query_all("organization_id").collect();
    let state = &*call.state;
    let fits = |it: &&Organization| {
        words.as_deref().is_none_or(|words| is_called(it, words))
            && chosen(&ids, it.id.as_str())
            && (users.is_empty()
                || organizations::members(state, &it.id).any(|member| {
                    users.iter().any(|user| {
                        let user = user.strip_prefix('+').unwrap_or(user);
                        !user.starts_with('-') && member.user_id.as_str() == user
                    })
                }))
            && !organizations::members(state, &it.id)
                .any(|member| users.iter().any(|user| user.strip_prefix('-') == Some(member.user_id.as_str())))
    };
    let found: Vec<&Organization> = state.tables.organizations.iter().filter(fits).collect();
    let key = |it: &Organization, name: &str| match name {
        "name" => it.name.as_str().into(),
        "members_count" => organizations::members(state, &it.id).count().into(),
        _ => it.created_at.into(),
    };
    let (shown, total) = order::page(call, found, &["created_at", "name", "members_count"], "-created_at", key)?;
    let data: Vec<_> = shown.into_iter().map(|it| views::counted(state, it, counts, call.now)).collect();
    Ok(Answer::page(&data, total))
}

/// Whether an id is among those that are asked for, or none are; `-` in front of one leaves it out.
fn chosen(ids: &[&str], id: &str) -> bool {
    let out = ids.iter().any(|given| given.strip_prefix('-') == Some(id));
    let mut wanted = ids.iter().filter(|given| !given.starts_with('-')).peekable();
    !out && (wanted.peek().is_none() || wanted.any(|given| given.strip_prefix('+').unwrap_or(given) == id))
}

fn is_called(organization: &Organization, words: &str) -> bool {
    organization.id.as_str().eq_ignore_ascii_case(words)
        || organization.name.to_lowercase().contains(words)
        || organization.slug.as_deref().is_some_and(|slug| slug.contains(words))
}

/// How many members an organization may have; 0 is no limit.
fn limit(call: &Call<'_>) -> Result<Option<i64>, Failure> {
    match call.input.integer("max_allowed_memberships") {
        Some(limit) if limit < 0 => Err(Failure::value("max_allowed_memberships")),
        limit => Ok(limit),
    }
}

fn created_at(call: &Call<'_>) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = call.input.text("created_at").filter(|text| !text.is_empty()) else { return Ok(None) };
    let Some(moment) = rfc3339::parse(text) else {
        return Err(Failure::new(422, "form_param_invalid_time", "is no time")
            .explained("created_at must be an RFC 3339 time such as 2024-01-31T12:00:00Z")
            .param("created_at"));
    };
    if moment > call.now {
        return Err(Failure::new(422, "form_disallow_future_date", "is in the future")
            .explained("created_at must not be in the future")
            .param("created_at"));
    }
    Ok(Some(moment))
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    organizations::enabled(call.state)?;
    let created_by = call.input.text("created_by").filter(|id| !id.is_empty()).map(UserId::from);
    if let Some(id) = created_by.as_ref().filter(|id| !call.state.tables.users.contains(id)) {
        return Err(Failure::new(400, "organization_creator_not_found", "creator not found")
            .explained(format!("there is no user {id} to make an organization"))
            .param("created_by"));
    }
    let new = New {
        id: None,
        name: call.input.required_text("name")?.to_owned(),
        slug: call.input.text("slug").map(str::to_owned),
        created_by,
        public_metadata: new_metadata(call, "public_metadata")?,
        private_metadata: new_metadata(call, "private_metadata")?,
        max_allowed_memberships: limit(call)?,
        role_set_key: call.input.text("role_set_key").filter(|key| !key.is_empty()).map(str::to_owned),
        created_at: created_at(call)?,
    };
    let id = organizations::create(call.state, new, call.now)?;
    shown(call, &id)
}

fn shown(call: &Call<'_>, id: &OrganizationId) -> Outcome {
    Ok(Answer::json(&views::organization(call.state, organizations::get(call.state, id.as_str())?)))
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    organizations::enabled(call.state)?;
    let given = call.input.path("organization_id");
    let id = organizations::by_id_or_slug(call.state, given);
    let id = id.ok_or_else(|| Failure::not_found("organization", given))?;
    let counts = call.input.query_flag("include_members_count")?.unwrap_or(false);
    let known = organizations::get(call.state, id.as_str())?;
    Ok(Answer::json(&views::counted(call.state, known, counts, call.now)))
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?;
    let name = call.input.text("name").map(making::name).transpose()?;
    let slug = match call.input.text("slug").filter(|slug| !slug.is_empty()) {
        Some(slug) => Some(making::slug(call.state, slug, Some(&id))?),
        None => None,
    };
    let limit = limit(call)?;
    let admin_delete = call.input.flag("admin_delete_enabled");
    let created_at = created_at(call)?;
    let role_set = call.input.text("role_set_key").filter(|key| !key.is_empty()).map(str::to_owned);
    if let Some(key) = &role_set {
        let set = roles::role_set(call.state, key).ok_or_else(|| making::no_such_role_set(key))?;
        let members = organizations::members(call.state, &id);
        if let Some(stray) = members.map(|member| &member.role).find(|role| !set.roles.contains(role)) {
            return Err(Failure::new(422, "organization_role_set_reassignment_mappings_missing", "roles are missing")
                .explained(format!("members have the role {stray}, which is not in the role set {key}"))
                .param("role_set_key"));
        }
    }
    if let Some(mut known) = call.state.tables.organizations.edit(&id) {
        known.name = name.unwrap_or_else(|| known.name.clone());
        known.slug = slug.or_else(|| known.slug.take());
        known.max_allowed_memberships = limit.unwrap_or(known.max_allowed_memberships);
        known.admin_delete_enabled = admin_delete.unwrap_or(known.admin_delete_enabled);
        known.created_at = created_at.unwrap_or(known.created_at);
        known.role_set_key = role_set.or_else(|| known.role_set_key.take());
    }
    organizations::updated(call.state, &id, call.now);
    shown(call, &id)
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = organizations::get(call.state, call.input.path("organization_id"))?.id.clone();
    organizations::delete(call.state, &id, call.now);
    Ok(Answer::deleted("organization", id.as_str()))
}

pub(super) fn merge_metadata(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?;
    let known = organizations::get(call.state, id.as_str())?;
    let public = merged_metadata(call, "public_metadata", &known.public_metadata)?;
    let private = merged_metadata(call, "private_metadata", &known.private_metadata)?;
    put_metadata(call, &id, public, private)
}

pub(super) fn replace_metadata(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?;
    let known = organizations::get(call.state, id.as_str())?;
    let public = call.input.object("public_metadata").unwrap_or(&known.public_metadata).clone();
    let private = call.input.object("private_metadata").unwrap_or(&known.private_metadata).clone();
    metadata::check(&public, "public_metadata")?;
    metadata::check(&private, "private_metadata")?;
    put_metadata(call, &id, public, private)
}

fn put_metadata(
    call: &mut Call<'_>,
    id: &OrganizationId,
    public: clerk_core::JsonMap,
    private: clerk_core::JsonMap,
) -> Outcome {
    if let Some(mut known) = call.state.tables.organizations.edit(id) {
        known.public_metadata = public;
        known.private_metadata = private;
    }
    organizations::updated(call.state, id, call.now);
    shown(call, id)
}

pub(super) fn upload_logo(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?;
    if let Some(user) = call.input.text("uploader_user_id").filter(|user| !user.is_empty())
        && !call.state.tables.users.contains(user)
    {
        return Err(Failure::not_found("user", user).param("uploader_user_id"));
    }
    let bytes = images::read(call.input)?;
    let image = images::keep(call.state, &bytes, call.now)?;
    put_logo(call, &id, Some(image));
    Ok(Answer::json(&views::with_logo(call.state, organizations::get(call.state, id.as_str())?)))
}

pub(super) fn delete_logo(call: &mut Call<'_>) -> Outcome {
    let id = named(call)?;
    if organizations::get(call.state, id.as_str())?.image.is_none() {
        return Err(
            Failure::new(404, "image_not_found", "image not found").explained("this organization has no uploaded logo")
        );
    }
    put_logo(call, &id, None);
    shown(call, &id)
}

fn put_logo(call: &mut Call<'_>, id: &OrganizationId, image: Option<String>) {
    let old = call.state.tables.organizations.edit(id);
    let old = old.and_then(|mut known| std::mem::replace(&mut known.image, image));
    images::forget(call.state, old.as_deref());
    organizations::updated(call.state, id, call.now);
}
