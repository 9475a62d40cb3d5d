//! The tickets with which one person signs in as another.

use clap::Args;
use clerk_ext::{
    ErrorKind,
    backend::{Backend, User},
};

use crate::Result;

#[derive(Args)]
pub(crate) struct Link {
    /// Who will act: a user of your own, by id or address
    #[arg(long, value_name = "USER")]
    staff: String,
    /// For whom, by id or address
    #[arg(long)]
    user: String,
    /// For how many minutes the link is good
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// After how many minutes the session ends that begins with it
    #[arg(long, value_name = "MINUTES", default_value_t = 30)]
    session_minutes: u32,
}

impl Link {
    pub(crate) async fn make(&self) -> Result {
        let backend = Backend::from_env()?;
        let staff = found(&backend, &self.staff).await?;
        let user = found(&backend, &self.user).await?;
        if staff.id == user.id {
            return Err("nobody acts for themselves: --staff and --user are the same person".into());
        }
        let ticket = backend
            .actor_tokens()
            .create(&user.id, &staff.id)
            .expires_in_seconds(i64::from(self.minutes) * 60)
            .session_max_duration_in_seconds(i64::from(self.session_minutes) * 60)
            .await?;
        println!("actor token {}: good for {} minutes, and once", ticket.id, self.minutes);
        let url = ticket.url.ok_or("Clerk said no address to open with that actor token; revoke it and try again")?;
        // A window of its own, or it would take the place of whoever is signed in there.
        println!("open in a private window: {}", url.expose());
        Ok(())
    }
}

/// A session that has begun goes on, until its minutes are over or `backend.sessions().revoke(…)` ends it.
pub(crate) async fn revoke(id: &str) -> Result {
    Backend::from_env()?.actor_tokens().revoke(id).await?;
    println!("actor token {id}: revoked, nobody signs in with it any more");
    Ok(())
}

/// A user, by id or address.
async fn found(backend: &Backend, name: &str) -> Result<User> {
    let user = if name.contains('@') {
        backend.users().list().email_address([name]).stream().try_next().await?
    } else {
        match backend.users().get(name).await {
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            user => Some(user?),
        }
    };
    user.ok_or_else(|| format!("there is no user {name}").into())
}
