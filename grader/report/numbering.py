"""One source of the numbers of figures, tables, listings and the rest: for captions, text and links alike."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from grader.report.model import ReportError

Kind = Literal["Figure", "Table", "Listing", "Quote", "Equation", "Section"]


@dataclass
class Numbering:
    """Gives numbers in the order of `define`; then `ref` links to them and `check` finds what is missing."""

    _names: dict[str, tuple[Kind, int]] = field(default_factory=dict)
    _cited: set[str] = field(default_factory=set)

    def define(self, label: str, kind: Kind) -> int:
        """The next number of its kind. Raises ReportError for a label that is taken or no plain word."""
        if not re.fullmatch(r"[a-z][a-zA-Z0-9_-]*", label):
            raise ReportError(f"label: expected letters, digits, - and _, found {label!r}")
        if label in self._names:
            raise ReportError(f"label {label!r}: expected once, found twice")
        number = 1 + sum(known == kind for known, _ in self._names.values())
        self._names[label] = (kind, number)
        return number

    def number(self, label: str) -> int:
        """The number that `label` was given. Raises ReportError if it was never defined."""
        return self._name(label)[1]

    def ref(self, label: str, *, page: bool = False) -> Markup:
        """A link such as “Figure 3”; with `page`, the page number follows it."""
        kind, number = self._name(label)
        self._cited.add(label)
        css = "ref pg" if page else "ref"
        return Markup('<a class="{}" href="#{}">{}\u00a0{}</a>').format(css, label, kind, number)

    def refs(self, labels: tuple[str, ...]) -> Markup:
        """Links joined as in a sentence: “Figure 1, Figure 2 and Table 3”."""
        links = [self.ref(label) for label in labels]
        if len(links) < 2:
            return Markup("").join(links)
        return Markup("{} and {}").format(Markup(", ").join(links[:-1]), links[-1])

    def check(self) -> None:
        """Raises ReportError if a figure, table or listing is never referred to."""
        silent = [name for name, (kind, _) in self._names.items() if kind != "Section" and name not in self._cited]
        if silent:
            raise ReportError(f"never referred to in the text: {', '.join(silent)}")

    def _name(self, label: str) -> tuple[Kind, int]:
        if label not in self._names:
            raise ReportError(f"unknown reference {label!r} (known: {', '.join(self._names) or 'none'})")
        return self._names[label]
