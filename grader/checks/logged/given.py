"""Claims on settings: `a learning rate of 0.001`, which neither code nor logs have."""

from __future__ import annotations

import re
from collections.abc import Iterator

from grader.checks.logged.claim import Claim, KnownOfRun, claim
from grader.checks.logged.hyperparameters import ALIASES, what
from grader.checks.logged.said import NUMBER, Statement
from grader.checks.logged.training_run import TrainingRun

SETTINGS = ("learning rate", "discount", "batch size", "momentum", "weight decay", "hidden size", "dropout")
_MORE = {"learning rate": "|α", "discount": "|γ|discount(?:ing)? factor"}
TRIALS = (
    r"(?:increas|decreas|rais|lower|reduc|chang|replac|switch)ing\b|"
    r"collaps|diverg|unstable|oscillat|fail|slow(?:er|ly)?\b|worse|did(?: not|n't)|never|too (?:large|small|high|low)"
)
_TRIED = re.compile(
    r"tri(?:ed|es)|tun(?:ed|ing)|search|sweep|compar|instead|higher|lower|larger|smaller|default|grid|also|decay(?:ed|s)|"
    r"anneal|schedul|initial|from|paper|unlike|would|^\W*(?:with|for|at|using)\b|" + TRIALS,
    re.IGNORECASE,
)


def _pattern(called: str) -> re.Pattern[str]:
    group = next(group for group in ALIASES if group[0] == called)
    names = "|".join(re.escape(name).replace("_", "[ _-]?") for name in group) + _MORE.get(called, "")
    joined = r"(?:(?:of|is|was|to|at|set to|=)\s*){0,2}"
    return re.compile(
        rf"\b(?:{names})(?!\w)\W{{0,6}}(?:\([^)]{{0,12}}\))?\W{{0,4}}{joined}[$`*]*({NUMBER})", re.IGNORECASE
    )


_PATTERNS = {called: _pattern(called) for called in SETTINGS}


def of_settings(statement: Statement, known: KnownOfRun) -> Iterator[Claim]:
    """Settings that a statement gives, where code or logs have them too."""
    if _TRIED.search(statement.text):
        return
    for called, pattern in _PATTERNS.items():
        hit = pattern.search(statement.text)
        values = {*known.settings.get(called, ()), *(value for run in known.runs for value in _facts(run, called))}
        number = next(iter(Statement(hit[1]).numbers), None) if hit else None
        if hit is None or number is None or not values:
            continue
        if statement.labelled and statement.text.rfind(":") > hit.end():
            continue  # the name of a row, as of those that compare learning rates
        right = any(abs(number.value - one) <= 1e-3 * abs(one) + 1e-15 for one in values)
        told = ", ".join(f"{one:g}" for one in sorted(values)[:4])
        wrong = f"the report has a {called} of {number.text}; code and logs have {told}"
        yield claim(called, statement, None if right else wrong)


def sets_otherwise(statement: Statement, known: KnownOfRun) -> bool:
    """Whether a statement speaks of a setting with values of which one is not that of the runs: another trial's."""
    for called, pattern in _PATTERNS.items():
        values = {*known.settings.get(called, ()), *(value for run in known.runs for value in _facts(run, called))}
        said = [number.value for hit in pattern.finditer(statement.text) for number in Statement(hit[1]).numbers]
        if values and any(all(abs(one - value) > 1e-3 * abs(value) for value in values) for one in said):
            return True
    return False


def _facts(run: TrainingRun, called: str) -> Iterator[float]:
    for name, value in run.facts.items():
        if what(name) == called:
            try:
                yield float(value)
            except ValueError:
                continue
