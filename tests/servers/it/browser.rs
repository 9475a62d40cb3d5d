//! A browser that goes between the application's server and a whole Clerk, over HTTP.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use clerk_ext::{
    BoxFuture, Bytes, Transport,
    auth::{Clerk, OrganizationSync, RequestState},
    clock::{Clock, SystemClock},
};
use clerk_local::{LocalClerk, Seed, SeedMember, SeedOrganization, SeedUser};
use http::{HeaderMap, Request};
use tower_service::Service as _;
use url::Url;

use crate::world::{Ask, state, told};

const PAGE: &str = "http://localhost:3000/page?tab=one";

/// The clock of the local Clerk, waits aside.
struct Shared(clerk_local::Clock);

impl Clock for Shared {
    fn now(&self) -> SystemTime {
        self.0.now().system_time().unwrap()
    }

    fn monotonic(&self) -> Duration {
        self.now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        SystemClock.sleep(duration)
    }
}

/// A browser with its cookies by host, and everything it talks to.
struct Browser {
    local: LocalClerk,
    clerk: Clerk,
    transport: Transport,
    jars: BTreeMap<String, BTreeMap<String, String>>,
    /// How often it was at Clerk.
    at_clerk: u32,
}

impl Browser {
    async fn start() -> Self {
        let mut ann = SeedUser::default();
        ann.id = Some("user_ann".to_owned());
        ann.email_addresses = vec!["ann@example.com".to_owned()];
        let mut acme = SeedOrganization::default();
        acme.name = "Acme".to_owned();
        acme.slug = Some("acme".to_owned());
        let mut member = SeedMember::default();
        member.user = "user_ann".to_owned();
        acme.members = vec![member];
        let mut seed = Seed::default();
        seed.users.push(ann);
        seed.organizations.push(acme);
        let local = LocalClerk::builder().seed(seed).start().await.unwrap();
        // Time passes when a test says so.
        local.clock().freeze();
        let sync = OrganizationSync::new().organization("/orgs/:slug").unwrap();
        let clerk = Clerk::builder()
            .publishable_key(&local.publishable_key())
            .secret_key(&local.secret_key())
            .api_url(local.backend_url())
            .clock(Arc::new(Shared(local.clock().clone())))
            .organization_sync(sync)
            .build()
            .unwrap();
        Self { local, clerk, transport: Transport::reqwest().unwrap(), jars: BTreeMap::new(), at_clerk: 0 }
    }

    /// Somebody signs in at Clerk, in this browser.
    fn sign_in(&mut self, user: &str) {
        let signed_in = self.local.sign_in_as(user).unwrap();
        let clerk: Url = self.local.frontend_url().parse().unwrap();
        let jar = self.jars.entry(clerk.authority().to_owned()).or_default();
        jar.insert("__client".to_owned(), signed_in.client_token.expose().to_owned());
    }

    /// Goes to a page, and wherever it is sent from there; what the application's server made of the last request.
    async fn visit(&mut self, page: &str) -> RequestState {
        let mut url: Url = page.parse().unwrap();
        let frontend: Url = self.local.frontend_url().parse().unwrap();
        self.at_clerk = 0;
        for _ in 0..12 {
            if url.authority() == frontend.authority() {
                self.at_clerk += 1;
                let request =
                    Request::get(url.as_str()).header("cookie", self.cookies(&url)).body(Bytes::new()).unwrap();
                let response = self.transport.call(request).await.unwrap();
                self.keep(&url, response.headers());
                url = response.headers()["location"].to_str().unwrap().parse().unwrap();
                continue;
            }
            let state = state(&self.clerk, &self.ask("GET", &url)).await;
            self.keep(&url, state.headers());
            match state.location() {
                Some(next) => url = next.to_str().unwrap().parse().unwrap(),
                None => {
                    assert_eq!(url.as_str(), page, "nothing is left in the address");
                    return state;
                }
            }
        }
        panic!("the browser is sent round and round");
    }

    fn ask(&self, method: &str, url: &Url) -> Ask {
        let ask = Ask::new(method, url.as_str()).header("sec-fetch-dest", "document");
        match self.cookies(url) {
            none if none.is_empty() => ask,
            cookies => ask.header("cookie", &cookies),
        }
    }

    fn cookies(&self, url: &Url) -> String {
        let jar = self.jars.get(url.authority()).into_iter().flatten();
        jar.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&mut self, url: &Url, headers: &HeaderMap) {
        let jar = self.jars.entry(url.authority().to_owned()).or_default();
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, rest) = cookie.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if cookie.contains("Max-Age=0") {
                jar.remove(name);
            } else {
                jar.insert(name.to_owned(), value.to_owned());
            }
            // It is gone after two seconds, which no visit of a person is quick enough for.
            jar.remove("__clerk_redirect_count");
        }
    }
}

