"""The report among what was handed in, and what its figures and matrices are labelled with."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from grader import Evidence, MissingEvidence
from grader.checks import Document, Labelled, the_report
from grader.checks import TextRole as Role

SAYS_WHAT = re.compile(r"confusion|matrix|loss|learning[\s-]*rate|net[\s_-]*3", re.IGNORECASE)
SAYS_WHOSE = re.compile(r"learning[\s-]*rate|\blrs?\b|net|hw|homework|skip|bme|cifar|coco|\d[.e]", re.IGNORECASE)
TEMPLATE = Path(__file__).with_name("starter") / "report.md"
HOMEWORK = re.compile(r"hw[ _-]?0?5|homework[ _-]?0?5", re.IGNORECASE)


def report_path(evidence: Evidence) -> str:
    """The PDF that is the report: the one named after the homework, else the first. Raises MissingEvidence."""
    found = sorted(evidence.documents(), key=lambda path: (HOMEWORK.search(path) is None, path.count("/"), path))
    if found:
        return found[0]
    if evidence.submission.ambiguous or evidence.submission.problem:
        raise evidence.why_missing()
    raise MissingEvidence("expected the report hw5.pdf, found no PDF", hint="hand in hw5.pdf beside hw5.zip")


def report(evidence: Evidence) -> Document:
    """The report. Raises MissingEvidence: the student's fault if it is no PDF, ours if its text cannot be read."""
    return the_report(evidence, HOMEWORK, "the report hw5.pdf", TEMPLATE)


def label(item: Labelled) -> str:
    """What says what a figure or table shows: its caption, else the lines around it; the text in it, the heading."""
    if item.caption is not None and SAYS_WHOSE.search(item.caption.text):
        return f"{item.caption.text} {item.inside}"
    if item.caption is not None:
        return f"{item.caption.text} {item.inside} {item.heading}"
    below = "" if SAYS_WHAT.search(item.above) else item.below
    return f"{item.above} {below} {item.heading} {item.inside}"


def words_of(document: Document) -> Iterator[tuple[str, int]]:
    """Every piece of text in which a claim may stand, and its page: sentences, and lines that are no prose."""
    yield from ((sentence.text, sentence.page) for sentence in document.sentences)
    yield from ((caption.text, caption.page) for caption in document.captions)
    yield from (
        (line.text, line.page)
        for line in document.lines
        if line.role in (Role.HEADING, Role.TABLE, Role.CODE, Role.FIGURE_TEXT)
    )
