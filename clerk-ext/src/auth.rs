//! Requests to your own server: who is signed in, and what they may do.
//!
//! [`Clerk`] checks a whole request, or a token alone. In a web framework use [`web`](crate::web), which does this for every
//! request and answers those that are not let in.
//!
//! ```
//! use clerk_ext::auth::{Authorization, Clerk};
//! # use clerk_local::{LocalClerk, Seed, SeedUser};
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let ann = SeedUser::new("ann@example.com").id("user_ann");
//! # let local = LocalClerk::builder().seed(Seed::default().user(ann)).start().await?;
//! # let token = local.sign_in_as("user_ann").ok_or("nobody of that id")?.session_token;
//! # let config = clerk_ext::config::Config::builder().publishable_key(local.publishable_key()).secret_key(local.secret_key());
//! # let clerk = Clerk::from_config(&config.api_url(local.backend_url()).build()?)?;
//! # if false {
//! let clerk = Clerk::from_env()?; // CLERK_PUBLISHABLE_KEY, CLERK_SECRET_KEY
//! # let _: Clerk = clerk; }
//!
//! # let request = clerk_ext::http::Request::get("/me").header("authorization", format!("Bearer {}", token.expose()));
//! # let (parts, ()) = request.body(())?.into_parts();
//! // The head of a request, as every server has it.
//! let state = clerk.authenticate(&parts).await?;
//! match state.session() {
//!     Some(session) => {
//!         println!("{} is signed in", session.user_id());
//!         assert!(!session.has(&Authorization::new().role("org:admin")));
//!     }
//!     None => println!("nobody is: {:?}", state.reason()),
//! }
//! # assert_eq!(state.session().map(|session| session.user_id().as_str()), Some("user_ann"));
//! # Ok(()) }
//! ```
//!
//! - The outcome is a [`RequestState`]: its headers belong on the response, and a handshake is a redirect.
//! - What somebody must be allowed to do is a [`policy`]; for a question in passing there is [`Session::has`].
//! - API keys, machine tokens and OAuth access tokens are accepted where [`accepts`](ClerkBuilder::accepts) says so.
//! - Keys are fetched once and kept for five minutes; [`ClerkBuilder::jwt_key`] needs no network at all.
//! - Why something is refused is a [`Reason`], in the words of Clerk's other SDKs; [`diagnose`] explains it at length.

mod builder;
mod claims;
mod clerk;
mod cookies;
pub mod diagnose;
mod field;
mod has;
mod header;
mod incoming;
mod instance_urls;
mod jwt;
mod keys;
mod machine;
mod organization_sync;
mod pattern;
mod payload;
pub mod policy;
pub(crate) mod proxy;
mod reason;
mod redirect;
mod request;
mod return_url;
mod session;
mod session_token;
mod settings;
mod sign_out;
mod state;
mod token_error;
mod token_type;
mod verified_tokens;
mod verify;

pub use self::{
    builder::ClerkBuilder,
    claims::{ActiveOrganization, Actor, Claims, Entitlement, FactorAges, SessionStatus},
    clerk::Clerk,
    has::{Authorization, FactorLevel, Reverification},
    keys::KeySet,
    machine::{ApiKey, CreateM2mToken, M2mToken, M2mTokens, Machine, OAuthActor, OAuthToken, RevokeM2mToken},
    organization_sync::OrganizationSync,
    proxy::{FrontendProxy, FrontendProxyBuilder},
    reason::Reason,
    redirect::Redirects,
    return_url::ReturnUrls,
    session::Session,
    sign_out::SignedOut,
    state::{Auth, RequestState, Status},
    token_error::TokenError,
    token_type::{Accepts, TokenType},
};
