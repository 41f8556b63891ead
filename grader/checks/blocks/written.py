"""Blocks for written answers: `choice`, `number_near`, `expression`, `words`, `cell_output`, `figure_has`, and
`notebook_text`, which shows a person what there is to read.

An answer is the value of a variable (`q1 = "b"`), or stands behind its name in a text cell or a report in Markdown or
plain text (`Q1: b`): `inside/asked/written.py` sends what stands in the program, a reader the reports.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from hashlib import sha256

import numpy as np

from grader.catalog import Hidden
from grader.checks.blocks.formulas import NoFormula, names_in, parsed, value
from grader.checks.blocks.typed import letter, numbers_in
from grader.checks.blocks.what_is_written import REPORTS, answer_said, cells, under, written_probe
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Passage, Quote
from grader.finding import Finding
from grader.readings.typed_frames import Curve, curves
from grader.rubric import Block

POINTS, TRIES = 12, 200


def choice(name: str, right: str, *, among: str = "abcd") -> Block:
    """One letter of several: `b`, `(B)` and `b) because …` are the same. Caught: another letter, several letters.

    Students get `assignment.py`: import what is right from `hidden/`, as for the other written answers.
    """
    if isinstance(right, Hidden):
        return _hidden_answer(name)
    if right.lower() not in among.lower():
        raise AssignmentError(f"choice {name}: expected one of {among}, found {right!r}")

    def judge(said: str) -> Finding:
        found = letter(said, among)
        if found is None:
            return Finding.failed(f"{name}: expected one letter of {', '.join(among)}, found {said[:60]!r}")
        if found == right.lower():
            return Finding.passed(f"{name}: {found} is right")
        return Finding.failed(f"{name}: {found} is not right")

    return _answer(name, judge)


def number_near(name: str, right: float, *, tolerance: float = 0.0, relative: float = 0.0) -> Block:
    """A number within `tolerance`, or within the share `relative` of the right one, whichever is more.

    Accepted: `12,544`, `12 544`, `1.2e4`, `1.2 × 10^4`, `≈ 12544 parameters`, `64*196 = 12544`, `64*196`, `0,37`, and
    `37 %` where the right one is 0.37 or 37. Caught: other numbers, several numbers.
    """
    if isinstance(right, Hidden):
        return _hidden_answer(name)
    allowed = max(tolerance, relative * abs(right), 1e-9 * abs(right))

    def judge(said: str) -> Finding:
        found = numbers_in(said)
        if len(found) != 1:
            return Finding.failed(f"{name}: expected one number, found {said[:60]!r}")
        shares = [found[0], found[0] / 100] if "%" in said else found
        if any(abs(one - right) <= allowed for one in shares):
            return Finding.passed(f"{name}: {found[0]:g} is right")
        return Finding.failed(f"{name}: {found[0]:g} is not right", "work it out again, step by step")

    return _answer(name, judge)


def expression(
    name: str, right: str, variables: Sequence[str] | None = None, *, low: float = 0.2, high: float = 2.0
) -> Block:
    """A formula that is equal to the right one, whatever its form: both are evaluated at random points.

    `right` is written as a student would, `"2*x*exp(x**2)"`; `variables` are the names in it, unless they are given (a
    variable called `e` or `pi` has to be). Points lie between `low` and `high`, so that roots and logarithms have
    values. What students type is read, never run. Accepted: `2x(1-x)`, `x^2`, `x²`, LaTeX such as `\\frac{1}{x}`, and
    `dy/dx = …` before it. Caught: formulas that differ at any point. Raises AssignmentError for what is no formula.
    """
    if isinstance(right, Hidden):
        return _hidden_answer(name)
    known = names_in(right) if variables is None else tuple(variables)
    wanted = parsed(right, known)
    try:
        value(wanted, dict.fromkeys(known, (low + high) / 2))
    except NoFormula as error:
        raise AssignmentError(f"expression {name}: {right!r}: {error}") from None

    def judge(said: str) -> Finding:
        formula = said.partition("=")[2] if said.count("=") == 1 else said
        rng = np.random.default_rng(int.from_bytes(sha256(f"{name}{right}".encode()).digest()[:4]))
        try:
            tree, compared = parsed(formula.strip(" $`"), known), 0
            for _ in range(TRIES):
                point = {variable: float(rng.uniform(low, high)) for variable in known}
                here = value(wanted, point)
                found = value(tree, point)
                if abs(found - here) > 1e-7 * max(1.0, abs(here)):
                    where = ", ".join(f"{key} = {one:.3g}" for key, one in point.items())
                    return Finding.failed(f"{name}: {formula.strip()[:80]} is not right: at {where} it is {found:.4g}")
                compared += 1
                if compared >= POINTS:
                    break
        except NoFormula as error:
            return Finding.failed(f"{name}: {error}", "write it as in Python, with * for products")
        return Finding.passed(f"{name}: {formula.strip()[:80]} is right at {compared} random points")

    return _answer(name, judge)


def words(heading: str = "", *, least: int = 0, most: int | None = None) -> Block:
    """So many words in the text cells, or in a report (`.md`, `.txt`, but no README), under the heading that fits the
    pattern `heading` (in all of them without one).

    Formulas, links and code count as one word each. Caught: too short, too long, nothing written.
    """

    place = f"write them under a heading such as {heading.capitalize()}, " if heading else "write them "
    place += "in text cells of the notebook, or in a report.md beside the program"

    def check(evidence: Evidence) -> Finding:
        count = len(re.findall(r"\S*\w\S*", re.sub(r"\$[^$]+\$|`[^`]+`", " x ", under(evidence, heading))))
        limits = f"{least:,} to {most:,}" if most is not None else f"at least {least:,}"
        if count < least or (most is not None and count > most):
            return Finding.failed(f"expected {limits} words, found {count:,}", None if count else place)
        return Finding.passed(f"{count:,} words ({limits})")

    return Block(check, (written_probe(),), reads=(REPORTS,))


def cell_output(pattern: str, what: str) -> Block:
    """A saved output of a notebook's cell fits the pattern: a sign that it was run, no proof. `what` is it in words."""
    re.compile(pattern)

    def check(evidence: Evidence) -> Finding:
        if any(re.search(pattern, cell["output"]) for cell in cells(evidence)):
            return Finding.passed(f"{what} is among the saved outputs")
        return Finding.failed(f"expected {what} among the saved outputs, found none", "run all cells, then save")

    return Block(check, (written_probe(),), reads=(REPORTS,))


