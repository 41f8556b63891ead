"""Claims on where something happens: `reaches 195 after 312 episodes`, `best validation loss at epoch 17`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from grader.checks.logged.claim import Claim, claim, curves_of, unit_of
from grader.checks.logged.said import NUMBER, Statement, is_about, is_counted, is_label
from grader.checks.logged.training_run import ROWS, RunCurve, TrainingRun
from grader.checks.logged.truths import FEW, passages, places_of_best

_PASSED = re.compile(
    r"(?:solv|reach|pass|exceed|cross|above|below|under|over)\w*\b(?P<between>.{0,80}?)\b(?:after|at|in|within|by|from)\s+"
    rf"(?:about |around |only |~|≈ ?)?(?:(?P<unit>step|episode|epoch|iteration)s?\s+)?(?P<place>{NUMBER})"
    r"(?:\s*(?P<units>steps|timesteps|episodes|epochs|iterations))?",
    re.IGNORECASE,
)
_PLACE = re.compile(r"\b(?:at|in|after|from)\s+(?:the\s+)?(epoch|step|episode|iteration)\s+(\d[\d,]*)", re.IGNORECASE)


def of_passages(statement: Statement, noun: str, runs: Sequence[TrainingRun]) -> Iterator[tuple[Claim | None, float]]:
    """Where a level is first passed, by value or by a moving mean; and the level."""
    hit = _PASSED.search(statement.text)
    if hit is None or not (hit["unit"] or hit["units"]):
        return
    unit = unit_of(hit["unit"] or hit["units"])
    before = Statement(statement.text[: hit.start("unit") if hit["unit"] else hit.start("place")]).numbers
    levels = [one.value for one in before if not is_counted(one) and not is_label(one)]
    if not levels:
        return
    curves = [found for curve in curves_of(runs, noun) if (found := curve.counted_in(unit)) is not None]
    if not curves:
        yield None, levels[-1]
        return
    number, level = Statement(hit["place"]).numbers[0], levels[-1]
    least = FEW if re.search(r"mean|averag", statement.text, re.IGNORECASE) else 1
    places = passages(curves, level, up=noun != "loss", least=least)
    share = 0.1 if is_about(hit[0]) else 0.05
    slack = max(number.half, share * number.value, *(curve.interval for curve in curves))
    right = bool(places) and min(places) - slack <= number.value <= max(places) + slack
    where = f"{min(places):,.0f} to {max(places):,.0f}" if places else "never"
    wrong = f"the report says that {level:g} is passed at {unit} {number.text}; in the logs that is {where}"
    yield claim(noun, statement, None if right else wrong), level


def of_best_places(statement: Statement, noun: str, runs: Sequence[TrainingRun]) -> Iterator[Claim]:
    """Where the highest or the lowest value lies."""
    at = _PLACE.search(statement.text)
    if at is None:
        return
    curves = [
        one for curve in curves_of(runs, noun) for one in (curve.counted_in(unit_of(at[1])), _in_rows(curve)) if one
    ]
    found = list(places_of_best(curves))
    if not found:
        return
    place = float(at[2].replace(",", ""))
    listed = ", ".join(f"{one:,.0f}" for one in found[:4])
    wrong = f"the report has the best {noun} at {at[1]} {at[2]}; in the logs it is at {listed}"
    yield claim(noun, statement, None if any(abs(place - one) <= 1.001 for one in found) else wrong)


def _in_rows(curve: RunCurve) -> RunCurve | None:
    """A curve that is counted in nothing but its points."""
    return curve if curve.unit == ROWS else None
