//! Who signs in in automated tests, where nobody reads mails or text messages.
//!
//! In test mode, which development instances are in unless it was switched off, Clerk sends nothing to certain addresses
//! and numbers, and takes [one code](TEST_CODE) for all of them. They sign up and in like any other.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let local = clerk_local::LocalClerk::builder().start().await?;
//! # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
//! use clerk_ext::frontend::{
//!     SignUp,
//!     testing::{TEST_CODE, test_email},
//! };
//!
//! let ann = test_email("ann"); // one for each test keeps tests apart
//! let begun = clerk.sign_up().email_address(&ann).password("test-hunter2-and-more").await?;
//! let SignUp::MissingRequirements(step) = begun else { panic!("{begun:?}") };
//! let session = step.verify_email_by_code().await?.attempt(TEST_CODE).await?.session()?;
//! # assert!(session.is_signed_in());
//! # Ok(()) }
//! ```
//!
//! # Testing tokens
//!
//! Clerk takes many sign-ups from one place for those of a robot, and tests are robots. A testing token tells it to let
//! them pass. The Backend API makes one for the whole run of the tests, and
//! [`FrontendBuilder::testing_token`](super::FrontendBuilder::testing_token) sends it along:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let local = clerk_local::LocalClerk::builder().start().await?;
//! # let (secret_key, key) = (local.secret_key(), local.publishable_key());
//! use clerk_ext::{backend::Backend, frontend::Frontend};
//!
//! let backend = Backend::builder().secret_key(&secret_key).api_url(local.backend_url()).build()?;
//! let token = backend.testing_tokens().create().await?.token;
//! let clerk = Frontend::builder(&key).testing_token(&token).build()?;
//! # assert!(clerk.diagnose().await.is_healthy());
//! # Ok(()) }
//! ```
//!
//! It proves nothing about anybody, and runs out: make one for each run.
//!
//! # Without Clerk
//!
//! The examples here run against a Clerk on this machine, which has test mode too, and which also shows what it would
//! have sent to other addresses.

/// The code that test addresses and numbers take, whatever they are asked for.
pub const TEST_CODE: &str = "424242";

/// An address that nothing is sent to and whose code is [`TEST_CODE`].
///
/// ```
/// assert_eq!(clerk_ext::frontend::testing::test_email("ann"), "ann+clerk_test@example.com");
/// ```
#[must_use]
pub fn test_email(name: &str) -> String {
    format!("{name}+clerk_test@example.com")
}

/// A number that nothing is sent to and whose code is [`TEST_CODE`]: another one for each `n`.
///
/// They are those that exist in no network, from 555-0100 to 555-0199, in a few area codes.
///
/// ```
/// use clerk_ext::frontend::testing::test_phone;
///
/// assert_eq!(test_phone(0), "+12015550100");
/// assert_eq!(test_phone(199), "+12125550199");
/// ```
#[must_use]
pub fn test_phone(n: u8) -> String {
    let area = match n {
        0..=99 => 201,
        100..=199 => 212,
        200.. => 213,
    };
    format!("+1{area}55501{:02}", n % 100)
}
