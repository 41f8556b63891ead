"""What is said of repaired networks: every layer has to get a gradient, the one that the image meets above all."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
import torch
from core_examples import SEED, evidence
from coursework import inside, part, said
from torch import nn
from torch.nn import functional as F

from grader.assess import assess_one
from grader.probes import weights_seed
from grader.sandbox.protocol import Frame

WIDTH = 8


class Block(nn.Module):
    """Two convolutions with batch normalization, around which the input is added."""

    def __init__(self):
        super().__init__()
        self.one, self.two = (nn.Conv2d(WIDTH, WIDTH, 3, padding=1, bias=False) for _ in range(2))
        self.first, self.second = nn.BatchNorm2d(WIDTH), nn.BatchNorm2d(WIDTH)

    def main(self, x):
        return self.second(self.two(F.relu(self.first(self.one(x)))))

    def forward(self, x):
        return F.relu(x + self.main(x))


class Net(nn.Module):
    """A small network of such blocks, made for a number of classes."""

    kind = Block

    def __init__(self, classes):
        super().__init__()
        self.entry, self.norm = nn.Conv2d(3, WIDTH, 3, padding=1), nn.BatchNorm2d(WIDTH)
        self.blocks = nn.Sequential(*(self.kind() for _ in range(3)))
        self.linear = nn.Linear(WIDTH, classes)

    def enter(self, x):
        return F.relu(self.norm(self.entry(x)))

    def forward(self, x):
        return self.linear(self.blocks(self.enter(x)).mean((2, 3)))


class Frozen(Net):
    def __init__(self, classes):
        super().__init__(classes)
        self.blocks[1].one.weight.requires_grad_(False)


class CutBranch(Block):
    def forward(self, x):
        return F.relu(x + self.main(x).detach())


class Silent(Block):
    def forward(self, x):
        return F.relu(x + 0 * self.main(x))


class Data(Block):
    def main(self, x):
        out = F.conv2d(x, self.one.weight.data, padding=1)
        return self.second(self.two(F.relu(self.first(out))))


def of(block):
    return type(f"Of{block.__name__}", (Net,), {"kind": block})


class EntryCut(Net):
    def enter(self, x):
        return super().enter(x).detach()


class EntryWithoutGrad(Net):
    def enter(self, x):
        with torch.no_grad():
            return super().enter(x)


class InAList(Net):
    """A convolution in a plain list is no part of the network: nothing trains it."""

    def __init__(self, classes):
        super().__init__(classes)
        self.more = [nn.Conv2d(WIDTH, WIDTH, 3, padding=1)]

    def enter(self, x):
        x = super().enter(x)
        return x + self.more[0](x)


class FirstInAList(Net):
    def __init__(self, classes):
        super().__init__(classes)
        self.kept, self.entry = [self.entry], None

    def enter(self, x):
        return F.relu(self.norm(self.kept[0](x)))


class CutOnlyWhereItMatters(Net):
    """Two layers meet the image, and only one of them gets a gradient."""

    def __init__(self, classes):
        super().__init__(classes)
        self.other = nn.Conv2d(3, WIDTH, 1)

    def enter(self, x):
        return super().enter(x) + self.other(x).detach()


class Vanishing(Net):
    def enter(self, x):
        return 1e-12 * super().enter(x) + 1


class Constant(Net):
    def forward(self, x):
        return 1e-6 * super().forward(x)


FIRST, EVERY = "in the first layer that the image meets", "a gradient in every layer, but training leaves"
PATH = "no detach(), no_grad() or requires_grad=False"
MISTAKES = {
    Frozen: (EVERY, "blocks.1.one.weight", PATH),
    of(CutBranch): (EVERY, "blocks.0.one.weight", PATH),
    of(Silent): (EVERY, "leaves 6 weights as they are", PATH),
    of(Data): (EVERY, "leaves 3 weights as they are", PATH),
    EntryCut: (FIRST, "reaches the first layer is 0", "cut off"),
    EntryWithoutGrad: (FIRST, "reaches the first layer is 0", "cut off"),
    InAList: (EVERY, "no part of the network", "nn.ModuleList"),
    FirstInAList: (FIRST, "reaches the first layer is 0", "cut off"),
    CutOnlyWhereItMatters: (FIRST, "reaches the first layer is 0", "cut off"),
    Vanishing: (FIRST, "a gradient of at least", "batch normalization, and a shortcut"),
    Constant: ("a loss that falls", "the loss after the budget", "figure"),
}


class ReZero(Block):
    def __init__(self):
        super().__init__()
        self.share = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return F.relu(x + self.share * self.main(x))


class ZeroGamma(Block):
    def __init__(self):
        super().__init__()
        nn.init.zeros_(self.second.weight)


class Scaled(Block):
    """Weights that are normalised in forward are of no layer's own tensor."""

    def main(self, x):
        weight = self.one.weight / self.one.weight.square().sum((1, 2, 3), keepdim=True).sqrt()
        return self.second(self.two(F.relu(self.first(F.conv2d(x, weight, padding=1)))))


