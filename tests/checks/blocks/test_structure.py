"""What a module is made of: judged on what it holds and on what runs, not on its text."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn
from torch.nn import functional as F

from grader.checks import built_from, layers, normal, parameters, same_shape
from grader.errors import AssignmentError
from grader.finding import Outcome

IMAGES = [{"x": normal(2, 1, 8, 8)}]


class Net(nn.Module):
    """One convolution as a module, one as a function; a third is made and thrown away."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.kernel = nn.Parameter(torch.zeros(4, 4, 3, 3))
        self.unused = nn.Conv2d(4, 4, 3, padding=1)
        self.last = nn.Linear(256, 3)

    def forward(self, x):
        x = F.relu(F.conv2d(self.first(x), self.kernel, padding=1))
        self.unused(x)
        return self.last(x.flatten(1))


class Idle(Net):
    """Its third convolution runs, and makes no difference."""

    def forward(self, x):
        x = F.relu(F.conv2d(self.first(x), self.kernel, padding=1))
        return self.last((x + 0 * self.unused(x)).flatten(1))


class Tied(Net):
    def __init__(self):
        super().__init__()
        self.again = self.last
        self.first.weight.requires_grad_(False)


class Listed(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = [nn.Linear(4, 4)]


class Empty(nn.Module):
    pass


@pytest.mark.parametrize("kind", [Listed, Empty])
def test_a_network_without_parameters_keeps_within_no_budget(kind):
    finding = found(parameters("Net()", at_most=1000), Net=kind)

    assert finding.outcome is Outcome.FAILED
    assert finding.message == "expected at most 1,000 learnable parameters, found none"
    assert "nn.ModuleList" in (finding.hint or "")


@pytest.mark.parametrize(
    ("block", "kind", "outcome"),
    [
        (layers("Net()", "(x) -> y", "convolution", at_least=2, cases=IMAGES), Net, Outcome.PASSED),
        (layers("Net()", "(x) -> y", "convolution", at_least=3, cases=IMAGES), Net, Outcome.FAILED),
        (layers("Net()", "(x) -> y", "convolution", at_least=2, cases=IMAGES), Idle, Outcome.PASSED),
        (layers("Net()", "(x) -> y", "convolution", at_least=3, cases=IMAGES), Idle, Outcome.FAILED),
        (layers("Net()", "(x) -> y", "linear", at_most=0, cases=IMAGES), Net, Outcome.FAILED),
        (built_from("Net()", "(x) -> y", "convolution", "linear", "activation", cases=IMAGES), Net, Outcome.PASSED),
        (built_from("Net()", "(x) -> y", "convolution", "activation", cases=IMAGES), Net, Outcome.FAILED),
        (same_shape("Net()", "(x) -> y", cases=IMAGES, shapes={"y": (2, 3)}), Net, Outcome.PASSED),
        (same_shape("Net()", "(x) -> y", cases=IMAGES, shapes={"y": (2, 10)}), Net, Outcome.FAILED),
        (parameters("Net()", at_most=1103), Net, Outcome.PASSED),
        (parameters("Net()", at_most=1102), Net, Outcome.FAILED),
        (parameters("Net()", at_least=1103, at_most=1103), Net, Outcome.PASSED),
        (parameters("Net()", at_most=1067), Tied, Outcome.PASSED),
        (parameters("Net()", at_most=1067, trainable=False), Tied, Outcome.FAILED),
    ],
)
def test_what_is_there_and_what_runs_is_counted(block, kind, outcome):
    finding = found(block, Net=kind)
    assert finding.outcome is outcome, finding.message


class WrittenOut(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.shift = nn.Parameter(torch.zeros(5, 6)), nn.Parameter(torch.zeros(6))
        self.scale, self.last = nn.Parameter(torch.ones(6)), nn.Parameter(torch.zeros(6, 3))

    def forward(self, x):
        return torch.einsum("...h,h->...h", (x @ self.first + self.shift).relu(), self.scale) @ self.last


class SumsOverLetters(WrittenOut):
    def forward(self, x):
        hidden = torch.einsum("...i,ij->...j", x, self.first) + self.shift
        return torch.matmul(hidden.relu(), self.last * self.scale[:, None])


class OneOfThem(WrittenOut):
    def forward(self, x):
        hidden = (x @ self.first + self.shift).relu()
        return (hidden @ hidden.transpose(-1, -2)).softmax(-1) @ hidden


@pytest.mark.parametrize("shape", [(4, 5), (2, 4, 5), (2, 3, 4, 5)])
@pytest.mark.parametrize(("kind", "count"), [(WrittenOut, 2), (SumsOverLetters, 2), (OneOfThem, 1)])
def test_a_product_with_weights_is_a_linear_layer_and_one_of_two_results_is_none(kind, count, shape):
    block = layers("Net()", "(x) -> y", "linear", at_least=count, at_most=count, cases=[{"x": normal(*shape)}])

    finding = found(block, Net=kind)

    assert finding.outcome is Outcome.PASSED, finding.message


def test_slips_are_said():
    with pytest.raises(AssignmentError, match="at_most or at_least"):
        parameters("Net()")
    with pytest.raises(AssignmentError, match="expected some of convolution"):
        built_from("Net()", "(x) -> y", "magic", cases=IMAGES)
    with pytest.raises(AssignmentError, match="expected a call of the module itself, found its encode"):
        built_from("Net()", "encode(x) -> y", "convolution", cases=IMAGES)


class Probable(Net):
    def forward(self, x):
        return super().forward(x).softmax(1)


class Logarithms(Net):
    def forward(self, x):
        return super().forward(x).log_softmax(1)


def test_probabilities_are_no_logits_where_logits_are_wanted():
    shape = {"y": (2, 3)}
    wanted = same_shape("Net()", "(x) -> y", cases=IMAGES, shapes=shape, logits=["y"])

    assert "y holds probabilities, which are no logits" in found(wanted, Net=Probable).message
    assert found(wanted, Net=Logarithms).outcome is Outcome.PASSED
    assert found(wanted, Net=Net).outcome is Outcome.PASSED
    assert found(same_shape("Net()", "(x) -> y", cases=IMAGES, shapes=shape), Net=Probable).outcome is Outcome.PASSED
