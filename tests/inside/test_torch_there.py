"""Homework of which nobody could foresee that it imports PyTorch: it is watched all the same, and runs the same."""

from __future__ import annotations

from typing import Any

import pytest

from grader.probes import Argument, CallFunction, Case, request
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Command, Execution, Frame, Limits, Status

LIMITS = Limits(wall_s=120.0, cpu_s=60.0, memory_mib=2048, processes=64)
GET = CallFunction("get", ("^get$",), [Case("seven", (Argument("x", 7),))])
NET = """
import importlib
{how}
nn = torch.nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(3, 2)

    def forward(self, x):
        return self.layer(x).relu()

def get(x):
    torch.set_num_threads(5)
    torch.save({{"x": 1}}, "/content/drive/x.pt")
    net = torch.compile(Net())
    return net(torch.randn(4, 3)).sum() + torch.get_num_threads() + len(torch.load("/content/drive/x.pt"))

first = get(7)
"""
NO_TORCH = """
import sys

def get(x):
    return [x, "to" + "rch" in sys.modules]
"""


def ran(source: str) -> Execution:
    asked = {"entry": "work.py", "gpu": False, **request([GET], mode="run", seed=7)}
    command = Command("student", asked, files={"work.py": source.encode()}, limits=LIMITS)
    execution = BubblewrapSandbox().run(command)
    assert execution.status is Status.EXITED, (execution.reason, execution.console)
    return execution


@pytest.fixture(scope="module")
def foreseen() -> Execution:
    return ran(NET.format(how="import torch"))


@pytest.fixture(scope="module")
def unforeseen() -> Execution:
    return ran(NET.format(how="torch = importlib.import_module('to' + 'rch')"))


def told(frame: Frame) -> dict[str, Any]:
    numbers = {name: array.tolist() for name, array in frame.arrays.items()}
    return {name: value for name, value in frame.header.items() if name != "cpu_s"} | numbers


def test_torch_is_not_loaded_for_homework_that_does_not_name_it():
    (call,) = [frame for frame in ran(NO_TORCH).frames if frame.header.get("phase") == "direct"]

    assert call.arrays["result"].tolist() == [7, 0]


def test_what_is_seen_of_networks_is_the_same(foreseen: Execution, unforeseen: Execution):
    assert [told(frame) for frame in unforeseen.frames] == [told(frame) for frame in foreseen.frames]


def test_networks_are_watched_that_nobody_foresaw(unforeseen: Execution):
    (call,) = [frame for frame in unforeseen.frames if frame.header.get("phase") == "run"]

    assert call.header["networks"][0]["class"] == "Net"
    assert call.header["samples"][0]["count"] == 4
