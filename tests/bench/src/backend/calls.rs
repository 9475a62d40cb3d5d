//! One call and one page, each beside the same request by hand.

use std::{hint::black_box, time::Duration};

use anyhow::{Context as _, Result, ensure};
use clerk_bapi::{types::User, users::CreateUser};
use clerk_core::{
    Bytes,
    http::{HeaderMap, HeaderValue, Method, header},
};
use clerk_ext::backend::{Backend, Request};
use clerk_rs::{
    ClerkConfiguration,
    apis::users_api,
    models::{CreateUserRequest, User as PeerUser},
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use super::{
    App, KEY, Plan, backend, peer, raw,
    server::{Canned, PAGE, Server, id, public},
    timed,
};
use crate::{
    clock::worked,
    figure::{Figure, Spread, Unit},
};

/// How many times the request by hand a call may take.
const TARGET: f64 = 1.1;

/// How many calls one makes before it is another's turn.
const BLOCK: usize = 10;

/// How many calls of each are in one sample; a page takes as long as many users.
const CALLS: usize = 300;
const PAGES: usize = CALLS / 10;

const BY_HAND: &str = "by hand on reqwest, into the generated type";

/// What is asked for.
#[derive(Clone, Copy, PartialEq)]
enum What {
    Get,
    Create,
    Page,
}

/// Who asks.
#[derive(Clone, Copy, PartialEq)]
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
    /// clerk-rs.
    Peer,
}

const WAYS: [Way; 6] = [Way::Ext, Way::Hand, Way::Value, Way::Raw, Way::Typed, Way::Peer];

/// Everybody who asks, each with connections of its own.
struct Askers {
    url: String,
    hand: reqwest::Client,
    raw: clerk_bapi::Client,
    ext: Backend,
    typed: Backend<App>,
    peer: ClerkConfiguration,
}

