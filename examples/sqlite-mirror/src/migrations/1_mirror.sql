-- What Clerk said last of each thing, whole; what is searched by is computed from it, so that a column more needs no second fill.
--
-- updated_at: when it was changed, by Clerk's clock. told_at: when that was told, for changes that updated_at leaves out, such as
-- that somebody signed in. generation: the last fill that saw it, or during which it came.

CREATE TABLE users (
    id TEXT NOT NULL PRIMARY KEY,
    updated_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    data TEXT NOT NULL,
    first_name TEXT AS (data ->> 'first_name'),
    last_name TEXT AS (data ->> 'last_name'),
    external_id TEXT AS (data ->> 'external_id')
) STRICT;

CREATE TABLE organizations (
    id TEXT NOT NULL PRIMARY KEY,
    updated_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    data TEXT NOT NULL,
    name TEXT AS (data ->> 'name'),
    slug TEXT AS (data ->> 'slug')
) STRICT;

-- A membership may come before its user or its organization: there are no foreign keys.
CREATE TABLE memberships (
    id TEXT NOT NULL PRIMARY KEY,
    updated_at INTEGER NOT NULL,
    told_at INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    data TEXT NOT NULL,
    user_id TEXT AS (data ->> '$.public_user_data.user_id'),
    organization_id TEXT AS (data ->> '$.organization.id'),
    role TEXT AS (data ->> 'role')
) STRICT;

CREATE INDEX memberships_by_user ON memberships (user_id);
CREATE INDEX memberships_by_organization ON memberships (organization_id);

-- Ids are never used again: what is deleted stays deleted, whatever comes late.
CREATE TABLE deleted (id TEXT NOT NULL PRIMARY KEY) STRICT, WITHOUT ROWID;

CREATE TABLE fills (
    generation INTEGER PRIMARY KEY,
    began_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;

CREATE VIEW email_addresses AS
SELECT
    users.id AS user_id,
    address.value ->> 'email_address' AS email_address,
    address.value ->> 'id' IS users.data ->> 'primary_email_address_id' AS is_primary
FROM users, json_each(users.data, '$.email_addresses') AS address;
