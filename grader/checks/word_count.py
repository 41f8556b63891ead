"""Whether a report has as many words of prose as asked for, and what was not counted."""

from __future__ import annotations

from collections.abc import Callable

from grader.documents import COUNTED, Document, LineRole, the_report
from grader.evidence import Evidence
from grader.exhibit import Table
from grader.finding import Finding

Check = Callable[[Evidence], Finding]
NEAR = 0.05  # of a limit: two programs that count words differ by so much


def word_count(fewest: int, most: int, report: Callable[[Evidence], Document] = the_report) -> Check:
    """A check: from `fewest` to `most` words. Close to a limit, where programs count differently, a person decides."""

    def check(evidence: Evidence) -> Finding:
        return _judged(report(evidence), fewest, most)

    return check


def _judged(document: Document, fewest: int, most: int) -> Finding:
    count = document.prose_words
    counted = (_counts(document),)
    found = f"expected {fewest} to {most} words of prose, found {count}"
    if near := [limit for limit in (fewest, most) if abs(count - limit) <= NEAR * limit]:
        return Finding.ungraded(
            f"{found}, which is within {NEAR:.0%} of {near[0]}", "count in another program and decide", exhibits=counted
        )
    if unread := _not_read(document, short=count < fewest):
        return Finding.ungraded(f"{found}; {unread}", "read the pages that could not be read", exhibits=counted)
    if fewest <= count <= most:
        return Finding.passed(found, exhibits=counted)
    hint = "say more: of what you tried, what you saw and why" if count < fewest else "leave out what is not asked"
    return Finding.failed(found, hint, details=_told(document), exhibits=counted)


def _not_read(document: Document, *, short: bool) -> str | None:
    """What may hold more words, if those that are missing matter."""
    if document.stopped:
        return document.stopped
    if short and document.scanned_pages:
        pages = ", ".join(map(str, document.scanned_pages))
        return f"page {pages} shows an image that may hold text"
    return None


def _told(document: Document) -> tuple[str, ...]:
    hidden = document.word_counts[LineRole.HIDDEN]
    return (f"{hidden} words cannot be seen on the page (white, tiny or outside of it)",) if hidden else ()


def _counts(document: Document) -> Table:
    rows = [
        (role.value, str(document.word_counts[role]), "yes" if role in COUNTED else "no", _example(document, role))
        for role in LineRole
        if document.word_counts[role]
    ]
    return Table(
        "words",
        "Words of the report",
        "What was counted as prose and what was not, with the first words of each kind.",
        ("kind", "words", "counted", "begins with"),
        (*rows, ("counted in all", str(document.prose_words), "", "")),
    )


def _example(document: Document, role: LineRole) -> str:
    lines = document.of_role(role)
    text = lines[0].text if lines else " ".join(word.text for word in document.hidden[:8])
    return text[:50]
