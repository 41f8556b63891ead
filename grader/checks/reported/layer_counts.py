"""How many layers a report says its network has."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.checks.reported.subjects import ReportSubjects, words_of
from grader.documents import Document


@dataclass(frozen=True)
class LayerCount:
    """A number that the report gives for its layers."""

    number: int
    page: int
    text: str


def layer_counts(document: Document, about: ReportSubjects) -> list[LayerCount]:
    """Numbers in sentences and lines that speak of how many layers, or parameter tensors, the network has."""
    found = []
    for said, page in words_of(document):
        text = about.without_borrowed(said)
        if _PROGRAM.search(text) and not re.search(r"num_layers|parameters\(\)", text):
            continue  # a program, not what it says
        if not re.search(r"layer|num_layers|parameter tensors|len\(list", text, re.IGNORECASE):
            continue
        for match in re.finditer(r"(?<![\d.,e×x^-])(\d{2,4})(?![\d.]*\d|\s?%|\s?[×x]\s?\d)", text):
            before = text[max(0, match.start() - 160) : match.start()]
            after = text[match.end() : match.end() + 60]
            if _is_threshold(before) or not _is_layer_count(before, after) or _is_earlier(text, match.start(), about):
                continue
            found.append(LayerCount(int(match[1]), page, text[:300]))
    return list({(one.number, one.page): one for one in found}.values())


_PROGRAM = re.compile(r"\bdef \w+\(|self\.|^\s*[\w.]+\s?=\s?\S")
_IS = re.compile(
    r"number of (?:\w+ ){0,3}layers\b[^.;]{0,120}\b(?:is|are|was|equals|to be|equal to)[\s:]*$", re.IGNORECASE
)
_NAME = re.compile(r"\b[A-Za-z_]+\d+\w*")  # HW5Net, conv1


def _is_earlier(text: str, at: int, about: ReportSubjects) -> bool:
    """Whether the earlier network was named last before a number, or right after it: `28 in Net3`."""
    name = about.earlier
    if re.match(rf"\d+\s+(?:\w+\s+){{0,2}}(?:in|of|for)\s+(?:{name.pattern})", text[at:], re.IGNORECASE):
        return True
    return name.search(text[:at]) is not None and about.number_of_earlier(text, at)


def _is_threshold(before: str) -> bool:
    return bool(
        re.search(r"(?:at least|more than|over|exceed\w*|minimum of|required|>=?|≥)\s*$", before, re.IGNORECASE)
    )


_OTHER_THINGS = re.compile(
    r"\s*(?:\w+[\s-]){0,2}(?:epochs?|images?|\w*blocks?|instances|channels|iterations|steps|times|classes|pixels|convolutions"
    r"|points|percent|units|neurons)\b",
    re.IGNORECASE,
)


def _is_layer_count(before: str, after: str) -> bool:
    words = r"(?:layers?|num_layers|parameter tensors|parameters\(\)\)+)[^.;\d]{0,45}$"
    before = _NAME.sub("name", before)
    leads = (re.search(words, before, re.IGNORECASE) or _IS.search(before)) and not _OTHER_THINGS.match(after)
    follows = re.match(r"\s*(?:\w+[\s-]+){0,3}(?:layers|parameter tensors)", after, re.IGNORECASE)
    return bool(leads or follows)
