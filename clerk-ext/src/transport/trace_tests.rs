use std::{
    collections::BTreeMap,
    fmt::Debug,
    sync::{Arc, Mutex},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id, Record},
    subscriber::DefaultGuard,
};

use clerk_core::Transport;

use super::*;
use crate::{
    random::SeededRandom,
    transport::{Network, scripted::*},
};

type Fields = BTreeMap<String, String>;

/// Keeps all spans and events of one thread.
#[derive(Clone, Default)]
struct Recorder {
    spans: Arc<Mutex<Vec<Fields>>>,
    events: Arc<Mutex<Vec<Fields>>>,
}

struct Write<'a>(&'a mut Fields);

impl Visit for Write<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}").trim_matches('"').to_owned());
    }
}

fn described(metadata: &Metadata<'_>) -> Fields {
    let described = [("target", metadata.target()), ("level", metadata.level().as_str()), ("name", metadata.name())];
    described.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("clerk")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = described(span.metadata());
        span.record(&mut Write(&mut fields));
        let mut spans = self.spans.lock().unwrap();
        spans.push(fields);
        Id::from_u64(spans.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        values.record(&mut Write(&mut self.spans.lock().unwrap()[span.into_u64() as usize - 1]));
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = described(event.metadata());
        event.record(&mut Write(&mut fields));
        self.events.lock().unwrap().push(fields);
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

fn record() -> (Recorder, DefaultGuard) {
    let recorder = Recorder::default();
    let guard = tracing::subscriber::set_default(recorder.clone());
    (recorder, guard)
}

fn network(service: Scripted) -> Transport {
    Network::new(Transport::new(service)).random(Arc::new(SeededRandom::new(1))).layered()
}

fn shown(fields: &Fields, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| fields.get(*name).cloned().unwrap_or_default()).collect()
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_one_span_whatever_its_attempts() {
    let (recorder, _guard) = record();
    let service = Scripted::answering(|number| match number {
        1 => wait(429, "2"),
        2 => broken(),
        _ => answer(200),
    });
    status(network(service), read()).await;

    let spans = recorder.spans.lock().unwrap();
    assert_eq!(spans.len(), 1);
    assert_eq!(
        shown(&spans[0], &["target", "level", "operation", "method", "status", "attempts", "outcome"]),
        ["clerk_ext::request", "INFO", "GetThing", "GET", "200", "3", "success"]
    );
    assert!(spans[0]["duration_ms"].parse::<u64>().is_ok());

    let events = recorder.events.lock().unwrap();
    assert_eq!(events.len(), 2);
    assert_eq!(
        shown(&events[0], &["target", "level", "operation", "attempt", "status", "kind", "delay_ms"]),
        ["clerk_ext::request", "WARN", "GetThing", "1", "429", "", "2000"]
    );
    assert_eq!(shown(&events[1], &["attempt", "status", "kind"]), ["2", "", "network"]);
}

#[tokio::test(start_paused = true)]
async fn the_outcome_says_how_it_ended() {
    for (ends, outcome) in [
        ((|| answer(204)) as fn() -> Answer, "success"),
        (|| answer(302), "redirect"),
        (|| answer(404), "refused"),
        (|| answer(501), "failed"),
        (broken, "network"),
        (|| Err("deadline has elapsed".into()), "timeout"),
    ] {
        let (recorder, _guard) = record();
        let _ = send(network(Scripted::answering(move |_| ends())), write()).await;
        assert_eq!(recorder.spans.lock().unwrap()[0]["outcome"], outcome);
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_is_dropped_says_so() {
    let (recorder, _guard) = record();
    let pending = send(network(Scripted::new(|_, _| std::future::pending())), read());
    assert!(tokio::time::timeout(SECOND, pending).await.is_err());
    let spans = recorder.spans.lock().unwrap();
    assert_eq!(shown(&spans[0], &["status", "attempts", "outcome"]), ["", "", "dropped"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_secret_is_told() {
    let (recorder, _guard) = record();
    let service = Scripted::answering(|number| if number == 1 { broken() } else { wait(429, "1") });
    status(network(service), read()).await;
    let told = format!("{:?} {:?}", recorder.spans.lock().unwrap(), recorder.events.lock().unwrap());
    for hidden in ["example.com", "query-test", "sk_test", "/v1"] {
        assert!(!told.contains(hidden), "{told}");
    }
}
