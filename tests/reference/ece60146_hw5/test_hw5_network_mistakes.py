"""The commonest real mistakes in the network of homework 5: message and hint name each, and right ones have none."""

from __future__ import annotations

import json
from functools import cache

import pytest
import torch
from core_examples import SEED, evidence
from homework_5 import part, session_with
from torch import nn
from torch.nn import functional as F

from grader.inside.asked import chosen_network
from grader.sandbox.protocol import Frame

WIDTH = 4


class Skip(nn.Module):
    def __init__(self):
        super().__init__()
        self.one, self.two = (nn.Conv2d(WIDTH, WIDTH, 3, padding=1) for _ in range(2))
        self.norm = nn.BatchNorm2d(WIDTH)

    def main(self, x):
        return self.two(F.relu(self.norm(self.one(x))))

    def forward(self, x):
        return F.relu(x + self.main(x))


class Net(nn.Module):
    """Twenty blocks by default, on images that are made small first."""

    count, kind, classes = 20, Skip, 5

    def __init__(self):
        super().__init__()
        self.entry, self.blocks = nn.Conv2d(3, WIDTH, 3, padding=1), self.made()
        self.linear = nn.Linear(WIDTH * 16, self.classes)

    def made(self):
        return nn.ModuleList(self.kind() for _ in range(self.count))

    def trunk(self, x):
        x = F.avg_pool2d(F.relu(self.entry(x)), 16)
        for block in self.blocks:
            x = block(x)
        return x

    def forward(self, x):
        return self.linear(self.trunk(x).flatten(1))


def of(kind=Skip, count=20, **more):
    return type("HW5Net", (Net,), {"kind": kind, "count": count, **more})


def ended(end, **more):
    return type("HW5Net", (Net,), {"forward": lambda self, x: end(self, self.trunk(x)), **more})


def block(how):
    return type("SkipBlock", (Skip,), {"forward": how})


@cache
def frames_of(factory):
    """What comes back of a network that is made by `factory`."""
    torch.set_num_threads(1)
    session = session_with("HW5Net", factory, SEED)
    frames = []
    for case in part("tasks").NETWORK.probe.request()["cases"]:
        header, sent = chosen_network.answer(session, case)
        header = json.loads(json.dumps(header))
        frames.append(Frame({"kind": "ask", "probe": "network", "case": case["id"], **header}, sent))
    return tuple(frames)


def finding_of(criterion_id, factory):
    criterion = next(one for one in part("assignment").ASSIGNMENT.rubric if one.id == criterion_id)
    return criterion.check(evidence(*frames_of(factory), entry="hw5.py"))


def said(found):
    return " / ".join((found.message, *found.details, f"hint: {found.hint}"))


REPEATED = {"made": lambda self: nn.ModuleList([Skip()] * 20)}
PLAIN_LIST = {"made": lambda self: [Skip() for _ in range(20)]}
LAYERS = {
    "too few blocks": (of(count=5), "found 34", "at least 20 SkipBlocks"),
    "one block over and over": (of(**REPEATED), "found 10", "make a new block for each place"),
    "blocks in a plain list": (of(**PLAIN_LIST), "found 4", "nn.ModuleList"),
}


def squeezed(self, x):
    return self.linear(x.flatten(1)).squeeze()


