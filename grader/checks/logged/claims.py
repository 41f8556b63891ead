"""What a report claims of runs, held against what their logs give. Every number said of a result needs an explanation.

A claim is wrong only if no right way of reading the logs gives its number: the last value, means and medians of the
last few points, of one run or over all of them, rounded as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from grader.checks.logged.claim import Claim, KnownOfRun, claim
from grader.checks.logged.counts import of_lengths, of_seeds
from grader.checks.logged.given import of_settings
from grader.checks.logged.passages import of_best_places, of_passages
from grader.checks.logged.said import NumberSaid, Statement, is_about, is_counted, is_label, runs_meant
from grader.checks.logged.truths import Range, Truths, truths

NOUNS: Mapping[str, re.Pattern[str]] = {
    "return": re.compile(r"\b(?:returns?|rewards?|scores?)\b", re.IGNORECASE),
    "loss": re.compile(r"\b(?:loss(?:es)?|cross[- ]entropy|nll)\b", re.IGNORECASE),
    "accuracy": re.compile(r"\b(?:accurac(?:y|ies)|acc)\b", re.IGNORECASE),
}
_RESULT = re.compile(
    r"final|\blast\b|\bend(?:s|ed|ing)?\b|converg|reach|achiev|obtain|averag|\bmean\b|\bbest\b|\bmax|\bmin|peak|"
    r"highest|lowest|attain|result|scor(?:es|ed)\b|improv|\brise|\brose\b|grew|dropp?|fell|decreas|increas|gets?\b|"
    r"got\b|plateau|settl|stabil|after training|performance|trained (?:policy|agent|network|model)",
    re.IGNORECASE,
)
_OTHERS = re.compile(
    r"random|baseline|paper|literature|reference|would|target|threshold|requir|expected|should|human|compar|untrained|"
    r"optimal|goal|per step|each step|every step|\bif\b|max(?:imum|imal)? (?:possible|episode)|possible|cap(?:ped)?\b|"
    r"limit|clip|normali[sz]|bonus|penalt|discount|scal(?:e|ed|ing)|handout|assignment|unless|previous attempt|"
    r"instead|earlier version|without|ablation|tried|\(solved",
    re.IGNORECASE,
)
_BEST = re.compile(r"\bbest|\bmax|peak|highest|lowest|\bmin|\btop\b|smallest|largest", re.IGNORECASE)
_START = re.compile(r"\bfrom\b|initial|\bstart|\bfirst\b|\bbegin|\bbegan|\bbefore\b|early", re.IGNORECASE)
_REACHED = re.compile(r"reach|achiev|obtain|attain|up to|\bgets?\b|\bgot\b|scor(?:es|ed)\b", re.IGNORECASE)
_LAST = re.compile(
    r"(?:last|final) (?:single )?(?:episode|epoch|step|point|value|entry)|ends? (?:at|with|on)",
    re.IGNORECASE,
)
_END = re.compile(r"final|last|\bend|converg|after training|plateau|settl|stabil|reach|trained", re.IGNORECASE)
_OVER_ALL = re.compile(r"whole|overall|all episodes|entire|throughout", re.IGNORECASE)
_SPREAD = re.compile(
    r"(?:±|\+/-|\+-|\\pm|std\.?|deviation|spread|sd|error)\s*(?:dev\.?)?[^\d]{0,40}$|(?:±|\+/-|\\pm)\s*$", re.IGNORECASE
)
_ABOVE = re.compile(
    r"(?:above|over|more than|at least|exceed\w*|beyond|≥|>|past|higher than|better than)\s*[$*_]*$", re.IGNORECASE
)
_BELOW = re.compile(r"(?:below|under|less than|at most|lower than|≤|<)\s*[$*_]*$", re.IGNORECASE)
_LEVEL = re.compile(r"solv|level|maxim|cap|full|perfect", re.IGNORECASE)
_SETTING = re.compile(
    r"(?:rate|gamma|discount|batch|momentum|decay|dropout|lambda|epsilon)\W+(?:(?:of|is|was)\W+)?$", re.IGNORECASE
)
_SPLIT = re.compile(
    r"[;()]|,(?!\d)|\b(?:while|whereas|compared|than|versus|vs\.?|but|although|which is|where)\b", re.IGNORECASE
)
_RANGE = re.compile(r"\s*(?:-|–|to)\s*\d+\s*(?:steps|episodes|epochs|seeds|%)")


def claims(said: Sequence[Statement], known: KnownOfRun) -> list[Claim]:
    """All claims on results, lengths, seeds and settings that a report makes."""
    found: list[Claim] = []
    for statement in said:
        for noun, pattern in NOUNS.items():
            if pattern.search(statement.text):
                found += of_results(statement, noun, known)
        found += [*of_lengths(statement, known), *of_seeds(statement, known), *of_settings(statement, known)]
    return list(dict.fromkeys(found))


def of_results(statement: Statement, noun: str, known: KnownOfRun) -> Iterator[Claim]:
    """Each number that a statement gives for a result."""
    if not statement.labelled and not _RESULT.search(statement.text):
        return
    runs = runs_meant(statement.text, known.runs)
    there = truths(runs, noun)
    if not there.final:
        return
    passed = list(of_passages(statement, noun, runs))
    yield from (one for one, _ in passed if one is not None)
    levels = {level for _, level in passed}
    if _BEST.search(statement.text):
        yield from of_best_places(statement, noun, runs)
    for clause in _clauses(statement):
        if not _OTHERS.search(clause):
            found = [number for number in Statement(clause).numbers if _is_result(number, clause)]
            found = [one for one in found if one.value not in levels and _noun(one, statement) in (noun, None)]
            yield from (claim(noun, statement, _judged(one, noun, statement.text, there, known)) for one in found)


def _noun(number: NumberSaid, statement: Statement) -> str | None:
    """What a number is of: the noun that stands nearest; None where its clause has none and the statement one alone."""
    behind = {noun: [hit.end() for hit in one.finditer(number.before)] for noun, one in NOUNS.items()}
    ahead = {noun: hit.start() for noun, one in NOUNS.items() if (hit := one.search(number.after))}
    distances = {noun: len(number.before) - ends[-1] for noun, ends in behind.items() if ends}
    distances |= {noun: start for noun, start in ahead.items() if start + 8 < distances.get(noun, 999)}
    if distances:
        return min(distances, key=lambda noun: distances[noun])
    there = [noun for noun, one in NOUNS.items() if one.search(statement.text)]
    return None if len(there) == 1 else "several"


def _clauses(statement: Statement) -> list[str]:
    """Its parts, of which one may be about something else; a deviation in brackets stays where it is."""
    joined = re.sub(r"\((?=\s*(?:±|\+/-|\\pm|std|sd|standard))", " ", statement.text)
    return [part for part in _SPLIT.split(joined) if part]


def _is_result(number: NumberSaid, clause: str) -> bool:
    """Whether a number may be one of the results, not a count, a name or a setting."""
    if number.whole and abs(number.value) <= 1 and not number.percent:
        return False
    if is_counted(number) or is_label(number) or _RANGE.match(number.after) or _SETTING.search(number.before):
        return False
    return not re.match(r"\s*(?:/|×|x)\s*\d", number.after) and "http" not in clause


def _judged(number: NumberSaid, noun: str, text: str, there: Truths, known: KnownOfRun) -> str | None:
    """Why a number of a result is not explained by the logs; None if it is."""
    if _SPREAD.search(number.before):
        return None if _fits(number, there.spread, 0.0, noun) else _wrong(number, "spread", noun, there.spread)
    measured = [found] if (found := (known.measured or {}).get(noun)) else []
    right = [*there.final, *measured]
    right += there.best if _BEST.search(text) or (noun != "return" and _REACHED.search(text)) else ()
    right += there.best_means if _REACHED.search(text) else ()
    right += there.last if _LAST.search(text) else ()
    right += there.start if _START.search(text) else ()
    right += there.over_all if _OVER_ALL.search(text) or not _END.search(text) else ()
    wrong = _wrong(number, "value", noun, right)
    if _ABOVE.search(number.before):
        top = max(high for _, high in (*right, *there.best))
        return None if top >= _scaled(number, top) - number.half else wrong
    if _BELOW.search(number.before):
        low = min(low for low, _ in (*right, *there.best))
        return None if low <= _scaled(number, low) + number.half else wrong
    if _LEVEL.search(text) and any(abs(number.value - level) <= number.half for level in known.levels):
        return None
    slack = 0.05 if is_about(number.before[-14:]) else 0.0
    return None if _fits(number, right, slack, noun) else wrong


def _scaled(number: NumberSaid, near: float) -> float:
    """Shares and percentages, as the log has them."""
    return number.value / 100 if number.percent and abs(near) <= 1.5 else number.value


def _fits(number: NumberSaid, ranges: Sequence[Range], slack: float, noun: str) -> bool:
    is_share = abs(number.value) <= 1 and not number.whole and noun == "accuracy"
    scales = [0.01, 1.0] if number.percent else [1.0, 100.0] if is_share else [1.0]
    half = max(number.half, slack * abs(number.value))
    return any(
        low - half * scale - 1e-9 <= number.value * scale <= high + half * scale + 1e-9
        for scale in scales
        for low, high in ranges
    )


def _wrong(number: NumberSaid, kind: str, noun: str, ranges: Sequence[Range]) -> str:
    lows, highs = [low for low, _ in ranges], [high for _, high in ranges]
    between = f"{min(lows):.4g} to {max(highs):.4g}" if ranges else "nothing"
    return f"the report gives {number.text} for the {noun}; the logs give a {kind} of {between}, however they are read"
