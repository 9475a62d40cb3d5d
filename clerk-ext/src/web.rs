//! Web frameworks: who sent a request, who is let in, and what everybody else is told.
//!
//! The same few things in every framework:
//!
//! - [`ClerkLayer`] checks each request once and attaches the answer, [`Checked`]. It refuses nobody.
//! - [`Guard`] closes everything below it: a router, a scope, a nest. Nothing is matched by path, so nothing is open
//!   because a path was written differently, and a handler that forgot to ask is not public.
//! - [`SignedIn`], [`MaybeSignedIn`], [`Machine`] and [`Require`] are the arguments by which handlers ask.
//! - [`Refusal`] is a request that is not let in. It gets the same answer in every framework, unless
//!   [`ClerkLayer::refusals`] gives another.
//!
//! A handler of webhooks takes [`webhooks::Verified`](crate::webhooks::Verified) and answers
//! [`webhooks::Handled`](crate::webhooks::Handled).
//!
//! # axum
//!
//! The layer that is added last is outermost: that has to be [`ClerkLayer`].
//!
//! ```
//! use axum::{Router, routing::get};
//! use clerk_ext::{policy, web::{ClerkLayer, Guard, Machine, Require, SignedIn}};
//!
//! policy! {
//!     /// Whoever pays.
//!     struct Paying: plan("pro");
//! }
//!
//! async fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! async fn settings(_: Require<Paying>) -> &'static str {
//!     "for those who pay"
//! }
//!
//! async fn invoices(machine: Machine) -> String {
//!     format!("for a program of {}", machine.subject())
//! }
//!
//! async fn report() -> &'static str {
//!     "for those who are signed in, although it does not ask"
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # use tower_service::Service as _;
//! # use clerk_ext::auth::TokenType;
//! # let mut ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
//! # ann.plan = Some("pro".to_owned());
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
//! # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
//! # let clerk = clerk.api_url(local.backend_url()).build()?;
//! # let backend = clerk_ext::backend::Backend::builder().secret_key(&local.secret_key()).api_url(local.backend_url()).build()?;
//! # let clerk = clerk.accepting([TokenType::Session, TokenType::ApiKey]);
//! # let key = backend.api_keys().create("Deploy", "user_ann").await?.secret;
//! let reports = Router::new().route("/today", get(report)).layer(Guard::signed_in());
//! let mut app = Router::new()
//!     .route("/", get(|| async { "for everybody" }))
//!     .route("/me", get(me))
//!     .route("/settings", get(settings))
//!     .route("/invoices", get(invoices))
//!     .nest("/reports", reports)
//!     .layer(ClerkLayer::new(clerk));
//! # for (path, token, status) in [
//! #     ("/", None, 200), ("/me", None, 401), ("/me", Some(&token), 200), ("/settings", Some(&token), 200),
//! #     ("/reports/today", None, 401), ("/reports/today", Some(&token), 200), ("/reports/today", Some(&key), 401),
//! #     ("/invoices", Some(&token), 401), ("/invoices", Some(&key), 200),
//! # ] {
//! #     let mut request = axum::http::Request::get(path);
//! #     if let Some(token) = token { request = request.header("authorization", format!("Bearer {}", token.expose())); }
//! #     let answer = app.call(request.body(axum::body::Body::empty())?).await?;
//! #     assert_eq!(answer.status(), status, "{path} {}", token.is_some());
//! # }
//! # Ok(()) }
//! ```
//!
//! # actix-web
//!
//! What is wrapped around last is outermost: that has to be [`ClerkLayer`]. A [`Webhook`](crate::webhooks::Webhook) is
//! `app_data` in a `Data`.
//!
#![cfg_attr(feature = "actix", doc = "```")]
#![cfg_attr(not(feature = "actix"), doc = "```ignore")]
//! use actix_web::{App, HttpResponse, test::{self, TestRequest}, web};
//! use clerk_ext::{policy, web::{ClerkLayer, Guard, MaybeSignedIn, Require, SignedIn}};
//!
//! policy! {
//!     /// Whoever pays.
//!     struct Paying: plan("pro");
//! }
//!
//! async fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! async fn greeting(MaybeSignedIn(person): MaybeSignedIn) -> String {
//!     person.map_or("Hello".to_owned(), |person| format!("Hello, {}", person.user_id()))
//! }
//!
//! async fn settings(_: Require<Paying>) -> &'static str {
//!     "for those who pay"
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
//! # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
//! # let clerk = clerk.api_url(local.backend_url()).build()?;
//! let reports = web::scope("/reports")
//!     .wrap(Guard::signed_in())
//!     .route("/today", web::get().to(HttpResponse::Ok));
//! let app = App::new()
//!     .route("/", web::get().to(greeting))
//!     .route("/me", web::get().to(me))
//!     .route("/settings", web::get().to(settings))
//!     .service(reports)
//!     .wrap(ClerkLayer::new(clerk));
//!
//! let app = test::init_service(app).await;
//! let bearer = ("authorization", format!("Bearer {}", token.expose())); // of Ann, who does not pay
//! let request = |path: &str| TestRequest::get().uri(path).insert_header(bearer.clone()).to_request();
//! assert_eq!(test::call_and_read_body(&app, request("/me")).await, "user_ann");
//! # assert_eq!(test::call_and_read_body(&app, request("/")).await, "Hello, user_ann");
//! assert_eq!(test::call_service(&app, request("/settings")).await.status(), 403);
//! # assert_eq!(test::call_service(&app, request("/reports/today")).await.status(), 200);
//! let nobody = TestRequest::get().uri("/reports/today").to_request();
//! assert_eq!(test::call_service(&app, nobody).await.status(), 401);
//! # Ok(()) }
//! ```
//!
//! # poem
//!
//! A [`Webhook`](crate::webhooks::Webhook) is data of the route.
//!
#![cfg_attr(feature = "poem", doc = "```")]
#![cfg_attr(not(feature = "poem"), doc = "```ignore")]
//! use clerk_ext::{policy, web::{ClerkLayer, Guard, MaybeSignedIn, Require, SignedIn}};
//! use poem::{Endpoint as _, EndpointExt as _, Request, Route, endpoint::make_sync, get, handler, http::StatusCode};
//!
//! policy! {
//!     /// Whoever pays.
//!     struct Paying: plan("pro");
//! }
//!
//! #[handler]
//! fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! #[handler]
//! fn greeting(MaybeSignedIn(person): MaybeSignedIn) -> String {
//!     person.map_or("Hello".to_owned(), |person| format!("Hello, {}", person.user_id()))
//! }
//!
//! #[handler]
//! fn settings(_paying: Require<Paying>) -> &'static str {
//!     "for those who pay"
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
//! # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
//! # let clerk = clerk.api_url(local.backend_url()).build()?;
//! let reports = Route::new().at("/today", get(make_sync(|_| "report"))).with(Guard::signed_in());
//! let app = Route::new()
//!     .at("/", get(greeting))
//!     .at("/me", get(me))
//!     .at("/settings", get(settings))
//!     .nest("/reports", reports)
//!     .with(ClerkLayer::new(clerk));
//!
//! let bearer = format!("Bearer {}", token.expose()); // of Ann, who does not pay
//! let request = |path: &'static str| Request::builder().uri_str(path).header("authorization", &bearer).finish();
//! let answer = app.get_response(request("/me")).await;
//! assert_eq!(answer.into_body().into_string().await?, "user_ann");
//! # assert_eq!(app.get_response(request("/")).await.into_body().into_string().await?, "Hello, user_ann");
//! assert_eq!(app.get_response(request("/settings")).await.status(), StatusCode::FORBIDDEN);
//! # assert_eq!(app.get_response(request("/reports/today")).await.status(), StatusCode::OK);
//! let nobody = Request::builder().uri_str("/reports/today").finish();
//! assert_eq!(app.get_response(nobody).await.status(), StatusCode::UNAUTHORIZED);
//! # Ok(()) }
//! ```
//!
//! # Rocket
//!
//! [`ClerkLayer`] is a fairing, and `Guard::routes` closes routes. A [`Webhook`](crate::webhooks::Webhook) is managed by
//! Rocket. What guards and extractors refuse does not get to catchers: change it with [`ClerkLayer::refusals`]. A handler
//! that catches such a refusal (`Option<SignedIn>`, `Result<Verified, _>`) and answers the same status itself has its answer
//! replaced; where nobody need be signed in, take [`MaybeSignedIn`].
//!
#![cfg_attr(feature = "rocket", doc = "```")]
#![cfg_attr(not(feature = "rocket"), doc = "```ignore")]
//! use clerk_ext::{policy, web::{ClerkLayer, Guard, MaybeSignedIn, Require, SignedIn}};
//! use rocket::{get, http::{Header, Status}, local::asynchronous::Client, routes};
//!
//! policy! {
//!     /// Whoever pays.
//!     struct Paying: plan("pro");
//! }
//!
//! #[get("/me")]
//! fn me(person: SignedIn) -> String {
//!     person.user_id().to_string()
//! }
//!
//! #[get("/")]
//! fn greeting(person: MaybeSignedIn) -> String {
//!     person.0.map_or("Hello".to_owned(), |person| format!("Hello, {}", person.user_id()))
//! }
//!
//! #[get("/settings")]
//! fn settings(_paying: Require<Paying>) -> &'static str {
//!     "for those who pay"
//! }
//!
//! #[get("/today")]
//! fn today() -> &'static str {
//!     "report"
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ann = clerk_local::SeedUser::new("ann@example.com").id("user_ann");
//! # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
//! # let token = local.sign_in_as("ann@example.com").ok_or("nobody of that name")?.session_token;
//! # let clerk = clerk_ext::auth::Clerk::builder().publishable_key(&local.publishable_key()).secret_key(&local.secret_key());
//! # let clerk = clerk.api_url(local.backend_url()).build()?;
//! let app = rocket::build()
//!     .attach(ClerkLayer::new(clerk))
//!     .mount("/", routes![greeting, me, settings])
//!     .mount("/reports", Guard::signed_in().routes(routes![today]));
//!
//! let client = Client::untracked(app).await?;
//! let bearer = Header::new("authorization", format!("Bearer {}", token.expose())); // of Ann, who does not pay
//! let answer = client.get("/me").header(bearer.clone()).dispatch().await;
//! assert_eq!(answer.into_string().await.as_deref(), Some("user_ann"));
//! # let answer = client.get("/").header(bearer.clone()).dispatch().await;
//! # assert_eq!(answer.into_string().await.as_deref(), Some("Hello, user_ann"));
//! # assert_eq!(client.get("/reports/today").header(bearer.clone()).dispatch().await.status(), Status::Ok);
//! assert_eq!(client.get("/settings").header(bearer).dispatch().await.status(), Status::Forbidden);
//! assert_eq!(client.get("/reports/today").dispatch().await.status(), Status::Unauthorized);
//! # Ok(()) }
//! ```

