"""Wrong versions of a module, each named: a finding says which of them a student's module is the same function as."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn

from grader.checks import normal, same_module, uniform
from grader.errors import AssignmentError
from grader.finding import Outcome


class Residual(nn.Module):
    """The reference: x + down(relu(up(x)))."""

    def __init__(self, width, hidden):
        super().__init__()
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width)

    def forward(self, x):
        return x + self.down(torch.relu(self.up(x)))


class NoSkip(Residual):
    def forward(self, x):
        return self.down(torch.relu(self.up(x)))


class ReluBehind(Residual):
    def forward(self, x):
        return torch.relu(super().forward(x))


CASES = [{"width": 3, "hidden": 6, "x": normal(5, 3)}, {"width": 4, "hidden": 2, "x": normal(3, 4)}]
MISTAKES = {"leaves out the skip": NoSkip, "has a ReLU behind the sum": ReluBehind}
MADE = ("Residual(width, hidden)", "(x) -> out")
BLOCK = same_module(*MADE, reference={"Residual": Residual}, cases=CASES, mistakes=MISTAKES)


class Matrices(nn.Module):
    """Plain matrices from the right, under other names, and what the mistake makes of a right sum."""

    def __init__(self, width, hidden, *, end=lambda x, out: x + out):
        super().__init__()
        for name, shape in {"a": (width, hidden), "p": (hidden,), "b": (hidden, width), "q": (width,)}.items():
            setattr(self, name, nn.Parameter(torch.zeros(shape)))
        self.end = end

    def forward(self, x):
        return self.end(x, (x @ self.a + self.p).clamp(min=0) @ self.b + self.q)


def written(end):
    return lambda width, hidden: Matrices(width, hidden, end=end)


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (lambda _, out: out, "a version that leaves out the skip"),
        (lambda x, out: (x + out).clamp(min=0), "a version that has a ReLU behind the sum"),
    ],
)
def test_a_mistake_is_named_however_the_module_is_written(end, words):
    finding = found(BLOCK, Residual=written(end))

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


@pytest.mark.parametrize("end", [lambda x, out: x - out, lambda x, out: out.relu(), lambda x, out: (x + out).detach()])
def test_another_mistake_is_told_as_ever(end):
    finding = found(BLOCK, Residual=written(end))

    assert finding.outcome is Outcome.FAILED
    assert "a version that" not in finding.message


def test_right_work_passes():
    assert found(BLOCK, Residual=written(lambda x, out: out + x)).outcome is Outcome.PASSED
    assert found(BLOCK, Residual=Residual).outcome is Outcome.PASSED


class Rectified(Residual):
    def forward(self, x):
        return x.clamp(min=0) + self.down(torch.relu(self.up(x)))


def test_a_mistake_that_the_cases_do_not_show_leaves_the_criterion_to_a_person():
    block = same_module(
        *MADE,
        reference={"Residual": Residual},
        cases=[{"width": 3, "hidden": 6, "x": uniform(2, 3, low=0.1)}],
        mistakes={"rectifies x first": Rectified} | MISTAKES,
    )

    for work in (Residual, NoSkip):
        finding = found(block, Residual=work)
        assert finding.outcome is Outcome.UNGRADED
        assert "Residual that rectifies x first" in finding.message


def test_what_makes_no_module_is_a_slip_of_the_assignments():
    with pytest.raises(
        AssignmentError, match="'leaves out the skip': expected a wrong version of Residual, found a str"
    ):
        same_module(*MADE, reference={"Residual": Residual}, cases=CASES, mistakes={"leaves out the skip": "NoSkip"})
