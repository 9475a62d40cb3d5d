//! One call and one page, each beside the same request by hand.

use std::{hint::black_box, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clerk_bapi::types::User;
use clerk_core::{
    Bytes,
    http::{HeaderMap, HeaderValue, Method, header},
};
use clerk_ext::backend::Backend;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    App, KEY, Options, Samples, Unit, backend, line, raw,
    server::{Canned, PAGE, Server, id, public},
    timed, verdict,
};

/// How many times the request by hand a call may take.
const TARGET: f64 = 1.1;

/// How many calls one makes before it is another's turn.
const BLOCK: usize = 10;

/// What is asked for.
#[derive(Clone, Copy)]
enum What {
    Get,
    Create,
    Page,
}

/// Who asks.
#[derive(Clone, Copy)]
enum Way {
    /// reqwest and serde_json, into the generated type.
    Hand,
    /// reqwest and serde_json, into a `Value`.
    Value,
    /// clerk-bapi without layers.
    Raw,
    /// clerk-ext with what it has by default.
    Ext,
    /// clerk-ext with metadata as the application's type.
    Typed,
}

/// Everybody who asks, each with connections of its own.
struct Askers {
    url: String,
    hand: reqwest::Client,
    raw: clerk_bapi::Client,
    ext: Backend,
    typed: Backend<App>,
}

pub(super) fn run(options: &Options, runtime: &Runtime, canned: &Canned) -> Result<()> {
    let server = Server::start(canned, &canned.pages(PAGE), Duration::ZERO)?;
    let ext = backend(&server)?;
    let askers = Askers { url: server.url(), hand: by_hand()?, raw: raw(&server)?, typed: ext.typed(), ext };
    for (name, what, ways, calls) in [
        ("one user", What::Get, &[Way::Hand, Way::Value, Way::Raw, Way::Ext, Way::Typed][..], options.calls),
        ("creating a user", What::Create, &[Way::Hand, Way::Value, Way::Raw, Way::Ext], options.calls),
        // A page takes as long as many users.
        (
            "a page of 100 users",
            What::Page,
            &[Way::Hand, Way::Value, Way::Raw, Way::Ext, Way::Typed],
            options.calls / 10,
        ),
    ] {
        runtime.block_on(async {
            agree(&askers, &server, what, ways).await?;
            let samples = measure(&askers, what, ways, options.rounds, calls).await?;
            print(name, what, ways, &samples);
            anyhow::Ok(())
        })?;
    }
    Ok(())
}

/// A client as somebody would set it up who needs the same: limits of time, no redirects, the same headers.
fn by_hand() -> Result<reqwest::Client> {
    let mut headers = HeaderMap::new();
    headers.insert(header::AUTHORIZATION, HeaderValue::try_from(format!("Bearer {KEY}"))?);
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("clerk-rust/0.1.0"));
    headers.insert("clerk-api-version", HeaderValue::from_static(clerk_bapi::API_VERSION));
    let client = reqwest::Client::builder().default_headers(headers).no_proxy();
    let client = client.redirect(reqwest::redirect::Policy::none()).referer(false);
    Ok(client.connect_timeout(Duration::from_secs(10)).timeout(Duration::from_secs(30)).build()?)
}

impl Askers {
    async fn ask(&self, what: What, way: Way) -> Result<()> {
        match (what, way) {
            (What::Get, Way::Hand) => done(self.get::<User>(&format!("/{}", id(0))).await?),
            (What::Get, Way::Value) => done(self.get::<Value>(&format!("/{}", id(0))).await?),
            (What::Get, Way::Raw) => done(self.raw.get_user(id(0)).await?),
            (What::Get, Way::Ext) => done(self.ext.users().get(id(0)).await?),
            (What::Get, Way::Typed) => done(self.typed.users().get(id(0)).await?),
            (What::Create, Way::Hand) => done(self.create::<User>().await?),
            (What::Create, Way::Value) => done(self.create::<Value>().await?),
            (What::Create, Way::Raw) => {
                let call = self.raw.create_user().email_address(["ann@example.com"]).first_name("Ann").last_name("Ash");
                done(call.password("correct horse battery").public_metadata(public()).await?)
            }
            (What::Create, Way::Ext | Way::Typed) => {
                let call = self.ext.users().create().email_address(["ann@example.com"]).first_name("Ann");
                done(call.last_name("Ash").password("correct horse battery").public(&public()).await?)
            }
            (What::Page, Way::Hand) => done(self.get::<Vec<User>>("?limit=100").await?),
            (What::Page, Way::Value) => done(self.get::<Value>("?limit=100").await?),
            (What::Page, Way::Raw) => done(self.raw.get_user_list().limit(100).await?),
            (What::Page, Way::Ext) => done(self.ext.users().list().page().await?),
            (What::Page, Way::Typed) => done(self.typed.users().list().page().await?),
        }
        Ok(())
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.send(self.hand.request(Method::GET, format!("{}/v1/users{path}", self.url))).await
    }

