-- Version 1. History is append-only: the triggers at the end refuse every change of a row.
-- Points are decimal text, so that a total never depends on binary rounding.

CREATE TABLE IF NOT EXISTS batch (
    id INTEGER PRIMARY KEY CHECK (id = 1),  -- one assignment, one gradebook
    assignment TEXT NOT NULL,
    seed TEXT NOT NULL,                     -- secret; text, because it may have more than 64 bits
    settings TEXT NOT NULL CHECK (json_valid(settings)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

CREATE TABLE IF NOT EXISTS student (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE IF NOT EXISTS attempt (
    id INTEGER PRIMARY KEY,
    student_id INTEGER NOT NULL REFERENCES student,
    number INTEGER NOT NULL CHECK (number >= 1),
    submission_sha256 TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    UNIQUE (student_id, number)
) STRICT;

-- One grading of an attempt. A regrade adds a revision; the earlier ones stay.
CREATE TABLE IF NOT EXISTS revision (
    id INTEGER PRIMARY KEY,
    attempt_id INTEGER NOT NULL REFERENCES attempt,
    number INTEGER NOT NULL CHECK (number >= 1),
    evidence_sha256 TEXT NOT NULL,
    submitted_at TEXT NOT NULL,
    folder TEXT NOT NULL,
    late_penalty TEXT NOT NULL,
    execution TEXT NOT NULL CHECK (json_valid(execution)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    UNIQUE (attempt_id, number)
) STRICT;

CREATE TABLE IF NOT EXISTS mark (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    position INTEGER NOT NULL,              -- the row's place in the rubric
    criterion TEXT NOT NULL,
    title TEXT NOT NULL,
    source TEXT NOT NULL CHECK (source IN ('check', 'person')),
    manual INTEGER NOT NULL CHECK (manual IN (0, 1)),
    outcome TEXT NOT NULL CHECK (outcome IN ('passed', 'partial', 'failed', 'ungraded')),
    credit TEXT NOT NULL,                   -- a fraction: '2/3'
    points TEXT CHECK (points GLOB '[0-9]*'),
    points_possible TEXT NOT NULL CHECK (points_possible GLOB '[0-9]*'),
    message TEXT NOT NULL,
    hint TEXT,
    details TEXT NOT NULL CHECK (json_valid(details)),
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    UNIQUE (revision_id, source, criterion),
    CHECK ((outcome = 'ungraded') = (points IS NULL))
) STRICT;

CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY,
    at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ')),
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail TEXT NOT NULL CHECK (json_valid(detail))
) STRICT;

CREATE VIEW IF NOT EXISTS current_grade AS
SELECT student.name AS student, batch.assignment, attempt.id AS attempt_id, attempt.number AS attempt,
       attempt.submission_sha256, revision.id AS revision_id, revision.number AS revision,
       revision.evidence_sha256, revision.submitted_at, revision.folder, revision.late_penalty,
       revision.execution
FROM student
JOIN batch
JOIN attempt ON attempt.student_id = student.id
    AND attempt.number = (SELECT max(number) FROM attempt WHERE student_id = student.id)
JOIN revision ON revision.attempt_id = attempt.id
    AND revision.number = (SELECT max(number) FROM revision WHERE attempt_id = attempt.id);

CREATE TRIGGER IF NOT EXISTS batch_stays BEFORE UPDATE ON batch
BEGIN SELECT RAISE(ABORT, 'batch is append-only'); END;
CREATE TRIGGER IF NOT EXISTS batch_kept BEFORE DELETE ON batch
BEGIN SELECT RAISE(ABORT, 'batch is append-only'); END;
CREATE TRIGGER IF NOT EXISTS student_stays BEFORE UPDATE ON student
BEGIN SELECT RAISE(ABORT, 'student is append-only'); END;
CREATE TRIGGER IF NOT EXISTS student_kept BEFORE DELETE ON student
BEGIN SELECT RAISE(ABORT, 'student is append-only'); END;
CREATE TRIGGER IF NOT EXISTS attempt_stays BEFORE UPDATE ON attempt
BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
CREATE TRIGGER IF NOT EXISTS attempt_kept BEFORE DELETE ON attempt
BEGIN SELECT RAISE(ABORT, 'attempt is append-only'); END;
CREATE TRIGGER IF NOT EXISTS revision_stays BEFORE UPDATE ON revision
BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END;
CREATE TRIGGER IF NOT EXISTS revision_kept BEFORE DELETE ON revision
BEGIN SELECT RAISE(ABORT, 'revision is append-only'); END;
CREATE TRIGGER IF NOT EXISTS mark_stays BEFORE UPDATE ON mark
BEGIN SELECT RAISE(ABORT, 'mark is append-only'); END;
CREATE TRIGGER IF NOT EXISTS mark_kept BEFORE DELETE ON mark
BEGIN SELECT RAISE(ABORT, 'mark is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_stays BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