mod checked;
mod clerk_layer;
#[cfg(any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket"))]
mod extractors;
mod guard;
mod log;
mod page;
mod refusal;
mod rejection;
mod response_headers;

#[cfg(feature = "actix")]
mod actix;
#[cfg(feature = "axum")]
mod axum;
#[cfg(any(feature = "actix", feature = "rocket"))]
mod bridge;
#[cfg(feature = "poem")]
mod poem;
#[cfg(feature = "tower")]
mod proxy;
#[cfg(feature = "rocket")]
mod rocket;
#[cfg(feature = "tower")]
mod tower;

#[cfg(feature = "actix")]
pub use self::actix::{ClerkMiddleware, GuardMiddleware};
#[cfg(any(feature = "actix", feature = "axum", feature = "poem", feature = "rocket"))]
pub use self::extractors::{Machine, MaybeSignedIn, Require, SignedIn};
#[cfg(feature = "poem")]
pub use self::poem::{ClerkEndpoint, GuardEndpoint};
pub use self::{
    checked::Checked,
    clerk_layer::ClerkLayer,
    guard::Guard,
    refusal::{Refusal, RefusalKind},
    rejection::Rejection,
};
#[cfg(feature = "tower")]
pub use self::{
    proxy::{Proxied, ProxiedFuture},
    tower::{ClerkFuture, ClerkService, GuardFuture, GuardService},
};