FORWARD = {
    "a softmax": (ended(lambda net, x: net.linear(x.flatten(1)).softmax(1)), "probabilities", "leave out the softmax"),
    "ten classes": (of(classes=10), "for 4 images an output of 4 × 10", "5 outputs"),
    "a wrong flatten": (ended(lambda net, x: net.linear(x.flatten(1)[:, 1:])), "cannot be multiplied", "in_features"),
    "one batch size": (ended(lambda net, x: net.linear(x.view(4, -1))), "for 1 image", "x.view(x.shape[0], -1)"),
    "the batch flattened too": (ended(lambda net, x: net.linear(x.view(-1, 64)).mean(0)), "an output of 5", "batch"),
    "squeezed": (ended(squeezed), "for 1 image an output of 5", "squeeze"),
    "a tuple": (ended(lambda net, x: (net.linear(x.flatten(1)), x)), "for 4 images a tuple", "return the logits alone"),
    "nothing": (ended(lambda net, x: None), "for 4 images a NoneType", "return"),
    "the classes themselves": (
        ended(lambda net, x: net.linear(x.flatten(1)).argmax(1)),
        "for 4 images an output of 4 whole numbers",
        "without argmax",
    ),
    "the same for all": (ended(lambda net, x: net.linear(0 * x.flatten(1))), "are the same", "times 0"),
    "not finite": (ended(lambda net, x: net.linear(x.flatten(1)).sqrt() / 0), "logits are not finite", "divi"),
    "images of another size": (
        ended(lambda net, x: net.linear(F.interpolate(x, (3, 3)).flatten(1))),
        "cannot be multiplied",
        "in_features",
    ),
    "one channel": (
        of(made=lambda self: nn.ModuleList([nn.Conv2d(1, WIDTH, 3)])),
        "to have 1 channels, but got 4",
        "in_channels",
    ),
    "a part left out of __init__": (ended(lambda net, x: net.fc(x)), "has no attribute 'fc'", "__init__"),
}
SKIPS = {
    "nothing added": (of(block(lambda b, x: F.relu(b.main(x)))), "belong to no skip block", "add the block's input"),
    "detached": (of(block(lambda b, x: b.main(x) + x.detach())), "no gradient flows back along it", "flow through"),
    "times 0": (of(block(lambda b, x: b.main(x) + 0 * x)), "does not reach the sum", "add the block's input"),
    "concatenated": (of(block(lambda b, x: torch.cat((b.main(x), x), 1)[:, :WIDTH])), "no skip block", "add the block"),
    "multiplied": (of(block(lambda b, x: b.main(x) * x)), "no skip block", "add the block's input"),
    "too few": (of(count=12), "found 12: 8 too few", "at least 20 instances"),
    "one over and over": (of(**REPEATED), "19 times a block is used again", "a new SkipBlock for each place"),
    "made and not run": (
        type("HW5Net", (Net,), {"trunk": lambda self, x: self.blocks[0](F.avg_pool2d(self.entry(x), 16))}),
        "found 1: 19 too few",
        "run them all in forward",
    ),
    "half of them without": (
        of(
            made=lambda self: nn.ModuleList(
                block(lambda b, x: F.relu(b.main(x)))() if place % 2 else Skip() for place in range(30)
            )
        ),
        "found 15",
        "add the block's input",
    ),
    "one convolution each": (
        of(block(lambda b, x: x + F.relu(b.one(x)))),
        "belong to no skip block",
        "two convolutions",
    ),
    "fails on the way": (
        of(made=lambda self: nn.ModuleList([*(Skip() for _ in range(9)), nn.Conv2d(9, 9, 3), Skip()])),
        "the forward pass fails after 9 blocks",
        "mend",
    ),
}
TABLES = {"layers": LAYERS, "forward": FORWARD, "skip_blocks": SKIPS}
EVERY = [(criterion, kind) for criterion, table in TABLES.items() for kind in table]


@pytest.mark.parametrize(("criterion", "kind"), EVERY)
def test_a_usual_mistake_in_the_network_is_named(criterion, kind):
    factory, message, hint = TABLES[criterion][kind]

    found = finding_of(criterion, factory)

    assert found.outcome.value == "failed", said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


RIGHT = {
    "plain": Net,
    "log softmax": ended(lambda net, x: net.linear(x.flatten(1)).log_softmax(1)),
    "averaged": ended(lambda net, x: F.linear(x.mean((2, 3)), net.linear.weight[:, :WIDTH])),
    "pre-activation": of(block(lambda b, x: x + b.main(F.relu(x)))),
    "in place": of(block(lambda b, x: b.main(x).add_(x))),
    "scaled": of(block(lambda b, x: b.main(x) + 0.5 * x)),
    "more blocks than asked for": of(count=24),
    "nested": of(made=lambda self: nn.ModuleList([nn.Sequential(*(Skip() for _ in range(10))) for _ in range(2)])),
}


@pytest.mark.parametrize("criterion", TABLES)
@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_network_passes(criterion, kind):
    found = finding_of(criterion, RIGHT[kind])

    assert found.outcome.value == "passed", said(found)
