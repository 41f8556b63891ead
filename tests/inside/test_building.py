from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from grader.inside.building import (
    CannotCall,
    Role,
    assign,
    bind,
    defaults_kept,
    fill,
    hidden_parameter,
    positional_only,
    roles,
    simple,
)
from grader.probes import Argument, Case

CHANNELS = Role("nb_channels", 10, ("chan", "width"))
KERNEL = Role("kernel_size", 3, ("kernel", "^k$"), optional=True)
SKIP = Role("skip_connections", True, ("skip", "resid"))
BATCH = Role("batch_normalization", False, ("batch.*norm", "^bn$", "norm"))
ALL = (CHANNELS, KERNEL, SKIP, BATCH)


def bound(function: Callable[..., Any], **namespace: Any) -> dict[str, Any]:
    return bind(function, ALL, namespace)[0]


def test_the_handouts_names_are_taken_as_they_are():
    def block(nb_channels, kernel_size, skip_connections=False, batch_normalization=True): ...

    assert bind(block, ALL, {}) == (
        {"nb_channels": 10, "kernel_size": 3, "skip_connections": True, "batch_normalization": False},
        [],
    )


def test_order_does_not_matter():
    def block(batch_normalization, skip_connections, kernel_size, nb_channels): ...

    assert bound(block) == {"nb_channels": 10, "kernel_size": 3, "skip_connections": True, "batch_normalization": False}


def test_other_names_are_understood_and_remarked_on():
    def block(in_channels, use_skip, bn): ...

    arguments, remarks = bind(block, ALL, {})

    assert arguments == {"in_channels": 10, "use_skip": True, "bn": False}
    assert remarks == ["in_channels for nb_channels", "use_skip for skip_connections", "bn for batch_normalization"]


def test_an_exact_name_wins_over_a_pattern_of_another_role():
    first, second = Role("skip_norm", 1, ()), Role("norm", 2, ("norm",))

    assert bind(lambda norm, skip_norm: ..., (first, second), {})[0] == {"norm": 2, "skip_norm": 1}


def test_a_default_beside_the_exact_name_is_left_alone():
    assert bind(lambda skip_connections, skip_first=7: ..., (SKIP,), {})[0] == {"skip_connections": True}
    assert bind(lambda in_chan, out_chan=3: ..., (CHANNELS,), {})[0] == {"in_chan": 10, "out_chan": 10}
    assert bind(lambda nb_channels, out_chan: ..., (CHANNELS,), {})[0] == {"nb_channels": 10, "out_chan": 10}


def test_flags_of_unknown_names_are_taken_in_order():
    def block(width, first=False, second=False): ...

    assert bound(block) == {"width": 10, "first": True, "second": False}


def test_names_that_say_nothing_have_the_handouts_places():
    def block(nb_canaux, taille_noyau, sauter, norme): ...
    def switched(nb_canaux, taille_noyau, sauter=True, normer=False): ...
    def without_kernel(nb_canaux, sauter, norme): ...

    assert bound(block) == {"nb_canaux": 10, "taille_noyau": 3, "sauter": True, "norme": False}
    assert bound(switched) == {"nb_canaux": 10, "taille_noyau": 3, "sauter": True, "normer": False}
    assert bound(without_kernel) == {"nb_canaux": 10, "sauter": True, "norme": False}


def test_places_are_not_taken_where_a_role_would_be_left_over():
    def block(nb_channels, first, second): ...
    def another(model, chan, skip, norm): ...

    assert bound(block) == {"nb_channels": 10, "first": True, "second": False}
    with pytest.raises(CannotCall, match="unexpected required parameter 'model'"):
        bound(another)


def test_optional_roles_alone_are_taken_by_their_places():
    sizes = (Role("nb_blocks", 3, ("blocks",), optional=True), Role("nb_channels", 10, ("chan",), optional=True))

    assert bind(lambda nb_blocs, nb_canaux, taille=3: ..., sizes, {})[0] == {"nb_blocs": 3, "nb_canaux": 10}
    with pytest.raises(CannotCall, match="unexpected required parameter"):
        bind(lambda a, b, c: ..., sizes, {})


def test_what_is_passed_only_if_required_is_not_taken_by_its_place():
    samples = Role("nb_samples", 100, ("sampl",), optional=True, only_required=True)

    with pytest.raises(CannotCall, match="unexpected required parameter 'model'"):
        bind(lambda skip, model: ..., (SKIP, samples), {})


def test_a_flag_is_not_guessed_where_a_default_shows_something_else():
    def block(width, depth=3, name="x"): ...

    with pytest.raises(CannotCall, match=r"no parameter for skip_connections, batch_normalization in \(width, depth"):
        bound(block)


def test_a_missing_optional_argument_is_no_problem_and_a_missing_other_one_is():
    assert "kernel_size" not in bound(lambda chan, skip, norm: ...)
    with pytest.raises(CannotCall, match="no parameter for nb_channels in"):
        bound(lambda kernel, skip, norm: ...)


