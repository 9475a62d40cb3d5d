//! What pages are made of. maud escapes everything that is put into them.

use axum::{
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use clerk_ext::frontend::Session;
use maud::{DOCTYPE, Markup, html};

use crate::{problem::Problem, visit::Visit};

/// A page.
pub(crate) struct View {
    pub(crate) title: &'static str,
    pub(crate) body: Markup,
    /// Loads itself again after so many seconds.
    pub(crate) refresh: Option<u32>,
}

impl View {
    pub(crate) fn new(title: &'static str, body: Markup) -> Self {
        Self { title, body, refresh: None }
    }

    /// The page, with what is wrong with its form.
    pub(crate) fn show(self, visit: &Visit, problem: &Problem) -> Response {
        let visitor = &visit.visitor;
        let notice = visitor.take_notice();
        // The body is made already: what it says beside its fields is not said twice.
        let rest = problem.rest();
        let refresh = self.refresh.map(|seconds| seconds.to_string());
        let body = html! {
            @if let Some(notice) = &notice { p.notice role="status" { (notice) } }
            @if !rest.is_empty() { div.problem role="alert" { @for words in rest { p { (words) } } } }
            h1 { (self.title) }
            (self.body)
        };
        (problem.status(), Html(document(self.title, refresh.as_deref(), &navigation(visit), &body).into_string()))
            .into_response()
    }
}

fn navigation(visit: &Visit) -> Markup {
    let session = visit.session();
    html! {
        @if let Some(user) = session.as_ref().and_then(Session::user) {
            a href="/profile" { "Profile" }
            a href="/organizations" {
                @match session.as_ref().and_then(Session::organization) { Some(it) => (it.name), None => "Organizations" }
            }
            span.who { (user.first_name.as_deref().unwrap_or("Signed in")) }
            (form(visit, "/sign-out", html! { button.link { "Sign out" } }))
        } @else {
            a href="/sign-in" { "Sign in" }
            a href="/sign-up" { "Sign up" }
        }
    }
}

/// A page for anybody, also where nobody knows who it is.
pub(crate) fn message(status: StatusCode, title: &str, words: &str) -> Response {
    let body = html! { h1 { (title) } p { (words) } p { a href="/" { "To the first page" } } };
    (status, Html(document(title, None, &html! {}, &body).into_string())).into_response()
}

/// What is said to whoever sends a form that is not theirs.
pub(crate) fn no_longer_good() -> Response {
    let words = "This form is no longer good: perhaps you signed in or out in the meantime. Go back to the page, load it \
                 anew and try again. Nothing was done.";
    message(StatusCode::FORBIDDEN, "Please try again", words)
}

/// What is said to whoever sends a form from a page of another address, which may be ours by another name.
pub(crate) fn from_elsewhere(origin: &str) -> Response {
    let words = format!(
        "This form does not come from a page of {origin}. Open that address, and try again there. \
                         Nothing was done."
    );
    message(StatusCode::FORBIDDEN, "Not from here", &words)
}

/// A page that loads itself again at once.
pub(crate) fn again() -> Response {
    let body = html! { h1 { "One moment" } };
    Html(document("One moment", Some("1"), &html! {}, &body).into_string()).into_response()
}

/// Leads to a page elsewhere. A redirect would do for links, but not after a form: browsers hold it against the rule that
/// forms are not sent elsewhere.
pub(crate) fn leave(url: &str, name: &str) -> Response {
    let body = html! {
        h1 { "One moment" }
        p { a.button href=(url) { "Continue to " (name) } }
    };
    Html(document("One moment", Some(&format!("0;url={url}")), &html! {}, &body).into_string()).into_response()
}

fn document(title: &str, refresh: Option<&str>, navigation: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                @if let Some(refresh) = refresh { meta http-equiv="refresh" content=(refresh); }
                title { (title) }
                link rel="stylesheet" href="/style.css";
            }
            body {
                header { a.home href="/" { "Notebook" } nav { (navigation) } }
                main { (body) }
            }
        }
    }
}

/// A form that is this visitor's own.
pub(crate) fn form(visit: &Visit, action: &str, body: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="csrf" value=(visit.visitor.csrf().expose());
            (body)
        }
    }
}

/// A form of one button that says all there is to say.
pub(crate) fn button(visit: &Visit, action: &str, field: (&str, &str), words: &str) -> Markup {
    form(visit, action, html! { button.plain name=(field.0) value=(field.1) { (words) } })
}

/// Something to fill in.
pub(crate) struct Input<'a> {
    /// What the label refers to: another one, where a page asks for the same in two places.
    pub(crate) id: &'a str,
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) autocomplete: &'a str,
    /// What was typed before, of what may be shown again: never a password.
    pub(crate) value: &'a str,
    pub(crate) required: bool,
}

impl<'a> Input<'a> {
    pub(crate) fn new(name: &'a str, label: &'a str) -> Self {
        Self { id: name, name, label, kind: "text", autocomplete: "off", value: "", required: true }
    }

    pub(crate) fn value(self, value: &'a str) -> Self {
        Self { value, ..self }
    }

    pub(crate) fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// A new password, or the one that there is.
    pub(crate) fn password(name: &'a str, label: &'a str, is_new: bool) -> Self {
        let autocomplete = if is_new { "new-password" } else { "current-password" };
        Self { kind: "password", autocomplete, ..Self::new(name, label) }
    }

    /// A code that was sent or that an app shows.
    pub(crate) fn code(label: &'a str) -> Self {
        Self { autocomplete: "one-time-code", ..Self::new("code", label) }
    }

    pub(crate) fn email(name: &'a str, label: &'a str) -> Self {
        Self { kind: "email", autocomplete: "email", ..Self::new(name, label) }
    }

    pub(crate) fn show(&self, problem: &Problem) -> Markup {
        let wrong = problem.of_field(self.name);
        let about = format!("{}-problem", self.id);
        let digits = self.autocomplete == "one-time-code";
        html! {
            label for=(self.id) { (self.label) @if !self.required { " (optional)" } }
            input id=(self.id) name=(self.name) type=(self.kind) autocomplete=(self.autocomplete) value=(self.value)
                required[self.required] inputmode=[digits.then_some("numeric")]
                aria-invalid=[wrong.map(|_| "true")] aria-describedby=[wrong.map(|_| about.as_str())];
            @if let Some(wrong) = wrong { p.wrong id=(about) { (wrong) } }
        }
    }
}
