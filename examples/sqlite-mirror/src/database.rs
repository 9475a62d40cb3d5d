//! The file, its tables in their present form, and a way to it that blocks no other task.

use std::{fs::OpenOptions, path::Path, sync::Arc, time::Duration};

use anyhow::{Context as _, bail};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::{sync::Mutex, task::spawn_blocking};

/// How the tables came to be, one step after the other. A step that was released is never edited; a new one follows it.
const MIGRATIONS: [(u32, &str); 3] = [
    (1, include_str!("migrations/1_mirror.sql")),
    (2, include_str!("migrations/2_messages.sql")),
    (3, include_str!("migrations/3_instance.sql")),
];

/// How long one process waits for another that writes, such as the server for a fill.
const PATIENCE: Duration = Duration::from_secs(5);

/// The database; clones share one connection.
#[derive(Clone, Debug)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

impl Database {
    pub(crate) fn open(file: &Path) -> anyhow::Result<Self> {
        let shown = file.display();
        make_private(file).with_context(|| format!("{shown} cannot be made"))?;
        let connection = Connection::open(file).with_context(|| format!("{shown} cannot be opened"))?;
        Self::prepare(connection).with_context(|| format!("{shown} cannot be used"))
    }

    #[cfg(test)]
    pub(crate) fn in_memory() -> anyhow::Result<Self> {
        Self::prepare(Connection::open_in_memory()?)
    }

    fn prepare(mut connection: Connection) -> anyhow::Result<Self> {
        connection.busy_timeout(PATIENCE)?;
        // One process reads while another writes.
        connection.pragma_update(None, "journal_mode", "wal")?;
        // What Clerk was told that we have is on the disk, also if the power fails.
        connection.pragma_update(None, "synchronous", "full")?;
        migrate(&mut connection)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Does something in one transaction: all of it or nothing.
    ///
    /// It goes to its end also where nobody waits for it any more.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        // Waited for here, so that no more than one thread is ever occupied.
        let mut connection = Arc::clone(&self.0).lock_owned().await;
        let done = spawn_blocking(move || {
            // From the beginning as a writer: one that becomes it later can find that another was faster.
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let done = work(&transaction)?;
            transaction.commit()?;
            Ok::<T, rusqlite::Error>(done)
        });
        done.await?.context("the database refused")
    }
}

/// Makes the file where it is not there, for its owner alone; the files that SQLite puts beside it are as it is.
fn make_private(file: &Path) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file)?;
    Ok(())
}

fn migrate(connection: &mut Connection) -> anyhow::Result<()> {
    // Two processes may start at once: the second finds the work done.
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let newest = MIGRATIONS.iter().map(|(number, _)| *number).max().unwrap_or_default();
    if version > newest {
        bail!("it is of version {version}, and this program knows {newest} at most; use a newer program");
    }
    for (number, step) in MIGRATIONS.iter().filter(|(number, _)| *number > version) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", number)?;
    }
    transaction.commit()?;
    Ok(())
}
