-- Version 6. Marks that are looked at twice: which ones were drawn, what a second person gave without seeing the first,
-- and examples to practise on.

CREATE TABLE IF NOT EXISTS drawn (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    criterion TEXT NOT NULL,
    hand_mark_id INTEGER NOT NULL UNIQUE REFERENCES hand_mark,  -- the first mark, as it was when it was drawn
    seed TEXT NOT NULL,
    author TEXT NOT NULL CHECK (author <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE TABLE IF NOT EXISTS second_mark (
    id INTEGER PRIMARY KEY,
    drawn_id INTEGER NOT NULL REFERENCES drawn,
    points TEXT NOT NULL CHECK (points GLOB '[0-9]*'),
    reason TEXT NOT NULL,
    author TEXT NOT NULL CHECK (author <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    UNIQUE (drawn_id, author)
) STRICT;

CREATE TABLE IF NOT EXISTS example (
    id INTEGER PRIMARY KEY,
    hand_mark_id INTEGER NOT NULL UNIQUE REFERENCES hand_mark,  -- the mark that was agreed on
    author TEXT NOT NULL CHECK (author <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE TABLE IF NOT EXISTS practice_mark (
    id INTEGER PRIMARY KEY,
    example_id INTEGER NOT NULL REFERENCES example,
    points TEXT NOT NULL CHECK (points GLOB '[0-9]*'),
    author TEXT NOT NULL CHECK (author <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE INDEX IF NOT EXISTS second_mark_of_drawn ON second_mark (drawn_id);
CREATE TRIGGER IF NOT EXISTS drawn_stays BEFORE UPDATE ON drawn
BEGIN SELECT RAISE(ABORT, 'drawn is append-only'); END;
CREATE TRIGGER IF NOT EXISTS drawn_kept BEFORE DELETE ON drawn
BEGIN SELECT RAISE(ABORT, 'drawn is append-only'); END;
CREATE TRIGGER IF NOT EXISTS second_mark_stays BEFORE UPDATE ON second_mark
BEGIN SELECT RAISE(ABORT, 'second_mark is append-only'); END;
CREATE TRIGGER IF NOT EXISTS second_mark_kept BEFORE DELETE ON second_mark
BEGIN SELECT RAISE(ABORT, 'second_mark is append-only'); END;
CREATE TRIGGER IF NOT EXISTS example_stays BEFORE UPDATE ON example
BEGIN SELECT RAISE(ABORT, 'example is append-only'); END;
CREATE TRIGGER IF NOT EXISTS example_kept BEFORE DELETE ON example
BEGIN SELECT RAISE(ABORT, 'example is append-only'); END;
CREATE TRIGGER IF NOT EXISTS practice_mark_stays BEFORE UPDATE ON practice_mark
BEGIN SELECT RAISE(ABORT, 'practice_mark is append-only'); END;
CREATE TRIGGER IF NOT EXISTS practice_mark_kept BEFORE DELETE ON practice_mark
BEGIN SELECT RAISE(ABORT, 'practice_mark is append-only'); END;
