"""What a box is told: plain data, and a seed from which the batch's cannot be found."""

from __future__ import annotations

import json

import numpy as np
import pytest
from core_examples import SEED

from grader.inside.building import hidden_parameter, roles
from grader.probes import Argument, BuildNetwork, CallFunction, Case, request, weights_seed

FLAG = Argument("skip", True, ("^s",))
COUNT = Argument("nb_samples", 100, ("^n",), optional=True)
STATS = CallFunction("get_stats", ("^get_?stats$",), [Case("on", (FLAG, COUNT)), Case("off", ())])
BLOCK = BuildNetwork("block", ("Block", "unit"), [Case("on", (FLAG,))], ("hidden.block",), ("net",))


def told(*probes, **changes):
    return request(probes, **{"mode": "run", "seed": SEED, **changes})


def test_a_box_is_told_how_to_load_and_what_to_ask():
    found = told(STATS, BLOCK)

    assert found["mode"] == "run"
    assert [(probe["kind"], probe["id"]) for probe in found["probes"]] == [("call", "get_stats"), ("build", "block")]


def test_only_functions_are_recorded():
    assert told(STATS, BLOCK)["record"] == [{"function": "get_stats", "patterns": ["^get_?stats$"]}]


def test_the_inside_reads_the_arguments_back():
    (case, _) = json.loads(json.dumps(told(STATS)))["probes"][0]["cases"]

    found = roles(case["roles"])

    assert [(role.name, role.value, role.optional) for role in found] == [
        ("skip", True, False),
        ("nb_samples", 100, True),
    ]


@pytest.mark.parametrize("seed", [0, 1, SEED, 2**63 - 1, 2**70 + 1])
def test_the_batchs_seed_is_not_among_what_a_box_is_told(seed):
    found = told(STATS, BLOCK, seed=seed)

    assert found["seed"] == weights_seed(seed) != seed
    assert seed < 2 or str(seed) not in json.dumps(found)


def test_the_seed_of_hidden_weights_is_63_bits_that_depend_on_the_batchs():
    found = [weights_seed(seed) for seed in range(2000)]

    assert len(set(found)) == 2000
    assert all(0 <= seed < 2**63 for seed in found)
    assert max(found) > 2**62


def test_the_seed_of_hidden_weights_stays_what_it_was():
    """Saved evidence can only be graded again while it does."""
    assert weights_seed(7) == 1719871197408050696


def test_both_sides_of_the_wall_draw_the_same_hidden_weights():
    inside = hidden_parameter(told(BLOCK)["seed"], 3, [10, 10, 3, 3])

    assert np.array_equal(inside, hidden_parameter(weights_seed(SEED), 3, (10, 10, 3, 3)))
    assert not np.array_equal(inside, hidden_parameter(SEED, 3, (10, 10, 3, 3)))
