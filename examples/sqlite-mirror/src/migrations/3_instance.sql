-- Whose things these are: what another instance does not know must not be taken away.
ALTER TABLE fills ADD COLUMN instance TEXT;
