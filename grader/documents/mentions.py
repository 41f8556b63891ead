"""Where a text speaks of numbered figures, tables and listings."""

from __future__ import annotations

import re
from dataclasses import dataclass

from grader.documents.labels import NUMBER, WORDS, Kind, normal_number

_MENTION = {
    kind: re.compile(
        rf"(?<![A-Za-z])({words})\s*\(?\s*((?:{NUMBER})(?:\s?\(?[a-h]\)?(?![A-Za-z]))?"
        rf"(?:\s*(?:,|and|&|or|to|-|–|—|,\s*and|和|、|至)\s*(?:{words})?\s*(?:{NUMBER})(?:\s?\(?[a-h]\)?(?![A-Za-z]))?)*)",
        re.IGNORECASE,
    )
    for kind, words in WORDS.items()
}


@dataclass(frozen=True)
class Mention:
    """A place in the running text that speaks of a numbered figure, table or listing."""

    kind: Kind
    number: str
    page: int
    sentence: str


def mentions(text: str, page: int) -> list[Mention]:
    """The numbered figures, tables and listings that a sentence speaks of."""
    return [
        Mention(kind, number, page, text)
        for kind, pattern in _MENTION.items()
        for found in pattern.finditer(text)
        for number in _numbers(found[2], several=found[1].lower().rstrip(".").endswith("s"))
    ]


def _numbers(text: str, *, several: bool) -> list[str]:
    """The numbers named in `3, 4 and 6`; in `2-5`, one number in "Figure 2-5", four of them in "Figures 2-5"."""
    text = re.sub(r"(?<=\d)-(?=\d)", " - ", text) if several else text
    found = re.findall(NUMBER, text)
    numbers = [normal_number(number) for number in found]
    spans = re.findall(r"(\d+)\s*(?:-|–|—|to|至)\s*(?:[A-Za-z]+\.?\s*)?(\d+)", text)
    for first, last in spans:
        if 0 < int(last) - int(first) < 30:
            numbers += [str(number) for number in range(int(first) + 1, int(last))]
    return numbers
