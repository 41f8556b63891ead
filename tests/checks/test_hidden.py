"""Hidden weights: the ones that were filled in inside the sandbox, drawn again."""

from __future__ import annotations

import numpy as np
import pytest
from core_examples import SEED
from torch import nn

from grader.checks.hidden import hidden_statistics, hidden_weights
from grader.checks.operations import NotReplayable
from grader.inside import building
from grader.probes import weights_seed


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 2, bias=False))


def test_the_weights_of_a_network_that_was_filled_are_drawn_again():
    filled = network()

    drawn = hidden_weights(building.fill(filled, weights_seed(SEED)), SEED)

    assert list(drawn) == [name for name, _ in filled.named_parameters()]
    assert all(np.array_equal(drawn[name], value.detach().numpy()) for name, value in filled.named_parameters())


def test_running_statistics_that_were_filled_are_drawn_again():
    filled = network()

    drawn = hidden_statistics(building.fill_statistics(filled, weights_seed(SEED)), SEED)

    own = dict(filled.named_buffers())
    assert list(drawn) == ["1.running_mean", "1.running_var"]
    assert all(np.array_equal(array, own[name].numpy()) and (array > 0).all() for name, array in drawn.items())


def test_some_of_the_weights_are_the_same_as_among_all():
    shapes = [("a", (3,)), ("b", (2, 2)), ("c", (5,))]

    some, every = hidden_weights(shapes, SEED, {"b"}), hidden_weights(shapes, SEED)

    assert list(some) == ["b"]
    assert np.array_equal(some["b"], every["b"])


def test_weights_that_fill_the_memory_are_not_drawn():
    with pytest.raises(NotReplayable, match="more than"):
        hidden_weights([("huge", (2**20, 2**20))], SEED)
    assert hidden_weights([("huge", (2**20, 2**20)), ("b", (1,))], SEED, {"b"})["b"].shape == (1,)
