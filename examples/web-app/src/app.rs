//! What all visitors share, and where everything is.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::{IntoResponse, Response},
    routing::get,
};
use clerk_ext::{
    Error, Transport,
    config::Config,
    frontend::{Environment, Frontend, FrontendBuilder},
    transport::Timeouts,
};

use crate::{
    accounts, addresses, deletion, devices, forms, home, organizations, password, profile, prove, provider,
    second_factor, sign_in, sign_out, sign_up, tasks,
    view::message,
    visit::{members_only, recognise},
    visitors::{IDLE, MOST, Visitors},
};

/// How long a page may be waited for, whatever has to be asked of Clerk again. Who is asked to come back later than that is
/// told so at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// What all visitors share.
pub(crate) struct App {
    /// What people type into their browser to come here, without a slash at its end.
    pub(crate) origin: String,
    pub(crate) visitors: Visitors,
    config: Config,
    /// One pool of connections to Clerk for everybody.
    transport: Transport,
    /// A device on which nobody ever signs in: it knows what the instance offers, so that it is not asked for each visitor.
    nobody: Frontend,
}

impl App {
    /// # Errors
    ///
    /// The configuration has no publishable key, or TLS cannot be set up.
    pub(crate) fn new(config: &Config, origin: String) -> Result<Self, Error> {
        let transport = Transport::reqwest()?;
        let nobody = device(config, &transport)?.build()?;
        Ok(Self { origin, visitors: Visitors::new(MOST, IDLE), config: config.clone(), transport, nobody })
    }

    /// A device of Clerk for one visitor. A visitor is to Clerk what a telephone is: it holds one secret, and everything
    /// that is done in their name goes through it.
    ///
    /// `MemoryStore` is what it remembers with unless told otherwise. A `CredentialStore` over a table goes here, when
    /// visitors go into a database.
    pub(crate) fn device(&self, headers: &HeaderMap) -> Result<Frontend, Error> {
        let mut device = device(&self.config, &self.transport)?;
        // People know their devices again by it in the list of where they are signed in.
        if let Some(browser) =
            headers.get(header::USER_AGENT).and_then(|it| it.to_str().ok()).filter(|it| it.len() < 512)
        {
            device = device.user_agent(browser);
        }
        device.build()
    }

    /// What the instance offers.
    pub(crate) async fn environment(&self) -> Result<Environment, Error> {
        self.nobody.environment().await
    }

    /// Asks anew what the instance offers, since that is changed in the Dashboard while this runs.
    pub(crate) async fn reload(&self) -> Result<(), Error> {
        self.nobody.reload().await.map(drop)
    }
}

fn device(config: &Config, transport: &Transport) -> Result<FrontendBuilder, Error> {
    Ok(FrontendBuilder::from_config(config)?
        .transport(transport.clone())
        .network(|network| network.timeouts(Timeouts { overall: Some(PATIENCE), ..Timeouts::default() })))
}

/// Every page.
pub(crate) fn router(app: Arc<App>) -> Router {
    let members = Router::new()
        .merge(profile::routes())
        .merge(addresses::routes())
        .merge(password::routes())
        .merge(second_factor::routes())
        .merge(accounts::routes())
        .merge(devices::routes())
        .merge(deletion::routes())
        .merge(organizations::routes())
        .merge(prove::routes())
        // Every page that is added to these is closed as well.
        .route_layer(from_fn(members_only));
    Router::new()
        .merge(home::routes())
        .merge(sign_in::routes())
        .merge(sign_up::routes())
        .merge(sign_out::routes())
        .merge(provider::routes())
        .merge(tasks::routes())
        .merge(members)
        .route_layer(from_fn(forms::check))
        .route_layer(from_fn_with_state(app, recognise))
        .route("/style.css", get(style))
        .fallback(|| async { message(StatusCode::NOT_FOUND, "No such page", "There is nothing here.") })
        .layer(map_response(with_headers))
}

async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, "public, max-age=300")];
    (headers, include_str!("style.css"))
}

/// No script runs here, nobody shows these pages in a frame, forms go nowhere else, and nothing is kept by caches.
const HEADERS: [(HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; img-src 'self' data: https:; form-action 'self'; base-uri 'none'; \
         frame-ancestors 'none'",
    ),
    // Not `no-referrer`: forms would no longer say where they come from.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::CACHE_CONTROL, "no-store"),
];

async fn with_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}
