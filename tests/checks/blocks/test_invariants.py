"""Invariants: each fault is visible in the inputs that are drawn for it, and what shows nothing does not pass."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn
from torch.nn import functional as F

from grader.checks import (
    batch_independent,
    booleans,
    causal,
    deterministic_in_eval,
    integers,
    masked_positions_ignored,
    normal,
    permutation_equivariant,
    same_module,
    sums_to_one,
)
from grader.errors import AssignmentError
from grader.finding import Outcome

SEQUENCE = [{"x": normal(2, 6, 4)}]
CAUSAL = causal("f(x) -> out", cases=SEQUENCE)
ORDER = permutation_equivariant("f(x) -> out", cases=SEQUENCE)
MASKED = masked_positions_ignored("f(x, mask) -> out", cases=[{"x": normal(3, 6, 4), "mask": booleans(3, 6)}])
ONE = sums_to_one("f(x) -> out", cases=SEQUENCE, output="out")
ALONE = batch_independent("f(x) -> out", cases=SEQUENCE)
PADDED = masked_positions_ignored(
    "f(x, lengths) -> out", mask="lengths", cases=[{"x": normal(4, 5, 3), "lengths": integers(4, low=1, below=6)}]
)


def attend(x, mask):
    scores = (x @ x.mT).masked_fill(~mask, -torch.inf)
    return scores.softmax(-1) @ x


def lower(x, diagonal=0):
    return torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(diagonal)


def states(x):
    """Of a recurrent layer whose state fades."""
    h, found = torch.zeros_like(x[:, 0]), []
    for step in x.unbind(1):
        h = torch.tanh(0.5 * h + step)
        found.append(h)
    return torch.stack(found, 1)


def mean_of_kept(x, mask):
    return (x * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)


@pytest.mark.parametrize(
    ("block", "right"),
    [
        (CAUSAL, lambda x: attend(x, lower(x))),
        (CAUSAL, lambda x: x.cumsum(1)),
        (CAUSAL, lambda x: F.layer_norm(x.cumsum(1), (4,))),
        (ORDER, lambda x: attend(x, torch.ones(6, 6, dtype=torch.bool))),
        (ORDER, lambda x: F.layer_norm(x - x.mean(1, keepdim=True), (4,))),
        (MASKED, mean_of_kept),
        (MASKED, lambda x, mask: attend(x, mask[:, None, :].expand(-1, 6, -1))),
        (PADDED, lambda x, lengths: states(x)[torch.arange(4), lengths - 1]),
        (PADDED, lambda x, lengths: mean_of_kept(x, torch.arange(5) < lengths[:, None])),
        (ONE, lambda x: x.softmax(-1)),
        (ONE, lambda x: attend(x, lower(x)).log_softmax(-1).exp()),
        (ALONE, lambda x: x * x.mean(1, keepdim=True)),
    ],
)
def test_what_holds_passes(block, right):
    finding = found(block, f=right)
    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize(
    ("block", "wrong", "words"),
    [
        (CAUSAL, lambda x: attend(x, lower(x, 1)), "later positions change"),
        (CAUSAL, lambda x: attend(x, lower(x).T), "later positions change"),
        (CAUSAL, lambda x: x - x.mean(1, keepdim=True), "later positions change"),
        (CAUSAL, lambda x: x.flip(1).cumsum(1).flip(1), "later positions change"),
        (CAUSAL, lambda x: F.layer_norm(x, (6, 4)), "later positions change"),
        (CAUSAL, lambda x: 2 * x, "the first position changes nothing"),
        (CAUSAL, torch.zeros_like, "the first position changes nothing"),
        (ORDER, lambda x: x + torch.arange(6.0)[:, None], "not the same in that order"),
        (ORDER, lambda x: x.cumsum(1), "not the same in that order"),
        (ORDER, lambda x: x.mean(1, keepdim=True).expand_as(x), "the same at every position"),
        (MASKED, lambda x, mask: x.mean(1), "masked positions change"),
        (MASKED, lambda x, mask: attend(x, torch.ones(6, 6, dtype=torch.bool)) * mask[..., None], "masked positions"),
        (MASKED, lambda x, mask: mean_of_kept(x, ~mask), "masked positions change"),
        (MASKED, lambda x, mask: torch.ones(3, 4), "does not change with positions that are not masked"),
        (PADDED, lambda x, lengths: states(x)[:, -1], "masked positions change"),
        (PADDED, lambda x, lengths: x.sum(1) / lengths[:, None], "masked positions change"),
        (PADDED, lambda x, lengths: states(x)[torch.arange(4), lengths.clamp(max=4)], "masked positions change"),
        (ONE, lambda x: x.softmax(1), "adds up to"),
        (ONE, lambda x: x.exp() / x.exp().sum(-1, keepdim=True), "NaN or infinite"),
        (ONE, lambda x: x, "expected 0 to 1"),
        (ONE, lambda x: torch.full_like(x, 0.25), "does not depend on the inputs"),
        (ALONE, lambda x: (x - x.mean(0)) / x.std(0), "other samples of the batch change"),
        (ALONE, lambda x: x.softmax(0), "other samples of the batch change"),
        (ALONE, lambda x: x.cumsum(0), "other samples of the batch change out of the last one"),
        (ALONE, lambda x: x.flip(0).cumsum(0).flip(0), "other samples of the batch change out of the first one"),
        (ALONE, lambda x: x[:1].expand_as(x), "does not depend on its own sample"),
        (CAUSAL, lambda x: None, "holds no numbers"),
        (ORDER, lambda x: None, "holds no numbers"),
        (ALONE, lambda x: None, "holds no numbers"),
        (CAUSAL, lambda x: x.mean(1), "no result has 6 positions along axis 1"),
        (ORDER, lambda x: x.sum(), "no result has 6 positions along axis 1"),
    ],
)
def test_what_breaks_it_is_seen(block, wrong, words):
    if block is ONE and words == "NaN or infinite":
        block = sums_to_one("f(x) -> out", cases=SEQUENCE, output="out", scale=1e3)
    finding = found(block, f=wrong)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message


class Net(nn.Module):
    """Dropout as it should be."""

    def __init__(self, width):
        super().__init__()
        self.layer, self.drop = nn.Linear(width, 8), nn.Dropout(0.5)

    def forward(self, x):
        return self.drop(self.layer(x))


class AlwaysDrops(Net):
    def forward(self, x):
        return F.dropout(self.layer(x), 0.5)


class NeverDrops(Net):
    def forward(self, x):
        return self.layer(x)


DROPS = deterministic_in_eval(
    "Net(width)", "(x) -> out", cases=[{"width": 4, "x": normal(3, 4)}], random_in_training=True
)


@pytest.mark.parametrize(
    ("kind", "outcome", "words"),
    [
        (Net, Outcome.PASSED, "is the same twice"),
        (AlwaysDrops, Outcome.FAILED, "out is not the same twice in evaluation mode"),
        (NeverDrops, Outcome.FAILED, "nothing is dropped"),
    ],
)
def test_dropout_is_on_in_training_and_off_in_evaluation(kind, outcome, words):
    finding = found(DROPS, Net=kind)

    assert finding.outcome is outcome
    assert words in finding.message


@pytest.mark.parametrize("kind", [causal, permutation_equivariant, batch_independent, masked_positions_ignored])
def test_what_moves_has_to_be_an_array_that_is_given(kind):
    with pytest.raises(AssignmentError, match=r"(x|mask) is no array that it is given.* moves=.* of tokens"):
        kind("f(tokens) -> out", cases=[{"tokens": integers(2, 6, below=9)}])


def test_a_mask_has_to_be_an_array_that_is_given():
    with pytest.raises(AssignmentError, match="mask is no array"):
        masked_positions_ignored("f(x, keep) -> out", cases=[{"x": normal(2, 6, 4), "keep": booleans(2, 6)}])


def test_tokens_may_move():
    block = causal("f(tokens) -> out", moves="tokens", cases=[{"tokens": integers(2, 6, below=9)}])

    assert found(block, f=lambda tokens: tokens.cumsum(1).float()).outcome is Outcome.PASSED
    assert found(block, f=lambda tokens: tokens.flip(1).float()).outcome is Outcome.FAILED


@pytest.mark.parametrize("seed", range(12))
def test_a_single_token_that_is_drawn_anew_is_another_one(seed):
    cases = [{"tokens": integers(1, 4, below=3)}, {"tokens": integers(1, 3, below=2)}]
    block = causal("f(tokens) -> out", moves="tokens", cases=cases)
    alone = batch_independent("f(tokens) -> out", moves="tokens", cases=[{"tokens": integers(2, 1, below=3)}])

    assert found(block, seed, f=lambda tokens: tokens.cumsum(1).float()).outcome is Outcome.PASSED
    assert found(block, seed, f=lambda tokens: tokens.flip(1).cumsum(1).float()).outcome is Outcome.FAILED
    assert found(alone, seed, f=lambda tokens: tokens.float()).outcome is Outcome.PASSED
    assert found(alone, seed, f=lambda tokens: tokens.flip(0).float()).outcome is Outcome.FAILED


class Running(nn.Module):
    """A sum along the text; `carried` over to the next call, or not."""

    carried = False

    def __init__(self):
        super().__init__()
        self.state = torch.zeros(1)

    def forward(self, x):
        out = x.cumsum(1) + (self.state if self.carried else 0)
        self.state = out.sum().detach()
        return out


class Carried(Running):
    carried = True


def test_what_is_kept_from_call_to_call_is_not_said_to_come_from_later_positions():
    for block in (causal, permutation_equivariant, batch_independent):
        made = block("Running()", "(x) -> out", cases=SEQUENCE)
        assert (
            "something is kept from call to call, or random numbers are drawn" in found(made, Running=Carried).message
        )
    assert found(causal("Running()", "(x) -> out", cases=SEQUENCE), Running=Running).outcome is Outcome.PASSED


@pytest.mark.parametrize("dropped", [F.dropout, nn.Dropout(0.5)])
def test_dropout_that_acts_in_evaluation_mode_treats_no_sample_alone(dropped):
    class Dropping(nn.Module):
        def __init__(self):
            super().__init__()
            self.drop = dropped

        def forward(self, x):
            return self.drop(x)

    for block in (batch_independent, permutation_equivariant):
        finding = found(block("Dropping()", "(x) -> out", cases=SEQUENCE), Dropping=Dropping)

        assert finding.outcome is (Outcome.PASSED if isinstance(dropped, nn.Module) else Outcome.FAILED)
        assert isinstance(dropped, nn.Module) or "another one at each call in evaluation mode" in finding.message


class Sampled(nn.Module):
    """An autoencoder that samples its code whenever it is called; with the mean of the batch's codes, or not."""

    mixed = False

    def __init__(self):
        super().__init__()
        self.code, self.back = nn.Linear(4, 6), nn.Linear(3, 4)
        self.drop = nn.Dropout(0.5)

    def forward(self, x):
        mean, scale = self.code(x).chunk(2, dim=-1)
        z = mean + torch.randn_like(scale) * scale.exp()
        return self.back(self.drop(z - z.mean(0) if self.mixed else z))


