"""Mistakes in the data that an assignment serves: found once for each batch, because making data takes a while."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.errors import AssignmentError
from grader.probes import BuildNetwork, MakeNetwork
from grader.slips.folder import raised_in

if TYPE_CHECKING:
    from grader.assignment import Assignment

DTYPES = ("bool", "uint8", "int32", "int64", "float32", "float64")  # what can be sent into the sandbox
NOT_FOR_NETWORKS = ("float64",)  # networks are made in float32


def check_data(made: Assignment, seed: int) -> None:
    """Raises AssignmentError with all that is wrong with the data of a batch."""
    if wrong := list(data_slips(made, seed)):
        raise AssignmentError("\n".join(f"{made.folder / 'assignment.py'}: {problem}" for problem in wrong))


def data_slips(made: Assignment, seed: int) -> Iterator[str]:
    """What is wrong with `data(seed)` and `full_sizes`: with their types, and with the names that probes ask for."""
    try:
        arrays, again = made.data(seed), made.data(seed)
    except Exception as error:  # noqa: BLE001 - whatever an instructor's code raises
        yield f"data({seed}) raised an exception: {raised_in(made.folder, error)}"
        return
    wrong = [*_of_arrays("data", arrays), *_of_arrays("full_sizes", made.full_sizes)]
    yield from wrong
    if wrong:
        return
    if changed := [name for name in arrays if name not in again or not _same(arrays[name], again[name])]:
        yield (
            f"data: expected the same arrays for the same seed, found others for {', '.join(changed[:5])}: "
            "draw them with np.random.default_rng(seed)"
        )
    for probe in made.probes:
        if isinstance(probe, BuildNetwork):
            yield from _of_inputs(probe.id, probe.inputs, arrays)
        elif isinstance(probe, MakeNetwork):
            named = dict.fromkeys(name for case in probe.cases for name in case.inputs)
            yield from _of_inputs(probe.id, list(named), arrays)


def _of_arrays(where: str, arrays: Any) -> Iterator[str]:
    if not isinstance(arrays, Mapping):
        yield f"{where}: expected a dictionary of arrays by name, found {type(arrays).__name__}"
        return
    for name, array in arrays.items():
        if not isinstance(name, str) or not name:
            yield f"{where}: expected texts as names, found {name!r}"
        elif not isinstance(array, np.ndarray):
            yield f"{where}: {name!r}: expected a NumPy array, found {type(array).__name__}"
        elif array.dtype.name not in DTYPES or not array.dtype.isnative:
            yield f"{where}: {name!r}: expected one of {', '.join(DTYPES)}, found {array.dtype}: use .astype(...)"


def _of_inputs(probe: str, inputs: Sequence[str], arrays: Mapping[str, Any]) -> Iterator[str]:
    for name in inputs:
        where = f"probe {probe!r}: input {name!r}"
        if name not in arrays:
            yield f"{where}: expected an array of data(seed), found {', '.join(sorted(arrays)) or 'none'}"
        elif arrays[name].dtype.name in NOT_FOR_NETWORKS:
            yield f"{where}: networks are made in float32, found {arrays[name].dtype}: use .astype(np.float32)"


def _same(one: Any, other: Any) -> bool:
    same_kind = isinstance(other, np.ndarray) and one.dtype == other.dtype and one.shape == other.shape
    return same_kind and one.tobytes() == other.tobytes()