def figure_has(*, curves: int = 1, labels: Sequence[str] = (), least_points: int = 2) -> Block:
    """Some figure that the program draws has so many `curves` of at least so many points, and `labels` (patterns) fit
    them. Needs `code="run"`. Accepted: curves in panels of one figure, names in a legend, and the title or y axis of a
    panel with one curve. Caught: an empty figure, one point, missing legends.
    """
    return Block(lambda evidence: _figure(evidence, curves, labels, least_points))


def notebook_text(heading: str = "") -> Block:
    """For `shows=` of a criterion that a person grades: text cells and reports (under a heading), word for word."""

    def check(evidence: Evidence) -> Finding:
        said = under(evidence, heading)
        if not said.strip():
            return Finding.failed("nothing is written there")
        entry = evidence.submission.entry or "the notebook"
        shown = Quote(f"text_{len(heading)}", "What is written", heading or "All text cells.", entry, (Passage(said),))
        return Finding.passed("", exhibits=(shown,))

    return Block(check, (written_probe(),), reads=(REPORTS,))


def _figure(evidence: Evidence, least: int, labels: Sequence[str], points: int) -> Finding:
    drawn = [curve for curve in curves(evidence) if len(curve.x) >= points and np.isfinite(curve.y).any()]
    figures = [[one for one in drawn if one.panel[0] == number] for number in {curve.panel[0] for curve in drawn}]
    lacks = [(max(0, least - len(figure)), _missing_labels(figure, labels), figure) for figure in figures]
    too_few, missing, best = min(lacks, key=lambda lack: (lack[0], len(lack[1])), default=(least, [], []))
    if too_few:
        return Finding.failed(f"expected {least} curves in one figure, found {len(best)}", "call plt.plot for each")
    if missing:
        found = ", ".join(curve.label for curve in best if not curve.label.startswith("_")) or "none"
        hint = "give each curve a label, and call plt.legend()"
        return Finding.failed(f"expected curves with labels {', '.join(missing)}, found {found}", hint)
    return Finding.passed(f"{len(best)} curves in one figure")


def _missing_labels(figure: Sequence[Curve], labels: Sequence[str]) -> list[str]:
    """Patterns that fit no curve's label, nor what stands at a panel that has one curve."""
    alone = [one for one in figure if sum(other.panel == one.panel for other in figure) == 1]
    names = [*(curve.label for curve in figure), *(words for curve in alone for words in curve.titles)]
    return [label for label in labels if not any(re.search(label, name, re.IGNORECASE) for name in names)]


def _answer(name: str, judge: Callable[[str], Finding]) -> Block:
    def check(evidence: Evidence) -> Finding:
        said = answer_said(evidence, name)
        if said is None:
            raise MissingEvidence(f"not attempted: there is no answer {name}", hint=f"write {name} = … or {name}: …")
        return judge(said)

    return Block(check, (written_probe(name),), reads=(REPORTS,))


def _hidden_answer(name: str) -> Block:
    """What students may know of an answer: that there is one."""

    def preview(evidence: Evidence) -> Finding:
        said = answer_said(evidence, name)
        if said is None:
            raise MissingEvidence(f"not attempted: there is no answer {name}", hint=f"write {name} = … or {name}: …")
        return Finding.ungraded(f"{name}: {said[:60]!r} is read; whether it is right is seen when the work is graded")

    return Block(preview, (written_probe(name),), reads=(REPORTS,), hidden=True, preview=preview)
