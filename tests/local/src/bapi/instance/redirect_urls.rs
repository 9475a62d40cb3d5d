//! Where native applications may be sent back to.

use clerk_bapi::types;

use super::Call;
use crate::{
    answer::{Answer, Outcome},
    bapi::list,
    failure::Failure,
    model::access::RedirectUrl,
    state::State,
};

pub(super) fn index(call: &mut Call<'_>) -> Outcome {
    let all = call.state.tables.redirect_urls.iter().rev().map(view);
    let (views, total) = match call.input.query("limit").or(call.input.query("offset")) {
        None => (all.collect::<Vec<_>>(), call.state.tables.redirect_urls.len()),
        Some(_) => (list::window(call.input)?.of(all), call.state.tables.redirect_urls.len()),
    };
    list::answer(call, &views, total)
}

pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let url = call.input.required_text("url")?;
    if url.split_once("://").is_none_or(|(scheme, rest)| scheme.is_empty() || rest.is_empty()) {
        return Err(Failure::format("url"));
    }
    if call.state.tables.redirect_urls.find_one(&format!("url:{url}")).is_some() {
        return Err(Failure::new(400, "duplicate_record", "duplicate record")
            .explained("this URL is on the list already")
            .param("url"));
    }
    let made =
        RedirectUrl { id: State::id("ru", call.now), url: url.to_owned(), created_at: call.now, updated_at: call.now };
    let answer = Answer::json(&view(&made));
    call.state.tables.redirect_urls.insert(made);
    Ok(answer)
}

pub(super) fn get(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("id");
    let found = call.state.tables.redirect_urls.get(id).ok_or_else(|| Failure::not_found("redirect url", id))?;
    Ok(Answer::json(&view(found)))
}

pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.input.path("id");
    match call.state.tables.redirect_urls.remove(id) {
        Some(gone) => Ok(Answer::deleted("redirect_url", &gone.id)),
        None => Err(Failure::not_found("redirect url", id)),
    }
}

fn view(url: &RedirectUrl) -> types::RedirectUrl {
    let mut view = types::RedirectUrl::new(url.id.as_str(), url.url.as_str());
    view.object = Some("redirect_url".to_owned());
    view.created_at = Some(url.created_at);
    view.updated_at = Some(url.updated_at);
    view
}
