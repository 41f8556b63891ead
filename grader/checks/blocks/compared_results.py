"""What a step of a student's gave beside what the reference's gives: numbers, texts, and what is too much."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from itertools import pairwise
from typing import Any

from grader.checks.blocks.answered_steps import left_alone
from grader.checks.blocks.comparing import difference, shape_words, unasked
from grader.checks.blocks.played import Right
from grader.checks.blocks.signatures import UNNAMED, Signature
from grader.inside.asked.calls import AFTER, OBJECT
from grader.readings.fields import mapping, numbers, own_arrays, text
from grader.sandbox.protocol import Array, Frame

NAMED = re.compile(r"\[['\"]")
EMPTY = "nothing in it"  # said of a result
TEXT_KEY = re.compile(r"(\w+)\[(['\"])(.*)\2\]")


def step_differences(step: Signature, frame: Frame, part: Mapping[str, Any], right: Right) -> list[str]:
    """All in which a step's results are not the reference's."""
    unwanted = unasked(own_arrays(frame, f"{step.name}/"), dict(right.of(step.name)))
    values = _of_values(step.name, frame, part, right)
    texts_of = _of_texts(part, right.header[step.name], own_arrays(frame, f"{step.name}/"))
    return [*values, *unwanted, *texts_of, *_more(step, frame, part, right)]


def _of_values(name: str, frame: Frame, part: Mapping[str, Any], right: Right) -> Iterable[str]:
    kinds, said = mapping(part.get("kinds")) or {}, mapping(part.get("said")) or {}
    for key, array in right.of(name):
        own = numbers(frame.arrays.get(f"{name}/{key}"))
        if key.startswith(AFTER) and own is None:
            yield left_alone(key)
        elif own is None and (kind := text(kinds.get(key), 60)):
            yield f"{key} is {kind}, expected {shape_words(array)}"
        elif own is None and (entries := _entries(key, said)):
            yield f"{key} holds {', '.join(entries[:3])}, expected {shape_words(array) if array.size else EMPTY}"
        elif problem := difference(key, own, array, right.allowed[f"{name}/{key}"]):
            yield problem + _swapped(key, own, name, right)


def _more(step: Signature, frame: Frame, part: Mapping[str, Any], right: Right) -> Iterable[str]:
    """Entries that the reference has not, where keys are data and no names: a pair that is counted and is not there, a
    word after the last one.
    """
    said = right.header[step.name].get("said", {})
    arrays = {key for key, _ in right.of(step.name)}
    wanted, alike = {*arrays, *said} | lists_of(step.name, right), keyed_by_input(step.name, right)
    free = {UNNAMED} if said.get(UNNAMED, "") is None else set()
    found = [*own_arrays(frame, f"{step.name}/"), *(mapping(part.get("said")) or {})]
    inside = tuple(f"{key}[" for key in arrays)  # said where the array is missing
    others = [key for key in found if key.partition("[")[0] not in free and not key.startswith(inside)]
    more = [key for key in others if _is_more(key, wanted, alike)]
    if more:
        yield f"{', '.join(sorted(more)[:3])} is there, which the reference does not give"


def _is_more(key: str, wanted: Container[str], alike: Container[str]) -> bool:
    """Whether a result has this entry beyond those that are wanted: entries with names of their own may be more."""
    name = key.partition("[")[0]
    if key in wanted or name not in wanted:
        return False
    places = [place for place, letter in enumerate(key) if letter == "["]
    beyond = next((place for place, end in pairwise([*places, len(key)]) if key[:end] not in wanted), None)
    return beyond is not None and (NAMED.match(key, beyond) is None or name in alike)


def _entries(key: str, said: Mapping[str, Any]) -> list[str]:
    """The texts that a result has in it, as they are told."""
    return [repr(str(value)[:40]) for name, value in said.items() if name.startswith(f"{key}[") and value != OBJECT]


def keyed_by_input(name: str, right: Right) -> set[str]:
    """Results that are dictionaries of words of the input, such as a vocabulary."""
    words: dict[str, list[str]] = {}
    for key, _ in right.of(name):
        if (found := TEXT_KEY.fullmatch(key)) is not None:
            words.setdefault(found[1], []).append(found[3])
    texts = list(_texts((right.request or {}).get("plain")))
    return {output for output, some in words.items() if all(any(word in text for text in texts) for word in some)}


def _texts(value: object) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from (text for part in value.values() for text in _texts(part))
    elif isinstance(value, list | tuple):
        yield from (text for part in value for text in _texts(part))


def _swapped(key: str, own: Array | None, name: str, right: Right) -> str:
    """Whether it is what another result should be."""
    others = [
        other
        for other, array in right.of(name)
        if other != key and own is not None and difference(other, own, array, right.allowed[f"{name}/{other}"]) is None
    ]
    return f"; it holds what {others[0]} should be: are results in another order?" if others else ""


def _of_texts(part: Mapping[str, Any], right: Mapping[str, Any], own: Iterable[str]) -> Iterable[str]:
    """Results that are no numbers: texts and None."""
    said, wanted = mapping(part.get("said")) or {}, right.get("said", {})
    for key in wanted:
        if wanted[key] == OBJECT:
            if key in said and said[key] is None:
                yield f"{key} is None: is a return missing?"
        elif key == UNNAMED and wanted[key] is None:
            continue  # it is called for what it does: it may return its argument, or whatever else
        elif said.get(key) != wanted[key] or key not in said:
            yield f"{key}: expected {wanted[key]!r}, found {_found(key, part, said, own)}"


def _found(key: str, part: Mapping[str, Any], said: Mapping[str, Any], own: Iterable[str]) -> str:
    """A text that came back, or what kind of thing is in its place; `own` are the names of numbers."""
    if kind := text((mapping(part.get("kinds")) or {}).get(key), 60):
        return kind
    if key in said:
        return repr(str(said[key])[:80])
    there = any(name == key or name.startswith(f"{key}[") for name in (*own, *said))
    return "something else" if there else "nothing"


def lists_of(name: str, right: Right) -> set[str]:
    """Results that have entries of their own, numbers or texts: `words`, of `words[0]`."""
    keys = [*(key for key, _ in right.of(name)), *right.header.get(name, {}).get("said", ())]
    return {key[:place] for key in keys for place in range(len(key)) if key[place] == "["}