    async fn create<T: DeserializeOwned>(&self) -> Result<T> {
        let body = json!({
            "email_address": ["ann@example.com"],
            "first_name": "Ann",
            "last_name": "Ash",
            "password": "correct horse battery",
            "public_metadata": public(),
        });
        let request = self.hand.request(Method::POST, format!("{}/v1/users", self.url));
        self.send(request.header(header::CONTENT_TYPE, "application/json").body(serde_json::to_vec(&body)?)).await
    }

    async fn send<T: DeserializeOwned>(&self, request: reqwest::RequestBuilder) -> Result<T> {
        let body: Bytes = request.send().await?.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

fn done<T>(answer: T) {
    black_box(&answer);
}

/// Fails if they do not send the same, since then their figures say nothing.
async fn agree(askers: &Askers, server: &Server, what: What, ways: &[Way]) -> Result<()> {
    server.listen(true);
    let mut first = None;
    for way in ways {
        askers.ask(what, *way).await?;
        let heard = server.heard().context("the server has heard nothing")?;
        let first = first.get_or_insert_with(|| heard.clone());
        ensure!(*first == heard, "by hand and by the client are not the same: {first:?}, {heard:?}");
    }
    server.listen(false);
    Ok(())
}

/// The figures of one way of asking.
struct Figures {
    /// From asking to the answer: the median of a round's calls.
    times: Samples,
    /// What the client's thread worked for it, likewise.
    work: Samples,
}

/// The figures of each, which take turns in each round.
async fn measure(askers: &Askers, what: What, ways: &[Way], rounds: usize, calls: usize) -> Result<Vec<Figures>> {
    let new = || Figures { times: Samples::new(), work: Samples::new() };
    let mut figures: Vec<_> = ways.iter().map(|_| new()).collect();
    // The first round warms up, and does not count.
    for round in 0..=rounds {
        let mut calls_of: Vec<_> = ways.iter().map(|_| new()).collect();
        for block in 0..calls.div_ceil(BLOCK) {
            for turn in 0..ways.len() {
                let place = (round + block + turn) % ways.len();
                let (Some(way), Some(samples)) = (ways.get(place), calls_of.get_mut(place)) else { continue };
                for _ in 0..BLOCK {
                    let worked = super::worked();
                    samples.times.push(timed(askers.ask(what, *way)).await?);
                    samples.work.push(super::worked() - worked);
                }
            }
        }
        if round > 0 {
            for (figures, calls) in figures.iter_mut().zip(calls_of) {
                figures.times.0.push(calls.times.median());
                figures.work.0.push(calls.work.median());
            }
        }
    }
    Ok(figures)
}

fn print(name: &str, what: What, ways: &[Way], figures: &[Figures]) {
    println!("{name}");
    let Some(hand) = figures.first() else { return };
    for (way, figures) in ways.iter().zip(figures) {
        let (name, judged) = match way {
            Way::Hand => ("by hand, into the generated type", false),
            Way::Value => ("by hand, into a serde_json::Value", false),
            Way::Raw => ("clerk-bapi", false),
            Way::Ext => ("clerk-ext", !matches!(what, What::Page)),
            Way::Typed => ("clerk-ext, typed metadata", false),
        };
        let (ratio, (low, high)) = (figures.times.times(&hand.times), figures.times.spread(&hand.times));
        let target = if judged { format!("; ≤ {TARGET}, {}", verdict(ratio <= TARGET)) } else { String::new() };
        let remark = format!("{ratio:>7.2}   half of the rounds {low:.2} to {high:.2}{target}");
        line(&format!("  {name}"), &figures.times, Unit::Microseconds, remark);
        let remark = format!("{:>7.2}", figures.work.times(&hand.work));
        line("    work of the client's thread", &figures.work, Unit::Microseconds, remark);
    }
}
