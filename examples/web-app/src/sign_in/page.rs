//! The page of a sign-in: for each state what can be done in it.

use clerk_ext::frontend::{FirstFactor, SecondFactor, SignIn, SignInCode, Strategy};
use clerk_ext::{Error, clerk_fapi::types::SignInFactor};
use maud::{Markup, html};

use crate::{
    problem::Problem,
    provider::providers,
    view::{Input, View, button, form},
    visit::{Answer, Visit},
};

const STEP: &str = "/sign-in/step";
/// How often a page that waits for a link asks whether it was opened, in seconds.
const PATIENCE: u32 = 2;

pub(super) async fn page(visit: &Visit, state: Option<SignIn>, typed: &str, problem: &Problem) -> Answer {
    let Some(state) = state else {
        let body = identifier(visit, typed, problem).await?;
        return Ok(View::new("Sign in", body).show(visit, problem));
    };
    let (title, body) = match &state {
        SignIn::NeedsFirstFactor(step) => ("Is it you?", first_factor(visit, step, problem).await?),
        SignIn::NeedsCode(step) => ("We have sent you a code", code(visit, step, problem)),
        SignIn::NeedsLink(step) => {
            let body = html! {
                p { "Open the link in the mail to " b { (step.safe_identifier().unwrap_or("your address")) } ", here or on \
                     another device. This page goes on by itself." }
                (act(visit, "resend", "Send it again"))
                (act(visit, "another-way", "Another way"))
            };
            let view = View { refresh: Some(PATIENCE), ..View::new("We have sent you a link", body) };
            return Ok(view.show(visit, problem));
        }
        SignIn::NeedsSecondFactor(step) => ("One thing more", second_factor(visit, step, problem)),
        SignIn::NeedsClientTrust(step) => {
            let why =
                html! { p { "We have not seen you in this browser before, so we want to be sure that it is you." } };
            ("One thing more", html! { (why) (second_factor(visit, step, problem)) })
        }
        SignIn::NeedsNewPassword(_) => (
            "Choose another password",
            form(
                visit,
                STEP,
                html! {
                    input type="hidden" name="step" value="new-password";
                    (Input::password("password", "Your new password", true).show(problem))
                    p.hint { "You will be signed out everywhere else." }
                    button { "Set it" }
                },
            ),
        ),
        _ => (
            "This does not work here",
            html! {
                p { "Your account asks for something that this page cannot do, such as a passkey." }
            },
        ),
    };
    let restart = html! { hr; (act(visit, "restart", "Begin anew")) };
    Ok(View::new(title, html! { (body) (restart) }).show(visit, problem))
}

/// A button that takes a step which needs nothing typed.
fn act(visit: &Visit, step: &str, words: &str) -> Markup {
    button(visit, STEP, ("step", step), words)
}

/// A button that has something sent, or leads to a provider.
fn send(visit: &Visit, strategy: &str, words: &str) -> Markup {
    form(
        visit,
        STEP,
        html! {
            input type="hidden" name="step" value="send";
            button.plain name="strategy" value=(strategy) { (words) }
        },
    )
}

async fn identifier(visit: &Visit, typed: &str, problem: &Problem) -> Result<Markup, Error> {
    let environment = visit.app.environment().await?;
    Ok(html! {
        (form(visit, "/sign-in", html! {
            (Input { autocomplete: "username", ..Input::new("identifier", "Your email address, number or name") }
                .value(typed).show(problem))
            button { "Continue" }
        }))
        (providers(visit, &environment))
        p.hint { "New here? " a href="/sign-up" { "Sign up" } }
    })
}

/// The ways that the account has; where Clerk does not tell strangers what that is, those that the instance has.
async fn first_factor(visit: &Visit, step: &FirstFactor, problem: &Problem) -> Result<Markup, Error> {
    let mut ways: Vec<(Strategy, Option<&str>)> = Vec::new();
    for factor in step.factors() {
        let strategy = strategy_of(factor);
        if ways.iter().all(|(known, _)| *known != strategy) {
            ways.push((strategy, factor.safe_identifier.as_deref()));
        }
    }
    if ways.is_empty() {
        ways.extend(visit.app.environment().await?.first_factors().into_iter().map(|strategy| (strategy, None)));
    }
    let has_password = ways.iter().any(|(strategy, _)| *strategy == Strategy::PASSWORD);
    Ok(html! {
        p { "You are signing in as " b { (step.identifier().unwrap_or("somebody")) } "." }
        @if has_password {
            (form(visit, STEP, html! {
                input type="hidden" name="step" value="password";
                (Input::password("password", "Your password", false).show(problem))
                button { "Sign in" }
            }))
            hr;
        }
        @for (strategy, to) in &ways {
            @if let Some(words) = words(strategy, *to) { (send(visit, strategy.as_str(), &words)) }
        }
    })
}

fn words(strategy: &Strategy, to: Option<&str>) -> Option<String> {
    let to = to.map(|to| format!(" to {to}")).unwrap_or_default();
    Some(match strategy.as_str() {
        "email_code" | "phone_code" => format!("Send a code{to}"),
        "email_link" => format!("Send a link{to}"),
        "reset_password_email_code" | "reset_password_phone_code" => format!("Forgot the password? Send a code{to}"),
        _ => match strategy.provider().filter(|_| strategy.is_oauth()) {
            Some(provider) => format!("Continue with {provider}"),
            // A passkey or a wallet signs in the browser, and that takes a script.
            None => return None,
        },
    })
}

fn code(visit: &Visit, step: &SignInCode, problem: &Problem) -> Markup {
    html! {
        p { "It went to " b { (step.safe_identifier().unwrap_or("you")) } "." }
        (form(visit, STEP, html! {
            input type="hidden" name="step" value="code";
            (Input::code("The code").show(problem))
            button { "Continue" }
        }))
        (act(visit, "resend", "Send another one"))
        (act(visit, "another-way", "Another way"))
    }
}

fn second_factor(visit: &Visit, step: &SecondFactor, problem: &Problem) -> Markup {
    let typed = |strategy: &str, label: &str| {
        form(
            visit,
            STEP,
            html! {
                input type="hidden" name="step" value="second";
                input type="hidden" name="strategy" value=(strategy);
                (Input { id: strategy, ..Input::code(label) }.show(problem))
                button { "Continue" }
            },
        )
    };
    html! {
        @for factor in step.factors() {
            @match strategy_of(factor).as_str() {
                "totp" => (typed("totp", "The code that your authenticator app shows")),
                "backup_code" => details { summary { "Use a backup code" } (typed("backup_code", "One of your backup codes")) },
                other => @if let Some(words) = words(&Strategy::from(other), factor.safe_identifier.as_deref()) {
                    (send(visit, other, &words))
                },
            }
        }
    }
}

fn strategy_of(factor: &SignInFactor) -> Strategy {
    factor.strategy.as_ref().map_or("", |strategy| strategy.as_str()).into()
}
