"""A function that calls others which are wrong is judged by what is right for what those give."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.checks.blocks.comparing import GRADIENT, rivals_of, rivals_unseen
from grader.checks.blocks.handed_on import fit, given_to
from grader.checks.blocks.played import Calls, Right
from grader.checks.blocks.signatures import Signature
from grader.inside.asked.calls import CALLS
from grader.inside.asked.values import flat, results
from grader.readings.fields import mapping, numbers, texts
from grader.sandbox.protocol import Array, Frame

NEAR = 1e-4  # of the largest number that a function is called with


class OtherCall(Exception):
    """The reference calls a part with something else than the student's does, or what that gave would hide mistakes."""


@dataclass(frozen=True)
class _Call:
    name: str
    given: Mapping[str, Array]
    found: Mapping[str, Array]


def answer_with_own_parts(
    asked: Calls, step: Signature, frame: Frame, right: Right, wrong: Sequence[Signature]
) -> tuple[Right, str] | None:
    """What the reference gives if the functions of `wrong` that it calls give what the student's gave for the same
    inputs, and the names of those; None where that would prove nothing.

    Only where both call them with the same numbers; what a part gave excuses nothing where it hides mistakes, as
    `answers_to_own_input` does not. Gradients are not compared so.
    """
    calls = _calls(wrong, step, frame)
    function, arrays = asked.names.get(step.path), dict(right.of(step.name))
    if not calls or not arrays or not isinstance(function, types.FunctionType) or right.request is None:
        return None
    given = given_to(step, frame, right)
    if given is None or any(name.startswith(GRADIENT) for name in arrays):
        return None
    used: set[str] = set()
    try:
        own = asked.step_alone(right, step, given, {step.path: _with_parts(function, asked, calls, used)})
    except Exception:  # noqa: BLE001 - the reference was given what it is not made for
        return None
    weak = any(
        rivals_unseen(array, own.allowed[f"{step.name}/{key}"]) & rivals_of(array) for key, array in own.of(step.name)
    )
    return (own, " and ".join(sorted(used))) if used and dict(own.of(step.name)) and not weak else None


def _calls(wrong: Sequence[Signature], step: Signature, frame: Frame) -> list[_Call]:
    """The calls of wrong functions that were noted while a step ran, where all of their numbers came back."""
    part = mapping((mapping(frame.header.get("steps")) or {}).get(step.name)) or {}
    signatures = {other.path: other for other in wrong}
    found = []
    for number, name in enumerate(texts(part.get("calls"), 6, 100)):
        if (called := signatures.get(name)) is None:
            continue
        place = f"{CALLS}{step.name}/{number}"
        given = {key: numbers(frame.arrays.get(f"{place}/in/{key}")) for key in called.inputs}
        gave = {key: numbers(frame.arrays.get(f"{place}/out/{key}")) for key in called.outputs}
        whole = [{key: array for key, array in side.items() if array is not None} for side in (given, gave)]
        if len(whole[0]) == len(given) and len(whole[1]) == len(gave):
            found.append(_Call(name, *whole))
    return found


def _with_parts(function: types.FunctionType, asked: Calls, calls: list[_Call], used: set[str]) -> types.FunctionType:
    """The reference's function, whose calls of others give what the student's gave."""
    home = function.__globals__
    signatures = {other.path: other for other in asked.steps}
    parts = {
        name: _part(signatures[name], home[name], [call for call in calls if call.name == name], used)
        for name in {call.name for call in calls}
        if name in home and home[name] is asked.names.get(name)
    }
    made = types.FunctionType(
        function.__code__, {**home, **parts}, function.__name__, function.__defaults__, function.__closure__
    )
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _part(signature: Signature, original: Callable[..., Any], calls: list[_Call], used: set[str]) -> Callable[..., Any]:
    def call(*args: Any, **named: Any) -> Any:
        values = list(inspect.signature(original).bind(*args, **named).arguments.values())
        if len(values) != len(signature.inputs):
            raise OtherCall(signature.path)
        given = {name: flat(name, value).get(name) for name, value in zip(signature.inputs, values, strict=True)}
        known = next((one for one in calls if all(_near(given[name], one.given[name]) for name in given)), None)
        if known is None:
            raise OtherCall(signature.path)
        made = results(original(*args, **named), len(signature.outputs))
        used.add(signature.path)
        replaced = [_as(known.found[name], name, value) for name, value in zip(signature.outputs, made, strict=True)]
        return replaced[0] if len(replaced) == 1 else tuple(replaced)

    return call


def _near(one: Any, other: Array) -> bool:
    if not isinstance(one, np.ndarray) or one.shape != other.shape:
        return False
    first, second = one.astype(np.float64), other.astype(np.float64)
    return bool(np.allclose(first, second, rtol=0, atol=NEAR * float(np.abs(first).max(initial=0))))


def _as(own: Array, name: str, right: Any) -> Any:
    """The student's numbers in the reference's place. Raises OtherCall where they would hide mistakes."""
    wanted = flat(name, right).get(name)
    found = fit(own, wanted) if isinstance(wanted, np.ndarray) else None
    if found is None:
        raise OtherCall(name)
    if type(right).__module__.startswith("torch"):
        import torch

        return torch.from_numpy(found.copy())
    return found if isinstance(right, np.ndarray) else found.tolist()