pub(super) fn measure(rounds: usize, runtime: &Runtime, canned: &Canned) -> Result<Vec<Figure>> {
    let server = Server::start(canned, &canned.pages(PAGE), Duration::ZERO)?;
    let ext = backend(&server)?;
    let (hand, raw, typed, peer) = (by_hand()?, raw(&server)?, ext.typed(), peer(&server));
    let askers = Askers { url: server.url(), hand, raw, typed, ext, peer };
    let mut figures = Vec::new();
    for (id, words, what, calls) in [
        ("get", "asking for a user", What::Get, CALLS),
        ("create", "creating a user", What::Create, CALLS),
        ("page", "asking for a page of 100 users", What::Page, PAGES),
    ] {
        runtime.block_on(async {
            agree(&askers, &server, what).await?;
            let samples = samples(&askers, what, rounds, calls).await?;
            figures.extend(beside_each_other(id, words, what, &samples));
            anyhow::Ok(())
        })?;
    }
    Ok(figures)
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
            (What::Create, Way::Ext) => done(filled(self.ext.users().create()).public(&public()).await?),
            (What::Create, Way::Typed) => done(filled(self.typed.users().create()).public(&plan()).await?),
            (What::Page, Way::Hand) => done(self.get::<Vec<User>>("?limit=100").await?),
            (What::Page, Way::Value) => done(self.get::<Value>("?limit=100").await?),
            (What::Page, Way::Raw) => done(self.raw.get_user_list().limit(100).await?),
            (What::Page, Way::Ext) => done(self.ext.users().list().page().await?),
            (What::Page, Way::Typed) => done(self.typed.users().list().page().await?),
            (What::Get, Way::Peer) => done(users_api::get_user(&self.peer, &id(0)).await?),
            (What::Create, Way::Peer) => done(users_api::create_user(&self.peer, of_peer()).await?),
            (What::Page, Way::Peer) => done(page_of_peer(&self.peer, PAGE as u32, None).await?),
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

/// The user that all of them create, without metadata.
fn filled<T>(call: Request<CreateUser, T>) -> Request<CreateUser, T> {
    let call = call.email_address(["ann@example.com"]).first_name("Ann").last_name("Ash");
    call.password("correct horse battery")
}

/// The same metadata as [`public`] gives, as the application's type.
fn plan() -> Plan {
    let tags = vec!["early".to_owned(), "paying".to_owned()];
    Plan { plan: "business".to_owned(), seats: 25, beta: true, team: "Research".to_owned(), tags }
}

/// The user that all of them create.
fn of_peer() -> CreateUserRequest {
    let mut user = CreateUserRequest::new();
    user.email_address = Some(vec!["ann@example.com".to_owned()]);
    user.first_name = Some(Some("Ann".to_owned()));
    user.last_name = Some(Some("Ash".to_owned()));
    user.password = Some(Some("correct horse battery".to_owned()));
    user.public_metadata = serde_json::from_value(public()).ok();
    user
}

/// A page of users by the peer.
#[rustfmt::skip]
pub(super) async fn page_of_peer(clerk: &ClerkConfiguration, limit: u32, offset: Option<u32>) -> Result<Vec<PeerUser>> {
    let users = users_api::get_user_list(
        clerk, None, None, None, None, None, None, None, None, None, None, None, None, None,
        None, None, None, None, None, None, None, None, None, Some(limit), offset, None, None,
    );
    Ok(users.await?)
}

fn done<T>(answer: T) {
    black_box(&answer);
}

/// Fails if they do not ask for the same, since then their figures say nothing.
///
/// All but the peer send the same headers too.
async fn agree(askers: &Askers, server: &Server, what: What) -> Result<()> {
    server.listen(true);
    let mut first = None;
    for way in WAYS {
        askers.ask(what, way).await?;
        let heard = server.heard().context("the server has heard nothing")?;
        let first = first.get_or_insert_with(|| heard.clone());
        let same = if way == Way::Peer { first.asks_as(&heard) } else { *first == heard };
        ensure!(same, "by hand and by the client are not the same: {first:?}, {heard:?}");
    }
    server.listen(false);
    Ok(())
}

/// The samples of one way of asking, in microseconds.
#[derive(Default)]
struct Samples {
    /// From asking to the answer: the median of a round's calls.
    times: Vec<f64>,
    /// What the client's thread worked for it, likewise.
    work: Vec<f64>,
}

/// The samples of each, which take turns in each round.
async fn samples(askers: &Askers, what: What, rounds: usize, calls: usize) -> Result<[Samples; WAYS.len()]> {
    let mut all: [Samples; WAYS.len()] = Default::default();
    // The first round warms up, and does not count.
    for round in 0..=rounds {
        let mut calls_of: [Samples; WAYS.len()] = Default::default();
        for block in 0..calls.div_ceil(BLOCK) {
            for turn in 0..WAYS.len() {
                let place = (round + block + turn) % WAYS.len();
                let (Some(way), Some(samples)) = (WAYS.get(place), calls_of.get_mut(place)) else { continue };
                for _ in 0..BLOCK {
                    let began = worked();
                    samples.times.push(timed(askers.ask(what, *way)).await? * 1e3);
                    samples.work.push((worked() - began).as_secs_f64() * 1e6);
                }
            }
        }
        if round > 0 {
            for (samples, calls) in all.iter_mut().zip(calls_of) {
                samples.times.push(Spread::of(&calls.times).median);
                samples.work.push(Spread::of(&calls.work).median);
            }
        }
    }
    Ok(all)
}

/// What the calls took, and what they made the client work.
fn beside_each_other(id: &str, words: &str, what: What, samples: &[Samples; WAYS.len()]) -> [Figure; 2] {
    let [ext, hand, value, raw, typed, peer] = samples;
    let figure = |id: &str, words: &str, of: fn(&Samples) -> &[f64]| {
        Figure::new(id, words, Unit::Microseconds, "clerk-ext", of(ext))
            .beside(BY_HAND, of(hand))
            .peer("clerk-rs", of(peer))
            .beside("by hand, into a serde_json::Value", of(value))
            .beside("clerk-bapi, without layers", of(raw))
            .beside("clerk-ext, typed metadata", of(typed))
    };
    let time = figure(&format!("backend.{id}"), words, |samples| &samples.times).note("by the clock");
    let work = figure(&format!("backend.{id}.work"), words, |samples| &samples.work).note("CPU time of the client");
    let judged = what != What::Page;
    [if judged { time.at_most_times(TARGET, BY_HAND) } else { time }, work]
}
