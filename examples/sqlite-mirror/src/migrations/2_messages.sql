-- Which webhooks were handled, or are being handled, by whom and until when at most.
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    held_until INTEGER NOT NULL,
    done_at INTEGER
) STRICT;

CREATE INDEX messages_by_done_at ON messages (done_at);
