"""One source of the numbers of figures, tables, listings and the rest: for captions, text and links alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from grader.report.model import ReportError

Kind = Literal["Figure", "Table", "Listing", "Quote", "Equation", "Section"]


@dataclass(frozen=True)
class IndexEntry:
    """A line of the list of figures."""

    label: str
    kind: Kind
    number: int
    title: str


@dataclass
class Numbering:
    """Gives numbers in the order of `define`; then `ref` links to them and `check` finds what is missing."""

    _entries: dict[str, IndexEntry] = field(default_factory=dict)
    _cited: set[str] = field(default_factory=set)
    _on_paper: int | None = None

    def define(self, label: str, kind: Kind, title: str = "") -> int:
        """The next number of its kind. Raises ReportError for a label that is taken or no plain word."""
        if not re.fullmatch(r"[a-z][a-zA-Z0-9_-]*", label):
            raise ReportError(f"label: expected letters, digits, - and _, found {label!r}")
        if label in self._entries:
            raise ReportError(f"label {label!r}: expected once, found twice")
        number = 1 + sum(known.kind == kind for known in self._entries.values())
        self._entries[label] = IndexEntry(label, kind, number, title)
        return number

    def number(self, label: str) -> int:
        """The number that `label` was given. Raises ReportError if it was never defined."""
        return self._entry(label).number

    def ref(self, label: str, *, page: bool = False) -> Markup:
        """A link such as “Figure 3”; with `page`, the page number follows it."""
        self._cited.add(label)
        return self._link(self._entry(label), page=page)

    def refs(self, labels: tuple[str, ...]) -> Markup:
        """Links joined as in a sentence: “Figure 1, Figure 2 and Table 3”."""
        links = [self.ref(label) for label in labels]
        if len(links) < 2:
            return Markup("").join(links)
        return Markup("{} and {}").format(Markup(", ").join(links[:-1]), links[-1])

    def end_of_paper(self) -> None:
        """What is defined from here on is not on paper: the list leaves it out."""
        self._on_paper = len(self._entries)

    def listed(self) -> list[tuple[Markup, str]]:
        """The list of figures, tables and the rest: a link with its page, and the title."""
        kinds = ("Figure", "Table", "Listing", "Quote", "Equation")
        known = list(self._entries.values())[: self._on_paper]
        shown = sorted((one for one in known if one.kind in kinds), key=lambda e: kinds.index(e.kind))
        return [(self._link(one, page=True), one.title) for one in shown]

    def is_cited(self, label: str) -> bool:
        """Whether the text refers to it."""
        return label in self._cited

    def check(self) -> None:
        """Raises ReportError if a figure, table or listing is never referred to."""
        every = self._entries.values()
        silent = [one.label for one in every if one.kind != "Section" and one.label not in self._cited]
        if silent:
            raise ReportError(f"never referred to in the text: {', '.join(silent)}")

    def _entry(self, label: str) -> IndexEntry:
        if label not in self._entries:
            raise ReportError(f"unknown reference {label!r} (known: {', '.join(self._entries) or 'none'})")
        return self._entries[label]

    @staticmethod
    def _link(entry: IndexEntry, *, page: bool) -> Markup:
        css = "ref pg" if page else "ref"
        words = Markup("{}\u00a0{}").format(entry.kind, entry.number)
        # Without the zero-width space WeasyPrint 70 breaks a full line before a link at its first blank.
        return Markup('{}<a class="{}" href="#{}">{}</a>').format("\u200b", css, entry.label, words)
