"""What a report says, in statements; and the numbers in them, as precisely as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.checks.logged.training_run import TrainingRun

_MANY = {"k": 1e3, "m": 1e6, "thousand": 1e3, "million": 1e6}
_DIGITS = r"(?:\d{1,3}(?:[,\u202f\u2009]\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_POWER = r"\s?(?:×|x|\*|·|\\times|\\cdot)\s?10\s?\^?\{?\s?"
NUMBER = (
    rf"[-−+]?(?:{_DIGITS})(?:{_POWER}[-−+]?\d{{1,2}}\}}?|[eE][-+]?\d{{1,3}})?(?:\s?(?:[kKM]|thousand|million)(?!\w))?"
)
_NUMBER = re.compile(
    rf"(?<![\w.])([-−+]?)({_DIGITS})(?:{_POWER}([-−+]?\d{{1,2}})\}}?|[eE]([-+]?\d{{1,3}}))?"
    r"(\s?(?:%|\\%)|\s?(?:[kKM]|thousand|million)(?!\w))?"
)
_WORDS = {word: number for number, word in enumerate(("no", "one", "two", "three", "four", "five", "six", "seven"))}
_WORDS |= {"eight": 8, "nine": 9, "ten": 10}
_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[*_]*[A-Z0-9])|\n\s*\n|\n(?=\s*(?:[-*+•]|\d+[.)])\s)")
_LABEL = re.compile(r"^\s*(?:[-*+•]\s*)?[*_`]*[A-Za-z][^:=\n]{0,70}[*_`]*\s*[:=]\s*[*_`]*\s*\S")
_ABOUT = re.compile(r"about|≈|~|roughly|around|approx|nearly|almost|close to|circa|\bca\.", re.IGNORECASE)
_COUNTED = re.compile(
    r"^[\s\-*_)]*(?:k\s)?(?:random |different |independent |training |evaluation |test |separate |more |further |"
    r"greedy |environment |env |gradient |parallel |consecutive |last |final )*"
    r"(?:episodes?|steps?|timesteps?|seeds?|runs?|epochs?|iterations?|updates?|frames?|interactions?|seconds?|secs?\b|"
    r"s\b|min\b|minutes?|hours?|h\b|ms\b|layers?|units?|neurons?|hidden|parameters|weights|samples?|images?|points?|"
    r"batch|workers?|environments?|envs?|trials?|times|classes|pages?|percent of|of the (?:runs|seeds|episodes)|per\b|"
    r"th\b|st\b|nd\b|rd\b|-step|rollouts?|games?|values?|tasks?|GiB|MiB|MB|GB|CPU|cores?|GPU)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:fig(?:ure|\.)?s?|table|section|sec\.|eq\.?|seeds?|episodes?|steps?|timesteps?|epochs?|iterations?|runs?|"
    r"version|v|last|first|window of|window|every|each|per|between|chapter|exercise|part|question|task|page|lr|rate|γ|"
    r"gamma|alpha|\b[a-zA-Z]{1,2}\s*=|\^|over|of the last|size|hidden|layer|length|across|top|python|torch|"
    r"cartpole-v|-v)"
    r"\s*(?:of|number|no\.)?\s*[$*_(=#:]*\s*(?:\d[\d,]*\s*(?:-|–|to|and|,)\s*)*$",
    re.IGNORECASE,
)
_COUNTS = re.compile(r"(?:seeds?|episodes?|steps?|timesteps?|epochs?|iterations?|runs?)\b", re.IGNORECASE)
_OWN_ROW = re.compile(
    r"^\W*$|\b(?:seeds?|runs?|all|mean|average|avg|median|std|sd|deviation|spread|overall|total|final|last|first|best|min|"
    r"max|start|end|returns?|rewards?|scores?|loss(?:es)?|acc|accurac(?:y|ies)|train(?:ing)?|test|val(?:idation)?|"
    r"evaluation|epochs?|episodes?|steps?|result)\b",
    re.IGNORECASE,
)
MAX_STATEMENTS, MAX_STATEMENT = 3000, 1500


@dataclass(frozen=True)
class NumberSaid:
    """A number: its value, half a unit of its last digit, and what is written about it."""

    value: float
    half: float
    percent: bool
    before: str
    after: str
    text: str
    whole: bool


@dataclass(frozen=True)
class Statement:
    """A sentence, a line `label: value`, or a cell of a table with its heads (`labelled`). `compared`: it stands in a
    row of a table that may be of any other trial.
    """

    text: str
    labelled: bool = False
    compared: bool = False

    @property
    def numbers(self) -> tuple[NumberSaid, ...]:
        """All numbers that the statement says."""
        return tuple(numbers(self.text))


def statements(text: str) -> list[Statement]:
    """What a text in Markdown, or without any marks, says."""
    found: list[Statement] = []
    plain: list[str] = []
    table: list[list[str]] = []
    for line in [*_in_words(re.sub(r"```.*?(```|\Z)", "\n", text, flags=re.DOTALL)).splitlines(), ""]:
        if line.count("|") >= 2 or (table and line.strip().startswith("|")):
            table.append([cell.strip(" *_`") for cell in line.strip().strip("|").split("|")])
            continue
        found += _cells(table)
        table = []
        labelled = bool(_LABEL.match(line)) and len(line) < 160
        if labelled:
            first, *others = _SENTENCE.split(line.strip())
            found += [Statement(first, True), *map(Statement, others)]
        plain.append("" if labelled or line.lstrip().startswith("#") else line)
    parts = [re.sub(r"\s+", " ", part.strip()) for part in _SENTENCE.split("\n".join(plain)) if part.strip()]
    return [*found, *(Statement(part[:MAX_STATEMENT]) for part in parts)][:MAX_STATEMENTS]


def _in_words(text: str) -> str:
    """`final_return` as two words."""
    return re.sub(r"(?<=[A-Za-z])_(?=[A-Za-z])", " ", text)


def _cells(table: Sequence[Sequence[str]]) -> Iterator[Statement]:
    """Each cell with its row's and its column's head."""
    rows = [row for row in table if any(cell.strip("-: ") for cell in row)]
    if len(rows) < 2:
        return
    heads = rows[0]
    for row in rows[1:]:
        first = f"{heads[0]} {row[0]}" if re.fullmatch(r"\s*[\d.]+\s*", row[0]) else row[0]
        compared = not _OWN_ROW.search(first)
        for head, cell in zip(heads[1:], row[1:], strict=False):
            yield Statement(f"{first} {head}: {cell}"[:MAX_STATEMENT], True, compared)


def numbers(text: str) -> Iterator[NumberSaid]:
    """Numbers with half a unit of their last digit: `187.3` ± 0.05, `50k` ± 500, `1e-3`, `1.2 × 10^5`."""
    for hit in _NUMBER.finditer(text):
        sign, digits, power, exponent, unit = hit.groups()
        plain = re.sub("[,\u202f\u2009]", "", digits)
        unit = (unit or "").strip().lower()
        scale = _MANY.get(unit, 1.0) * 10.0 ** int((power or exponent or "0").replace("−", "-"))
        value = float(plain) * scale * (-1 if sign in ("-", "−") else 1)
        half = 0.5001 * 10.0 ** -len(plain.partition(".")[2]) * scale
        before, after = text[max(0, hit.start() - 60) : hit.start()], text[hit.end() : hit.end() + 40]
        whole = "." not in plain and not (unit or power or exponent)
        yield NumberSaid(value, half, "%" in unit, before, after, hit[0].strip(), whole)


def is_counted(number: NumberSaid) -> bool:
    """Whether a number counts things (episodes, seconds, layers)."""
    return _COUNTED.match(number.after) is not None


def is_label(number: NumberSaid) -> bool:
    """Whether a number is a name's (Figure 3, seed 1) or a setting's."""
    hit = _NAMED.search(number.before)
    return hit is not None and (number.whole or not _COUNTS.match(hit[0]))


def is_about(text: str) -> bool:
    """Whether a number is said to be no exact one."""
    return _ABOUT.search(text) is not None


def small_number(word: str) -> int | None:
    """`5` or `five`."""
    return int(word) if re.fullmatch(r"[0-9]{1,6}", word) else _WORDS.get(word.lower())


def runs_meant(text: str, runs: Sequence[TrainingRun]) -> Sequence[TrainingRun]:
    """Those of one seed, where a statement names one alone."""
    named = {int(hit) for hit in re.findall(r"\bseed\s*(?:=|:|#)?\s*(\d{1,6})\b", text, re.IGNORECASE)}
    found = [run for run in runs if run.seed in named]
    return found if len(named) == 1 and found else runs
