-- Version 5. Marking on a page: items of a rubric, what a mark was made of, comments at a place of the work, and
-- clicks, each of which counts once.

-- Every version of an item: the last row of an `item` is the one that holds.
CREATE TABLE IF NOT EXISTS item (
    id INTEGER PRIMARY KEY,
    item INTEGER NOT NULL,
    criterion TEXT NOT NULL,
    words TEXT NOT NULL CHECK (words <> ''),
    points TEXT NOT NULL CHECK (points GLOB '[0-9]*' OR points GLOB '-[0-9]*'),
    retired INTEGER NOT NULL DEFAULT 0 CHECK (retired IN (0, 1)),
    author TEXT NOT NULL CHECK (author <> ''),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE TABLE IF NOT EXISTS mark_made_of (
    hand_mark_id INTEGER PRIMARY KEY REFERENCES hand_mark,
    items TEXT NOT NULL CHECK (json_valid(items)),   -- numbers of items
    remark TEXT NOT NULL,
    own_points INTEGER NOT NULL CHECK (own_points IN (0, 1))  -- given as a number, whatever the items say
) STRICT;

-- A comment is changed by a row that replaces it, and taken back by one without words.
CREATE TABLE IF NOT EXISTS comment (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    criterion TEXT NOT NULL,
    place TEXT NOT NULL CHECK (json_valid(place)),
    words TEXT NOT NULL,
    author TEXT NOT NULL CHECK (author <> ''),
    replaces INTEGER UNIQUE REFERENCES comment,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE TABLE IF NOT EXISTS click (
    key TEXT PRIMARY KEY CHECK (key <> ''),
    author TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE INDEX IF NOT EXISTS comment_of_attempt ON comment (attempt_id);
CREATE TRIGGER IF NOT EXISTS item_stays BEFORE UPDATE ON item
BEGIN SELECT RAISE(ABORT, 'item is append-only'); END;
CREATE TRIGGER IF NOT EXISTS item_kept BEFORE DELETE ON item
BEGIN SELECT RAISE(ABORT, 'item is append-only'); END;
CREATE TRIGGER IF NOT EXISTS mark_made_of_stays BEFORE UPDATE ON mark_made_of
BEGIN SELECT RAISE(ABORT, 'mark_made_of is append-only'); END;
CREATE TRIGGER IF NOT EXISTS mark_made_of_kept BEFORE DELETE ON mark_made_of
BEGIN SELECT RAISE(ABORT, 'mark_made_of is append-only'); END;
CREATE TRIGGER IF NOT EXISTS comment_stays BEFORE UPDATE ON comment
BEGIN SELECT RAISE(ABORT, 'comment is append-only'); END;
CREATE TRIGGER IF NOT EXISTS comment_kept BEFORE DELETE ON comment
BEGIN SELECT RAISE(ABORT, 'comment is append-only'); END;
CREATE TRIGGER IF NOT EXISTS click_stays BEFORE UPDATE ON click
BEGIN SELECT RAISE(ABORT, 'click is append-only'); END;
CREATE TRIGGER IF NOT EXISTS click_kept BEFORE DELETE ON click
BEGIN SELECT RAISE(ABORT, 'click is append-only'); END;
