"""What a person who grades sees: the sentences of a report that speak of a subject, with their pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from grader.documents import Document, LineRole, Sentence, any_of, the_report
from grader.evidence import Evidence
from grader.exhibit import Passage, Quote, Table
from grader.finding import Finding

Check = Callable[[Evidence], Finding]
MOST, LONGEST = 14, 400


def quotes(
    subject: str,
    patterns: Sequence[str],
    reasons: Sequence[str] = (),
    note: Callable[[], str] = str,
    report: Callable[[Evidence], Document] = the_report,
) -> Check:
    """Shows the sentences that match, those with the most `reasons` in them first, and a `note` for who grades."""

    def show(evidence: Evidence) -> Finding:
        document = report(evidence)
        found = sentences_on(document, patterns, reasons)
        return Finding.ungraded(
            f"{len(found)} sentences of the report speak of {subject}",
            details=tuple(filter(None, [note()])),
            exhibits=(quoted(document, found, subject),) if found else (),
        )

    return show


def sentences_on(document: Document, patterns: Sequence[str], reasons: Sequence[str] = ()) -> list[Sentence]:
    """The sentences that match, those that give reasons first."""
    found = [sentence for sentence in document.sentences if any_of(patterns, sentence.text)]
    given = {
        id(sentence): sum(bool(re.search(reason, sentence.text, re.IGNORECASE)) for reason in reasons)
        for sentence in found
    }
    return sorted(found, key=lambda sentence: -given[id(sentence)])[:MOST]


def quoted(document: Document, found: Sequence[Sentence], subject: str) -> Quote:
    """The sentences, word for word."""
    passages = tuple(Passage(sentence.text[:LONGEST], sentence.page) for sentence in found)
    title = f"What the report says of {subject}"
    return Quote(f"quotes-{subject.lower()}", title, "Sentences that give reasons come first.", document.path, passages)


def form(report: Callable[[Evidence], Document] = the_report) -> Check:
    """Shows what can be counted of a report's form."""

    def show(evidence: Evidence) -> Finding:
        table = _form(report(evidence))
        return Finding.ungraded("quality of writing, structure, use of figures, formatting", exhibits=(table,))

    return show


def _form(document: Document) -> Table:
    rows = (
        ("pages", str(document.page_count)),
        ("words of prose", str(document.prose_words)),
        ("headings", str(len(document.headings))),
        ("words of a sentence on average", f"{document.prose_words / max(1, len(document.sentences)):.0f}"),
        ("figures, captions", f"{len(document.figures)}, {len(document.captions)}"),
        ("references", "yes" if document.of_role(LineRole.REFERENCE) else "none found"),
    )
    return Table("form", "Form of the report", "Counted; how it reads is for a person.", ("", ""), rows)
