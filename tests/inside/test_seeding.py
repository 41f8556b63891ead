"""The same random numbers each time, PyTorch's too."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch

from grader.inside.seeding import seed_all, seed_torch


def drawn() -> tuple[float, float, float]:
    return random.gauss(), float(np.random.random()), float(torch.rand(()))


def test_the_same_seed_gives_the_same_numbers():
    seed_all(2**33 + 5, torch=True)
    first = drawn()
    seed_all(2**33 + 5, torch=True)

    assert drawn() == first
    seed_all(6, torch=True)
    assert not set(drawn()) & set(first)


def test_without_pytorch_its_numbers_go_on():
    seed_all(5, torch=True)
    first = drawn()
    seed_all(5, torch=False)

    assert drawn()[:2] == first[:2]
    assert drawn()[2] != first[2]


@pytest.mark.parametrize("devices", ["the CPU alone", "others"])
def test_the_numbers_are_those_of_pytorchs_own_function(devices: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.version, "cuda", None if devices == "the CPU alone" else "13.0")
    torch.manual_seed(7)
    expected = torch.rand(3)

    seed_torch(7)

    assert torch.equal(torch.rand(3), expected)
