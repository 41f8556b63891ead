"""Whether a report is the course's own template, left as it was."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache
from pathlib import Path

from grader.collect.templates import UNTOUCHED
from grader.documents.document import Document
from grader.evidence import Evidence, MissingEvidence

SAME = 0.97  # of a report's words: so many are the template's, if it adds nothing
HINT = "write the report: what stands in the template are places for your own words"


def not_attempted(evidence: Evidence, document: Document | None, template: Path) -> MissingEvidence | None:
    """What to say of a report that is the template: the PDF that was made of it, or its text itself."""
    if not template.is_file():
        return None
    if document is not None:
        same = _adds_nothing(document, template)
        return MissingEvidence(f"not attempted: {document.path} is {UNTOUCHED}", hint=HINT) if same else None
    digests = _digests(template)
    left = next((file.path for file in evidence.submission.files if file.sha256 in digests), None)
    return MissingEvidence(f"not attempted: {left} is {UNTOUCHED}", hint=HINT) if left else None


def _adds_nothing(document: Document, template: Path) -> bool:
    """Whether nearly all words are the template's, and nothing is shown."""
    if document.figures or document.images:
        return False
    words = _words(document.text)
    known = _known(template)
    return bool(words) and sum(word in known for word in words) >= SAME * len(words)


@lru_cache(maxsize=8)
def _known(template: Path) -> frozenset[str]:
    return frozenset(_words(template.read_text("utf-8")))


@lru_cache(maxsize=8)
def _digests(template: Path) -> frozenset[str]:
    """Of the file with either kind of line ends."""
    plain = template.read_bytes().replace(b"\r\n", b"\n")
    return frozenset(hashlib.sha256(content).hexdigest() for content in (plain, plain.replace(b"\n", b"\r\n")))


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.lower())
