"""What is told of a network beside its operations: other sizes that the scripts make, and parts of the grader's own."""

from __future__ import annotations

from core_examples import SEED
from homework_5 import part, session_with
from torch import nn

from grader.inside.asked import chosen_network
from grader.inside.chosen.ways_to_make import NetworkWay
from grader.inside.standins import dlstudio


class Net(nn.Module):
    def __init__(self, depth=1):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), *(nn.LazyLinear(5) for _ in range(depth)))

    def forward(self, x):
        return self.layers(x)


def way(name="HW5Net", how="HW5Net(depth=2) in hw5.py, line 9", **more):
    return NetworkWay(name, Net, **{"how": how, "called": True, "tensors": 4} | more)


def told(factory=Net, others=()):
    session = session_with("HW5Net", factory, SEED)
    ((meant, (found, _)),) = session.chosen_networks.items()
    session.chosen_networks[meant] = found, [found, *others]
    case = next(one for one in part("tasks").NETWORK.probe.request()["cases"] if one["id"] == "structure")
    return chosen_network.answer(session, case)[0]


def also_made(*others):
    return told(others=others)["also_made"]


def test_other_sizes_that_the_scripts_make_are_told():
    assert also_made(way(), way(how="HW5Net(depth=3) in hw5.py, line 12", tensors=6)) == [
        ["HW5Net(depth=2) in hw5.py, line 9", 4],
        ["HW5Net(depth=3) in hw5.py, line 12", 6],
    ]


def test_what_the_scripts_do_not_make_and_other_networks_are_left_out():
    assert also_made() == []
    assert also_made(way(called=False), way("Net3"), way(error="TypeError")) == []


class Own(dlstudio.SkipBlock):
    """A block of the student's that builds on DLStudio's."""


class CopiedOut(nn.Module):
    """A block of the student's that is written as DLStudio's."""

    def __init__(self):
        super().__init__()
        self.convo1, self.convo2 = nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x):
        return x + self.convo2(self.convo1(x).relu())


def with_block(block):
    return lambda: nn.Sequential(block(), nn.AvgPool2d(16), nn.Flatten(), nn.LazyLinear(5))


def test_skip_blocks_of_the_graders_own_in_place_of_dlstudios_are_told():
    assert told(with_block(lambda: dlstudio.SkipBlock(3, 3)))["standins"] is True
    assert told(with_block(lambda: Own(3, 6)))["standins"] is True
    assert told(with_block(CopiedOut))["standins"] is False
