"""A network as accurate here as the reference, and in the report in agreement with the matrices that it shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.checks.chosen.rate_results import RateResult
from grader.checks.chosen.reference_reached import case_id
from grader.checks.chosen.trained_here import TrainedHere
from grader.checks.reported.claimed_accuracies import ClaimedAccuracy
from grader.checks.reported.learning_rates import rate_words
from grader.checks.reported.matrix_of_each_rate import ClaimedResults, MatrixOfEachRate
from grader.checks.spread import CONFIDENCE, Accuracies, better_than_chance, most_by_chance
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Table
from grader.finding import Finding
from grader.rubric import Block


@dataclass(frozen=True)
class AsAccurate:
    """Held-out images are recognised as the weakest of the measured references does after as many steps.

    At the better learning rate more of them than guessing explains; and the accuracies that the report claims are
    those of its confusion `matrices`. Caught: guesses, one class for all, a network worse than every reference, a
    claim that no matrix shows, no claim. So few steps or images that guessing would pass are a person's, and so is a
    network that learns, or has gates, but more slowly than the reference even with the budget's patience.
    """

    trained: TrainedHere
    matrices: MatrixOfEachRate

    def check(self, evidence: Evidence) -> Finding:
        """Judge the accuracy that was measured here, then what the report claims."""
        runs = self.trained.results(evidence)
        try:
            said: ClaimedResults | MissingEvidence = self.matrices.claimed(self.matrices.report(evidence))
        except MissingEvidence as missing:
            said = missing
        return self.judged(runs, said)

    def judged(self, runs: Sequence[RateResult], said: ClaimedResults | MissingEvidence) -> Finding:
        """The finding about results at each learning rate, and what the report says."""
        doubts = list(_doubts(runs, self.trained))
        problems = [problem for run in runs for problem in _problems(run, runs, self.trained)]
        problems += [] if doubts or problems else list(_no_better_than_chance(runs, self.trained))
        problems += problems_of_claims(said)
        exhibits = (_measured(runs, self.trained), *_claims_table(said))
        if problems:
            return Finding.wrong(
                "expected an accuracy within the reference's range here, and claimed accuracies that agree with the "
                "report's confusion matrices; found",
                problems,
                hint_on(problems),
                exhibits=exhibits,
            )
        words = "; ".join(
            f"{run.right} of {run.images} ({100 * run.accuracy:.1f} %) at learning rate {rate_words(run.rate)}"
            for run in runs
        )
        if doubts or isinstance(said, MissingEvidence):
            return Finding.ungraded(
                f"held-out images recognised: {words}; a person has to look: {doubts[0] if doubts else said}",
                exhibits=exhibits,
            )
        return Finding.passed(
            f"held-out images recognised after {runs[0].steps} steps here: {words}",
            details=tuple(_power(runs, self.trained)),
            exhibits=exhibits,
        )


def as_accurate(trained: TrainedHere, matrices: MatrixOfEachRate) -> Block:
    """As accurate on held-out images as the measured reference, and as the report's confusion matrices say."""
    judge = AsAccurate(trained, matrices)
    return Block(check=judge.check, probes=trained.probes, data=trained.network.served, hidden=True)


def _power(runs: Sequence[RateResult], trained: TrainedHere) -> Iterator[str]:
    """What would have been seen: guessing, one class for all, and a network worse than the worst reference."""
    for run in runs:
        if wanted := _range(run, trained):
            yield (
                f"at learning rate {rate_words(run.rate)} fewer than {wanted.least(run.images)} of {run.images} would "
                f"have been seen as worse than the reference; guessing, or one class for all, comes to "
                f"{run.images // run.classes} on average and to more than "
                f"{most_by_chance(run.images, run.classes)} once in a thousand times"
            )


def _range(run: RateResult, trained: TrainedHere) -> Accuracies | None:
    return trained.reached.at(case_id(run.rate), run.steps)


def _doubts(runs: Sequence[RateResult], trained: TrainedHere) -> Iterator[str]:
    if not trained.is_measured:
        yield f"the reference has not been measured on {trained.data}; hint: python -m grader.checks.measure does that"
    elif all(run.after for run in runs) and not _tells_chance(runs, trained):
        classes = trained.network.classes
        yield f"so few steps or images that guessing among {classes} classes would have been accepted as well"
    for run in runs:
        if run.slow:
            yield run.slow
        elif slower := _slower(run, runs, trained):
            yield slower
        elif run.after is not None and trained.too_few(run):
            yield (
                f"the network is large: the work allowed for training comes to {run.wanted} steps, at least "
                f"{trained.least_steps} are needed for a verdict"
            )


