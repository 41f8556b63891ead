"""Criterion `accuracy`: within the reference's range here, and in the report in agreement with its matrices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader import Evidence, Finding, MissingEvidence, Table
from grader.checks import CONFIDENCE, Accuracies, better_than_chance, most_by_chance

from . import settings
from .budget import MINIMUM_STEPS, case_id, reached
from .claims import Accuracy, rate_words
from .confusion import Claimed, claimed
from .data import CLASSES
from .papers import report
from .results import Result, results
from .settings import data_name


def check(evidence: Evidence) -> Finding:
    """Judge the accuracy that was measured here, then what the report claims."""
    runs = results(evidence)
    doubts = list(_doubts(runs))
    problems = [problem for run in runs for problem in _problems(run)]
    problems += [] if doubts or problems else list(_no_better_than_chance(runs))
    exhibits = [_measured(runs)]
    unread = None
    try:
        said = claimed(report(evidence))
        problems += list(_claim_problems(said))
        exhibits += [_claims_table(said.claims)] if said.claims else []
    except MissingEvidence as missing:
        unread = missing
        problems += [] if missing.ours else [missing.reason]
    if problems:
        return Finding.wrong(
            "expected an accuracy within the reference's range here, and claimed accuracies that agree with the "
            "report's confusion matrices; found",
            problems,
            _hint(problems),
            exhibits=exhibits,
        )
    words = "; ".join(
        f"{run.right} of {run.images} ({100 * run.accuracy:.1f} %) at learning rate {rate_words(run.rate)}"
        for run in runs
    )
    if doubts or unread is not None:
        return Finding.ungraded(
            f"held-out images recognised: {words}; a person has to look: {doubts[0] if doubts else unread}",
            exhibits=tuple(exhibits),
        )
    return Finding.passed(
        f"held-out images recognised after {runs[0].steps} steps here: {words}",
        details=tuple(_power(runs)),
        exhibits=tuple(exhibits),
    )


def _power(runs: Sequence[Result]) -> Iterator[str]:
    """What would have been seen: guessing, one class for all, and a network worse than the worst reference."""
    for run in runs:
        if wanted := _range(run):
            yield (
                f"at learning rate {rate_words(run.rate)} fewer than {wanted.least(run.images)} of {run.images} would "
                f"have been seen as worse than the reference; guessing, or one class for all, comes to "
                f"{run.images // CLASSES} on average and to more than {most_by_chance(run.images, CLASSES)} once in a "
                "thousand times"
            )


def _range(run: Result) -> Accuracies | None:
    return reached().at(case_id(run.rate), run.steps)


def _doubts(runs: Sequence[Result]) -> Iterator[str]:
    if reached().data != data_name():
        yield f"the reference has not been measured on {data_name()}; hint: python -m grader.checks.measure does that"
    if reached().data == data_name() and all(run.after for run in runs) and not _tells_chance(runs):
        yield f"so few steps or images that guessing among {CLASSES} classes would have been accepted as well"
    for run in runs:
        if run.slow:
            yield run.slow
        elif run.after is not None and run.wanted < MINIMUM_STEPS <= settings.BUDGET.steps:
            yield (
                f"the network is large: the work allowed for training comes to {run.wanted} steps, at least "
                f"{MINIMUM_STEPS} are needed for a verdict"
            )


def _problems(run: Result) -> Iterator[str]:
    rate = f"at learning rate {rate_words(run.rate)}"
    if run.error is not None:
        yield f"{rate} it could not be trained: {run.error}"
    elif run.after is None:
        yield f"{rate} {run.unmeasured or 'no weights came back'}"
    elif run.cut_short:
        yield f"{rate} training ended after {run.steps} of {run.wanted} steps"
    elif run.slow or run.wanted < MINIMUM_STEPS <= settings.BUDGET.steps:
        return
    elif reached().data == data_name() and (wanted := _range(run)) is not None:
        least = wanted.least(run.images)
        if run.right < least:
            yield (
                f"{rate} {run.right} of {run.images} held-out images ({100 * run.accuracy:.1f} %) after {run.steps} "
                f"steps; the reference recognises {100 * wanted.lowest:.0f} to {100 * wanted.highest:.0f} %, so "
                f"at least {least} were expected"
            )


def _no_better_than_chance(runs: Sequence[Result]) -> Iterator[str]:
    """At the better learning rate a network that learns is clearly above guessing, after as many steps as it takes."""
    if not _tells_chance(runs):
        return
    if not any(better_than_chance(run.right, run.images, CLASSES) for run in runs):
        best = max(runs, key=lambda run: run.accuracy)
        yield (
            f"{best.right} of {best.images} held-out images ({100 * best.accuracy:.1f} %) at the better "
            f"learning rate, which guessing among {CLASSES} classes explains"
        )


def _tells_chance(runs: Sequence[Result]) -> bool:
    """Whether guessing would be seen at one learning rate at least: so early not even the reference may be better."""
    ranges = [(_range(run), run.images) for run in runs]
    return any(one and better_than_chance(int(one.lowest * images), images, CLASSES) for one, images in ranges)


def _claim_problems(said: Claimed) -> Iterator[str]:
    if not said.claims:
        yield "the report claims no accuracy"
    yield from said.disagreements()


def _hint(problems: Sequence[str]) -> str:
    if any("the report" in problem for problem in problems) and not any("held-out" in problem for problem in problems):
        return "report the accuracy for each learning rate, computed from its confusion matrix: trace over total"
    return "look at the loss curves that were measured here: a network that learns gets better than this"


def _measured(runs: Sequence[Result]) -> Table:
    rows = []
    for run in runs:
        wanted = _range(run)
        reference = f"{100 * wanted.lowest:.1f} to {100 * wanted.highest:.1f} %" if wanted else "–"
        least = str(wanted.least(run.images)) if wanted and run.images else "–"
        share = f"{100 * run.accuracy:.1f} %" if run.images else "–"
        rows.append((rate_words(run.rate), str(run.steps), f"{run.right} of {run.images}", share, reference, least))
    return Table(
        "measured",
        "Accuracy on held-out images, measured here",
        f"After training here on {data_name()}. The reference's range is over seeds, widths and depths at as many "
        f"steps; the last column is what {100 * CONFIDENCE:g} % of networks no worse than the weakest of them reach.",
        ("Learning rate", "Steps", "Right", "Accuracy", "Reference", "At least"),
        tuple(rows),
    )


def _claims_table(claims: Sequence[Accuracy]) -> Table:
    rows = tuple(
        (str(claim.page), "–" if claim.rate is None else rate_words(claim.rate), claim.words, claim.text[:160])
        for claim in claims[:20]
    )
    return Table(
        "claims",
        "Accuracies that the report claims",
        "As found in its text, captions and tables.",
        ("Page", "Learning rate", "Accuracy", "Where it says so"),
        rows,
    )
