"""Which network a script builds is noted when its constructor is called, and nothing behind it is run."""

from __future__ import annotations

import pytest
from torch import nn

from grader.inside.noted_constructors import Reached, noted


def is_network(kind: type) -> bool:
    return kind.__name__.startswith("Net")


def test_the_first_network_is_noted_with_its_arguments_and_ends_the_script():
    calls = []

    with noted(calls, is_network):

        class Part(nn.Module):
            pass

        class Net(nn.Module):
            def __init__(self, width, depth=2, **others):
                super().__init__()
                self.part = Part()

        with pytest.raises(Reached):
            Net(3, name="x")

    (call,) = calls
    assert (call.kind, call.arguments, call.error) == (Net, {"width": 3, "name": "x"}, None)
    assert isinstance(call.network, Net)
    assert isinstance(Net(3), Net)  # afterwards constructors are as they were
    assert len(calls) == 1


def test_a_base_class_is_part_of_the_same_call_and_what_is_raised_is_kept():
    calls = []

    with noted(calls, is_network):

        class NetBase(nn.Module):
            def __init__(self):
                super().__init__()
                raise ValueError("no")

        class NetOwn(NetBase):
            def __init__(self):
                super().__init__()

        with pytest.raises(ValueError, match="no"):
            NetOwn()

    (call,) = calls
    assert call.kind is NetOwn
    assert call.network is None
    assert isinstance(call.error, ValueError)
