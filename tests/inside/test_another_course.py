"""Another course's network, of other names, sizes and numbers of blocks, is found and judged by the same blocks."""

from __future__ import annotations

import pytest
from answering import HIDDEN, SEED, Submission, answers, small_data
from core_examples import record

from grader import Evidence, MissingEvidence
from grader.checks import ChosenNetwork, enough_layers, enough_skip_blocks, logits

NETWORK = ChosenNetwork(
    named=r"lab_?3",
    earlier=r"lab_?2",
    classes=3,
    shape=(3, 8, 8),
    images=HIDDEN,
    served=lambda _: small_data(),
    wanted="a residual network",
)
BLOCKS = {
    "layers": enough_layers(NETWORK, 14, blocks=3),
    "skips": enough_skip_blocks(NETWORK, 3),
    "logits": logits(NETWORK),
}
BLOCK = """
import argparse
import torch
from torch import nn


class Piece(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.one, self.two = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))

    def forward(self, x):
        return torch.relu(x + self.two(torch.relu(self.one(x))))
"""
NET = """

class Lab3(nn.Module):
    def __init__(self, pieces, n_classes, width=4):
        super().__init__()
        self.stem = nn.Conv2d(3, width, 3, padding=1)
        self.pieces = nn.Sequential(*(Piece(width) for _ in range(pieces)))
        self.head = nn.Linear(width, n_classes)

    def forward(self, x):
        return self.head(self.pieces(self.stem(x)).mean((2, 3)))
"""
TRAINS = """
parser = argparse.ArgumentParser()
parser.add_argument("--pieces", type=int, default=4)

if __name__ == "__main__":
    options = parser.parse_args()
    net = Lab3(options.pieces, n_classes=3)
    raise SystemExit("training would begin here")
"""
EARLIER = BLOCK + NET.replace("Lab3", "Lab2") + "\nold = Lab2(9, 3)\n"
FUNCTION = """

def make_lab3():
    layers = [nn.Conv2d(3, 4, 1), *(Piece(4) for _ in range(4)), nn.Flatten(), nn.Linear(256, 3)]
    return nn.Sequential(*layers)
"""
COMPARED = """

class {}(nn.Module):
    \"\"\"Deeper, and without skip paths: to be compared with.\"\"\"

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 4, 3), *(nn.Conv2d(4, 4, 3, padding=1) for _ in range(30)))
        self.head = nn.Linear(4, 3)

    def forward(self, x):
        return self.head(self.layers(x).mean((2, 3)))
"""
BOTH = "\nnetworks = [{}(), {}(4, 3)]\n"
SUBMISSIONS = {
    "right": BLOCK + NET + TRAINS,
    "earlier": {"work.py": BLOCK + NET + TRAINS, "lab2.py": EARLIER},
    "function": BLOCK + FUNCTION,
    "compared": BLOCK + NET + COMPARED.format("Lab3Plain") + BOTH.format("Lab3Plain", "Lab3"),
    "compared, of other names": BLOCK
    + NET.replace("Lab3", "MyNet")
    + COMPARED.format("Vgg")
    + BOTH.format("Vgg", "MyNet"),
    "compared, and named": BLOCK
    + NET.replace("Lab3", "MyNet")
    + COMPARED.format("Lab3")
    + BOTH.format("Lab3", "MyNet"),
    "few": BLOCK + NET + TRAINS.replace("default=4", "default=2"),
    "plain": BLOCK.replace("x + self", "self") + NET + TRAINS,
    "softmax": BLOCK + NET.replace(".mean((2, 3)))", ".mean((2, 3))).softmax(1)") + TRAINS,
    "raises": BLOCK + NET.replace("super().__init__()", "super().__init__(); self.depth = depth") + TRAINS,
    "nothing": "print('to be done')\n",
    "package": "import einops\n" + BLOCK + NET.replace("return self.head(", "return einops.reduce(") + TRAINS,
}
OUTCOMES = {
    "right": "passed passed passed",
    "earlier": "passed passed passed",
    "function": "passed passed passed",
    "compared": "passed passed passed",
    "compared, of other names": "passed passed passed",
    "compared, and named": "passed failed passed",
    "few": "failed failed passed",
    "plain": "passed failed passed",
    "softmax": "passed passed failed",
}


@pytest.fixture(scope="module")
def evidence():
    """What came back of each, by name: all of them asked in one box."""
    asked = {
        name: Submission(files, mode="definitions", probes=(NETWORK.probe,)) for name, files in SUBMISSIONS.items()
    }
    return {
        name: Evidence(record(entry="work.py"), SEED, frames=answer.frames) for name, answer in answers(asked).items()
    }


@pytest.mark.parametrize("name", OUTCOMES)
def test_the_network_that_the_scripts_make_is_judged(name, evidence):
    found = {block: check(evidence[name]) for block, check in BLOCKS.items()}

    assert " ".join(one.outcome.value for one in found.values()) == OUTCOMES[name], found


def test_the_arguments_of_the_scripts_own_call_are_said(evidence):
    found = BLOCKS["layers"](evidence["earlier"])

    assert "Lab3(options.pieces, n_classes=3) in work.py" in found.message


@pytest.mark.parametrize(
    ("name", "ours", "reason"),
    [
        ("raises", False, "Lab3 cannot be made: NameError: name 'depth' is not defined"),
        ("nothing", False, "expected a residual network (a torch.nn.Module class or a function that makes one), found"),
        ("package", True, "the network needs the package einops"),
    ],
)
def test_why_there_is_no_network_is_said(name, ours, reason, evidence):
    with pytest.raises(MissingEvidence) as missing:
        BLOCKS["logits"](evidence[name])

    assert (missing.value.ours, reason in missing.value.reason) == (ours, True), missing.value.reason