class SampledTogether(Sampled):
    mixed = True


class SampledOfNothing(Sampled):
    def forward(self, x):
        return torch.randn(len(x), 4)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Sampled, None),
        (SampledTogether, "other samples of the batch change out of the first one"),
        (SampledOfNothing, "out does not depend on its own sample"),
    ],
)
def test_what_samples_in_evaluation_mode_is_judged_with_the_same_random_numbers(kind, words):
    finding = found(batch_independent("Net()", "(x) -> out", cases=[{"x": normal(5, 4)}], draws=True), Net=kind)

    assert finding.outcome is (Outcome.FAILED if words else Outcome.PASSED), finding.message
    assert "dropout" not in finding.message
    assert words is None or words in finding.message


class DroppedByHand(nn.Module):
    def forward(self, x):
        return x * (torch.rand_like(x) > 0.5) * 2


@pytest.mark.parametrize("kind", [Sampled, DroppedByHand])
def test_what_draws_in_evaluation_mode_fails_where_nothing_may_be_drawn(kind):
    finding = found(batch_independent("Net()", "(x) -> out", cases=[{"x": normal(5, 4)}]), Net=kind)

    assert finding.outcome is Outcome.FAILED
    assert "another one at each call in evaluation mode: random numbers are drawn" in finding.message


