"""Claims on counts: how long runs are, how many seeds there are and which."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.checks.logged.claim import Claim, KnownOfRun, claim
from grader.checks.logged.said import NUMBER, Statement, is_about, runs_meant, small_number
from grader.checks.logged.training_run import EPISODES, EPOCHS, STEPS, UPDATES

_UNITS = {
    STEPS: r"(?:environment |env |training |time ?)?(?:steps|timesteps|frames|interactions)",
    EPISODES: r"episodes",
    EPOCHS: r"epochs",
    UPDATES: r"(?:iterations|updates)",
}
_NOT_THE_RUN = re.compile(
    r"(?:every|each)(?!\s+(?:seed|run|agent|policy|model|network|of)\b)|per\b(?!\s+seed)|"
    r"\blast|first|maxim|at most|warm|between|after|window|averag|up to|eval|before|\bmean",
    re.IGNORECASE,
)
_SEEDS = re.compile(
    r"\b(\w+)\s+(?:random|different|independent|training)?\s*seeds\b|"
    r"\b(\w+)\s+(?:independent|separate|training|repeated)\s+runs\b",
    re.IGNORECASE,
)
_SEEDS_LABEL = re.compile(
    r"(?:^|\b(?:number of|num|n|no\.? of|count of|#) ?(?:of )?)\W*(?:random |training )?(?:seeds|runs)"
    r"(?: value| count)?\W*[:=]\W*(\d+)\W*$|"
    r"\bseeds\s*[:=]\s*(\d+)(?!\s*(?:,|and\b|&|to\b|-|–|\.\d|\d))",
    re.IGNORECASE,
)
_LIST = re.compile(
    r"\bseeds\s*(?:were|are|used)?\s*[:=]?\s*[\[({]?\s*(\d+(?:\s*(?:,|and|&)\s*(?:and\s*)?\d+)+)", re.IGNORECASE
)
_NOT_DONE = re.compile(r"would|should|more seeds|future|at least|handout", re.IGNORECASE)


def of_lengths(statement: Statement, known: KnownOfRun) -> Iterator[Claim]:
    """`trained for 50,000 steps`, `Steps: 50k`."""
    for unit, words in _UNITS.items():
        patterns = [
            rf"\btrain(?:ed|ing|s)?\b([^.;]{{0,60}}?)(?<![\d.,])({NUMBER})\s*{words}\b",
            rf"\bruns?\b([^.;]{{0,40}}?)\bfor ({NUMBER})\s*{words}\b",
        ]
        if statement.labelled:
            label = rf"(?:total|training|number of|trained)?[\w ]{{0,20}}?\b{words}\b[^:=\d]{{0,25}}[:=]"
            patterns.append(rf"^\W*({label})\W*({NUMBER})\W*$")
        for pattern in patterns:
            hit = re.search(pattern, statement.text, re.IGNORECASE)
            if hit and not _NOT_THE_RUN.search(hit[1]):
                yield from _of_length(statement, known, unit, hit)
                break


def _of_length(statement: Statement, known: KnownOfRun, unit: str, hit: re.Match[str]) -> Iterator[Claim]:
    runs = runs_meant(statement.text, known.runs)
    reached = [found for run in runs if (found := run.reached(unit)) is not None]
    number = next(iter(Statement(hit[2]).numbers), None)
    if number is None or not reached:
        return
    gaps = [curve.interval for run in runs for curve in run.curves.values() if curve.unit == unit]
    slack = max(2 * max(gaps, default=0.0), number.half, (0.1 if is_about(hit[1]) else 0.03) * number.value, 1.0)
    right = any(abs(found - number.value) <= slack for found in (*reached, sum(reached)))
    planned = any(abs(number.value - one) <= number.half for one in known.settings.get(unit, ()))
    stopped = planned and 0.5 * number.value <= max(reached) <= number.value + slack
    told = ", ".join(sorted({f"{found:,.0f}" for found in reached})[:5])
    wrong = f"the report has {hit[2].strip()} {unit} of training; the logs end at {told}"
    yield claim(unit, statement, None if right or stopped else wrong)


def of_seeds(statement: Statement, known: KnownOfRun) -> Iterator[Claim]:
    """`five seeds`, `3 independent runs`, `seeds 0, 1 and 2`."""
    text, count = statement.text, len(known.runs)
    counts = (small_number(hit[1] or hit[2]) for hit in _SEEDS.finditer(text))
    said = next((count for count in counts if count is not None), None)
    if said is None and (label := _SEEDS_LABEL.search(text)):
        said = int(label[1] or label[2])
    if said is not None and not _NOT_DONE.search(text):
        wrong = f"the report has {said} seeds; the logs have {count} run{'s' * (count != 1)}"
        yield claim("seeds", statement, None if said == count else wrong)
    seeds = {run.seed for run in known.runs}
    if (listed := _LIST.search(text)) and None not in seeds:
        named = {int(one) for one in re.findall(r"\d+", listed[1])}
        lacking = ", ".join(str(seed) for seed in sorted(named) if seed not in seeds)
        yield claim(
            "seeds", statement, f"the report names seeds of which there is no log: {lacking}" if lacking else None
        )
