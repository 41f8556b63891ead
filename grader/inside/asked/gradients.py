"""A function at many points next to one another, and the gradients that the student's own code gives there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..arrays import as_array
from ..cause import their_objects, told
from ..seeding import seed_all
from ..served import ARRAYS, Array
from .calls import put_in
from .passed_on import called
from .plain_values import unpacked
from .values import results

SHARE = 1e-3  # of an input's size: how far its numbers are moved
MOVES = (1.0, -1.0, 0.5, -0.5)
Header = dict[str, Any]


def step_of(array: Array) -> float:
    """How far the numbers of an input are moved."""
    return SHARE * max(float(np.sqrt(np.mean(np.square(array)))), 1e-6)


def weights(shape: tuple[int, ...]) -> Array:
    """What each number of the output counts: one differs from the next, so that no mistake cancels out."""
    return np.asarray(np.cos(1.7 * np.arange(int(np.prod(shape)))) + 0.2).reshape(shape)


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Call `forward` (name, inputs, count of outputs) at the inputs and at `by`'s moved ones, then take the gradients:
    from `backward` (name, inputs, outputs), from autograd (`torch`), or from the outputs of `forward` themselves.
    """
    called = [case["forward"][0], *([case["backward"][0]] if case["backward"] else [])]
    if missing := [name for name in called if not callable(session.namespace.get(name))]:
        return {"missing": missing[0]}, {}
    asked = _Asked(session.namespace, case, {name: ARRAYS[place] for name, place in case["arrays"].items()})
    try:
        return asked.all()
    except (TimeoutError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - student code
        return {**told(error), "during": asked.during}, {}


class _Asked:
    def __init__(self, namespace: Mapping[str, Any], case: Mapping[str, Any], given: Mapping[str, Array]) -> None:
        self.case, self.given = case, given
        self.during, self.inputs, self.count = case["forward"]
        self.function = _applied(namespace[self.during])
        self.backward = namespace[case["backward"][0]] if case["backward"] else None

    def all(self) -> tuple[Header, dict[str, Array]]:
        outputs, leaves = self.call(self.given, gradients=True)
        if outputs is None:
            return {"results": True}, {}
        arrays = {"out": _numbers(outputs[0]), "again": self.out(self.given)}
        arrays |= {f"gradient/{name}": part for name, part in self.gradients(outputs, leaves).items()}
        self.during = self.case["forward"][0]
        arrays |= {f"moved/{name}": self.moved(name) for name in dict.fromkeys(self.case["by"].values())}
        return {"tried": True}, arrays

    def call(self, arrays: Mapping[str, Array], *, gradients: bool = False) -> tuple[list[Any] | None, dict[str, Any]]:
        """The outputs (None where there are not so many), and the tensors that are differentiated by."""
        values: dict[str, Any] = {name: array.copy() for name, array in arrays.items()}
        leaves: dict[str, Any] = {}
        if self.case["torch"]:
            import torch

            values = {name: torch.from_numpy(array) for name, array in values.items()}
            wanted = set(self.case["by"].values()) if gradients else set()
            leaves = {name: values[name].requires_grad_() for name in wanted}
            values |= {name: leaf.clone() for name, leaf in leaves.items()}
        values = put_in(unpacked(self.case["plain"]), values)
        seed_all(7, torch=self.case["torch"])
        with their_objects():
            result = called(self.function, self.inputs, values)
        parts = results(result, self.count)
        return (parts if len(parts) == self.count else None), leaves

    def out(self, arrays: Mapping[str, Array]) -> Array:
        outputs, _ = self.call(arrays)
        return _numbers(outputs[0] if outputs else None)

    def moved(self, name: str) -> Array:
        """Numbers of the input × moves × numbers of the output."""
        array, step = self.given[name], step_of(self.given[name])
        found = []
        for place in range(array.size):
            for move in MOVES:
                other = array.copy()
                other.reshape(-1)[place] += move * step
                found.append(self.out({**self.given, name: other}).reshape(-1))
        return np.stack(found).reshape(array.size, len(MOVES), -1)

    def gradients(self, outputs: list[Any], leaves: Mapping[str, Any]) -> dict[str, Array]:
        by = self.case["by"]
        if self.case["torch"]:
            import torch

            (out, *_) = outputs
            if not isinstance(out, torch.Tensor) or not out.requires_grad:
                return {}
            counted = torch.from_numpy(weights(tuple(out.shape))).to(out.dtype)
            found = torch.autograd.grad(out, [leaves[name] for name in by.values()], counted, allow_unused=True)
            return {name: _numbers(part) for name, part in zip(by, found, strict=True) if part is not None}
        results = self.called_back(outputs)
        return {name: _numbers(results[name]) for name in by if results.get(name) is not None}

    def called_back(self, outputs: list[Any]) -> dict[str, Any]:
        if self.backward is None:
            return dict(zip(self.case["outputs"], outputs, strict=True))
        self.during, inputs, names = self.case["backward"]
        first = self.given.get(inputs[0])
        values = {inputs[0]: weights(np.shape(outputs[0])) if first is None else first.copy()}
        values |= dict(zip(self.case["outputs"], outputs, strict=True))
        with their_objects():
            result = called(self.backward, inputs, values)
        return dict(zip(names, results(result, len(names)), strict=False))


def _applied(function: Any) -> Callable[..., Any]:
    """An autograd `Function` is called by `apply`."""
    applied: Callable[..., Any] = function
    if isinstance(function, type) and hasattr(function, "backward") and hasattr(function, "apply"):
        applied = function.apply
    return applied


def _numbers(value: Any) -> Array:
    array, kind = as_array(value)
    if array is None:
        raise TypeError(f"expected numbers, found {kind}")
    return np.asarray(array, np.float64)
