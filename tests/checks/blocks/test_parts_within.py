"""A module whose part is wrong is judged by what is right for what that gives; no mistake of its own is excused."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from asking import found
from torch import nn

from grader.checks import integers, normal, same_as_reference, same_module
from grader.finding import Outcome

WORK = """
import torch
from torch import nn


def squash(x, mask=None):
    return {squash}


class Mix(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first, self.second = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, mask=None):
        return {mix}


class Tower(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.before, self.after = nn.LayerNorm(width), nn.Linear(width, width)
        self.mix = Mix(width)

    def forward(self, x, mask=None):
        {tower}
"""
SQUASH = "torch.tanh(x) if mask is None else torch.tanh(x) * mask"
MIX = "self.second(squash(self.first(x), mask))"
TOWER = "x = x + self.mix(self.before(x), mask); return x + self.after(x).sigmoid()"


def work(squash=SQUASH, mix=MIX, tower=TOWER):
    """A module of three parts, one within the other."""
    names: dict[str, object] = {}
    text = WORK.format(squash=squash, mix=mix, tower=tower)
    exec(compile(text, "work.py", "exec"), names)  # noqa: S102 - written above
    return names


REFERENCE = work()
MASK = normal(3, 4, scale=0.1, shift=2)
CASES = [{"width": 4, "x": normal(3, 4), "mask": mask} for mask in (None, MASK)]
SQUASHED = same_as_reference(
    "squash(x, mask) -> out",
    reference=REFERENCE,
    torch=True,
    gradients=("x",),
    cases=[{"x": case["x"], "mask": case["mask"]} for case in CASES],
)
MIXED = same_module("Mix(width)", "(x, mask) -> out", reference=REFERENCE, cases=CASES, parts={"squash": SQUASHED})
TOWERED = same_module(
    "Tower(width)",
    "(x, mask) -> out",
    reference=REFERENCE,
    cases=CASES,
    parts={"squash": SQUASHED, "Mix": MIXED},
)
WRONG_MIXES = {
    "one layer is left out": "squash(self.first(x), mask)",
    "one layer twice": "self.second(squash(self.second(x), mask))",
    "no squashing": "self.second(self.first(x))",
    "its input is added": "x + self.second(squash(self.first(x), mask))",
}
WRONG_TOWERS = {
    "nothing is added": "x = self.mix(self.before(x), mask); return x + self.after(x).sigmoid()",
    "not normalised": "x = x + self.mix(x, mask); return x + self.after(x).sigmoid()",
    "added to the normalised": "x = self.before(x); x = x + self.mix(x, mask); return x + self.after(x).sigmoid()",
    "halved": "x = x + self.mix(self.before(x), mask) / 2; return x + self.after(x).sigmoid()",
    "another activation": "x = x + self.mix(self.before(x), mask); return x + self.after(x).tanh()",
    "cut off behind": "x = x + self.mix(self.before(x), mask).detach(); return x + self.after(x).sigmoid()",
    "cut off before": "x = x + self.mix(self.before(x).detach(), mask); return x + self.after(x).sigmoid()",
    "not used": "self.mix(self.before(x), mask); return x + self.after(x).sigmoid()",
}


@pytest.mark.parametrize("mix", WRONG_MIXES)
def test_a_module_with_a_wrong_module_in_it_is_judged_by_what_that_gives(mix):
    names = work(mix=WRONG_MIXES[mix])

    finding = found(TOWERED, **names)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert "Tower is right for what Mix gives it, which differs, on " in finding.message
    assert "Tower is right for what Mix gives it, which differs" in finding.details
    assert found(MIXED, **names).outcome is Outcome.FAILED


def test_a_part_that_chooses_its_forward_for_itself_keeps_it_from_run_to_run():
    names = work()

    class Mix(names["Mix"]):
        def __init__(self, width):
            super().__init__(width)
            self.forward = super().forward

    def unused(self, x, mask=None):
        raise NotImplementedError

    Mix.forward = unused
    names["Tower"].__init__.__globals__["Mix"] = Mix

    assert found(TOWERED, **names).outcome is Outcome.PASSED


@pytest.mark.parametrize("squash", ["torch.sigmoid(x)", "torch.tanh(2 * x)", "x * 3"])
def test_a_wrong_function_costs_neither_the_module_that_calls_it_nor_the_one_around_that(squash):
    names = work(squash=squash)

    assert found(SQUASHED, **names).outcome is Outcome.FAILED
    assert found(MIXED, **names).outcome is Outcome.PASSED
    assert found(TOWERED, **names).outcome is Outcome.PASSED


@pytest.mark.parametrize("tower", WRONG_TOWERS)
def test_a_wrong_part_excuses_no_mistake_of_the_module_around_it(tower):
    names = work(mix=WRONG_MIXES["one layer is left out"], tower=WRONG_TOWERS[tower])

    assert found(TOWERED, **names).outcome is Outcome.FAILED


@pytest.mark.parametrize("mix", WRONG_MIXES)
def test_a_wrong_function_excuses_no_mistake_of_the_module_that_calls_it(mix):
    assert found(MIXED, **work(squash="torch.sigmoid(x)", mix=WRONG_MIXES[mix])).outcome is Outcome.FAILED


@pytest.mark.parametrize("mix", ["torch.zeros_like(x)", "torch.ones_like(x)"])
def test_a_part_whose_results_hide_mistakes_excuses_nothing(mix):
    assert found(TOWERED, **work(mix=mix)).outcome is Outcome.FAILED


CUT = {
    "behind": "self.second(x).detach()",
    "before": "self.second(squash(self.first(x.detach()), mask))",
    "without a gradient": "torch.from_numpy(x.detach().numpy() * 2)",
}


@pytest.mark.parametrize("mix", CUT)
def test_a_part_that_cuts_gradients_off_leaves_the_module_around_it_to_a_person(mix):
    names = work(mix=CUT[mix])

    finding = found(TOWERED, **names)

    assert found(MIXED, **names).outcome is Outcome.FAILED
    assert finding.outcome is Outcome.UNGRADED
    assert "what it computes is right for what Mix gives it, which cuts gradients off; a person" in finding.message


@pytest.mark.parametrize("tower", sorted(set(WRONG_TOWERS) - {"cut off before", "cut off behind"}))
def test_a_part_that_cuts_gradients_off_excuses_no_other_mistake(tower):
    finding = found(TOWERED, **work(mix=CUT["behind"], tower=WRONG_TOWERS[tower]))

    assert finding.outcome is Outcome.FAILED


def test_a_function_that_cuts_gradients_off_for_some_of_what_it_is_given_leaves_what_is_before_to_a_person():
    """The layer before it gets no gradient; the module around both is right for what they give."""
    names = work(squash="torch.tanh(x.detach())")

    assert found(SQUASHED, **names).outcome is Outcome.FAILED
    assert found(MIXED, **names).outcome is Outcome.UNGRADED
    assert found(MIXED, **work(squash="torch.tanh(x.detach())", mix="squash(self.first(x), mask)")).credit == 0


def test_a_part_excuses_no_more_cases_than_it_has_lost():
    names = work(squash="torch.tanh(x)")  # the mask is overlooked, in one case of two

    finding = found(MIXED, **names)

    assert found(SQUASHED, **names).credit == Fraction(1, 2)
    assert finding.outcome is Outcome.PASSED
    assert "Mix is right for what squash gives it, which differs" in finding.details


def test_a_mask_that_is_not_handed_on_is_not_excused_by_a_part_that_overlooks_it():
    tower = TOWER.replace(", mask)", ")")

    finding = found(TOWERED, **work(squash="torch.tanh(x) + 0.1 * x", tower=tower))

    assert finding.credit == Fraction(1, 2)  # without a mask it is right for what squash gives


def test_a_part_that_is_right_costs_and_excuses_nothing():
    assert found(TOWERED, **work()).details == ()
    assert found(TOWERED, **work(tower=WRONG_TOWERS["halved"])).outcome is Outcome.FAILED


def test_a_part_that_gives_several_results_takes_the_place_of_several():
    class Pair(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.layer = nn.Linear(width, width)

        def forward(self, x):
            return self.layer(x), torch.tanh(x)

    class Both(nn.Module):
        def __init__(self, width, kind=Pair):
            super().__init__()
            self.pair = kind(width)

        def forward(self, x):
            first, second = self.pair(x)
            return first * second

    other = type("Pair", (Pair,), {"forward": lambda self, x: (self.layer(x) + 1, torch.sigmoid(x))})
    reference, cases = {"Pair": Pair, "Both": Both}, [{"width": 4, "x": normal(3, 4)}]
    pair = same_module("Pair(width)", "(x) -> a, b", reference=reference, cases=cases)
    both = same_module("Both(width)", "(x) -> out", reference=reference, cases=cases, parts={"Pair": pair})
    student = type("Both", (Both,), {"__init__": lambda self, width: Both.__init__(self, width, other)})

    assert found(both, Pair=other, Both=student).outcome is Outcome.PASSED
    assert found(pair, Pair=other, Both=student).outcome is Outcome.FAILED


NAN_AT_ONE = "torch.tanh(x).where(torch.arange(len(x))[:, None] > 0, torch.nan)"


def test_a_part_that_gives_nan_for_some_excuses_what_is_right_for_the_others():
    names = work(squash=NAN_AT_ONE)

    assert found(SQUASHED, **names).outcome is Outcome.FAILED
    assert found(MIXED, **names).outcome is Outcome.PASSED
    assert found(TOWERED, **names).outcome is Outcome.PASSED
    assert found(TOWERED, **work(squash=NAN_AT_ONE, tower=WRONG_TOWERS["halved"])).outcome is Outcome.FAILED
    assert found(MIXED, **work(squash=NAN_AT_ONE.replace("> 0", "> 1"))).outcome is Outcome.FAILED  # of most


class Cell(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.own, self.other = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x, h):
        return torch.tanh(self.own(x) + self.other(h))


class Recurrent(nn.Module):
    """A part that is called once for each position."""

    def __init__(self, width):
        super().__init__()
        self.cell, self.out = Cell(width), nn.Linear(width, 2)

    def forward(self, x):
        h = torch.zeros_like(x[:, 0])
        for step in x.unbind(1):
            h = self.cell(step, h)
        return self.out(h)


class LosesItsState(Recurrent):
    def forward(self, x):
        for step in x.unbind(1):
            h = self.cell(step, torch.zeros_like(step))
        return self.out(h)


class Softens(Cell):
    def forward(self, x, h):
        return torch.sigmoid(self.own(x) + self.other(h))


def softened(kind):
    """The module with a cell that is wrong."""

    class Own(kind):
        def __init__(self, width):
            super().__init__(width)
            self.cell = Softens(width)

    return Own


def test_a_part_may_be_called_at_every_position_of_a_sequence():
    names = {"Cell": Cell, "Recurrent": Recurrent}
    cell = same_module(
        "Cell(width)", "(x, h) -> next", reference=names, cases=[{"width": 3, "x": normal(2, 3), "h": normal(2, 3)}]
    )
    block = same_module(
        "Recurrent(width)",
        "(x) -> out",
        reference=names,
        cases=[{"width": 3, "x": normal(2, 9, 3)}],
        parts={"Cell": cell},
    )

    finding = found(block, Recurrent=softened(Recurrent), Cell=Softens)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert found(block, Recurrent=softened(LosesItsState), Cell=Softens).outcome is Outcome.FAILED


class Padded(Recurrent):
    """The state of each sequence stays as it is when that has ended."""

    def forward(self, x, lengths):
        h = torch.zeros_like(x[:, 0])
        for place, step in enumerate(x.unbind(1)):
            h = torch.where((place < lengths)[:, None], self.cell(step, h), h)
        return self.out(h)


class Gathered(Recurrent):
    """It runs on, and the state at the end of each sequence is looked up."""

    where = 1

    def forward(self, x, lengths):
        h, states = torch.zeros_like(x[:, 0]), []
        for step in x.unbind(1):
            h = self.cell(step, h)
            states.append(h)
        return self.out(torch.stack(states, 1)[torch.arange(len(x)), (lengths - self.where).clamp(min=0)])


class OneEarlier(Gathered):
    where = 2


class LastOfAll(Gathered):
    def forward(self, x, lengths):
        return super().forward(x, torch.full_like(lengths, x.shape[1]))


def test_what_a_part_is_called_with_after_a_sequence_has_ended_does_not_matter():
    names = {"Cell": Cell, "Padded": Padded}
    cell = same_module(
        "Cell(width)", "(x, h) -> next", reference=names, cases=[{"width": 3, "x": normal(2, 3), "h": normal(2, 3)}]
    )
    cases = [{"width": 3, "x": normal(4, 6, 3), "lengths": integers(4, low=1, below=7)}]
    block = same_module("Padded(width)", "(x, lengths) -> out", reference=names, cases=cases, parts={"Cell": cell})

    for right in (Padded, Gathered):
        finding = found(block, Padded=softened(right), Cell=Softens)
        assert finding.outcome is Outcome.PASSED, finding.message
    for wrong in (OneEarlier, LastOfAll):
        assert found(block, Padded=softened(wrong), Cell=Softens).outcome is Outcome.FAILED
        assert found(block, Padded=wrong, Cell=Cell).outcome is Outcome.FAILED