class Blurred(Net):
    """A filter that is fixed on purpose is no layer that ought to learn."""

    def enter(self, x):
        return F.conv2d(super().enter(x), torch.full((WIDTH, 1, 3, 3), 1 / 9), padding=1, groups=WIDTH)


class Plain(Block):
    def forward(self, x):
        return F.relu(self.main(x))


class Fixed(Net):
    """What is fixed and no layer, as an average of the image's colours, needs no gradient."""

    def enter(self, x):
        return super().enter(x) + x.detach().mean(1, keepdim=True)


RIGHT = [Net, of(ReZero), of(ZeroGamma), of(Scaled), of(Plain), Fixed, Blurred]


def frames_of(factory):
    """What a box sends of a network, as it is made and after the smallest budget."""
    networks, cases, data = inside("networks"), part("cases"), part("data")
    budget, posted = cases.QUICK, []
    session = SimpleNamespace(
        request={"seed": weights_seed(SEED)},
        arrays=data.arrays(budget, SEED),
        outbox=SimpleNamespace(post=lambda header, arrays: posted.append(Frame(header, arrays))),
    )
    choice = networks.wiring.Choice(["MyBlock"], None, None)
    probe = next(one for one in cases.probes(budget) if one.id == "networks")
    case = dict(next(one for one in probe.cases if one["id"] == "batch_norm"))
    torch.manual_seed(1)
    networks._post_as_made(session, case, choice)
    header, arrays = networks._trained(session, case, choice, {"budget": budget.id, "blocks": ["MyBlock"]})
    other = {"kind": "ask", "probe": "networks", "case": "residual", "same_as": "batch_norm"}
    answer = {"kind": "ask", "probe": "networks", "case": "batch_norm", **header}
    return [_sent(one) for one in (*posted, Frame(answer, arrays), Frame(other, {}))]


def _sent(frame):
    return Frame(json.loads(json.dumps(frame.header)), frame.arrays)


@pytest.fixture
def judged(monkeypatch):
    """The finding about a network that is made by `factory(classes)`."""
    restored, wiring = part("restored"), inside("wiring")
    monkeypatch.setattr(restored, "observed", lambda _: ())
    monkeypatch.setattr(restored, "nothing_written", lambda _: False)

    def of(factory):
        def build(_session, _choice, settings):
            return factory(settings["num_output_classes"]), "m.py: Net"

        monkeypatch.setattr(wiring, "build", build)
        criterion = next(one for one in part("assignment").ASSIGNMENT.rubric if one.id == "gradients_restored")
        return assess_one(criterion, evidence(*frames_of(factory)))

    return of


@pytest.mark.parametrize("kind", MISTAKES, ids=lambda kind: kind.__name__)
def test_a_network_part_of_which_gets_no_gradient_is_named(kind, judged):
    wanted, message, hint = MISTAKES[kind]

    found = judged(kind)

    assert found.outcome.value == "failed", said(found)
    assert wanted in found.message, said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


@pytest.mark.parametrize("kind", RIGHT, ids=lambda kind: kind.__name__)
def test_a_network_all_of_which_is_trained_passes(kind, judged):
    found = judged(kind)

    assert found.outcome.value == "passed", said(found)


class Bare(Net):
    """Shortcuts, and no batch normalization but the entry block's."""

    kind = type("BareBlock", (Block,), {"main": lambda self, x: 0.3 * self.two(F.relu(self.one(x)))})


def test_a_network_without_batch_normalization_is_not_called_after_it(judged):
    for kind, title in ((Bare, "your repaired network"), (Net, "your batch norm network")):
        table = next(one for one in judged(kind).exhibits if one.key == "measured")

        assert table.rows[0][0] == title
