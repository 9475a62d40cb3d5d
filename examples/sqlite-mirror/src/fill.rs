//! Reads all there is: the first fill, and the repair of whatever was missed, also while the server runs.
//!
//! A fill begins a new generation. What it reads gets it, and so does what the server stores meanwhile. What has an older one in
//! the end was not seen. Each of these is asked for once more, because a list that is walked by offset skips something when
//! something before it is deleted; only what Clerk does not know is taken away. What was skipped and was never told of either
//! comes with the next fill.

use std::{
    collections::{BTreeMap, HashSet},
    io::{self, Write as _},
};

use anyhow::{Context as _, bail};
use clerk_ext::{
    ErrorKind, Page, Timestamp,
    backend::{Backend, FromAnswer, List, ListCall},
};
use rusqlite::{OptionalExtension as _, params};

use crate::{
    database::Database,
    mirror::{self, Row, Table},
};

/// The most that the API gives at once.
const PAGE_SIZE: u32 = 500;

/// How many ids a filter takes.
const IDS: usize = 100;

pub(crate) async fn fill(database: &Database) -> anyhow::Result<()> {
    let clerk = Backend::from_env()?;
    let instance = clerk.instance_settings().get().await.context("the instance cannot be asked for its id")?.id;
    let began_at = Timestamp::now();
    let begun = database.change(move |transaction| {
        let sql = "INSERT INTO fills (began_at, instance)
                   SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM fills WHERE instance <> ?2) RETURNING generation";
        transaction.query_row(sql, params![began_at.as_millis(), instance.as_str()], |row| row.get(0)).optional()
    });
    // An instance that knows nobody of here would have everybody taken away for good.
    let Some(generation) = begun.await? else {
        bail!("the database is of another instance than CLERK_SECRET_KEY; give another --database");
    };
    let fill = Fill { clerk, database, generation, began_at };
    fill.users().await.context("the users are not filled; run it again")?;
    fill.organizations().await.context("the organizations are not filled; run it again")?;
    fill.memberships().await.context("the memberships are not filled; run it again")?;
    let generation = fill.generation;
    let ended = database.change(move |transaction| {
        let sql = "UPDATE fills SET ended_at = ?2 WHERE generation = ?1";
        transaction.execute(sql, [generation, Timestamp::now().as_millis()])
    });
    ended.await?;
    Ok(())
}

struct Fill<'d> {
    clerk: Backend,
    database: &'d Database,
    generation: i64,
    began_at: Timestamp,
}