#[tokio::test]
async fn a_stranger_is_signed_out_once_clerk_has_met_the_browser() {
    let mut browser = Browser::start().await;
    assert_eq!(told(&browser.visit(PAGE).await), "signed-out session-token-and-uat-missing");
    assert!(browser.at_clerk > 0);
    assert_eq!(told(&browser.visit(PAGE).await), "signed-out session-token-and-uat-missing");
    assert_eq!(browser.at_clerk, 0, "the browser is known from then on");
}

#[tokio::test]
async fn who_signed_in_at_clerk_is_signed_in_here() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    let state = browser.visit(PAGE).await;
    assert_eq!(told(&state), "signed-in");
    assert_eq!(state.session().unwrap().user_id(), "user_ann");
    assert_eq!(told(&browser.visit(PAGE).await), "signed-in");
    assert_eq!(browser.at_clerk, 0);
}

#[tokio::test]
async fn a_token_that_ran_out_meanwhile_is_refreshed_without_the_browser_going_anywhere() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    let first = browser.visit(PAGE).await;
    for _ in 0..3 {
        browser.local.clock().advance(Duration::from_secs(600));
        let state = browser.visit(PAGE).await;
        assert_eq!(told(&state), "signed-in");
        assert_eq!(browser.at_clerk, 0);
        assert_ne!(state.session().unwrap().token(), first.session().unwrap().token());
    }
}

#[tokio::test]
async fn without_a_refresh_token_the_browser_is_sent_to_clerk_and_back() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    browser.visit(PAGE).await;
    browser.local.clock().advance(Duration::from_secs(600));
    browser.jars.get_mut("localhost:3000").unwrap().retain(|name, _| !name.starts_with("__refresh"));
    assert_eq!(told(&browser.visit(PAGE).await), "signed-in");
    assert!(browser.at_clerk > 0);
}

#[tokio::test]
async fn a_session_that_clerk_ended_is_over_with_its_token() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    let state = browser.visit(PAGE).await;
    let id = state.session().unwrap().id().unwrap().to_string();
    let revoke = Request::post(format!("{}/v1/sessions/{id}/revoke", browser.local.backend_url()))
        .header("authorization", format!("Bearer {}", browser.local.secret_key().expose()))
        .body(Bytes::new())
        .unwrap();
    assert!(browser.transport.call(revoke).await.unwrap().status().is_success());
    assert_eq!(told(&browser.visit(PAGE).await), "signed-in", "a token is good until it runs out");
    browser.local.clock().advance(Duration::from_secs(66));
    assert_eq!(told(&browser.visit(PAGE).await), "signed-out session-token-and-uat-missing");
}

#[tokio::test]
async fn who_signs_out_here_is_signed_out_at_clerk() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    browser.visit(PAGE).await;
    // The page lay open for an hour.
    browser.local.clock().advance(Duration::from_secs(3600));
    let url: Url = PAGE.parse().unwrap();
    let signed_out = browser.clerk.sign_out(&browser.ask("POST", &url).parts()).await;
    signed_out.ended.unwrap();
    browser.keep(&url, &signed_out.headers);

    assert_eq!(told(&browser.visit(PAGE).await), "signed-out session-token-and-uat-missing");
    // Also for who asks Clerk anew.
    browser.jars.remove("localhost:3000");
    assert_eq!(told(&browser.visit(PAGE).await), "signed-out session-token-and-uat-missing");
    assert!(browser.at_clerk > 0);
}

#[tokio::test]
async fn a_change_of_keys_goes_unnoticed() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    browser.visit(PAGE).await;
    browser.local.rotate_signing_key().unwrap();
    assert_eq!(told(&browser.visit(PAGE).await), "signed-in", "the old key is still there");
    browser.local.clock().advance(Duration::from_secs(66));
    assert_eq!(told(&browser.visit(PAGE).await), "signed-in", "the new key is fetched");
}

#[tokio::test]
async fn a_key_that_was_taken_out_is_accepted_no_longer_than_keys_live() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    let token = browser.visit(PAGE).await.session().unwrap().token().clone();
    browser.local.rotate_signing_key().unwrap();
    browser.local.forget_old_signing_keys();
    let ask = Ask::script(PAGE).bearer(token.expose());
    assert_eq!(told(&state(&browser.clerk, &ask).await), "signed-in", "nobody has asked for the keys since");
    browser.local.clock().advance(Duration::from_secs(301));
    let asked = told(&state(&browser.clerk, &ask).await);
    assert_eq!(asked, "signed-out jwk-kid-mismatch");
}

#[tokio::test]
async fn an_address_of_an_organization_has_it_made_active() {
    let mut browser = Browser::start().await;
    browser.sign_in("user_ann");
    let state = browser.visit(PAGE).await;
    assert!(state.session().unwrap().claims().organization().is_none());
    let state = browser.visit("http://localhost:3000/orgs/acme").await;
    assert_eq!(state.session().unwrap().claims().organization().unwrap().slug(), Some("acme"));
    assert!(browser.at_clerk > 0);
}
