use clerk_fapi::{backup_codes::CreateBackupCodes, types};

use super::acting::Acting;
use crate::request::Request;

/// Codes of a user that are each good once, for when no other second factor is at hand.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut ann = clerk_local::SeedUser::new("ann@example.com").password("test-hunter2-and-more");
/// # ann.backup_codes = vec!["test-backup-1".to_owned()];
/// # ann.totp_secret = Some("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ".to_owned());
/// # let local = clerk_local::LocalClerk::builder().seed(clerk_local::Seed::default().user(ann)).start().await?;
/// # let clerk = clerk_ext::frontend::Frontend::new(&local.publishable_key())?;
/// # use clerk_ext::frontend::SignIn;
/// # if let SignIn::NeedsFirstFactor(step) = clerk.sign_in().identifier("ann@example.com").await? {
/// #     let SignIn::NeedsSecondFactor(step) = step.password("test-hunter2-and-more").await? else { panic!() };
/// #     step.backup_code("test-backup-1").await?.session()?;
/// # }
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