def test_results_beyond_the_one_that_is_judged_do_no_harm():
    def attended(x):
        weights = (x @ x.mT).masked_fill(~lower(x), -torch.inf).softmax(-1)
        return weights @ x, weights

    assert found(CAUSAL, f=attended).outcome is Outcome.PASSED
    assert found(CAUSAL, f=lambda x: (x.flip(1), x)).outcome is Outcome.FAILED
    assert found(CAUSAL, f=lambda x: ()).outcome is Outcome.FAILED


class Look(nn.Module):
    """The reference's part: a layer, and the mean of what came before."""

    def __init__(self, width):
        super().__init__()
        self.layer = nn.Linear(width, width)

    def forward(self, x):
        return self.layer(x).cumsum(1)


class Around(nn.Module):
    """The reference: the part, added."""

    part = Look

    def __init__(self, width):
        super().__init__()
        self.look, self.last = self.part(width), nn.Linear(width, width)

    def forward(self, x):
        return self.last(x + self.look(x))


class LooksAhead(Look):
    def forward(self, x):
        return self.layer(x).flip(1).cumsum(1)


class AroundItself(Around):
    """It looks ahead itself."""

    def forward(self, x):
        return self.last(x.flip(1) + self.look(x))


LOOKED = [{"width": 4, "x": normal(2, 6, 4)}]
LOOK = same_module("Look(width)", "(x) -> out", reference={"Look": Look}, cases=LOOKED)
AROUND = same_module(
    "Around(width)", "(x) -> out", reference={"Look": Look, "Around": Around}, cases=LOOKED, parts={"Look": LOOK}
)
APART = causal("Around(width)", "(x) -> out", cases=LOOKED, same=AROUND)


