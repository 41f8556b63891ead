"""Wrong versions of a solution differ from it in one place; right ones do the same."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from grader.audit import network_styles
from grader.audit.mutants import mutants, shuffled
from grader.audit.rewrites import rewrites

LAYERS = b'''
"""Two layers."""
import numpy as np


def forward(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Rows of x times w."""
    z = x @ w
    z = z - z.mean(axis=0, keepdims=True)
    y = z ** 2 + 1
    rows = [row for row in y if row.sum() > 0.5]
    rows = [row for row in rows if row.sum() < 500]
    y[0] += len(rows)
    return y, z


def backward(dy, cache):
    print("backward", 3)
    return dy * 2 if cache is not None else -dy
'''
NET = b"""
import torch
from torch import nn
from torch.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))

    def forward(self, x):
        return F.relu(self.body(x)) + self.body(x).relu()


def fit(net, x):
    net.train()
    for _ in range(3):
        loss = net(x)
    return F.cross_entropy(net(x), torch.zeros(len(x), dtype=torch.long))
"""


@pytest.fixture(scope="module")
def wrong():
    return mutants({"layers.py": LAYERS}) + mutants({"net.py": NET})


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("operator", "z = z + z.mean(axis=0, keepdims=True)"),
        ("dropped term", "z = z"),
        ("swapped operands", "z = w @ x"),
        ("axis", "z = z - z.mean(axis=1, keepdims=True)"),
        ("missing argument", "z = z - z.mean(axis=0)"),
        ("constant", "y = z ** 3 + 1"),
        ("wrong function", "z = z - z.sum(axis=0, keepdims=True)"),
        ("swapped results", "return (z, y)"),
        ("in-place", "z -= z.mean(axis=0, keepdims=True)"),
        ("missing statement", "pass"),
        ("operator", "return dy * 2 if cache is None else -dy"),
        ("wrong condition", "return dy * 2 if not cache is not None else -dy"),
        ("wrong mode", "net.eval()"),
        ("missing layer", "self.body = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))"),
        ("detach", "return (F.relu(self.body(x)) + self.body(x).relu()).detach()"),
        ("missing call", "return self.body(x) + self.body(x).relu()"),
        ("no gradients", "with torch.no_grad():"),
        ("off by one", "for _ in range(3 - 1):"),
        ("swapped arguments", "return F.cross_entropy(torch.zeros(len(x), dtype=torch.long), net(x))"),
    ],
)
def test_each_kind_of_mistake_is_made(wrong, kind, line):
    assert any(one.kind == kind and line in [text.strip() for text in one.source.splitlines()] for one in wrong)


def test_what_is_said_and_imported_stays_as_it_is(wrong):
    assert not [one for one in wrong if "print('backward', 3)" not in one.source and "backward" in one.source]
    assert all(one.diff().count("\n-") == 1 for one in wrong if one.kind == "axis")


def test_the_same_mutants_are_drawn_for_the_same_seed(wrong):
    assert shuffled(wrong, 1)[:5] == shuffled(wrong, 1)[:5] != shuffled(wrong, 2)[:5]


def test_what_the_course_gives_is_not_changed():
    given = frozenset(ast.dump(node) for node in ast.parse(ast.unparse(ast.parse(LAYERS))).body)

    assert not mutants({"layers.py": LAYERS}, given)


def ran(files: dict[str, bytes]) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(files["net.py" if "net.py" in files else "layers.py"], names)  # noqa: S102 - written above
    return names


def test_right_versions_of_numpy_layers_compute_the_same():
    import numpy as np

    x, w = np.random.default_rng(1).standard_normal((2, 4, 4))
    wanted = ran({"layers.py": LAYERS})["forward"](x, w)
    found = [one for one in rewrites({"layers.py": LAYERS}, "layers.py") if "layers.py" in one.files]

    assert {"matmul for @", "einsum for @", "products for powers", "loops for comprehensions"} < {
        one.style for one in found
    }
    for one in found:
        for got, want in zip(ran(dict(one.files))["forward"](x, w), wanted, strict=True):
            assert np.allclose(got, want), one.style


def test_right_versions_of_a_network_compute_the_same():
    import torch

    x, net = torch.randn(5, 3, generator=torch.Generator().manual_seed(1)), ran({"net.py": NET})["Net"]()
    for one in rewrites({"net.py": NET}, "net.py"):
        if "net.py" not in one.files:
            assert one.style == "a notebook for the script"
            continue
        names = ran(dict(one.files))
        other = names["Net"]()
        with torch.no_grad():
            for mine, given in zip(other.parameters(), net.parameters(), strict=True):
                mine.copy_(given)
        assert torch.allclose(other(x), net(x)), one.style
        assert torch.allclose(names["fit"](other, x), ran({"net.py": NET})["fit"](net, x)), one.style


def test_layers_that_want_the_batch_second_stand_for_those_that_want_it_first():
    import torch

    made = "import torch\nfrom torch import nn\nlayer = nn.GRU(3, 4, batch_first=True)\n"
    names: dict[str, Any] = {}
    exec(ast.unparse(ast.fix_missing_locations(network_styles.batch_second(ast.parse(made)))), names)  # noqa: S102

    assert names["layer"](torch.zeros(2, 5, 3))[0].shape == (2, 5, 4)


def test_a_chain_in_place_of_nn_sequential_takes_its_weights_and_repeats_its_parts():
    import torch

    made = (
        "import collections, torch\nfrom torch import nn\nact = nn.ReLU()\n"
        "net = nn.Sequential(nn.Linear(2, 3), act, nn.Linear(3, 2), act)\n"
        "named = nn.Sequential(collections.OrderedDict(first=nn.Linear(2, 2), last=nn.Tanh()))\n"
    )
    plain, changed = {}, {}
    exec(made, plain)  # noqa: S102
    exec(ast.unparse(ast.fix_missing_locations(network_styles.loops(ast.parse(made)))), changed)  # noqa: S102

    for name in ("net", "named"):
        assert type(changed[name]) is not torch.nn.Sequential
        changed[name].load_state_dict(plain[name].state_dict())
        x = torch.ones(1, 2)
        assert torch.equal(changed[name](x), plain[name](x))
    assert len(changed["net"][:2](torch.ones(1, 2))[0]) == 3