impl Fill<'_> {
    async fn users(&self) -> anyhow::Result<()> {
        let list = || self.clerk.users().list();
        // By key, the oldest first: nobody is skipped, and whoever signs up meanwhile comes at the end.
        let read = self.walk(list().order_by("created_at"), Row::user).await?;
        let mut removed = 0;
        for ids in self.unseen(Table::Users).await?.chunks(IDS) {
            let known = list().user_id(ids).page_size(PAGE_SIZE).page().await?;
            removed += self.settle(Table::Users, ids, rows(&known, Row::user)?).await?;
        }
        tell(Table::Users, read, removed);
        Ok(())
    }

    async fn organizations(&self) -> anyhow::Result<()> {
        let list = || self.clerk.organizations().list();
        let read = self.walk(list().order_by("created_at"), Row::organization).await?;
        let mut removed = 0;
        for ids in self.unseen(Table::Organizations).await?.chunks(IDS) {
            let known = list().organization_id(ids).page_size(PAGE_SIZE).page().await?;
            removed += self.settle(Table::Organizations, ids, rows(&known, Row::organization)?).await?;
        }
        tell(Table::Organizations, read, removed);
        Ok(())
    }

    async fn memberships(&self) -> anyhow::Result<()> {
        let memberships = self.clerk.organization_memberships();
        let read = self.walk(memberships.list_all().order_by("created_at"), Row::membership).await?;
        let mut removed = 0;
        for (organization, unseen) in self.unseen_memberships().await? {
            for unseen in unseen.chunks(IDS) {
                let (ids, users): (Vec<String>, Vec<String>) = unseen.iter().cloned().unzip();
                let list = memberships.list(organization.as_str()).user_id(users);
                let known = match list.page_size(PAGE_SIZE).page().await {
                    Err(error) if error.kind() == ErrorKind::NotFound => Page::default(),
                    known => known?,
                };
                removed += self.settle(Table::Memberships, &ids, rows(&known, Row::membership)?).await?;
            }
        }
        tell(Table::Memberships, read, removed);
        Ok(())
    }

    /// Keeps all that is in a list, a page in one transaction, and says how many there are.
    async fn walk<C: ListCall, T: FromAnswer<C::Item>>(
        &self,
        list: List<C, T>,
        row: impl Fn(&T) -> serde_json::Result<Row>,
    ) -> anyhow::Result<usize> {
        let mut pages = list.page_size(PAGE_SIZE).pages();
        let mut read = 0;
        while let Some(page) = pages.try_next().await? {
            read += page.data.len();
            self.keep(rows(&page, &row)?).await?;
        }
        Ok(read)
    }

    async fn keep(&self, rows: Vec<Row>) -> anyhow::Result<()> {
        let Self { generation, began_at, .. } = *self;
        let kept = self.database.change(move |transaction| {
            for row in rows {
                mirror::store(transaction, &row, began_at)?;
                // Also where what is kept is newer: it was seen.
                let sql = format!("UPDATE {} SET generation = ?2 WHERE id = ?1 AND generation < ?2", row.table.name());
                transaction.prepare_cached(&sql)?.execute(params![row.id, generation])?;
            }
            Ok(())
        });
        kept.await
    }

    /// What neither this walk nor an event during it told of.
    async fn unseen(&self, table: Table) -> anyhow::Result<Vec<String>> {
        let generation = self.generation;
        let unseen = self.database.change(move |transaction| {
            let mut ids = transaction.prepare(&format!("SELECT id FROM {} WHERE generation < ?1", table.name()))?;
            ids.query_map([generation], |row| row.get(0))?.collect()
        });
        unseen.await
    }

    /// Each with its user, by organization, as they can be asked for.
    async fn unseen_memberships(&self) -> anyhow::Result<BTreeMap<String, Vec<(String, String)>>> {
        let generation = self.generation;
        let unseen = self.database.change(move |transaction| {
            let mut found = transaction.prepare(
                "SELECT organization_id, id, user_id FROM memberships
                 WHERE generation < ?1 AND organization_id IS NOT NULL AND user_id IS NOT NULL",
            )?;
            let mut memberships = BTreeMap::<String, Vec<_>>::new();
            let mut found = found.query([generation])?;
            while let Some(row) = found.next()? {
                memberships.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?));
            }
            Ok(memberships)
        });
        unseen.await
    }

    /// Keeps what Clerk knows of these after all, takes the others away, and says how many they were.
    async fn settle(&self, table: Table, ids: &[String], known: Vec<Row>) -> anyhow::Result<usize> {
        let there: HashSet<&String> = known.iter().map(|row| &row.id).collect();
        let gone: Vec<String> = ids.iter().filter(|id| !there.contains(id)).cloned().collect();
        self.keep(known).await?;
        let generation = self.generation;
        let removed = self.database.change(move |transaction| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM {} WHERE id = ?1 AND generation < ?2)", table.name());
            let mut removed = 0;
            for id in gone {
                // An event may have told of it since it was looked for.
                if transaction.prepare_cached(&sql)?.query_one(params![id, generation], |row| row.get(0))? {
                    mirror::remove(transaction, table, &id)?;
                    removed += 1;
                }
            }
            Ok(removed)
        });
        removed.await
    }
}

/// Says what was done. Where nobody listens any more the fill goes on.
fn tell(table: Table, read: usize, removed: usize) {
    let _ = writeln!(io::stdout(), "{}: {read} read, {removed} removed", table.name());
}

fn rows<T>(page: &Page<T>, row: impl Fn(&T) -> serde_json::Result<Row>) -> serde_json::Result<Vec<Row>> {
    page.data.iter().map(row).collect()
}
