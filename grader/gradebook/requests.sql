-- Version 7. What students ask to be looked at again, and the answers.

CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    criterion TEXT NOT NULL,
    words TEXT NOT NULL CHECK (words <> ''),
    asked_at TEXT NOT NULL,
    points TEXT CHECK (points GLOB '[0-9]*'),  -- what the criterion had then; NULL: it was open
    author TEXT NOT NULL CHECK (author <> ''),  -- who brought it in
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    UNIQUE (attempt_id, criterion, words)
) STRICT;

-- Of several answers the last one holds.
CREATE TABLE IF NOT EXISTS answer (
    id INTEGER PRIMARY KEY,
    request_id INTEGER NOT NULL REFERENCES request,
    words TEXT NOT NULL CHECK (words <> ''),
    author TEXT NOT NULL CHECK (author <> ''),
    hand_mark_id INTEGER REFERENCES hand_mark,  -- NULL: the points stay as they are
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE INDEX IF NOT EXISTS request_of_attempt ON request (attempt_id);
CREATE INDEX IF NOT EXISTS answer_to_request ON answer (request_id);
CREATE TRIGGER IF NOT EXISTS request_stays BEFORE UPDATE ON request
BEGIN SELECT RAISE(ABORT, 'request is append-only'); END;
CREATE TRIGGER IF NOT EXISTS request_kept BEFORE DELETE ON request
BEGIN SELECT RAISE(ABORT, 'request is append-only'); END;
CREATE TRIGGER IF NOT EXISTS answer_stays BEFORE UPDATE ON answer
BEGIN SELECT RAISE(ABORT, 'answer is append-only'); END;
CREATE TRIGGER IF NOT EXISTS answer_kept BEFORE DELETE ON answer
BEGIN SELECT RAISE(ABORT, 'answer is append-only'); END;
