//! Which webhooks were handled, in the database that they change: also when several processes take them, and after a restart.

use std::time::Duration;

use clerk_ext::{
    BoxFuture, Error, ErrorKind, Timestamp,
    webhooks::{Claim, Dedupe, Lease},
};
use rusqlite::{OptionalExtension as _, Transaction, params};

use crate::database::Database;

/// Clerk's last attempt comes after about 28 hours.
const REMEMBERED: Duration = Duration::from_secs(2 * 24 * 3600);

/// Notes that a message is handled: in the transaction of what it changes, so that neither is there without the other.
pub(crate) fn note_done(transaction: &Transaction<'_>, id: &str) -> rusqlite::Result<()> {
    let mut note = transaction.prepare_cached(
        "INSERT INTO messages (id, holder, held_until, done_at) VALUES (?1, '', 0, ?2)
         ON CONFLICT (id) DO UPDATE SET done_at = excluded.done_at WHERE done_at IS NULL",
    )?;
    note.execute(params![id, Timestamp::now().as_millis()])?;
    Ok(())
}

/// The messages of one endpoint.
pub(crate) struct Messages(pub(crate) Database);

impl Messages {
    async fn change<T: Send + 'static>(
        &self,
        lease: &Lease,
        work: impl FnOnce(&Transaction<'_>, &Lease) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, Error> {
        let lease = lease.clone();
        let done = self.0.change(move |transaction| work(transaction, &lease)).await;
        done.map_err(|error| Error::new(ErrorKind::Storage, format!("{error:#}")))
    }
}

impl Dedupe for Messages {
    fn claim<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<Claim, Error>> {
        Box::pin(self.change(lease, |transaction, lease| {
            let now = Timestamp::now();
            let forgotten = (now - REMEMBERED).as_millis();
            transaction.prepare_cached("DELETE FROM messages WHERE done_at < ?1")?.execute([forgotten])?;
            let mut take = transaction.prepare_cached(
                "INSERT INTO messages (id, holder, held_until) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
                 WHERE done_at IS NULL AND (held_until <= ?4 OR holder = excluded.holder)",
            )?;
            let until = (now + lease.lasts()).as_millis();
            if take.execute(params![lease.id(), lease.holder(), until, now.as_millis()])? > 0 {
                return Ok(Claim::New);
            }
            let mut done = transaction.prepare_cached("SELECT done_at FROM messages WHERE id = ?1")?;
            let done: Option<Option<i64>> = done.query_row([lease.id()], |row| row.get(0)).optional()?;
            Ok(if done.flatten().is_some() { Claim::Done } else { Claim::Busy })
        }))
    }

    /// The handler has noted it already, with what it changed.
    fn finish<'a>(&'a self, _: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async { Ok(()) })
    }

    fn release<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(self.change(lease, |transaction, lease| {
            let mut release =
                transaction.prepare_cached("DELETE FROM messages WHERE id = ?1 AND holder = ?2 AND done_at IS NULL")?;
            release.execute([lease.id(), lease.holder()])?;
            Ok(())
        }))
    }
}

#[cfg(test)]
#[path = "messages_tests.rs"]
mod tests;
