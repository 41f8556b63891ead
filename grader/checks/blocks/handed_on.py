"""A step that was given what an earlier one got wrong is judged by what is right for that input."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from grader.checks.blocks.comparing import GRADIENT, difference, rivals_of, rivals_unseen
from grader.checks.blocks.played import Calls, Right
from grader.checks.blocks.signatures import Signature
from grader.inside.asked.calls import OBJECT
from grader.inside.asked.plain_values import packed
from grader.inside.asked.values import LONGEST_TEXT
from grader.readings.fields import mapping, numbers
from grader.sandbox.protocol import Array, Frame

Given = Mapping[str, Any]
MANY = 2  # times as many texts, or numbers in a row, as are right


def other_input(step: Signature, frame: Frame, right: Right) -> str:
    """Which input of a step an earlier one got wrong: the mistake may lie there alone. Empty if none."""
    for name in _earlier(step, right):
        own, wanted = _said(frame.header, name), _said({"steps": right.header}, name)
        for key in step.needed:
            differs = _texts(key, own) != _texts(key, wanted) or _text(key, own) != _text(key, wanted)
            if (array := dict(right.of(name)).get(key)) is not None:
                found = numbers(frame.arrays.get(f"{name}/{key}"))
                differs = difference(key, found, array, right.allowed[f"{name}/{key}"]) is not None
            if differs:
                return f"its input {key} is what {name} gave, which differs"
    return ""


def only_looks(step: Signature, right: Right) -> bool:
    """Whether nothing of the student's runs in a step, as in `torch.sort(x).values -> y`: it shows what earlier ones
    gave, and can be wrong in no other way.
    """
    if not step.code or step.called or right.request is None:
        return False
    known = {*right.inputs, *right.request["plain"]}
    for name in _earlier(step, right):
        said = mapping(right.header[name].get("said")) or {}
        numbers_of = {key for key, _ in right.of(name)} | {key for key in said if said[key] != OBJECT}
        known = known | _wholes(numbers_of) - _wholes(key for key in said if said[key] == OBJECT)
    return known.issuperset(step.needed)


def _wholes(keys: Iterable[str]) -> set[str]:
    """The results that these are parts of: of `layers[0]`, `layers`."""
    return {key.partition("[")[0] for key in keys}


def _earlier(step: Signature, right: Right) -> list[str]:
    return list(right.header)[: list(right.header).index(step.name)]


def _said(header: Mapping[str, Any], step: str) -> Mapping[str, Any]:
    """The results of a step that are no numbers, by name."""
    part = mapping((mapping(header.get("steps")) or {}).get(step)) or {}
    return mapping(part.get("said")) or {}


def answers_to_own_input(asked: Calls, step: Signature, frame: Frame, right: Right) -> Iterator[Right]:
    """What the reference gives for the student's own results of earlier steps; nothing where that would prove nothing.

    Only where these can be handed to the reference: arrays of the right shapes, whole numbers in a row, texts, lists of
    texts. An input that hides mistakes (zeros, ones, one number everywhere, where the right one is not so) excuses
    nothing, nor does one for which an answer without work would be right. Arrays are handed on as lists too, and as
    lists of tuples: what the student's function gave may have been one.
    """
    if any(name.startswith(GRADIENT) for name, _ in right.of(step.name)) or right.request is None:
        return
    given = given_to(step, frame, right)
    for form in (_arrays, _lists, _tuples) if given else ():
        try:
            own = asked.step_alone(right, step, {name: form(value) for name, value in (given or {}).items()})
        except Exception:  # noqa: BLE001, S112 - the reference was given what it is not made for
            continue
        weak = any(
            rivals_unseen(array, own.allowed[f"{step.name}/{key}"]) & rivals_of(array)
            for key, array in own.of(step.name)
        )
        texts = [text for text in _said({"steps": own.header}, step.name).values() if text and text != OBJECT]
        if not weak and (list(own.of(step.name)) or texts):
            yield own


def _arrays(value: Any) -> Any:
    return value


def _lists(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return (value.astype(np.int64) if value.dtype.kind == "f" and _is_whole(value) else value).tolist()


def _tuples(value: Any) -> Any:
    many = isinstance(value, np.ndarray) and value.ndim > 1
    return packed([tuple(row) for row in _lists(value)]) if many else _lists(value)


def given_to(step: Signature, frame: Frame, right: Right) -> Given | None:
    """The student's results that a step was given, by name; None where one of them cannot be handed on."""
    found: dict[str, Any] = {}
    for name in _earlier(step, right):
        wanted = dict(right.of(name))
        for key in step.needed:
            if key in wanted:
                found[key] = fit(numbers(frame.arrays.get(f"{name}/{key}")), wanted[key])
            elif _text(key, _said({"steps": right.header}, name)) is not None:
                found[key] = _text(key, _said(frame.header, name))
            elif texts := _texts(key, _said({"steps": right.header}, name)):
                own = _texts(key, _said(frame.header, name))
                found[key] = own if own and len(own) <= MANY * len(texts) else None
    return None if any(value is None for value in found.values()) else found


def fit(own: Array | None, right: Array) -> Array | None:
    """The student's array if the reference may be given it and it hides nothing that the right one shows."""
    if own is None or not own.size or not np.isfinite(own).all():
        return None
    if own.shape != right.shape and not _as_long(own, right):
        return None
    if right.dtype.kind in "iu" and np.abs(own).max() > 2 * np.abs(right).max() + 10:
        return None
    hides = any(_is_dull(own, number) and not _is_dull(right, number) for number in (0, 1, own.flat[0]))
    with np.errstate(invalid="ignore"):
        alike = own.astype(right.dtype)
    return None if hides else alike if (alike == own).all() or right.dtype.kind == "f" else own


def _as_long(own: Array, right: Array) -> bool:
    """Whether they are whole numbers in a row, such as tokens, and about as many."""
    in_rows = all(array.ndim == 1 and _is_whole(array) for array in (own, right))
    return in_rows and right.size <= MANY * own.size and own.size <= MANY * right.size


def _is_whole(array: Array) -> bool:
    """Whether it holds whole numbers, as lists of them too arrive in double precision."""
    return array.dtype.kind in "iu" or (array.dtype.kind == "f" and bool((array == np.round(array)).all()))


def _is_dull(array: Array, number: float) -> bool:
    """Whether it is one number everywhere; one number alone is so only as 0 or 1."""
    return bool((array == number).all()) and (array.size > 1 or number in (0, 1))


def _text(name: str, said: Mapping[str, Any]) -> str | None:
    """A text that came back whole."""
    text = said.get(name)
    return text if isinstance(text, str) and text != OBJECT and len(text) < LONGEST_TEXT else None


def _texts(name: str, said: Mapping[str, Any]) -> list[str]:
    """A list of texts, whose entries come back one by one."""
    pattern = re.compile(rf"{re.escape(name)}\[(\d+)\]")
    places = {int(match[1]): text for key, text in said.items() if (match := pattern.fullmatch(key))}
    listed = [places[place] for place in sorted(places)]
    whole = sorted(places) == list(range(len(places))) and all(isinstance(text, str) for text in listed)
    return listed if whole else []
