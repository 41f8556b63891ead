"""Every operation that may be replayed: whatever its arguments are, it is refused, or right.

Arguments are drawn at random, the same ones every time. `--hypothesis-profile long` draws many more, and other ones.
"""

from __future__ import annotations

import json
import random
import warnings
from functools import cache
from typing import Any

import pytest
import torch
from drawn_arguments import POISON, arguments
from hypothesis import settings
from plain_formulas import FORMULAS, MADE
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from grader.checks import replay
from grader.checks.allowed import ALLOWED, operation, twins
from grader.checks.operations import NotReplayable
from grader.checks.primitives import PRICES

pytestmark = pytest.mark.costly

FIRST_OUT = 1000
NEVER_RUN = (
    "aten.linspace.Tensor_Tensor",  # the size of what these make depends on numbers that are not known beforehand
    "aten.linspace.Tensor_Scalar",
    "aten.linspace.Scalar_Tensor",
)
LOOKED_AT = ("_local_scalar_dense", "aminmax", "nonzero", "promote_types")  # places, masks, dtypes: before it runs
DRAWN_AT_ONCE = 9  # drawings for each example that the profile asks for
OUTS = list(range(FIRST_OUT, FIRST_OUT + 80))


@cache
def overloads(name: str) -> tuple[str, ...]:
    """`aten.add.Tensor` and all others of an operation that may be replayed."""
    found = []
    for overload in getattr(torch.ops.aten, name).overloads():
        try:
            operation(f"aten.{name}.{overload}", name)
        except NotReplayable:
            continue
        found.append(f"aten.{name}.{overload}")
    return tuple(found)


EVERY = [op for name in sorted(ALLOWED) for op in overloads(name)]


def original(op: str) -> torch._ops.OpOverload:
    """The operation itself, where the replay runs its twin."""
    _, name, overload = op.replace("__i", "__").split(".")
    found: torch._ops.OpOverload = getattr(getattr(torch.ops.aten, name), overload)
    return found


def replayed(op: str, args: list[Any], named: dict[str, Any]) -> list[Tensor]:
    """The results of an operation that came as JSON. Raises NotReplayable."""
    numbered: dict[int, Tensor] = {}
    kwargs = {name: _encoded(part, numbered) for name, part in named.items()}
    header = {
        "nodes": [{"op": op, "args": _encoded(args, numbered), "kwargs": kwargs, "out": OUTS}],
        "values": {f"input.{number}": number for number in numbered} or {"input.0": 0},
        "calls": [],
        "output": FIRST_OUT,
    }
    header["values"].setdefault("input.0", 0)
    numbered.setdefault(0, torch.zeros(1))
    values = dict(numbered)
    network = replay.parse(json.loads(json.dumps(header)))
    with Primitives():
        replay.execute(network, values)
    return [values[number] for number in OUTS if number in values]


class Primitives(TorchDispatchMode):
    """What this processor carries out was measured before; on `meta` PyTorch may take it apart otherwise."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        name = str(func._schema.name).removeprefix("aten::")
        known = name in LOOKED_AT or (name if name.startswith("_") else name.removesuffix("_")) in PRICES
        assert known, f"{name} runs here and has no price"
        return func(*args, **(kwargs or {}))


def _encoded(part: Any, numbered: dict[int, Tensor]) -> Any:
    match part:
        case Tensor():
            numbered[len(numbered)] = part
            return {"value": len(numbered) - 1}
        case list():
            return [_encoded(item, numbered) for item in part]
        case torch.dtype() | torch.device():
            return {"other": str(part)}
        case float() if part - part != 0:
            return {"float": str(part)}
    return part


def plainly(op: str, args: list[Any], named: dict[str, Any]) -> list[Tensor]:
    """The same in float64, on copies that stand alone: by a formula where there is one, else by PyTorch."""
    name = op.split(".")[1]
    exact, kwargs = [_exact(part) for part in args], {name: _exact(part) for name, part in named.items()}
    if name in (*replay.NORMALISATIONS, "instance_norm") and exact[5] is True:
        exact[3:5] = [None, None]  # running statistics, which are not ours to update
    fractions = isinstance(args[0], Tensor) and args[0].is_floating_point() and args[0].numel()
    with torch.no_grad():
        fits = "attention" in name or (fractions and not named)
        run = MADE.get(name) or (FORMULAS.get(name) if fits else None) or original(op)
        found = run(*exact, **kwargs)
    return list(found) if isinstance(found, tuple | list) else [found]


def _exact(part: Any) -> Any:
    match part:
        case Tensor():
            return part.detach().clone(memory_format=torch.contiguous_format).to(_exact(part.dtype))
        case list():
            return [_exact(item) for item in part]
        case torch.dtype() if part.is_floating_point:
            return torch.float64
    return part


def same(found: Tensor, expected: Tensor) -> bool:
    """Equal but for the rounding of float32; where float64 goes beyond float32's range, anything goes."""
    if found.shape != expected.shape or found.is_floating_point() != expected.is_floating_point():
        return False
    found, expected = found.double(), expected.double()
    beyond = expected.abs() > POISON / 10
    close = torch.isclose(found, expected, rtol=2e-3, atol=2e-3, equal_nan=True)
    return bool((close | beyond | ((expected - expected) != 0)).all())


def check(op: str, args: list[Any], named: dict[str, Any]) -> bool:
    """Whether it ran. Fails unless it is refused or right, and leaves its arguments alone."""
    if op.split(".")[1] in ("cumprod", "prod"):  # of hundreds of numbers leaves the range of float32
        args = [part / 512 if isinstance(part, Tensor) else part for part in args]
    before = [_exact(part) for part in args]
    try:
        found = replayed(op, args, named)
    except NotReplayable:
        return False
    assert _alike([_exact(part) for part in args], before), f"{op} changed its arguments"
    expected = plainly(op, args, named)
    for one, other in zip(found, expected, strict=False):
        assert same(one, other), f"{op} of {args}, {named}: expected {other}, found {one}"
    return True


def _alike(first: Any, second: Any) -> bool:
    if isinstance(first, list):
        return all(map(_alike, first, second))
    return torch.equal(first.nan_to_num(7), second.nan_to_num(7)) if isinstance(first, Tensor) else True


def tried(op: str, times: int) -> list[bool]:
    """Which of so many times the usual number of drawings ran."""
    wanted = settings()
    # Drawn here: Hypothesis would look through every module there is for numbers to draw, once for each operation.
    numbers = random.Random(f"{op} {times}" if wanted.derandomize else None)  # noqa: S311 - the same ones every time
    ran = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(times * wanted.max_examples * DRAWN_AT_ONCE):
            chance = random.Random(numbers.getrandbits(32))  # noqa: S311
            ran.append(check(op, *arguments(original(op), chance)))
    return ran


@pytest.mark.parametrize("op", EVERY)
def test_an_operation_is_refused_or_right_whatever_its_arguments_are(op):
    ran = any(tried(op, 1))

    if op not in NEVER_RUN:  # more where none of the first fitted each other
        assert ran or any(tried(op, 20)), "expected arguments that fit among those that were drawn"


def test_every_allowed_operation_is_there():
    assert not [name for name in ALLOWED if not hasattr(torch.ops.aten, name)]
    assert {op.split(".")[1] for op in EVERY} | {name.strip("_") for name, _ in twins().values()} >= {
        name for name in ALLOWED if not name.startswith("__i")
    }
