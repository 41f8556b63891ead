"""What a person who grades sees: the sentences that speak of a criterion's subject, with their pages."""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.documents import Document, Role, Sentence
from grader.evidence import Evidence
from grader.exhibit import Passage, Quote, Table
from grader.finding import Finding

from .figures import any_of
from .measured import answer
from .report import the_report

RESNET = (
    r"res-?\s?net",
    r"\bresidual",
    r"skip connection",
    r"shortcut",
    r"identity (?:mapping|path|connection)",
    "残差",
    "跳跃",
)
RELU = (r"\brelu\b", r"rectif", r"dying", r"dead (?:unit|neuron)", "修正线性")
WHY = (r"because", r"since\b", r"due to", r"\btherefore", r"derivative", r"gradient", r"multipl", r"vanish",
       r"identity", r"satur", r"\bflow", r"chain rule", r"back-?\s?prop", "梯度")  # fmt: skip
_COUNT = r"(?:\d+|number of|more|fewer|deeper|ten|twelve|twenty|thirty|fifty|hundred) (?:\w+ )?(?:layers|blocks)"
DEPTH = (_COUNT, r"(?:layers|blocks)\b.*\b\d+", r"maximum (?:number|depth)", r"\bhow (?:deep|many layers)", r"\d+ ?层")
MOST, LONGEST = 14, 400


def resnet(evidence: Evidence) -> Finding:
    """The sentences that explain why ResNet can be deep, likeliest first."""
    return _shown(the_report(evidence), RESNET, "ResNet")


def relu(evidence: Evidence) -> Finding:
    """The sentences on ReLU. Measured: at width 5 and 30 layers ReLU alone does not help."""
    note = "measured by us: {}; grade whether the report fits its own figures"
    ours = "; ".join(line for line in answer() if "ReLU" in line and line.startswith("FFNet"))
    return _shown(the_report(evidence), RELU, "ReLU", note.format(ours))


def sentences_on(document: Document, patterns: Sequence[str]) -> list[Sentence]:
    """The sentences that match, those that give reasons first."""
    found = [sentence for sentence in document.sentences if any_of(patterns, sentence.text)]
    reasons = {
        id(sentence): len([1 for pattern in WHY if re.search(pattern, sentence.text, re.IGNORECASE)])
        for sentence in found
    }
    return sorted(found, key=lambda sentence: -reasons[id(sentence)])[:MOST]


def _shown(document: Document, patterns: Sequence[str], subject: str, note: str = "") -> Finding:
    found = sentences_on(document, patterns)
    message = f"{len(found)} sentences of the report speak of {subject}"
    return Finding.ungraded(
        message, details=(note,) if note else (), exhibits=(quoted(document, found, subject),) if found else ()
    )


def quoted(document: Document, found: Sequence[Sentence], subject: str) -> Quote:
    """The sentences, word for word."""
    passages = tuple(Passage(sentence.text[:LONGEST], sentence.page) for sentence in found)
    title = f"What the report says of {subject}"
    return Quote(f"quotes-{subject.lower()}", title, "Sentences that give reasons come first.", document.path, passages)


def clarity(evidence: Evidence) -> Finding:
    """What can be counted of the report's form."""
    document = the_report(evidence)
    rows = (
        ("pages", str(document.page_count)),
        ("words of prose", str(document.prose_words)),
        ("headings", str(len(document.headings))),
        ("words of a sentence on average", f"{document.prose_words / max(1, len(document.sentences)):.0f}"),
        ("figures, captions", f"{len(document.figures)}, {len(document.captions)}"),
        ("references", "yes" if document.of_role(Role.REFERENCE) else "none found"),
    )
    table = Table("form", "Form of the report", "Counted; how it reads is for a person.", ("", ""), rows)
    return Finding.ungraded("quality of writing, structure, use of figures, formatting", exhibits=(table,))
