"""`generated_text`: texts that a student's model wrote, handed in as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Passage, Quote
from grader.finding import Finding
from grader.probes import ReadFiles
from grader.readings.fields import text
from grader.readings.opened_files import files_read
from grader.rubric import Block

MAX_TEXTS, SHOWN = 2000, 12
GRAM = 6  # characters in a row, of which variety is counted
FEW, PIECES = 0.1, 20


def generated_text(  # noqa: PLR0913 - all but two are named
    files: tuple[str, ...],
    training: Callable[[], str],
    *,
    count: int = 10,
    characters: tuple[int, int] = (20, 5000),
    alphabet: str | None = None,
    longest_copy: int = 80,
    variety: float = 0.5,
    score: Callable[[str], float] | None = None,
    at_least: float | None = None,
) -> Block:
    """Texts in `files` (patterns): one a line in `.jsonl` (a text, or `{"text": …}`), else parted by empty lines or by
    lines of `---`; an end of a line within a text is a blank.

    Judged in equal parts: `count` texts of so many `characters` (of an `alphabet`, if there is one); at least `variety`
    of the variety (different sixes of letters, as a share) that as much of the training text has, where at most a tenth
    of the texts are another one again or say the same over and over; nothing of more than
    `longest_copy` characters word for word out of `training()`; and the mean `score(text)` of the course's own model is
    `at_least` so much. A person sees the first texts as a quotation. Caught: empty and short texts, one text many
    times, loops, training text handed in. Copies are found without regard to blanks and capitals, and so is the score
    where the alphabet has no capitals. Where fewer than half of `count` texts are of that form, nothing is judged of
    the rest. One a line without empty lines between costs the points for form alone.

    Raises AssignmentError for a score without a limit.
    """
    if (score is None) != (at_least is None):
        raise AssignmentError("generated_text: expected score and at_least together")
    reading = ReadFiles(f"texts ({', '.join(files)})", "texts", files)

    def check(evidence: Evidence) -> Finding:
        found, odd = _texts(evidence, reading), None
        if 2 * _fitting(found, characters) < count <= _fitting(lines := _lines(found), characters):
            found, odd = lines, f"expected an empty line between texts, found {len(lines)} of them one a line"
        found = [" ".join(one.split()) for one in found]
        parts = [
            odd or _of_form(found, count, characters, alphabet),
            _of_variety(found, training(), variety),
            _of_copies(found, training(), longest_copy),
        ]
        if score is not None and at_least is not None:
            spoken = found if alphabet is None or alphabet != alphabet.lower() else [one.lower() for one in found]
            mean = sum(map(score, spoken)) / len(found)
            parts.append(None if mean >= at_least else f"expected a mean score of {at_least:g}, found {mean:.3g}")
        problems = [part for part in parts if part]
        shown = (_quoted(found, files),)
        said = f"{len(found)} texts of {sum(map(len, found)) // len(found):,} characters on average"
        if not problems:
            return Finding.passed(said, exhibits=shown)
        credit = Fraction(len(parts) - len(problems), len(parts))
        hint = "read a few of them before they are saved"
        if credit and 2 * _fitting(found, characters) >= count:
            return Finding.partial(credit, problems[0], hint, details=tuple(problems), exhibits=shown)
        return Finding.failed(problems[0], hint, details=tuple(problems), exhibits=shown)

    return Block(check, reads=(reading,))


def _texts(evidence: Evidence, reading: ReadFiles) -> list[str]:
    """Raises MissingEvidence where there are none."""
    read = files_read(evidence, reading)
    found: list[str] = []
    for one in read:
        if one.frame is not None:
            found += _parted(text(one.frame.header.get("text"), 400_000) or "", one.path)
    if found:
        return found[:MAX_TEXTS]
    if unread := [one for one in read if one.problem]:
        raise MissingEvidence(f"{unread[0].path}: {unread[0].problem}", ours=unread[0].ours)
    raise MissingEvidence(f"not attempted: there is no text in {' or '.join(reading.patterns)}")


def _parted(whole: str, path: str) -> Iterator[str]:
    if not path.lower().endswith((".jsonl", ".ndjson")):
        parts = re.split(r"\n\s*-{3,}\s*\n|\n\s*\n", f"\n{whole}\n")
        yield from (part.strip() for part in parts if part.strip().strip("-"))
        return
    for line in whole.splitlines():
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        said = _said(value) if isinstance(value, dict) else value
        if isinstance(said, str) and said.strip():
            yield said.strip()


def _said(record: dict[str, object]) -> str:
    """What stands under `text`, or else the longest."""
    words = [part for part in record.values() if isinstance(part, str)]
    named = record.get("text")
    return named if isinstance(named, str) else max(words, key=len, default="")


def _of_form(found: Sequence[str], count: int, characters: tuple[int, int], alphabet: str | None) -> str | None:
    low, high = characters
    fitting = [one for one in found if low <= len(one) <= high]
    if len(fitting) < count:
        return (
            f"expected texts of {low:,} to {high:,} characters, {count} of them; found {len(fitting)} of {len(found)}"
        )
    odd = sorted({letter for one in found for letter in one} - set(alphabet or "")) if alphabet else []
    return f"expected letters of the training text alone, found also {''.join(odd)[:40]!r}" if odd else None


def _fitting(found: Sequence[str], characters: tuple[int, int]) -> int:
    return sum(characters[0] <= len(one) <= characters[1] for one in found)


def _lines(found: Sequence[str]) -> list[str]:
    return [line.strip() for one in found for line in one.splitlines() if line.strip()]


def _sixes(texts: Sequence[str]) -> float:
    """The share of different sixes of letters."""
    parts = [one[place : place + GRAM] for one in texts for place in range(len(one) - GRAM + 1)]
    return len(set(parts)) / len(parts) if parts else 0.0


def _of_variety(found: Sequence[str], training: str, least: float) -> str | None:
    size = min(sum(map(len, found)), len(training))
    usual, own = _sixes([training[:size]]), _sixes(found)
    if own < least * usual:
        return f"{own:.0%} of all {GRAM} letters in a row are different; as much of the training text has {usual:.0%}"
    again = len(found) - len(set(map(_plain, found)))
    if again > FEW * len(found):
        return f"{again} of {len(found)} texts are another one again"
    loops = sum(_sixes([one]) < least * _least_sixes(training, len(one)) for one in found)
    return f"{loops} of {len(found)} texts say the same over and over" if loops > FEW * len(found) else None


@lru_cache(maxsize=4096)
def _least_sixes(training: str, size: int) -> float:
    """The lowest share of different sixes of letters in pieces of the training text that are so long."""
    starts = range(0, max(1, len(training) - size), max(1, (len(training) - size) // PIECES))
    return min(_sixes([training[start : start + size]]) for start in starts)


def _plain(one: str) -> str:
    return re.sub(r"\s+", " ", one).lower()


def _of_copies(found: Sequence[str], training: str, longest: int) -> str | None:
    """The first piece that is too long to be no copy."""
    source, step = _plain(training), max(1, longest // 2)
    known = {source[place : place + step] for place in range(len(source) - step + 1)}
    for one in map(_plain, found):
        place = 0
        while place + step <= len(one):
            end = place + step
            while one[place:end] in source if end - place > step else one[place:end] in known:
                end += 1
                if end > len(one) or end - place > longest:
                    break
            if end - place > longest:
                return f"“{one[place : place + 60]}…” stands in the training text, with more than {longest} characters"
            place += 1
    return None


def _quoted(found: Sequence[str], files: Sequence[str]) -> Quote:
    passages = tuple(Passage(one[:1000]) for one in found[:SHOWN])
    caption = f"The first {len(passages)} of {len(found)} texts that were handed in."
    return Quote("texts", "Generated texts", caption, ", ".join(files), passages)