def with_part(kind, part):
    return {"Look": part, "Around": type("Around", (kind,), {"part": type("Look", (part,), {})})}


def test_a_part_that_breaks_what_has_to_hold_costs_nothing_where_the_module_around_it_is_right():
    wrong = with_part(Around, LooksAhead)

    assert found(LOOK, **wrong).outcome is Outcome.FAILED
    finding = found(APART, **wrong)
    assert finding.outcome is Outcome.PASSED
    assert "looks at no later position, but for what Look gives it, which differs, on" in finding.message
    assert "what Look gives, which differs, is to blame: later positions change" in finding.details[0]
    assert found(causal("Around(width)", "(x) -> out", cases=LOOKED), **wrong).outcome is Outcome.FAILED


def test_what_a_module_breaks_itself_is_no_parts_fault():
    for part in (Look, LooksAhead):
        finding = found(APART, **with_part(AroundItself, part))

        assert finding.outcome is Outcome.FAILED
        assert "later positions change" in finding.message
    assert found(APART, **with_part(Around, Look)).message == "Around looks at no later position on 1 hidden input"


def test_only_a_block_that_compares_the_module_tells_what_its_parts_are_to_blame_for():
    with pytest.raises(AssignmentError, match="same: expected what same_module gives"):
        causal("Around(width)", "(x) -> out", cases=LOOKED, same=CAUSAL)
