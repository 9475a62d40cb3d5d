use clerk_fapi::{backup_codes::CreateBackupCodes, types};

use super::acting::Acting;
use crate::request::Request;

/// Codes of a user that are each good once, for when no other second factor is at hand.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com");
/// # ann.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let token = local.sign_in_as("ann@example.com").unwrap().client_token;
/// # let raw = clerk_fapi::Client::builder(&local.publishable_key()).client_token(&token).build()?;
/// # let store = clerk_ext::frontend::MemoryStore::default();
/// # let clerk = clerk_ext::frontend::Frontend::builder(&local.publishable_key()).store(store).build()?;
/// # if clerk.snapshot().user().is_none() { return Ok(()) }
/// for code in &clerk.me().backup_codes().regenerate().await?.codes {
///     println!("{}", code.expose());
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct BackupCodes {
    acting: Acting,
}

impl BackupCodes {
    pub(super) fn new(acting: &Acting) -> Self {
        Self { acting: acting.clone() }
    }

    /// Makes other ones, which are shown only this once; those before are good for nothing any more.
    ///
    /// They stand in for another second factor, which the user has to have: `backup_codes_not_available` otherwise.
    pub fn regenerate(&self) -> Request<CreateBackupCodes, types::BackupCodes> {
        Request::new(self.acting.ask(clerk_fapi::Client::create_backup_codes))
    }
}
