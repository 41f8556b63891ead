"""Functions that draw random numbers, called many times with the same inputs; what they gave, one under the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..served import ARRAYS, Array
from .calls import play, seed_all
from .steps_taken import names_used

Header = dict[str, Any]


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Play a case of `calls` as often as `draws` says."""
    given = {name: ARRAYS[served] for name, served in case["arrays"].items()}
    return drawn(names_used(case, session.namespace), case, given)


def drawn(
    namespace: Mapping[str, Any], case: Mapping[str, Any], arrays: Mapping[str, Array]
) -> tuple[Header, dict[str, Array]]:
    """The header of the last play, and arrays (draws × shape) named `step/output`. What is not of one shape, or not
    there each time, is left out, and named in `uneven` of its step.
    """
    seed_all(case["seed"], torch=case["torch"])
    again, header = {**case, "seed": None}, dict[str, Any]()
    found: dict[str, list[Array]] = {}
    for _ in range(case["draws"]):
        header, one = play(namespace, again, arrays)
        for name, array in one.items():
            found.setdefault(name, []).append(array)
        if any("said" not in part for part in header["steps"].values()):
            break
    stacked: dict[str, Array] = {}
    for name, parts in found.items():
        if len(parts) == case["draws"] and all(part.shape == parts[0].shape for part in parts):
            stacked[name] = np.stack(parts)
        else:
            step, _, output = name.partition("/")
            header["steps"][step].setdefault("uneven", []).append(output)
    return header, stacked
