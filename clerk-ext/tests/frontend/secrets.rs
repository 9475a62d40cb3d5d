//! Nothing secret is printed: not by the values of a whole life on a device, nor by its events, nor by its logs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Debug, Display, Write as _},
    sync::{Arc, Mutex},
};

use clerk_ext::{
    Bytes, Transport,
    frontend::{BrowserOutcome, Frontend, MemoryStore, SavedSignIn, SignIn, TokenRequest},
    http::{HeaderMap, Request, Response, header::AUTHORIZATION},
};
use clerk_local::{Fault, ProviderAccount, ProviderMode};
use serde_json::Value;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
};

use crate::{
    browser::person::Person,
    sessions::enter,
    sign_in::people::{ANN, CEM, CEMS_BACKUP_CODE, code, configured, kept, state},
    sign_up::step,
    spy::Spy,
    world::{PASSWORD, World, device},
};

/// What must not be printed, by what it is.
#[derive(Clone, Default)]
struct Secrets(Arc<Mutex<BTreeMap<String, &'static str>>>);

impl Secrets {
    fn add(&self, kind: &'static str, secret: &str) {
        // What is shorter occurs by chance.
        assert!(secret.len() >= 6, "{kind} is short");
        self.0.lock().unwrap().insert(secret.to_owned(), kind);
    }

    fn kinds(&self) -> BTreeSet<&'static str> {
        self.0.lock().unwrap().values().copied().collect()
    }

    /// What a text gives away.
    fn found_in(&self, text: &str) -> Vec<(&'static str, String)> {
        let is_apart = |secret: &str, at: usize| {
            let before = text[..at].chars().next_back();
            let after = text[at + secret.len()..].chars().next();
            // A code of six digits is also part of a time.
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        };
        let secrets = self.0.lock().unwrap();
        let found = secrets.iter().filter_map(|(secret, kind)| {
            let (at, _) = text.match_indices(secret.as_str()).find(|(at, _)| is_apart(secret, *at))?;
            let from = text[..at].rfind('\n').map_or(0, |line| line + 1);
            Some((*kind, text[from..at].chars().take(200).collect()))
        });
        found.collect()
    }

    fn take_token(&self, headers: &HeaderMap) {
        if let Some(token) = headers.get(AUTHORIZATION).and_then(|token| token.to_str().ok())
            && !matches!(token, "" | "Bearer")
        {
            self.add("client token", token);
        }
    }

    /// Everything secret that goes over the wire.
    fn take(&self, request: &Request<Bytes>, answer: Option<&Response<Bytes>>) {
        self.take_token(request.headers());
        let query = request.uri().query().unwrap_or_default().as_bytes();
        for (name, value) in form_urlencoded::parse(query).chain(form_urlencoded::parse(request.body())) {
            let kind = match name.as_ref() {
                "password" => "password",
                "code" => "code",
                "rotating_token_nonce" => "nonce",
                "code_verifier" => "verifier",
                _ => continue,
            };
            self.add(kind, &value);
        }
        if let Some(answer) = answer {
            self.take_token(answer.headers());
            if let Ok(body) = serde_json::from_slice::<Value>(answer.body()) {
                self.take_json(&body);
            }
        }
    }

    fn take_json(&self, json: &Value) {
        match json {
            Value::Array(values) => values.iter().for_each(|value| self.take_json(value)),
            Value::Object(object) => {
                for (key, value) in object {
                    match (key.as_str(), value.as_str()) {
                        ("jwt", Some(jwt)) if !jwt.is_empty() => self.add("session token", jwt),
                        ("secret", Some(secret)) => self.add("key of an app", secret),
                        _ => self.take_json(value),
                    }
                }
            }
            _ => {}
        }
    }
}

/// All that is printed.
#[derive(Clone, Default)]
struct Printed(Arc<Mutex<String>>);

impl Printed {
    fn line(&self, line: &str) {
        writeln!(self.0.lock().unwrap(), "{line}").unwrap();
    }

    /// A value, as logs and panics show it.
    fn debug<T: Debug>(&self, value: T) -> T {
        self.line(&format!("{value:?}"));
        self.line(&format!("{value:#?}"));
        value
    }

