//! A visitor without a browser: what it sends is up to the test.

use std::net::{Ipv4Addr, SocketAddr};

use reqwest::{Client, RequestBuilder, StatusCode, header, redirect::Policy};

use crate::site::{ANN, PASSWORD, Site};

/// Somebody who keeps the cookie that they are given, and follows nothing by themselves.
#[derive(Clone)]
pub(crate) struct Visitor {
    http: Client,
    url: String,
    pub(crate) cookie: Option<String>,
    /// The token of the page that was last looked at.
    pub(crate) csrf: String,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: header::HeaderMap,
    pub(crate) text: String,
}

impl Page {
    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where it leads.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.text);
        self.header(header::LOCATION)
    }
}

impl Visitor {
    pub(crate) fn new(site: &Site) -> Self {
        // Whatever `localhost` is on this machine, the application is on the older of the two protocols.
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let http = Client::builder().redirect(Policy::none()).resolve("localhost", here).build().unwrap();
        Self { http, url: site.url.clone(), cookie: None, csrf: String::new() }
    }

    pub(crate) async fn look(&mut self, path: &str) -> Page {
        self.send(self.http.get(format!("{}{path}", self.url))).await
    }

    /// Sends a form of the page that was last looked at.
    pub(crate) async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.send(self.form(path, fields)).await
    }

    /// The same, with what the test makes of it.
    pub(crate) fn form(&self, path: &str, fields: &[(&str, &str)]) -> RequestBuilder {
        let mut form = vec![("csrf", self.csrf.as_str())];
        form.extend(fields);
        self.http.post(format!("{}{path}", self.url)).form(&form)
    }

    pub(crate) async fn send(&mut self, request: RequestBuilder) -> Page {
        let request = match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        };
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status(), answer.headers().clone());
        let page = Page { status, headers, text: answer.text().await.unwrap() };
        if let Some((cookie, _)) = page.header(header::SET_COOKIE).split_once(';') {
            self.cookie = Some(cookie.to_owned());
        }
        if let Some((_, rest)) = page.text.split_once("name=\"csrf\" value=\"") {
            self.csrf = rest.split_once('"').unwrap().0.to_owned();
        }
        page
    }

    /// Goes to the provider and agrees there; gives the path that it leads back to.
    pub(crate) async fn agrees_at_google(&mut self, site: &Site) -> String {
        self.look("/sign-in").await;
        let page = self.submit("/provider", &[("strategy", "oauth_google")]).await;
        let url = page.text.split_once("href=\"http").unwrap().1.split_once('"').unwrap().0.replace("&amp;", "&");
        let back = site.local.provider().approve(&format!("http{url}")).await.unwrap();
        back.strip_prefix(&site.url).unwrap().to_owned()
    }

    /// Comes as far as the password of Ann.
    pub(crate) async fn identifies(&mut self) -> Page {
        self.identifies_as(ANN).await
    }

    async fn identifies_as(&mut self, address: &str) -> Page {
        self.look("/sign-in").await;
        let page = self.submit("/sign-in", &[("identifier", address)]).await;
        assert_eq!(page.location(), "/sign-in");
        self.look("/sign-in").await
    }

    /// Signs in as Ann.
    pub(crate) async fn signs_in(&mut self) -> Page {
        self.signs_in_as(ANN).await
    }

    pub(crate) async fn signs_in_as(&mut self, address: &str) -> Page {
        self.identifies_as(address).await;
        self.submit("/sign-in/step", &[("step", "password"), ("password", PASSWORD)]).await
    }
}
