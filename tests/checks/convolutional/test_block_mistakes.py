"""The commonest real mistakes in blocks of convolutions: message and hint name each, and right blocks have none."""

from __future__ import annotations

import pytest
import torch
from asking import found
from torch import nn
from torch.nn import functional as F

from grader.checks import BlockTask, adds_its_input, batch_normalised
from grader.finding import Finding, Outcome
from grader.probes import Argument

TASK = BlockTask(name="MyBlock", shape=(4, 32, 8, 8))


class BN(nn.Module):
    """Batch normalization after each convolution; pooling between them with a `factor`."""

    def __init__(self, factor=1):
        super().__init__()
        self.conv_0, self.conv_1 = (nn.Conv2d(32, 32, 3, padding=1) for _ in range(2))
        self.bn_0, self.bn_1 = nn.BatchNorm2d(32), nn.BatchNorm2d(32)
        self.factor = factor

    def first(self, x):
        return F.avg_pool2d(F.leaky_relu(self.bn_0(self.conv_0(x))), self.factor)

    def main(self, x):
        return self.bn_1(self.conv_1(self.first(x)))

    def forward(self, x):
        return F.leaky_relu(self.main(x))


class OneNorm(BN):
    def main(self, x):
        return self.conv_1(self.first(x))


class ThrownAway(BN):
    def first(self, x):
        out = self.conv_0(x)
        self.bn_0(out)
        return F.avg_pool2d(F.leaky_relu(out), self.factor)


class NotCalled(BN):
    def forward(self, x):
        return F.leaky_relu(self.conv_1(F.avg_pool2d(F.leaky_relu(self.conv_0(x)), self.factor)))


class InForward(BN):
    def main(self, x):
        return nn.BatchNorm2d(32)(self.conv_1(self.first(x)))


class Without(BN):
    """A block of the student's own without any: there is none to call."""

    def __init__(self, factor=1):
        super().__init__(factor)
        del self.bn_0, self.bn_1

    def forward(self, x):
        return F.leaky_relu(self.conv_1(F.avg_pool2d(F.leaky_relu(self.conv_0(x)), self.factor)) + 0.5 * x)


class Shared(BN):
    def main(self, x):
        return self.bn_0(self.conv_1(self.first(x)))


class NoStatistics(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.bn_0, self.bn_1 = (nn.BatchNorm2d(32, track_running_stats=False) for _ in range(2))


class AlwaysBatch(BN):
    def main(self, x):
        out = self.conv_1(self.first(x))
        return F.batch_norm(
            out, self.bn_1.running_mean, self.bn_1.running_var, self.bn_1.weight, self.bn_1.bias, training=True
        )


class NeverTraining(BN):
    def main(self, x):
        out = self.conv_1(self.first(x))
        return F.batch_norm(out, self.bn_1.running_mean, self.bn_1.running_var, self.bn_1.weight, self.bn_1.bias)


class KeptInEvaluation(nn.BatchNorm2d):
    """As one freezes a network that was trained before."""

    def train(self, mode=True):
        return super().train(False)


class KeptByTheBlock(BN):
    def train(self, mode=True):
        super().train(mode)
        self.bn_1.eval()
        return self


class Kept(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.bn_0, self.bn_1 = KeptInEvaluation(32), KeptInEvaluation(32)


class KeptInTraining(BN):
    def train(self, mode=True):
        return super().train()


class Groups(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.bn_0, self.bn_1 = nn.GroupNorm(4, 32), nn.GroupNorm(4, 32)


class Layers(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.bn_0, self.bn_1 = nn.InstanceNorm2d(32), nn.InstanceNorm2d(32)


NORMS = {
    OneNorm: ("1 of 2 convolutions have a batch normalization", "one nn.BatchNorm2d for each convolution"),
    ThrownAway: ("the result of one batch normalization is thrown away", "keep the result"),
    NotCalled: ("no batch normalization acts on its output", "call the batch normalizations in forward"),
    Without: ("it has no batch normalization", "make nn.BatchNorm2d for each convolution"),
    InForward: ("made anew in every forward pass", "in __init__"),
    Shared: ("acts in two places", "a batch normalization of its own"),
    NoStatistics: ("no running statistics", "track_running_stats on"),
    AlwaysBatch: ("use the batch's statistics in evaluation mode", "let train() and eval() set the mode"),
    NeverTraining: ("1 of 2 batch normalizations use their running statistics in training mode", "self.training"),
    Kept: ("2 of 2 batch normalizations use their running statistics in training mode", "let train() set the mode"),
    KeptByTheBlock: ("1 of 2 batch normalizations use their running statistics in training mode", "let train() set"),
    KeptInTraining: ("use the batch's statistics in evaluation mode", "let train() and eval() set the mode"),
    Groups: ("expected batch normalization, found group_norm", "not of each sample"),
    Layers: ("expected batch normalization, found instance_norm", "not of each sample"),
}


class Residual(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) + x)


class OwnLoop(Residual):
    """A right one, with a method of its own that is called as the one that sets the mode."""

    def train(self, loader, epochs=3):
        raise RuntimeError("not asked to train")


class Announced(Residual):
    def train(self, mode=True):
        print("training" if mode else "evaluating")
        return super().train(mode)


class PreActivation(BN):
    def forward(self, x):
        out = self.conv_0(F.leaky_relu(self.bn_0(x)))
        return x + self.conv_1(F.leaky_relu(self.bn_1(out)))


class InPlace(BN):
    def forward(self, x):
        out = self.main(x)
        out += x
        return F.leaky_relu(out)


class Projected(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.shortcut = nn.Conv2d(32, 32, 1)

    def forward(self, x):
        return F.leaky_relu(self.main(x) + self.shortcut(x))


class Multiplied(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) * x)


class Subtracted(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) - x)


class Late(BN):
    def forward(self, x):
        out = self.conv_0(x)
        return F.leaky_relu(self.bn_1(self.conv_1(F.leaky_relu(self.bn_0(out)))) + out)


class Detached(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) + x.detach())


class InEvaluation(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) if self.training else self.main(x) + x)


