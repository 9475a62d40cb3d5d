//! Organizations themselves.

use super::{Inside, inside, page};
use crate::{
    answer::Outcome,
    failure::Failure,
    fapi::Call,
    rules::{
        images,
        organizations::{
            self, New, making,
            roles::{self as rules, DELETE_PROFILE, MANAGE_PROFILE},
        },
    },
    views::fapi::organization as views,
};

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let user = call.user()?;
    organizations::enabled(call.state)?;
    let settings = &call.state.settings().organizations;
    if !user.create_organization_enabled.unwrap_or(settings.users_may_create) {
        return Err(Failure::new(403, "user_create_organization_not_enabled", "organizations cannot be made")
            .explained("this user may not make organizations"));
    }
    let limit = user.create_organizations_limit.unwrap_or(settings.create_limit);
    let user = user.id.clone();
    let made = call.state.tables.organizations.iter().filter(|it| it.created_by.as_ref() == Some(&user)).count();
    if let Ok(limit) = usize::try_from(limit)
        && limit > 0
        && made >= limit
    {
        return Err(Failure::new(403, "organization_quota_exceeded", "too many organizations")
            .explained(format!("a user makes at most {limit} organizations")));
    }
    let new = New {
        name: call.input.required_text("name")?.to_owned(),
        slug: call.input.text("slug").map(str::to_owned),
        created_by: Some(user),
        ..New::default()
    };
    let id = organizations::create(call.state, new, call.now)?;
    reply(call, id.as_str())
}

fn reply(call: &mut Call<'_>, id: &str) -> Outcome {
    let view = views::organization(call.state, organizations::get(call.state, id)?, call.now);
    call.reply(&view)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[])?;
    reply(call, organization.as_str())
}

pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_PROFILE])?;
    let name = call.input.change("name").map(|name| making::name(name.unwrap_or_default())).transpose()?;
    let slug = match call.input.text("slug").filter(|slug| !slug.is_empty()) {
        Some(slug) => Some(making::slug(call.state, slug, Some(&organization))?),
        None => None,
    };
    if let Some(mut known) = call.state.tables.organizations.edit(&organization) {
        if let Some(name) = name {
            known.name = name;
        }
        if slug.is_some() {
            known.slug = slug;
        }
    }
    organizations::updated(call.state, &organization, call.now);
    reply(call, organization.as_str())
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[DELETE_PROFILE])?;
    if !organizations::get(call.state, organization.as_str())?.admin_delete_enabled {
        return Err(Failure::new(403, "organization_admin_delete_not_enabled", "cannot be deleted by members")
            .explained("only a back end can delete this organization"));
    }
    organizations::delete(call.state, &organization, call.now);
    call.reply(&gone("organization", organization.as_str()))
}

/// What stands for a thing that is gone.
pub(super) fn gone(object: &str, id: &str) -> clerk_fapi::types::DeletedObject {
    let mut view = clerk_fapi::types::DeletedObject::new();
    view.object = Some(object.to_owned());
    view.id = Some(id.to_owned());
    view.deleted = true;
    view
}

pub(super) fn update_logo(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_PROFILE])?;
    let bytes = images::read(call.input)?;
    let image = images::keep(call.state, &bytes, call.now)?;
    put_logo(call, &organization, Some(image));
    reply(call, organization.as_str())
}

pub(super) fn delete_logo(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[MANAGE_PROFILE])?;
    let Some(old) = organizations::get(call.state, organization.as_str())?.image.clone() else {
        return Err(
            Failure::new(404, "image_not_found", "image not found").explained("this organization has no uploaded logo")
        );
    };
    put_logo(call, &organization, None);
    call.reply(&gone("image", &old))
}

fn put_logo(call: &mut Call<'_>, organization: &clerk_core::OrganizationId, image: Option<String>) {
    let old = call
        .state
        .tables
        .organizations
        .edit(organization)
        .and_then(|mut known| std::mem::replace(&mut known.image, image));
    images::forget(call.state, old.as_deref());
    organizations::updated(call.state, organization, call.now);
}

pub(super) fn roles(call: &mut Call<'_>) -> Outcome {
    let Inside { organization, .. } = inside(call, &[])?;
    let offered = rules::offered_by(call.state, organizations::get(call.state, organization.as_str())?);
    let page = page(call, offered.iter(), |role| views::role(call.state, role))?;
    let mut view = clerk_fapi::types::RolePage::new();
    view.total_count = i64::try_from(page.total_count).ok();
    view.data = page.data;
    call.reply(&view)
}
