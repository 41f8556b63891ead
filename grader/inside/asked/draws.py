"""Functions that draw random numbers, called many times with the same inputs; what they gave, one under the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..seeding import seed_all
from ..served import ARRAYS, Array
from .calls import AFTER, play, untouched
from .steps_taken import names_used, of_case

Header = dict[str, Any]


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Play a case of `calls` as often as `draws` says."""
    given = {name: ARRAYS[served] for name, served in case["arrays"].items()}
    return drawn(names_used(case, session.namespace), case, given)


def drawn(
    namespace: Mapping[str, Any], case: Mapping[str, Any], arrays: Mapping[str, Array]
) -> tuple[Header, dict[str, Array]]:
    """The header of the last play, and arrays (draws × shape) named `step/output`. What is not of one shape, or not
    there each time, is left out, and named in `uneven` of its step. Inputs that any call changed are in `changed`.
    `whole` is how many plays came to their end.
    """
    seed_all(case["seed"], torch=case["torch"])
    again, steps, header = {**case, "seed": None}, of_case(case), dict[str, Any]()
    found: dict[str, dict[int, Array]] = {}
    altered: dict[str, dict[str, None]] = {}  # inputs that a call changed, by step
    for number in range(case["draws"]):
        header, one = play(namespace, {**again, "play": f"{case['seed']} {number}"}, arrays, steps)
        for name, array in one.items():
            found.setdefault(name, {})[number] = array
        for step, part in header["steps"].items():
            altered.setdefault(step, {}).update(dict.fromkeys(part.get("changed", ())))
        if any("said" not in part for part in header["steps"].values()):
            break
    else:
        number = case["draws"]
    header["whole"] = number
    for step, names in altered.items():
        if names:
            header["steps"][step]["changed"] = list(names)
    _fill(found, untouched(case, arrays), case["draws"])
    stacked: dict[str, Array] = {}
    for name, parts in found.items():
        if len(parts) == case["draws"] and all(part.shape == parts[0].shape for part in parts.values()):
            stacked[name] = np.stack([parts[number] for number in sorted(parts)])
        else:
            step, _, output = name.partition("/")
            header["steps"][step].setdefault("uneven", []).append(output)
    return header, stacked


def _fill(found: Mapping[str, dict[int, Array]], given: Mapping[str, Array], draws: int) -> None:
    """A call that happens to leave an input as it was, as a shuffle may, gives what was given.

    Not of an input that several steps change: what the later one was given is not known.
    """
    changed = [name.partition("/")[2] for name in found]
    for name, parts in found.items():
        key = name.partition("/")[2]
        array = given.get(key.removeprefix(AFTER))
        if key.startswith(AFTER) and array is not None and changed.count(key) == 1:
            for number in range(draws):
                parts.setdefault(number, array)
