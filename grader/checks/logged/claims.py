"""What a report claims of runs, held against what their logs give. Every number said of a result needs an explanation.

A claim is wrong only if no right way of reading the logs gives its number: the last value, means and medians of the
last few points, of one run or over all of them, rounded as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from grader.checks.logged.claim import Claim, KnownOfRun, claim
from grader.checks.logged.counts import of_lengths, of_seeds
from grader.checks.logged.given import of_settings, sets_otherwise
from grader.checks.logged.passages import of_best_places, of_passages
from grader.checks.logged.said import NumberSaid, Statement, is_about, is_counted, is_label, runs_meant, small_number
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
# Of another trial than the one that is handed in: what came of it is in no log.
_TRIAL = re.compile(
    r"\b(?:I|we)\s+(?:also |first |then )?(?:compared|tried|tested|varied|swept)\b|"
    r"\b(?:when|if|once|after)\s+(?:I|we)\s+(?:remov|increas|decreas|lower|rais|chang|replac|switch|add|reduc|disabl|turn|"
    r"set|us|left|drop|train(?:ed)? with)|"
    r"^\W*(?:removing|increasing|decreasing|lowering|raising|changing|replacing|switching|adding|reducing|disabling|"
    r"setting|dropping|omitting)\b",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(mean|average|avg\.?)\s*(?:±|\+/-|\+-|\\pm|and|/|,|\()\s*"
    r"(?:std\.?(?: ?dev\.?)?|sd|s\.d\.|standard deviation|stderr|sem|spread)\)?(?=\D{0,30}\d)",
    re.IGNORECASE,
)
_POINTS = re.compile(r"\W*points?\b", re.IGNORECASE)
_LEVEL_OF_SURENESS = re.compile(r"\W*(?:CI|confidence|interval)", re.IGNORECASE)
_LISTED = re.compile(r"\bseeds\b([^.;()]{0,15})\(\s*\d+(?:\s*(?:,|and|&|,\s*and)\s*\d+)*\s*\)", re.IGNORECASE)
_POINT = re.compile(
    r"\b(?:by|at|around|until|before|near)\s+(?:about\s+)?(?:episode|step|epoch|iteration)s?\s+\d", re.IGNORECASE
)
_SPREAD_AFTER = re.compile(
    r"\s*(?:of |in |as )?(?:std\.?|sd|s\.d\.|standard deviation|standard error|spread)\b"
    r"(?!\W{0,6}\d|[^.;,\d]{0,25}[:=]\s*\d)",
    re.IGNORECASE,
)
_INTERVAL = re.compile(r"\bCIs?\b|confidence|interval|\bbetween\b|\brang(?:e|es|ing)\b|±|\+/-", re.IGNORECASE)
_ONE_OF_ALL = re.compile(r"^[)\]$*_ ]*(?:±|\+/-|\+-|\\pm)")
_ALL_RUNS = re.compile(
    r"\b(?:(?:over|across|of|from|with|averaged over)\s|n ?=)\s*(?:all |the |all the |our )?(\w+)\s+"
    r"(?:random |different |independent |training )?(?:seeds|runs)\b",
    re.IGNORECASE,
)
_ABOVE = re.compile(
    r"(?:above|over|more than|at least|exceed\w*|beyond|≥|>|past|higher than|better than)\s*[$*_]*$", re.IGNORECASE
)
_BELOW = re.compile(r"(?:below|under|less than|at most|lower than|≤|<)\s*[$*_]*$", re.IGNORECASE)
_LEVEL = re.compile(r"solv|level|maxim|cap|full|perfect", re.IGNORECASE)
_EITHER = re.compile(r"±|\+/-|\+-|\\pm")
_SINGLE = re.compile(r"\bseed\s*\d|\beach\b|respectively|median|greedy|evaluat|\btest|after|episode \d", re.IGNORECASE)
_INTERVAL_WORD = re.compile(r"\bCIs?\b|confidence|interval", re.IGNORECASE)
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
        named = [noun for noun, pattern in NOUNS.items() if pattern.search(statement.text)]
        found += [one for noun in named for one in of_results(statement, noun, known)]
        if not named:
            found += [one for noun in NOUNS for one in of_results(statement, noun, known) if one.wrong is None]
        found += [*of_lengths(statement, known), *of_seeds(statement, known), *of_settings(statement, known)]
    return list(dict.fromkeys(found))


def of_results(statement: Statement, noun: str, known: KnownOfRun) -> Iterator[Claim]:
    """Each number that a statement gives for a result."""
    if statement.compared or not (statement.labelled or _RESULT.search(statement.text)):
        return
    if _TRIAL.search(statement.text) or sets_otherwise(statement, known):
        return
    statement = replace(statement, text=_HEAD.sub(r"\1 ", _LISTED.sub(r"seeds\1", statement.text)))
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
        if not _OTHERS.search(clause) and not _POINT.search(clause):
            found = [number for number in Statement(clause).numbers if _is_result(number, clause)]
            found = [one for one in found if one.value not in levels and _noun(one, statement) in (noun, None)]
            yield from (claim(noun, statement, _judged(one, noun, statement.text, there, known)) for one in found)


def _noun(number: NumberSaid, statement: Statement) -> str | None:
    """What it is of: the noun that stands nearest; None where its clause has none and the statement at most one."""
    behind = {noun: [hit.end() for hit in one.finditer(number.before)] for noun, one in NOUNS.items()}
    ahead = {noun: hit.start() for noun, one in NOUNS.items() if (hit := one.search(number.after))}
    distances = {noun: len(number.before) - ends[-1] for noun, ends in behind.items() if ends}
    distances |= {noun: start for noun, start in ahead.items() if start + 8 < distances.get(noun, 999)}
    if distances:
        return min(distances, key=lambda noun: distances[noun])
    there = [noun for noun, one in NOUNS.items() if one.search(statement.text)]
    return None if len(there) <= 1 else "several"


def _clauses(statement: Statement) -> list[str]:
    """Its parts, of which one may be about something else; a deviation in brackets stays where it is."""
    label, colon, rest = statement.text.partition(":")
    if not (statement.labelled and colon):
        label, colon, rest = "", "", statement.text
    joined = re.sub(r"\(([^()]{1,60})\)(?=\s*[=:])", r" \1 ", re.sub(r"[();,]", " ", label) + colon + rest)
    joined = re.sub(r"\((?=\s*(?:±|\+/-|\\pm|std|sd|standard))", " ", joined)
    return [part for part in _SPLIT.split(joined) if part]


def _is_result(number: NumberSaid, clause: str) -> bool:
    """Whether a number may be one of the results, not a count, a name or a setting."""
    if number.whole and abs(number.value) <= 1 and not number.percent:
        return False
    counted = is_counted(number) and (number.whole or not _POINTS.match(number.after))
    if (
        counted
        or _LEVEL_OF_SURENESS.match(number.after)
        or is_label(number)
        or _RANGE.match(number.after)
        or _SETTING.search(number.before)
    ):
        return False
    of_so_many = re.match(r"\s*(?:×|x)\s*\d" if not number.whole else r"\s*(?:/|×|x)\s*\d", number.after)
    return not of_so_many and "http" not in clause


def _judged(number: NumberSaid, noun: str, text: str, there: Truths, known: KnownOfRun) -> str | None:
    """Why a number of a result is not explained by the logs; None if it is."""
    if _SPREAD.search(number.before) or _SPREAD_AFTER.match(number.after):
        return None if _fits(number, there.spread, 0.0, noun) else _wrong(number, "spread", noun, there.spread)
    measured = [found] if (found := (known.measured or {}).get(noun)) else []
    if _is_of_all(number, text, known):
        right = [*there.together, *measured]
        return None if _fits(number, right, 0.0, noun) else _wrong(number, "mean over the runs", noun, right)
    right = [*there.final, *measured]
    right += there.bounds if _INTERVAL.search(text) else ()
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


def _is_of_all(number: NumberSaid, text: str, known: KnownOfRun) -> bool:
    """Whether it is the one mean over all runs: `76.4 ± 7.4 over 3 seeds`, with no seed, best or start spoken of."""
    said = _ALL_RUNS.search(text)
    if not said or len(known.runs) < 2 or small_number(said[1]) not in (len(known.runs), None):
        return False
    if not _ONE_OF_ALL.match(number.after) or is_about(number.before[-14:]) or len(_EITHER.findall(text)) != 1:
        return False
    return not any(one.search(text) for one in (_BEST, _START, _OVER_ALL, _SINGLE, _INTERVAL_WORD))


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