class Normalised(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.bn_2 = nn.BatchNorm2d(32)

    def forward(self, x):
        return F.leaky_relu(self.main(x) + self.bn_2(x) * 1.5)


class Twice(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) + 2 * x)


class Joined(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        self.conv_1 = nn.Conv2d(64, 32, 3, padding=1)

    def main(self, x):
        return self.bn_1(self.conv_1(torch.cat([self.first(x), x], 1)))


class Itself(BN):
    def forward(self, x):
        out = self.main(x)
        return F.leaky_relu(out + out)


class Activated(BN):
    def forward(self, x):
        out = self.main(x)
        return F.leaky_relu(out + F.leaky_relu(out))


class WhileSilent(BN):
    def forward(self, x):
        return F.leaky_relu(self.main(x) + x * (self.conv_0.weight.abs().sum() == 0).float())


class WhileNothingComes(BN):
    def forward(self, x):
        out = self.conv_0(x)
        gate = (out.abs().amax() == 0).float()
        return F.leaky_relu(self.bn_1(self.conv_1(F.leaky_relu(self.bn_0(out)))) + gate * x)


class WhileSilentAndNormed(BN):
    def forward(self, x):
        gate = (self.conv_0.weight.abs().sum() == 0).float()
        return self.bn_1(F.leaky_relu(self.conv_1(self.first(x)) + gate * x))


class Larger(BN):
    def forward(self, x):
        return F.leaky_relu(torch.maximum(self.main(x), x))


class Chosen(BN):
    def forward(self, x):
        return torch.where(x > 0, x, self.main(x))


class Faint(BN):
    def forward(self, x):
        return F.leaky_relu(1e-25 * self.main(x) + x)


class HalfFaint(BN):
    def first(self, x):
        return F.leaky_relu(1e-25 * self.conv_0(x) + self.bn_0(x))

    def forward(self, x):
        return F.leaky_relu(self.main(x) + x)


SHORTCUTS = {
    WhileSilent: ("only while the convolutions give nothing", "whatever the weights are"),
    WhileSilentAndNormed: ("only while the convolutions give nothing", "whatever the weights are"),
    WhileNothingComes: ("only while the convolutions give nothing", "whatever the weights are"),
    Larger: ("follows its input or its convolutions, and never their sum", "a maximum"),
    Chosen: ("follows its input or its convolutions, and never their sum", "a choice between both"),
    Faint: ("of 2 of its convolutions nothing reaches the output", "next to nothing"),
    HalfFaint: ("of 1 of its convolutions nothing reaches the output", "next to nothing"),
    BN: ("nothing is added in its forward pass", "out = out + x"),
    Projected: ("a projection, not the identity", "add x itself, without a convolution"),
    Multiplied: ("it multiplies by its input", "add, with +"),
    Subtracted: ("it subtracts its input", "add, with +"),
    Late: ("what its first convolution gives is added", "identity = x"),
    InEvaluation: ("is added in evaluation mode, and not in training mode", "in both modes"),
    Detached: ("that the gradient comes back through", "without detach()"),
    Normalised: ("the input is normalised before it is added", "keep x as it came in"),
    Twice: ("not the block's input as it came in", "not added twice"),
    Joined: ("it concatenates its input", "torch.cat gives twice"),
    Itself: ("what its convolutions give is added to what they give once more", "identity = x"),
    Activated: ("what its convolutions give is added to what they give once more", "identity = x"),
}


def said(finding: Finding) -> str:
    """All that is said, in one text."""
    return " / ".join((finding.message, *finding.details, f"hint: {finding.hint}"))


@pytest.mark.parametrize("kind", NORMS, ids=lambda kind: kind.__name__)
def test_a_usual_mistake_in_batch_normalization_is_named(kind):
    message, hint = NORMS[kind]

    finding = found(batch_normalised(TASK), MyBlock=kind)

    assert finding.outcome is Outcome.FAILED
    assert message in finding.message, said(finding)
    assert hint in (finding.hint or ""), said(finding)


@pytest.mark.parametrize("kind", SHORTCUTS, ids=lambda kind: kind.__name__)
def test_a_usual_mistake_in_the_shortcut_is_named(kind):
    message, hint = SHORTCUTS[kind]

    finding = found(adds_its_input(TASK), MyBlock=kind)

    assert finding.outcome is Outcome.FAILED
    assert message in finding.message, said(finding)
    assert hint in (finding.hint or ""), said(finding)


class NormedSum(BN):
    """The normalization comes after the addition and its activation."""

    def forward(self, x):
        return self.bn_1(F.leaky_relu(self.conv_1(self.first(x)) + x))


class Squeezed(BN):
    """A gate for each channel, computed from the input's averages."""

    def __init__(self, factor=1):
        super().__init__(factor)
        self.gate = nn.Linear(32, 32)

    def forward(self, x):
        gate = torch.sigmoid(self.gate(x.mean(dim=(2, 3))))[:, :, None, None]
        return F.leaky_relu(gate * self.main(x) + x)


class LessWhatItsConvolutionsGive(BN):
    """Their sign is theirs to learn."""

    def forward(self, x):
        return F.leaky_relu(x - self.main(x))


class Scaled(BN):
    def forward(self, x):
        return F.relu(x + 0.1 * self.main(x))


class ScaledByWeight(BN):
    """As those that start as the identity: the scale is a weight, next to nothing at first."""

    def __init__(self, factor=1):
        super().__init__(factor)
        self.scale = nn.Parameter(torch.full((32, 1, 1), 1e-6))

    def forward(self, x):
        return F.relu(x + self.scale * self.main(x))


class LastNormAtZero(BN):
    def __init__(self, factor=1):
        super().__init__(factor)
        nn.init.zeros_(self.bn_1.weight)

    def forward(self, x):
        return F.leaky_relu(self.main(x) + x)


HONEST = [
    Residual,
    LessWhatItsConvolutionsGive,
    NormedSum,
    OwnLoop,
    Announced,
    PreActivation,
    InPlace,
    Squeezed,
    Scaled,
    ScaledByWeight,
    LastNormAtZero,
]


@pytest.mark.parametrize("kind", HONEST, ids=lambda kind: kind.__name__)
def test_a_right_block_has_neither_mistake(kind):
    norms, skip = (found(block(TASK), MyBlock=kind) for block in (batch_normalised, adds_its_input))

    assert norms.outcome is Outcome.PASSED, said(norms)
    assert skip.outcome is Outcome.PASSED, said(skip)


class Raising(BN):
    def forward(self, x):
        raise ValueError("no")


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (Raising, "raised ValueError: no"),
        (nn.Flatten, "it has no convolutions"),
        (lambda: 3, "expected a torch.nn.Module"),
        (lambda width: BN(), "cannot be called so"),
    ],
)
def test_what_is_no_block_is_told(made, message):
    assert message in found(batch_normalised(TASK), MyBlock=made).message


def test_a_block_that_is_not_there_is_told():
    assert "expected MyBlock, found no such definition" in found(adds_its_input(TASK)).message


def test_arguments_go_to_the_parameters_whose_names_mean_them():
    task = BlockTask(name="MyBlock", shape=(4, 32, 8, 8), arguments=(Argument("factor", 1, ("^f",)),))

    assert found(adds_its_input(task), MyBlock=Residual).outcome is Outcome.PASSED
