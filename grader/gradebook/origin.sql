-- Version 2. Where a submission came from, why points were taken off, and what a grade rests on.

ALTER TABLE revision ADD COLUMN late_reason TEXT NOT NULL DEFAULT '';
ALTER TABLE revision ADD COLUMN origin TEXT NOT NULL DEFAULT 'null' CHECK (json_valid(origin));

-- A digest of the checks, versions and terms that gave a revision; a further row says that others give the same.
CREATE TABLE IF NOT EXISTS basis (
    id INTEGER PRIMARY KEY,
    revision_id INTEGER NOT NULL REFERENCES revision,
    digest TEXT NOT NULL,
    created_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ'))
) STRICT;

DROP VIEW current_grade;
CREATE VIEW current_grade AS
SELECT student.name AS student, batch.assignment, attempt.id AS attempt_id, attempt.number AS attempt,
       attempt.submission_sha256, revision.id AS revision_id, revision.number AS revision,
       revision.evidence_sha256, revision.submitted_at, revision.folder, revision.late_penalty,
       revision.late_reason, revision.origin, revision.execution,
       (SELECT digest FROM basis WHERE revision_id = revision.id ORDER BY id DESC LIMIT 1) AS basis
FROM student
JOIN batch
JOIN attempt ON attempt.student_id = student.id
    AND attempt.number = (SELECT max(number) FROM attempt WHERE student_id = student.id)
JOIN revision ON revision.attempt_id = attempt.id
    AND revision.number = (SELECT max(number) FROM revision WHERE attempt_id = attempt.id);

CREATE INDEX IF NOT EXISTS basis_of_revision ON basis (revision_id);
CREATE TRIGGER IF NOT EXISTS basis_stays BEFORE UPDATE ON basis
BEGIN SELECT RAISE(ABORT, 'basis is append-only'); END;
CREATE TRIGGER IF NOT EXISTS basis_kept BEFORE DELETE ON basis
BEGIN SELECT RAISE(ABORT, 'basis is append-only'); END;