    fn error<E: Debug + Display + std::error::Error>(&self, error: E) -> E {
        self.line(&error.to_string());
        let mut cause = error.source();
        while let Some(error) = cause {
            self.line(&format!("{error} {error:?}"));
            cause = error.source();
        }
        self.debug(error)
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

/// Takes down every span and event, whoever writes it.
struct Listener(Printed);

struct Fields<'a>(&'a mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}={value:?}").unwrap();
    }
}

impl Listener {
    fn write(&self, what: &str, record: impl FnOnce(&mut Fields<'_>)) {
        let mut line = what.to_owned();
        record(&mut Fields(&mut line));
        self.0.line(&line);
    }
}

impl Subscriber for Listener {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(&format!("span {}", span.metadata().target()), |fields| span.record(fields));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write("in a span", |fields| values.record(fields));
    }

    fn event(&self, event: &Event<'_>) {
        self.write(&format!("event {}", event.metadata().target()), |fields| event.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

/// A device, everything secret that it sends or is sent, and all that is printed.
struct Life {
    world: World,
    clerk: Frontend,
    secrets: Secrets,
    printed: Printed,
    _logs: (tracing::Dispatch, tracing::subscriber::DefaultGuard),
}

impl Life {
    async fn new() -> Self {
        let (secrets, printed) = (Secrets::default(), Printed::default());
        // While there is one listener only, tracing asks the thread that comes first whether a span is of interest, and
        // that may be one of another test.
        let another = tracing::Dispatch::new(Listener(Printed::default()));
        let logs = (another, tracing::subscriber::set_default(Listener(printed.clone())));
        let world = configured(|_| ()).await;
        let taken = secrets.clone();
        let spy = Spy::new(&world.local, move |request, answer| {
            taken.take(request, answer.as_ref());
            answer
        });
        let builder = printed.debug(device(&world.local).transport(Transport::new(spy)));
        let clerk = builder.store(printed.debug(MemoryStore::default())).build().unwrap();
        Self { world, clerk, secrets, printed, _logs: logs }
    }

    async fn a_password_and_a_second_factor(&self) {
        let (clerk, printed) = (&self.clerk, &self.printed);
        let failed = printed.error(clerk.sign_in().password(CEM, "test-wrong-password").await.unwrap_err());
        drop(failed);
        let begun = printed.debug(clerk.sign_in().password(CEM, PASSWORD).await.unwrap());
        let saved: SavedSignIn = printed.debug(kept(begun.save()));
        let step = state!(printed.debug(clerk.sign_in().resume_from(saved).await.unwrap()), NeedsSecondFactor);
        let failed = printed.error(step.totp("test-739153").await.unwrap_err());
        let done = failed.into_step().backup_code(CEMS_BACKUP_CODE).await.unwrap();
        let session = printed.debug(printed.debug(done).session().unwrap());

        let token = printed.debug(session.token().await.unwrap());
        printed.debug(token.claims());
        let request = printed.debug(TokenRequest::new().skip_cache());
        printed.debug(session.token_with(request).await.unwrap());
        drop(printed.debug(session.keep_fresh().unwrap()));
        printed.debug(clerk.me());
        printed.debug(session.data());
        printed.debug(printed.debug(clerk.snapshot()).client());
        printed.debug(printed.debug(clerk.diagnose().await).to_string());
        printed.line(&serde_json::to_string(&clerk.diagnose().await).unwrap());
        printed.debug(clerk.sign_out().await.unwrap());
    }

    async fn a_code_by_mail(&self) {
        let (clerk, printed) = (&self.clerk, &self.printed);
        let step = state!(clerk.sign_in().email_code(ANN).await.unwrap(), NeedsCode);
        printed.debug(printed.debug(&step).save());
        self.secrets.add("code", &code(&self.world.local, ANN));
        let failed = printed.error(step.attempt("test-000000").await.unwrap_err());
        let step = printed.debug(failed.into_step());
        printed.debug(step.attempt(code(&self.world.local, ANN)).await.unwrap());
        let app = printed.debug(clerk.me().authenticator_app().enroll().await.unwrap());
        printed.error(app.verify("test-111111").await.unwrap_err());
        printed.debug(clerk.sign_out().await.unwrap());
    }

    async fn a_sign_up(&self) {
        let (clerk, printed) = (&self.clerk, &self.printed);
        let form = clerk.sign_up().email_address("eve@example.com").password("test-eves-password");
        let begun = step(printed.debug(form).await);
        let step = printed.debug(printed.debug(begun).verify_email_by_code().await.unwrap());
        self.secrets.add("code", &code(&self.world.local, "eve@example.com"));
        printed.debug(step.save());
        let failed = printed.error(step.attempt("test-222222").await.unwrap_err());
        printed.debug(failed.into_step().attempt(code(&self.world.local, "eve@example.com")).await.unwrap());
        printed.debug(clerk.sign_out().await.unwrap());
    }

    async fn an_account_elsewhere(&self) {
        let (local, clerk, printed) = (&self.world.local, &self.clerk, &self.printed);
        local.provider().add(&ProviderAccount::new("google", ANN).first_name("Ann").last_name("Example"));
        local.update_settings(|settings| settings.provider = ProviderMode::Approve);
        let back_to = "com.example.app://callback";
        let pending = printed.debug(clerk.sign_in().oauth("oauth_google", back_to).start().await.unwrap());
        printed.debug(pending.save());
        let mut person = Person::new(local);
        let callback = person.open(pending.url()).await.unwrap();
        let back = person.open(&callback).await.unwrap();
        let failed =
            printed.error(pending.finish(&back.replace("com.example.app", "com.example.other")).await.unwrap_err());
        let outcome = printed.debug(failed.into_step().finish(&back).await.unwrap());
        assert!(matches!(outcome, BrowserOutcome::SignIn(SignIn::Complete(_))), "{outcome:?}");
        printed.debug(clerk.sign_out().await.unwrap());
    }

    async fn clerks_own_pages(&self) {
        let (clerk, printed) = (&self.clerk, &self.printed);
        let back_to = "com.example.app://callback";
        let pending = printed.debug(clerk.sign_in().hosted(back_to).start().await.unwrap());
        let saved = printed.debug(pending.save());
        let Value::Object(written) = serde_json::to_value(&saved).unwrap() else { panic!("it is an object") };
        let verifier = written.iter().find(|(key, _)| key.contains("verifier"));
        let (_, verifier) = verifier.unwrap_or_else(|| panic!("among {:?}", written.keys()));
        self.secrets.add("verifier", verifier.as_str().unwrap());
        printed.error(pending.finish("com.example.app://callback?error=access_denied").await.unwrap_err());
    }

    async fn what_goes_wrong(&self) {
        let (local, clerk, printed) = (&self.world.local, &self.clerk, &self.printed);
        enter(clerk).await;
        let session = clerk.session().unwrap();
        for fault in
            [Fault::status(500), Fault::not_json(), Fault::truncated(), Fault::reset(), Fault::missing_fields()]
        {
            let fault = local.faults().add(fault);
            if let Err(error) = session.token_with(TokenRequest::new().skip_cache()).await {
                printed.error(error);
            }
            if let Err(error) = clerk.sign_in().password(ANN, PASSWORD).await {
                printed.error(error);
            }
            local.faults().remove(fault);
        }
    }
}

#[tokio::test]
async fn nothing_secret_is_printed_in_a_whole_life() {
    let life = Life::new().await;
    let mut events = life.printed.debug(life.clerk.events());
    life.printed.debug(&life.clerk);
    life.a_password_and_a_second_factor().await;
    life.a_code_by_mail().await;
    life.a_sign_up().await;
    life.an_account_elsewhere().await;
    life.clerks_own_pages().await;
    life.what_goes_wrong().await;
    let mut count = 0;
    while let Some(event) = events.try_next() {
        life.printed.debug(event);
        count += 1;
    }
    let kinds = ["client token", "code", "key of an app", "nonce", "password", "session token", "verifier"];
    assert!(life.secrets.kinds().into_iter().eq(kinds), "{:?}", life.secrets.kinds());
    assert!(count >= 8, "{count} events");
    let text = life.printed.text();
    for what in ["span clerk_ext::request", "event clerk_ext::frontend", "SessionToken", "StepError", "PendingOauth"] {
        assert!(text.contains(what), "{what} was not printed");
    }
    assert_eq!(life.secrets.found_in(&text), []);
}

#[test]
fn a_secret_that_is_printed_is_found() {
    let secrets = Secrets::default();
    secrets.add("code", "123456");
    assert_eq!(secrets.found_in("at 1234567 or 0123456"), []);
    assert_eq!(secrets.found_in("one\nthe code=\"123456\""), [("code", "the code=\"".to_owned())]);
}