def _problems(run: RateResult, runs: Sequence[RateResult], trained: TrainedHere) -> Iterator[str]:
    rate = f"at learning rate {rate_words(run.rate)}"
    if run.error is not None:
        yield f"{rate} it could not be trained: {run.error}"
    elif run.after is None:
        yield f"{rate} {run.unmeasured or 'no weights came back'}"
    elif run.cut_short:
        yield f"{rate} training ended after {run.steps} of {run.wanted} steps"
    elif not run.slow and not trained.too_few(run) and trained.is_measured and not _slower(run, runs, trained):
        yield from _below_the_reference(run, trained)


def _slower(run: RateResult, runs: Sequence[RateResult], trained: TrainedHere) -> str | None:
    """That a network that learns at some rate, or has gates, has not come as far as the reference after all steps."""
    wanted = _range(run, trained)
    behind = wanted is not None and run.right < wanted.least(run.images)
    if not (behind and run.longer and (run.gated or any(one.beats_guessing for one in runs))):
        return None
    return (
        f"at learning rate {rate_words(run.rate)} the network learns more slowly than the reference: "
        f"{100 * run.accuracy:.1f} % after {run.steps} steps"
    )


def _below_the_reference(run: RateResult, trained: TrainedHere) -> Iterator[str]:
    wanted = _range(run, trained)
    if wanted is not None and run.right < (least := wanted.least(run.images)):
        yield (
            f"at learning rate {rate_words(run.rate)} {run.right} of {run.images} held-out images "
            f"({100 * run.accuracy:.1f} %) after {run.steps} "
            f"steps; the reference recognises {100 * wanted.lowest:.0f} to {100 * wanted.highest:.0f} %, so "
            f"at least {least} were expected"
        )


def _no_better_than_chance(runs: Sequence[RateResult], trained: TrainedHere) -> Iterator[str]:
    """At the better learning rate a network that learns is clearly above guessing, after as many steps as it takes."""
    if not _tells_chance(runs, trained):
        return
    if not any(better_than_chance(run.right, run.images, run.classes) for run in runs):
        best = max(runs, key=lambda run: run.accuracy)
        yield (
            f"{best.right} of {best.images} held-out images ({100 * best.accuracy:.1f} %) at the better "
            f"learning rate, which guessing among {best.classes} classes explains"
        )


def _tells_chance(runs: Sequence[RateResult], trained: TrainedHere) -> bool:
    """Whether guessing would be seen at one learning rate at least: so early not even the reference may be better."""
    ranges = [(_range(run, trained), run) for run in runs]
    return any(
        one is not None and better_than_chance(int(one.lowest * run.images), run.images, run.classes)
        for one, run in ranges
    )


def problems_of_claims(said: ClaimedResults | MissingEvidence) -> list[str]:
    """What is wrong with the report's accuracies."""
    if isinstance(said, MissingEvidence):
        return [] if said.ours else [said.reason]
    return [*([] if said.claims else ["the report claims no accuracy"]), *said.disagreements()]


def hint_on(problems: Sequence[str]) -> str:
    """What to do about them."""
    if any("the report" in problem for problem in problems) and not any("held-out" in problem for problem in problems):
        return "report the accuracy for each learning rate, computed from its confusion matrix: trace over total"
    return "look at the loss curves that were measured here: a network that learns gets better than this"


def _measured(runs: Sequence[RateResult], trained: TrainedHere) -> Table:
    return Table(
        "measured",
        "Accuracy on held-out images, measured here",
        f"After training here on {trained.data}. The reference's range is over seeds, widths and depths at as many "
        f"steps; the last column is what {100 * CONFIDENCE:g} % of networks no worse than the weakest of them reach.",
        ("Learning rate", "Steps", "Right", "Accuracy", "Reference", "At least"),
        tuple(_row(run, _range(run, trained)) for run in runs),
    )


def _row(run: RateResult, wanted: Accuracies | None) -> tuple[str, ...]:
    reference = f"{100 * wanted.lowest:.1f} to {100 * wanted.highest:.1f} %" if wanted else "–"
    least = str(wanted.least(run.images)) if wanted and run.images else "–"
    share = f"{100 * run.accuracy:.1f} %" if run.images else "–"
    return rate_words(run.rate), str(run.steps), f"{run.right} of {run.images}", share, reference, least


def _claims_table(said: ClaimedResults | MissingEvidence) -> tuple[Table, ...]:
    if isinstance(said, MissingEvidence) or not said.claims:
        return ()
    return (
        Table(
            "claims",
            "Accuracies that the report claims",
            "As found in its text, captions and tables.",
            ("Page", "Learning rate", "Accuracy", "Where it says so"),
            tuple(_claim_row(claim) for claim in said.claims[:20]),
        ),
    )


def _claim_row(claim: ClaimedAccuracy) -> tuple[str, ...]:
    rate = "–" if claim.rate is None else rate_words(claim.rate)
    return str(claim.page), rate, claim.words, claim.text[:160]
