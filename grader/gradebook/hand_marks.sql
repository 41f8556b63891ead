-- Version 3. Marks by a person, for good: the last one on an attempt's criterion counts, the earlier ones stay.

CREATE TABLE IF NOT EXISTS hand_mark (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    criterion TEXT NOT NULL,
    points TEXT NOT NULL CHECK (points GLOB '[0-9]*'),
    author TEXT NOT NULL CHECK (author <> ''),
    reason TEXT NOT NULL CHECK (reason <> ''),
    at TEXT NOT NULL,
    previous TEXT CHECK (previous GLOB '[0-9]*'),  -- NULL: no points were given before
    previous_author TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE INDEX IF NOT EXISTS hand_mark_of_attempt ON hand_mark (attempt_id);
CREATE TRIGGER IF NOT EXISTS hand_mark_stays BEFORE UPDATE ON hand_mark
BEGIN SELECT RAISE(ABORT, 'hand_mark is append-only'); END;
CREATE TRIGGER IF NOT EXISTS hand_mark_kept BEFORE DELETE ON hand_mark
BEGIN SELECT RAISE(ABORT, 'hand_mark is append-only'); END;
