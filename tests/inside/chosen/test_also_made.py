"""A network that the scripts make in several sizes is one network: what each comes to is told."""

from __future__ import annotations

from core_examples import SEED
from homework_5 import part, session_with
from torch import nn

from grader.inside.asked import chosen_network
from grader.inside.chosen.ways_to_make import NetworkWay


class Net(nn.Module):
    def __init__(self, depth=1):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), *(nn.LazyLinear(5) for _ in range(depth)))

    def forward(self, x):
        return self.layers(x)


def way(name="HW5Net", how="HW5Net(depth=2) in hw5.py, line 9", **more):
    return NetworkWay(name, Net, **{"how": how, "called": True, "tensors": 4} | more)


def also_made(*others):
    session = session_with("HW5Net", Net, SEED)
    ((meant, (found, _)),) = session.chosen_networks.items()
    session.chosen_networks[meant] = found, [found, *others]
    case = next(one for one in part("tasks").NETWORK.probe.request()["cases"] if one["id"] == "structure")
    return chosen_network.answer(session, case)[0]["also_made"]


def test_other_sizes_that_the_scripts_make_are_told():
    assert also_made(way(), way(how="HW5Net(depth=3) in hw5.py, line 12", tensors=6)) == [
        ["HW5Net(depth=2) in hw5.py, line 9", 4],
        ["HW5Net(depth=3) in hw5.py, line 12", 6],
    ]


def test_what_the_scripts_do_not_make_and_other_networks_are_left_out():
    assert also_made() == []
    assert also_made(way(called=False), way("Net3"), way(error="TypeError")) == []
