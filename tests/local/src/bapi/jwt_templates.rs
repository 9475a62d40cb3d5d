//! JWT templates: those made here, and those of the settings, which become like the others once they are changed.

use clerk_bapi::types;
use clerk_core::JsonMap;

use super::{Call, Handlers, list};
use crate::{
    answer::{Answer, Outcome},
    failure::Failure,
    input::Input,
    model::template::JwtTemplate,
    rules::tokens,
    state::State,
};

pub(crate) const HANDLERS: Handlers = &[
    ("ListJWTTemplates", list),
    ("CreateJWTTemplate", create),
    ("GetJWTTemplate", get),
    ("UpdateJWTTemplate", update),
    ("DeleteJWTTemplate", delete),
];

fn view(template: &JwtTemplate) -> types::JwtTemplate {
    let mut view = types::JwtTemplate::new(template.id.as_str(), template.name.as_str());
    view.object = Some("jwt_template".to_owned());
    view.claims = template.claims.clone();
    view.lifetime = Some(template.lifetime);
    view.allowed_clock_skew = Some(template.allowed_clock_skew);
    view.custom_signing_key = template.custom_signing_key.is_some();
    view.signing_algorithm = Some(template.signing_algorithm.clone());
    view.created_at = Some(template.created_at);
    view.updated_at = Some(template.updated_at);
    view
}

fn named(call: &Call<'_>) -> Result<JwtTemplate, Failure> {
    let id = call.input.path("template_id");
    let found = tokens::templates(call.state).into_iter().find(|template| template.id == id);
    found.ok_or_else(|| Failure::not_found("JWT template", id))
}

fn list(call: &mut Call<'_>) -> Outcome {
    let window = list::window(call.input)?;
    let all = tokens::templates(call.state);
    let views = window.of(all.iter().map(view));
    list::answer(call, &views, all.len())
}

fn get(call: &mut Call<'_>) -> Outcome {
    named(call).map(|template| Answer::json(&view(&template)))
}

fn create(call: &mut Call<'_>) -> Outcome {
    let mut template = JwtTemplate {
        id: State::id("jtmp", call.now),
        name: String::new(),
        claims: JsonMap::new(),
        lifetime: 60,
        allowed_clock_skew: 5,
        custom_signing_key: None,
        signing_algorithm: "RS256".to_owned(),
        created_at: call.now,
        updated_at: call.now,
    };
    fill(call.input, &mut template)?;
    keep(call, template)
}

fn update(call: &mut Call<'_>) -> Outcome {
    let mut template = named(call)?;
    fill(call.input, &mut template)?;
    template.updated_at = call.now;
    keep(call, template)
}

/// Takes in what a request says of a template.
fn fill(input: &Input, template: &mut JwtTemplate) -> Result<(), Failure> {
    let name = input.required_text("name")?.trim();
    if name.is_empty() || name.len() > 256 || name.contains('/') {
        return Err(Failure::value("name"));
    }
    name.clone_into(&mut template.name);
    template.claims = input.object("claims").ok_or_else(|| Failure::missing("claims"))?.clone();
    let within = |name: &str, range: std::ops::RangeInclusive<i64>| match input.integer(name) {
        Some(value) if !range.contains(&value) => Err(Failure::value(name)),
        value => Ok(value),
    };
    template.lifetime = within("lifetime", 30..=315_360_000)?.unwrap_or(template.lifetime);
    template.allowed_clock_skew = within("allowed_clock_skew", 0..=300)?.unwrap_or(template.allowed_clock_skew);
    let key = input.text("signing_key").filter(|key| !key.is_empty());
    match input.flag("custom_signing_key") {
        Some(true) => {
            let known = template.custom_signing_key.take();
            let key = key.map(str::to_owned).or(known).ok_or_else(|| Failure::missing("signing_key"))?;
            template.custom_signing_key = Some(key);
        }
        Some(false) => {
            template.custom_signing_key = None;
            "RS256".clone_into(&mut template.signing_algorithm);
        }
        None => {
            if let (Some(key), Some(known)) = (key, template.custom_signing_key.as_mut()) {
                key.clone_into(known);
            }
        }
    }
    if let Some(algorithm) = input.text("signing_algorithm").filter(|algorithm| !algorithm.is_empty()) {
        algorithm.clone_into(&mut template.signing_algorithm);
    }
    tokens::check_template(template)
}

fn keep(call: &mut Call<'_>, template: JwtTemplate) -> Outcome {
    let others = tokens::templates(call.state);
    let mut others = others.iter().filter(|other| other.id != template.id);
    if others.any(|other| other.name == template.name) {
        return Err(Failure::new(422, "form_already_exists", "already exists")
            .explained("another JWT template has this name")
            .param("name"));
    }
    forget_setting(call.state, &template.id);
    let answer = Answer::json(&view(&template));
    call.state.tables.jwt_templates.insert(template);
    Ok(answer)
}

fn delete(call: &mut Call<'_>) -> Outcome {
    let template = named(call)?;
    forget_setting(call.state, &template.id);
    call.state.tables.jwt_templates.remove(&template.id);
    Ok(Answer::deleted("jwt_template", &template.id))
}

/// A template of the settings that was changed or deleted is no longer one of the settings.
fn forget_setting(state: &mut State, id: &str) {
    let names = state.settings().jwt_templates.keys();
    let name = names.into_iter().find(|name| tokens::template_id(name) == id).cloned();
    if let Some(name) = name {
        state.settings_mut().jwt_templates.remove(&name);
    }
}