def test_keyword_arguments_take_what_has_no_parameter():
    def block(chan, **options): ...

    assert bound(block) == {"chan": 10, "skip_connections": True, "batch_normalization": False}


def test_keyword_only_and_positional_only_parameters():
    def block(chan, skip, /, *, norm): ...

    arguments = bound(block)

    assert positional_only(block, arguments) == ([10, True], {"norm": False})


def test_starred_parameters_alone_hold_nothing():
    with pytest.raises(CannotCall, match="no parameter for"):
        bound(lambda *args: ...)


def test_other_required_parameters_come_from_the_submissions_globals():
    def stats(model, chan, skip, norm): ...

    assert bound(stats, model="net")["model"] == "net"
    with pytest.raises(CannotCall, match="unexpected required parameter 'model'"):
        bound(stats)


def test_a_parameter_named_like_a_global_is_not_taken_for_a_flag():
    def stats(model, chan, first, norm): ...

    assert bound(stats, model="net") == {"model": "net", "chan": 10, "first": True, "norm": False}


def test_what_is_passed_only_if_required_leaves_defaults_alone():
    samples = Role("nb_samples", 100, ("sampl",), optional=True, only_required=True)

    assert bind(lambda samples: ..., (samples,), {})[0] == {"samples": 100}
    assert bind(lambda samples=7: ..., (samples,), {})[0] == {}


def test_a_call_keeps_the_other_defaults_or_does_not():
    def stats(skip, seed=0, lr=0.1): ...

    chosen = assign(stats, (SKIP,), {})

    assert defaults_kept(stats, chosen, {"skip": True, "seed": 0, "lr": 0.1})
    assert not defaults_kept(stats, chosen, {"skip": True, "seed": 1, "lr": 0.1})


def test_classes_are_bound_by_their_constructor():
    class Block(nn.Module):
        def __init__(self, n_channels, residual, batchnorm):
            super().__init__()

    assert bound(Block) == {"n_channels": 10, "residual": True, "batchnorm": False}


def test_a_request_gives_the_roles_back():
    case = Case("x", (Argument("skip", True, ("^s",), optional=True, only_required=True),))

    assert roles(case.request()["roles"]) == [Role("skip", True, ("^s",), optional=True, only_required=True)]


class Odd(float):
    def __sub__(self, other: object) -> float:
        raise RuntimeError("not today")


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (True, True),
        (None, None),
        (3, 3),
        (0.5, 0.5),
        (float("inf"), "inf"),
        (float("nan"), "nan"),
        (np.bool_(True), True),
        (np.float32(0.5), 0.5),
        (torch.tensor(3), 3),
        (torch.tensor([True]), True),
        (torch.tensor(1.5, dtype=torch.bfloat16), 1.5),
        (torch.zeros(2), {"type": "Tensor"}),
        (torch.tensor(1j), {"type": "Tensor"}),
        (torch.zeros(1, device="meta"), {"type": "Tensor"}),
        (1j, {"type": "complex"}),
        (10**5000, {"type": "int"}),
        (Odd(0.5), 0.5),
        ("x" * 300, "x" * 200),
        ([1], {"type": "list"}),
    ],
    ids=lambda value: str(type(value).__name__),
)
def test_arguments_are_noted_as_plain_values(value: object, wanted: object):
    found = simple(value)

    assert (type(found), found) == (type(wanted), wanted)


@pytest.mark.parametrize("shape", [(2, 3), (200, 300)])
def test_what_is_done_to_hidden_weights_does_not_change_the_next_ones(shape):
    wanted = hidden_parameter(1, 0, shape).copy()

    hidden_parameter(1, 0, shape).fill(0)

    assert np.array_equal(hidden_parameter(1, 0, shape), wanted)


def test_hidden_parameters_depend_on_seed_and_place_and_keep_signals_alive():
    weight = hidden_parameter(1, 0, (256, 64, 3, 3))

    assert weight.dtype == np.float32
    assert weight.std() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.05)
    assert not np.array_equal(weight, hidden_parameter(2, 0, (256, 64, 3, 3)))
    assert not np.array_equal(weight, hidden_parameter(1, 1, (256, 64, 3, 3)))
    assert hidden_parameter(1, 0, (1000,)).mean() == pytest.approx(0.5, abs=0.1)
    assert hidden_parameter(1, 0, ()).shape == ()


def test_a_network_is_filled_in_the_order_of_its_parameters():
    network = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))

    named = fill(network, 5)

    assert named == [("0.weight", [2, 3]), ("0.bias", [2]), ("1.weight", [2]), ("1.bias", [2])]
    for index, (name, shape) in enumerate(named):
        np.testing.assert_array_equal(network.state_dict()[name].numpy(), hidden_parameter(5, index, shape))
