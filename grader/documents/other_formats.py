"""Reports in formats that are not read here, such as Word documents: a person can read them all the same."""

from __future__ import annotations

from pathlib import PurePosixPath

from grader.evidence import Evidence, MissingEvidence
from grader.intake.names import litter_root
from grader.words import counted

NOT_READ = {
    "Word document": "a Word document",
    "OpenDocument file": "an OpenDocument file",
    "iWork document": "an iWork document",
    "presentation": "a presentation",
    "old Office file": "an old Office file",
    "rich text": "a document in rich text format",
    "web page": "a web page",
}
# What was too large to be looked into is known by its name.
_BY_NAME = {
    ".doc": "old Office file",
    ".docx": "Word document",
    ".docm": "Word document",
    ".odt": "OpenDocument file",
    ".pages": "iWork document",
    ".pptx": "presentation",
    ".rtf": "rich text",
}
HINT = "read it, with macros switched off, and grade it by hand; or ask for a PDF"


def other_reports(evidence: Evidence) -> list[tuple[str, str]]:
    """Files that may be the report in another format, each with words for what it is; those nearest to the top first.

    Empty, damaged and locked files are none: nobody can read them.
    """
    record = evidence.submission
    found = [(file.path, NOT_READ[file.kind]) for file in record.files if file.kind in NOT_READ]
    unopened = [(one, _BY_NAME.get(PurePosixPath(one.path).suffix.lower())) for one in record.left_out]
    found += [(one.path, f"{NOT_READ[kind]} (left out: {one.why})") for one, kind in unopened if kind]
    listed = [(path, words) for path, words in found if litter_root(path.split("/")) is None]
    return sorted(listed, key=lambda one: (one[0].count("/"), one[0]))


def left_to_a_person(expected: str, reports: list[tuple[str, str]]) -> MissingEvidence:
    """That a report is there, which is not read here: what it lacks, nobody knows yet."""
    path, words = reports[0]
    more = f" and {counted(len(reports) - 1, 'other')}" if len(reports) > 1 else ""
    return MissingEvidence(
        f"expected {expected} as a PDF, found {path}{more}: {words}, not read here", ours=True, hint=HINT
    )
