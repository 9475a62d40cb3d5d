//! What is kept, and what becomes of it when something is told: the same in whatever order and however often it is told.

use clap::ValueEnum;
use clerk_ext::{
    Timestamp,
    webhooks::{Organization, OrganizationMembership, Payload, User},
};
use rusqlite::{Transaction, params};
use serde::Serialize;

/// The kinds of things that are kept, a table for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Table {
    Users,
    Organizations,
    Memberships,
}

impl Table {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Organizations => "organizations",
            Self::Memberships => "memberships",
        }
    }
}

/// A thing as Clerk describes it, in an event or in a list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) table: Table,
    pub(crate) id: String,
    /// What it is gone with: the user and the organization of a membership.
    owners: [Option<String>; 2],
    updated_at: i64,
    data: String,
}

impl Row {
    fn new(
        table: Table,
        id: &str,
        owners: [Option<String>; 2],
        updated_at: Option<Timestamp>,
        data: &impl Serialize,
    ) -> serde_json::Result<Self> {
        let updated_at = updated_at.map_or(0, Timestamp::as_millis);
        Ok(Self { table, id: id.to_owned(), owners, updated_at, data: serde_json::to_string(data)? })
    }

    pub(crate) fn user(user: &User) -> serde_json::Result<Self> {
        Self::new(Table::Users, user.id.as_str(), [None, None], user.updated_at, &user.raw)
    }

    pub(crate) fn organization(organization: &Organization) -> serde_json::Result<Self> {
        let id = organization.id.as_str();
        Self::new(Table::Organizations, id, [None, None], organization.updated_at, &organization.raw)
    }

    pub(crate) fn membership(membership: &OrganizationMembership) -> serde_json::Result<Self> {
        let user = membership.public_user_data.as_ref().map(|user| user.user_id.to_string());
        let organization = membership.organization.as_ref().map(|organization| organization.id.to_string());
        let id = membership.id.as_str();
        Self::new(Table::Memberships, id, [user, organization], membership.updated_at, &membership.raw)
    }
}

/// What an event says.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Is(Row),
    Gone(Table, String),
}

impl Change {
    /// Nothing, where the event is about something that is not kept.
    pub(crate) fn of(payload: &Payload) -> serde_json::Result<Option<Self>> {
        Ok(match payload {
            Payload::UserCreated(user) | Payload::UserUpdated(user) => Some(Self::Is(Row::user(user)?)),
            Payload::UserDeleted(user) => user.id.clone().map(|id| Self::Gone(Table::Users, id)),
            Payload::OrganizationCreated(organization) | Payload::OrganizationUpdated(organization) => {
                Some(Self::Is(Row::organization(organization)?))
            }
            Payload::OrganizationDeleted(organization) => {
                organization.id.clone().map(|id| Self::Gone(Table::Organizations, id))
            }
            Payload::OrganizationMembershipCreated(membership) | Payload::OrganizationMembershipUpdated(membership) => {
                Some(Self::Is(Row::membership(membership)?))
            }
            Payload::OrganizationMembershipDeleted(membership) => {
                Some(Self::Gone(Table::Memberships, membership.id.to_string()))
            }
            _ => None,
        })
    }

    pub(crate) fn apply(&self, transaction: &Transaction<'_>, told_at: Timestamp) -> rusqlite::Result<()> {
        match self {
            Self::Is(row) => store(transaction, row, told_at),
            Self::Gone(table, id) => remove(transaction, *table, id),
        }
    }
}

/// Keeps what was told of a thing at this time, unless what is kept is newer or the thing is gone.
///
/// The later of two states wins; of two that Clerk changed at the same time, the one that was told later. Two of the same
/// millisecond cannot be told apart: one of them wins, always the same, until a fill brings the truth. So the order in which
/// they come makes no difference.
pub(crate) fn store(transaction: &Transaction<'_>, row: &Row, told_at: Timestamp) -> rusqlite::Result<()> {
    let [user, organization] = &row.owners;
    let mut gone = transaction.prepare_cached("SELECT EXISTS (SELECT 1 FROM deleted WHERE id IN (?1, ?2, ?3))")?;
    if gone.query_one(params![row.id, user, organization], |row| row.get(0))? {
        return Ok(());
    }
    let mut upsert = transaction.prepare_cached(&format!(
        "INSERT INTO {} (id, updated_at, told_at, generation, data)
         VALUES (?1, ?2, ?3, (SELECT coalesce(max(generation), 0) FROM fills), ?4)
         ON CONFLICT (id) DO UPDATE SET
             updated_at = excluded.updated_at,
             told_at = excluded.told_at,
             generation = excluded.generation,
             data = excluded.data
         WHERE (excluded.updated_at, excluded.told_at, excluded.data) > (updated_at, told_at, data)",
        row.table.name()
    ))?;
    upsert.execute(params![row.id, row.updated_at, told_at.as_millis(), row.data])?;
    Ok(())
}

/// Takes a thing away for good, and the memberships that end with it.
pub(crate) fn remove(transaction: &Transaction<'_>, table: Table, id: &str) -> rusqlite::Result<()> {
    transaction.prepare_cached("INSERT INTO deleted (id) VALUES (?1) ON CONFLICT DO NOTHING")?.execute([id])?;
    transaction.prepare_cached(&format!("DELETE FROM {} WHERE id = ?1", table.name()))?.execute([id])?;
    // Clerk does not tell of each.
    let ended = match table {
        Table::Users => "DELETE FROM memberships WHERE user_id = ?1",
        Table::Organizations => "DELETE FROM memberships WHERE organization_id = ?1",
        Table::Memberships => return Ok(()),
    };
    transaction.prepare_cached(ended)?.execute([id])?;
    Ok(())
}

/// Some of what is kept of a kind, as ids and JSON in the order of ids: the first ones behind an id.
pub(crate) fn part(
    transaction: &Transaction<'_>,
    table: Table,
    behind: &str,
) -> rusqlite::Result<Vec<(String, String)>> {
    let sql = format!("SELECT id, data FROM {} WHERE id > ?1 ORDER BY id LIMIT 500", table.name());
    let mut rows = transaction.prepare_cached(&sql)?;
    rows.query_map([behind], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

#[cfg(test)]
#[path = "mirror_tests.rs"]
mod tests;
