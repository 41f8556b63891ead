"""Classes that are made with hidden numbers: a table of word vectors, a matrix of neighbours, weights of classes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from asking import found
from torch import nn
from torch.nn import functional as F

from grader.checks import (
    as_numpy,
    deterministic_in_eval,
    integers,
    layers,
    normal,
    parameters,
    same_as_reference,
    same_module,
    uniform,
)
from grader.errors import AssignmentError
from grader.finding import Outcome


class Reader(nn.Module):
    """The reference: looks words up in the table that it is made with, which learns."""

    def __init__(self, vectors, features, hidden, drop=0.0):
        super().__init__()
        self.vectors = nn.Parameter(torch.tensor(vectors))
        self.layer = nn.Linear(features * vectors.shape[1], hidden)
        self.drop = nn.Dropout(drop)

    def look_up(self, w):
        return self.vectors[w].flatten(1)

    def forward(self, w):
        return self.drop(torch.relu(self.layer(self.look_up(w))))


class WithEmbedding(nn.Module):
    """A layer for the table, a matrix from the right for the other, other names, another order."""

    def __init__(self, features, hidden, vectors, drop=0.0):
        super().__init__()
        assert isinstance(vectors, np.ndarray)
        self.weight = nn.Parameter(torch.zeros(features * vectors.shape[1], hidden))
        self.bias = nn.Parameter(torch.zeros(hidden))
        self.table = nn.Embedding.from_pretrained(torch.from_numpy(vectors), freeze=False)
        self.drop = drop

    def look_up(self, tokens):
        return self.table(tokens).reshape(len(tokens), -1)

    def forward(self, tokens):
        return F.dropout((self.look_up(tokens) @ self.weight + self.bias).relu(), self.drop, self.training)


class Frozen(Reader):
    """The table does not learn."""

    def __init__(self, *args):
        super().__init__(*args)
        self.vectors.requires_grad_(requires_grad=False)


class OtherWords(Reader):
    def look_up(self, w):
        return self.vectors[w - 1].flatten(1)


MADE = "Reader(vectors, features, hidden)"
SIZES = [(11, 4, 3, 7, 5), (9, 5, 6, 8, 1)]
CASES = [
    {"vectors": as_numpy(normal(v, e)), "features": f, "hidden": h, "w": integers(b, f, below=v)}
    for v, e, f, h, b in SIZES
]
BLOCK = same_module(MADE, "(w) -> out", reference={"Reader": Reader}, cases=CASES)
LOOKED_UP = same_module(MADE, "look_up(w) -> x", reference={"Reader": Reader}, cases=CASES)


@pytest.mark.parametrize("block", [BLOCK, LOOKED_UP])
@pytest.mark.parametrize("kind", [Reader, WithEmbedding])
def test_a_network_made_with_a_table_passes_however_it_keeps_it(block, kind):
    assert found(block, Reader=kind).outcome is Outcome.PASSED


def test_a_method_is_named_in_what_is_said():
    assert found(LOOKED_UP, Reader=Reader).message.startswith("Reader.look_up is the reference's function")
    assert found(LOOKED_UP, Reader=OtherWords).message.startswith("Reader.look_up differs")


@pytest.mark.parametrize("kind", [Frozen, OtherWords])
def test_a_table_that_does_not_learn_or_is_read_elsewhere_fails(kind):
    assert found(BLOCK, Reader=kind).outcome is Outcome.FAILED


class Spread(nn.Module):
    """The reference: a constant matrix of neighbours mixes what a layer gives."""

    def __init__(self, neighbours, width):
        super().__init__()
        self.register_buffer("neighbours", neighbours)
        self.layer = nn.Linear(width, width + 1)

    def forward(self, x):
        return self.neighbours @ self.layer(x)


class InAttribute(nn.Module):
    def __init__(self, neighbours, width):
        super().__init__()
        self.kept, self.layer = neighbours, nn.Linear(width, width + 1)

    def forward(self, x):
        return self.layer(torch.einsum("ij,bjk->bik", self.kept, x)) + self.layer.bias * (self.kept.sum(1)[:, None] - 1)


class Constant(nn.Module):
    def __init__(self, neighbours, width):
        super().__init__()
        self.kept = nn.Parameter(neighbours, requires_grad=False)
        self.layer = nn.Linear(width, width + 1)

    def forward(self, x):
        return self.kept @ self.layer(x)


class Transposed(Spread):
    def forward(self, x):
        return self.neighbours.T @ self.layer(x)


class NotUsed(Spread):
    def forward(self, x):
        return self.layer(x)


GRAPHS = [{"neighbours": uniform(n, n), "width": w, "x": normal(b, n, w)} for n, w, b in ((4, 3, 2), (5, 2, 1))]
SPREAD = same_module("Spread(neighbours, width)", "(x) -> out", reference={"Spread": Spread}, cases=GRAPHS)


@pytest.mark.parametrize("kind", [Spread, InAttribute, Constant])
def test_a_constant_matrix_passes_wherever_it_is_kept(kind):
    assert found(SPREAD, Spread=kind).outcome is Outcome.PASSED


@pytest.mark.parametrize("kind", [Transposed, NotUsed])
def test_another_use_of_the_matrix_fails(kind):
    assert found(SPREAD, Spread=kind).outcome is Outcome.FAILED


def test_one_input_in_several_cases_makes_one_module():
    table = as_numpy(normal(6, 3))
    both = [{"vectors": table, "features": 2, "hidden": 4, "w": integers(b, 2, below=6)} for b in (3, 5)]
    seen = []

    class Notes(Reader):
        def __init__(self, vectors, features, hidden):
            seen.append(vectors.copy())
            super().__init__(vectors, features, hidden)

    block = same_module(MADE, "(w) -> out", reference={"Reader": Reader}, cases=both)
    assert found(block, Reader=Notes).outcome is Outcome.PASSED
    assert np.array_equal(seen[0], seen[-1])


def test_other_blocks_make_it_too():
    drops = deterministic_in_eval(
        "Reader(vectors, features, hidden, drop)",
        "(w) -> out",
        cases=[case | {"drop": 0.5} for case in CASES],
        random_in_training=True,
    )
    assert found(drops, Reader=Reader).outcome is Outcome.PASSED
    never = type("Never", (Reader,), {"forward": lambda self, w: self.look_up(w)})
    assert found(drops, Reader=never).outcome is Outcome.FAILED
    count = 11 * 4 + 12 * 7 + 7
    sized = parameters(MADE, cases=CASES[:1], at_least=count, at_most=count)
    assert found(sized, Reader=Reader).outcome is Outcome.PASSED
    linear = layers(MADE, "(w) -> out", "linear", cases=CASES[:1], at_least=1, at_most=1)
    assert found(linear, Reader=Reader).outcome is Outcome.PASSED


def test_what_it_keeps_of_the_numbers_is_asked_step_by_step():
    block = same_as_reference(
        MADE + " -> net",
        "net.vectors -> kept",
        reference={"Reader": Reader},
        torch=True,
        cases=[{name: value for name, value in case.items() if name != "w"} for case in CASES],
    )
    other = type("Other", (Reader,), {"__init__": lambda self, v, *rest: Reader.__init__(self, v * 0 + 1, *rest)})
    assert found(block["net.vectors"], Reader=Reader).outcome is Outcome.PASSED
    assert found(block["net.vectors"], Reader=other).outcome is Outcome.FAILED


def test_what_cannot_be_meant_so_is_said():
    with pytest.raises(AssignmentError, match="expected normal"):
        as_numpy(3)
    with pytest.raises(AssignmentError, match="x: as_numpy is for what the class is made with"):
        same_module(
            "Spread(neighbours, width)",
            "(x) -> out",
            reference={"Spread": Spread},
            cases=[GRAPHS[0] | {"x": as_numpy(normal(2, 4, 3))}],
        )
