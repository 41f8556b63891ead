"""Operations are measured without PyTorch's compiler and without SymPy, and come to what they come to with them."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from types import ModuleType

import pytest
import torch

from grader.checks import costs, no_compiler
from grader.checks.no_compiler import COMPILER, SHAPES, without_compiler

# Operations of the usual layers, as strings so that a process of its own can measure them.
MEASURED = """
import sys, torch
from grader.checks.costs import cost
one, ones = torch.ones(2, 3, 8, 8), torch.ones(4, 3, 3, 3)
aten, flat, each = torch.ops.aten, torch.ones(2, 6), torch.ones(3)
operations = [
    (aten.conv2d.default, [one, ones, None, [1, 1], [1, 1]]), (aten.relu.default, [one]),
    (aten.batch_norm.default, [one, each, each, each, each, True, 0.1, 1e-5, False]),
    (aten.max_pool2d.default, [one, [2, 2]]), (aten.adaptive_avg_pool2d.default, [one, [1, 1]]),
    (aten.linear.default, [flat, torch.ones(5, 6), torch.ones(5)]), (aten.layer_norm.default, [flat, [6]]),
    (aten.add.Tensor, [one, each[:, None, None]]), (aten.flatten.using_ints, [one, 1]), (aten.mean.dim, [one, [2]]),
    (aten.softmax.int, [flat, 1]), (aten.cat.default, [[flat, flat]]), (aten.view.default, [one, [2, -1]]),
    (aten.matmul.default, [flat, torch.ones(6, 2)]), (aten.conv_transpose2d.input, [one, torch.ones(3, 4, 3, 3)]),
]
found = [cost(operation, args, {}) for operation, args in operations]
"""


# What it says last: which of the modules are there, what was measured, and what gives way for the real ones.
PROGRAM = f"""{MEASURED}
imported = [name for name in ("torch._dynamo", "sympy") if name in sys.modules]
from grader.checks.no_compiler import SHAPES, without_compiler
with without_compiler():
    from torch.fx.experimental.symbolic_shapes import ShapeEnv, guard_or_false
    import sympy
print(imported, found, sympy.Symbol("n") + 1, sys.modules[SHAPES].ShapeEnv is ShapeEnv)
"""


@pytest.fixture(scope="module")
def shapes() -> ModuleType:
    return import_module(SHAPES)


@pytest.mark.usefixtures("shapes")
def test_the_usual_layers_are_measured_without_them_and_come_to_the_same():
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    again: dict[str, object] = {}
    costs._cost.cache_clear()
    exec(MEASURED, again)  # noqa: S102 - the same here, where the real one is imported

    assert done.stdout.strip() == f"[] {again['found']} n + 1 True"


@pytest.mark.filterwarnings("ignore:guard_size_oblivious will be removed:FutureWarning")
def test_what_is_said_of_known_sizes_is_what_pytorch_says(shapes):
    asked = {
        "sym_and": [(True,), (True, False), (True, True, True)],
        "sym_or": [(False,), (False, True), (False, False)],
        "sym_eq": [(1, 1), (1, 2), ((1, 2), [1, 2]), ((1,), (1, 2)), ((1, (2, 3)), (1, (2, 4)))],
    }
    asked |= {name: [(0,), (7,)] for name in ("guarding_hint_or_throw", "has_guarding_hint", "is_nested_int")}
    for name, ours in no_compiler._OF_KNOWN_SIZES.items():
        for args in asked.get(name, [(True,), (False,)]):
            assert ours(*args) is getattr(shapes, name)(*args)


def test_what_is_not_to_be_compiled_runs_as_it_is(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delitem(sys.modules, COMPILER, raising=False)
    measured = torch._compile._disable_dynamo(lambda x: x + 1)  # as parts of PyTorch are marked

    with without_compiler([COMPILER]):
        assert measured(1) == 2

    assert COMPILER not in sys.modules
    assert measured(2) == 3


def test_an_operation_that_a_stand_in_fails_at_is_measured_without_it(shapes, monkeypatch: pytest.MonkeyPatch):
    broken = ModuleType(SHAPES)
    monkeypatch.setitem(no_compiler.STAND_INS, SHAPES, lambda: broken)
    monkeypatch.delitem(sys.modules, SHAPES)
    used: list[str] = []

    def answer(name: str) -> None:
        used.append(name)
        sys.modules[SHAPES] = shapes

    vars(broken)["__getattr__"] = answer
    costs._cost.cache_clear()

    found = costs.cost(torch.ops.aten.conv2d.default, [torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3)], {})

    assert found.work > 0
    assert used


def test_what_is_imported_already_is_left_alone(shapes):
    with without_compiler():
        assert sys.modules[SHAPES] is shapes
