"""A figure of one kind for each combination of things, such as each layer of each network: by what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from itertools import product

from grader.documents import Described, Document, any_of, described_figures
from grader.evidence import Evidence
from grader.exhibit import Table
from grader.finding import Finding
from grader.rubric import Block
from grader.words import counted

Patterns = tuple[str, ...]
Combination = tuple[str, ...]
WHAT = "<what>"  # in a pattern, stands for one of the others


@dataclass(frozen=True, kw_only=True)
class FigureKind:
    """What figures are called that show one thing, all patterns.

    Their caption, or what is written about them, fits one of `called`; `shape` is one pattern for the word alone.
    `of` fits what they show; `others`, by their names in words, what a figure of this kind may show in its place.
    Where `not_meant` fits, `of` is named and `instead` is meant: gradients of weights. `forms` are further ways to call
    a figure one of `<what>`, as in other languages. A caption that fits one of `not_these`, and names nothing of `of`,
    is that of another kind of figure, whatever the heading above it says.
    """

    called: Patterns
    shape: str
    of: Patterns
    others: Mapping[str, str]
    not_meant: re.Pattern[str]
    instead: str
    forms: Patterns = ()
    not_these: Patterns = ()

    def is_shown(self, figure: Described) -> bool:
        """Whether it is said to be a figure of this kind."""
        if any_of(self.called, figure.own):
            return True
        if any_of(self.not_these, figure.own) and not any_of(self.of, figure.own):
            return False
        return any_of(self.of, figure.words) and any_of(self.called, f"{figure.told}\n{figure.headings}")

    def of_another(self, figure: Described) -> str | None:
        """What it shows, if not what is wanted: its own words tell, else the sentences about it."""
        for words in (figure.own, *figure.told.splitlines()):
            plain = self.not_meant.sub(self.instead, words)
            if any_of(self.of, plain):
                return None
            if named := [name for name, pattern in self.others.items() if self._is_of(pattern, plain)]:
                return named[0]
        return None

    def _is_of(self, what: str, text: str) -> bool:
        """Whether a text calls a figure one of `what`: that it is spoken of is no such word."""
        forms = (
            rf"{self.shape}\s+(?:of|for)\s+(?:[\w'’-]+\s+){{0,4}}?{what}\b",
            rf"\b{what}\s+(?:\w+\s+)?{self.shape}",
            rf"^\w+\.?\s*[\d.]+[:.\s–-]*(?:the\s+)?{what}\b",
        )
        return any_of((*forms, *(form.replace(WHAT, what) for form in self.forms)), text)


@dataclass(frozen=True, kw_only=True)
class FigureWords:
    """How messages speak of such figures: `histograms`, `the weights`, `weight histograms`.

    `wanted` is what is expected in all, `missing` says of a combination what it is, and the others are hints.
    """

    figures: str
    of: str
    called: str
    wanted: str
    missing: Callable[[Combination], str]
    say_what: str
    not_of_others: str
    show_them: str


@dataclass(frozen=True, kw_only=True)
class FiguresOfEach:
    """A figure of one kind for each combination of names out of `groups`, in points by how many are there.

    A group has patterns for each of its names, and in `all_of` those that mean all of them at once. A figure counts for
    what its caption, else the text about it, else the heading above it says. Accepted: one figure of several, pictures
    and drawings. Caught: those that are missing, and figures of something else. One that says nothing is a person's.
    """

    kind: FigureKind
    groups: Mapping[str, Mapping[str, Patterns]]
    all_of: Mapping[str, Patterns]
    words: FigureWords

    @property
    def combinations(self) -> tuple[Combination, ...]:
        """All that are wanted."""
        return tuple(product(*self.groups.values()))

    def judged(self, document: Document) -> Finding:
        """The finding about a report."""
        drawn = [figure for figure in described_figures(document) if self.kind.is_shown(figure)]
        figures = [figure for figure in drawn if self.kind.of_another(figure) is None]
        if not figures:
            return self._of_others(drawn) if drawn else self._none(document)
        shown = {one: names for one in self.combinations if (names := self._names(figures, one))}
        table = self._table(shown)
        found = f"expected {self.words.wanted}, found {len(shown)} of {len(self.combinations)}"
        if len(shown) == len(self.combinations):
            return Finding.passed(found, exhibits=(table,))
        missing = [self.words.missing(one) for one in self.combinations if one not in shown]
        unclear = [figure.name for figure in figures if not self.shown_by(figure)]
        if unclear and not self._certain(figures, missing):
            which = " or ".join(self.groups)
            return Finding.ungraded(
                f"{found}; {', '.join(unclear)}: nothing says which {which} is shown there",
                "look at these figures",
                exhibits=(table,),
            )
        message = f"{found}: not the {', the '.join(missing)}"
        if not shown:
            return Finding.failed(message, self.words.say_what, exhibits=(table,))
        share = Fraction(len(shown), len(self.combinations))
        return Finding.partial(share, message, self.words.say_what, exhibits=(table,))

    def shown_by(self, figure: Described) -> set[Combination]:
        """The combinations that a figure is said to show."""
        return set(product(*(self._named(group, figure) for group in self.groups)))

    def _names(self, figures: Iterable[Described], combination: Combination) -> list[str]:
        return [figure.name for figure in figures if combination in self.shown_by(figure)]

    def _named(self, group: str, figure: Described) -> list[str]:
        """What the caption names; if it names none, what the text about the figure does, then the heading."""
        names = self.groups[group]
        for words in (figure.own, figure.told, figure.headings):
            if any_of(self.all_of[group], words):
                return list(names)
            if found := [name for name, patterns in names.items() if any_of(patterns, words)]:
                return found
        return []

    def _certain(self, figures: Sequence[Described], missing: Sequence[str]) -> bool:
        """Whether what is missing cannot be what an unclear figure shows: none speaks of the first group's names."""
        first = next(iter(self.groups))
        unclear = [figure for figure in figures if not self.shown_by(figure)]
        named = {name for figure in unclear for name in self._named(first, figure)}
        return bool(named) and not any(name in lacking for name in named for lacking in missing)

    def _of_others(self, drawn: Sequence[Described]) -> Finding:
        kinds = " and ".join(dict.fromkeys(what for figure in drawn if (what := self.kind.of_another(figure))))
        named, words = ", ".join(figure.name for figure in drawn[:6]), self.words
        return Finding.failed(
            f"expected {words.figures} of {words.of}, found {words.figures} of {kinds} ({named})",
            f"{words.not_of_others}, not {kinds}",
        )

    def _none(self, document: Document) -> Finding:
        called = self.words.called
        without = [caption for caption in document.captions if any_of(self.kind.called, caption.text)]
        if without:
            return Finding.failed(
                f"expected figures of {called}, found {counted(len(without), 'caption')} of such figures "
                "and no figure beside them",
                "put the figures in, and look at the PDF",
            )
        return Finding.failed(
            f"expected figures of {called}, found none that is captioned or named so", self.words.show_them
        )

    def _table(self, shown: Mapping[Combination, Sequence[str]]) -> Table:
        rows = tuple((*one, ", ".join(shown.get(one, ())) or "not found") for one in self.combinations)
        figures = self.words.figures
        return Table(
            figures,
            f"{figures.capitalize()} of {self.words.of.removeprefix('the ')}",
            "By caption, by the text about a figure and by the heading above it.",
            (*self.groups, "shown in"),
            rows,
        )


def figures_of_each(report: Callable[[Evidence], Document], wanted: FiguresOfEach) -> Block:
    """A report has a figure of one kind for each combination of things, in points by how many are there."""
    return Block(check=partial(_check, report=report, wanted=wanted))


def _check(evidence: Evidence, report: Callable[[Evidence], Document], wanted: FiguresOfEach) -> Finding:
    return wanted.judged(report(evidence))
