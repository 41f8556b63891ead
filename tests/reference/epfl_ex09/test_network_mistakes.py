"""The commonest real mistakes in the networks of exercise 9: message and hint name each, and right work passes."""

from __future__ import annotations

import pytest
import torch
from exercise import finding_of, said
from torch import nn
from torch.nn import functional as F

from grader.finding import Outcome


class Flat(nn.Module):
    """Squares of images as rows of numbers, twice where it should be once."""

    def forward(self, x):
        return x.flatten(1)


def mlp(
    *, hidden=256, depth=3, last=(), act=nn.ReLU, first=True, out=10, bias=True, flat=True, skip=None, shared=False
):
    def make(image_size):
        wide = nn.Linear(hidden, hidden, bias=bias)
        layers = [nn.Flatten()] if flat else []
        layers += [nn.Linear(image_size**2 if first else image_size, hidden, bias=bias), act()]
        for index in range(depth):
            layers.append(wide if shared else nn.Linear(hidden, hidden, bias=bias))
            layers += [] if index == skip else [act()]
        return nn.Sequential(*layers, nn.Linear(hidden, out, bias=bias), *(part() for part in last))

    return make


class Detached(nn.Module):
    def __init__(self, image_size):
        super().__init__()
        self.net = mlp()(image_size)

    def forward(self, x):
        return self.net(x).detach()


class HalfFrozen(Detached):
    def forward(self, x):
        with torch.no_grad():
            h = self.net[:4](x)
        return self.net[4:](h)


MLPS = {
    "gradients cut off": (Detached, "cuts gradients off", ""),
    "no gradients in the middle": (HalfFrozen, "cuts gradients off", ""),
    "ReLU behind the logits": (mlp(last=(nn.ReLU,)), "ReLU is not asked for", "no ReLU behind it"),
    "softmax": (mlp(last=(lambda: nn.Softmax(dim=1),)), "Softmax is not asked for", "cross-entropy applies"),
    "a ReLU missing": (mlp(skip=1), "ReLU is missing after Linear", "a ReLU behind every layer but the last"),
    "a layer less": (mlp(depth=2), "Linear 256 → 256 and the ReLU behind it are missing", "four hidden layers"),
    "a layer more": (mlp(depth=4), "Linear 256 → 256 and the ReLU behind it are not asked", "four hidden layers"),
    "narrow": (mlp(hidden=128), "found Linear 400 → 128", "256 wide"),
    "one layer for all": (mlp(shared=True), "used 3 times", "a new layer for each place"),
    "not flattened": (mlp(flat=False), "shapes cannot be multiplied", "flatten the image"),
    "side, not square": (mlp(first=False), "shapes cannot be multiplied", "image_size ** 2"),
    "sigmoid": (mlp(act=nn.Sigmoid), "Sigmoid", "nn.ReLU"),
    "no biases": (mlp(bias=False), "layers have no biases", "keep the biases"),
    "dropout": (mlp(last=(lambda: nn.Dropout(0.5),)), "Dropout is not asked for", "leave out"),
    "one output": (mlp(out=1), "found Linear 256 → 1", "10 logits"),
}


def cnn(change=None, *, pool=lambda: nn.AdaptiveAvgPool2d(1), end=(nn.Flatten,), leave=(), extra=None):
    def make(image_size):
        settings = [(1, 32, 5, 1, 2), (32, 64, 5, 2, 2), (64, 64, 5, 1, 2), (64, 128, 5, 2, 2)]
        for index, part, value in change or ():
            settings[index] = tuple(value if at == part else old for at, old in enumerate(settings[index]))
        layers = []
        for index, (inside, outside, kernel, stride, padding) in enumerate(settings):
            if ("conv", index) not in leave:
                layers.append(nn.Conv2d(inside, outside, kernel, stride, padding))
                layers += [extra(outside)] if extra else []
            layers += [] if ("relu", index) in leave else [nn.ReLU()]
        return nn.Sequential(*layers, pool(), nn.Conv2d(128, 10, 1), *(part() for part in end))

    return make


CNNS = {
    "padding missing": (cnn([(2, 4, 0)]), "expected padding 2, found padding 0", "padding=2"),
    "stride missing": (cnn([(1, 3, 1)]), "expected stride 2, found stride 1", "second and the fourth"),
    "kernel 3": (cnn([(0, 2, 3), (0, 4, 1)]), "expected kernel 5, padding 2, found kernel 3, padding 1", "5 × 5"),
    "a ReLU missing": (cnn(leave=[("relu", 3)]), "ReLU is missing after Conv2d 64 → 128", "a ReLU behind every"),
    "a convolution left out": (
        cnn(leave=[("conv", 2), ("relu", 2)]),
        "Conv2d 64 → 64, kernel 5, stride 1, padding 2 and the ReLU behind it are missing",
        "four 5 × 5 convolutions",
    ),
    "fixed pool": (cnn(pool=lambda: nn.AvgPool2d(5)), "AvgPool2d", "AdaptiveAvgPool2d(1)"),
    "max pool": (cnn(pool=lambda: nn.AdaptiveMaxPool2d(1)), "AdaptiveMaxPool2d", "averages over each whole channel"),
    "not flattened": (cnn(end=()), "an output of", "nn.Flatten()"),
    "softmax": (cnn(end=(nn.Flatten, lambda: nn.Softmax(dim=1))), "Softmax is not asked for", "cross-entropy"),
    "ReLU behind the logits": (cnn(end=(nn.Flatten, nn.ReLU)), "ReLU is not asked for", "logits: no ReLU"),
    "batch normalization": (cnn(extra=nn.BatchNorm2d), "BatchNorm 32 is not asked for", "leave out"),
    "channels": (cnn([(0, 1, 16), (1, 0, 16)]), "16", "32 → 64 → 64 → 128"),
}


@pytest.mark.parametrize("name", MLPS)
def test_a_usual_mistake_in_the_mlp_is_named(name):
    assert_named("mlp", "get_mlp", *MLPS[name])


@pytest.mark.parametrize("name", CNNS)
def test_a_usual_mistake_in_the_cnn_is_named(name):
    assert_named("cnn", "get_cnn", *CNNS[name])


def assert_named(criterion, function, value, message, hint):
    found = finding_of(criterion, {function: value})

    assert found.outcome in (Outcome.FAILED, Outcome.PARTIAL), found.message
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)
    assert ("normalization" in (found.hint or "")) is ("normalization" in hint), said(found)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean((2, 3), keepdim=True)


RIGHT = {
    "mlp": [mlp(), mlp(act=lambda: nn.ReLU(inplace=True)), mlp(act=lambda: nn.Threshold(0.0, 0.0))],
    "cnn": [cnn(), cnn(pool=Mean), cnn(end=(Flat,))],
}


@pytest.mark.parametrize(("criterion", "index"), [(name, index) for name in RIGHT for index in range(3)])
def test_a_right_network_passes_however_it_is_written(criterion, index):
    found = finding_of(criterion, {f"get_{criterion}": RIGHT[criterion][index]})

    assert found.outcome is Outcome.PASSED, said(found)


class Block(nn.Module):
    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.make(in_channels, out_channels, stride)

    def make(self, inside, outside, stride, *, second=1, skip_stride=None, padding=1):
        self.C1, self.N1 = nn.Conv2d(inside, outside, 3, stride, 1), nn.BatchNorm2d(outside)
        self.C2, self.N2 = nn.Conv2d(outside, outside, 3, second, padding), nn.BatchNorm2d(outside)
        self.C3, self.N3 = nn.Conv2d(inside, outside, 3, skip_stride or stride, 1), nn.BatchNorm2d(outside)

    def main(self, x):
        return self.N2(self.C2(F.relu(self.N1(self.C1(x)))))

    def skip(self, x):
        return self.N3(self.C3(x))

    def forward(self, x):
        return F.relu(self.main(x) + self.skip(x))


class NoLastReLU(Block):
    def forward(self, x):
        return self.main(x) + self.skip(x)


class ReLUFirst(Block):
    def forward(self, x):
        return F.relu(self.main(x)) + self.skip(x)


class NoSkip(Block):
    def forward(self, x):
        return F.relu(self.main(x))


class BareSkip(Block):
    def skip(self, x):
        return self.C3(x)


class ReLUOnSkip(Block):
    def skip(self, x):
        return F.relu(self.N3(self.C3(x)))


class OneNorm(Block):
    def main(self, x):
        return self.N1(self.C2(F.relu(self.N1(self.C1(x)))))


class NoSecondNorm(Block):
    def main(self, x):
        return self.C2(F.relu(self.N1(self.C1(x))))


class NoMiddleReLU(Block):
    def main(self, x):
        return self.N2(self.C2(self.N1(self.C1(x))))


class StrideOnC2(Block):
    def make(self, inside, outside, stride):
        super().make(inside, outside, 1, second=stride, skip_stride=stride)


class SkipWithoutStride(Block):
    def make(self, inside, outside, stride):
        super().make(inside, outside, stride, skip_stride=1)


class NoStride(Block):
    def make(self, inside, outside, stride):
        super().make(inside, outside, 1)


class NoPadding(Block):
    def make(self, inside, outside, stride):
        super().make(inside, outside, stride, padding=0)


class Concatenates(Block):
    def forward(self, x):
        return F.relu(torch.cat([self.main(x), self.skip(x)], 1))


class Joined(Block):
    def forward(self, x):
        return F.relu(self.join(self.main(x), self.skip(x)))


class Subtracts(Joined):
    def join(self, main, skip):
        return main - skip


class SubtractsTheInput(Subtracts):
    def skip(self, x):
        return super().skip(x) if x.shape[1] != self.C1.out_channels or self.C1.stride != (1, 1) else x


class Multiplies(Joined):
    def join(self, main, skip):
        return main * skip


class TakesTheLarger(Joined):
    def join(self, main, skip):
        return torch.maximum(main, skip)


class Averages(Joined):
    def join(self, main, skip):
        return (main + skip) / 2


class ScalesTheSkip(Joined):
    def join(self, main, skip):
        return main + 0.5 * skip


class ScalesInTheSum(Joined):
    def join(self, main, skip):
        return torch.add(main, skip, alpha=0.5)


class LeakyAfterNorm(Block):
    def main(self, x):
        return self.N2(self.C2(F.leaky_relu(self.N1(self.C1(x)))))


class LeakyAfterSum(Block):
    def forward(self, x):
        return F.leaky_relu(self.main(x) + self.skip(x))


class GELUs(Block):
    def main(self, x):
        return self.N2(self.C2(F.gelu(self.N1(self.C1(x)))))


class Drops(Block):
    def main(self, x):
        return self.N2(F.dropout(self.C2(F.relu(self.N1(self.C1(x)))), 0.2, self.training))


class OnlyWhereWider(Block):
    """The skip convolution is forgotten where the channels become fewer."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__(in_channels, out_channels, stride)
        self.wider = out_channels > in_channels or stride != 1

    def skip(self, x):
        return super().skip(x) if self.wider else x


class NoGradientOfTheSkip(Block):
    def skip(self, x):
        with torch.no_grad():
            return super().skip(x)


BLOCKS = {
    NoGradientOfTheSkip: ("cuts gradients off", ""),
    NoLastReLU: ("ReLU is missing after Add", "R2 after the sum"),
    ReLUFirst: ("expected after Add", "add first"),
    NoSkip: ("Add is missing", "add the skip path"),
    BareSkip: ("BatchNorm 4 is missing on the skip path", "N3(C3(x))"),
    ReLUOnSkip: ("ReLU is not asked for on the skip path", "without a ReLU"),
    OneNorm: ("'N1' is used 2 times", "a new normalization for each place"),
    NoSecondNorm: ("BatchNorm 4 is missing after Conv2d", "batch normalization of its own"),
    NoMiddleReLU: ("ReLU is missing after BatchNorm", "R1 after N1"),
    StrideOnC2: ("expected stride 2, found stride 1", "the stride belongs to C1"),
    SkipWithoutStride: ("must match the size", "both paths must have the same size"),
    NoStride: ("expected stride 2, found stride 1", "the stride belongs to C1 (and to C3)"),
    NoPadding: ("must match the size", "padding=1"),
    Subtracts: ("expected Add after BatchNorm 4, found Subtract", "join both paths with +"),
    SubtractsTheInput: ("expected Add after BatchNorm 4, found Subtract", "join both paths with +"),
    Multiplies: ("expected Add after BatchNorm 4, found Multiply", "join both paths with +"),
    TakesTheLarger: ("expected Add after BatchNorm 4, found Maximum", "join both paths with +"),
    Averages: ("Divide is not asked for, after Add", "neither of them scaled"),
    ScalesTheSkip: ("Multiply is not asked for on the skip path", "neither of them scaled"),
    ScalesInTheSum: ("found Add, alpha 0.5", "neither of them scaled"),
    LeakyAfterNorm: ("expected ReLU after BatchNorm 4, found LeakyReLU", "nn.ReLU"),
    LeakyAfterSum: ("expected ReLU after Add, found LeakyReLU", "nn.ReLU"),
    GELUs: ("expected ReLU after BatchNorm 4, found GELU", "nn.ReLU"),
    Drops: ("Dropout is not asked for", "leave out"),
    Concatenates: ("found Concatenate", "torch.cat gives twice"),
    OnlyWhereWider: ("must match the size", "both paths"),
}


@pytest.mark.parametrize("kind", BLOCKS, ids=lambda kind: kind.__name__)
def test_a_usual_mistake_in_the_residual_block_is_named(kind):
    assert_named("residual_block", "ResidualBlock", kind, *BLOCKS[kind])


def test_the_skip_convolution_without_its_stride_is_told_of_the_one_that_is_there():
    found = said(finding_of("residual_block", {"ResidualBlock": NoStride}))

    assert "on the skip path: expected stride 2, found stride 1" in found
    assert "kernel 1" not in found


class OnlyWhenTested(Block):
    def forward(self, x):
        return self.main(x) if torch.is_grad_enabled() else super().forward(x)


def test_a_block_that_is_right_only_without_gradients_is_wrong():
    found = finding_of("residual_block", {"ResidualBlock": OnlyWhenTested})

    assert found.outcome is Outcome.FAILED
    assert "in one with gradients" in found.message


class LargerThanZeros(Block):
    def forward(self, x):
        return torch.maximum(self.main(x) + self.skip(x), torch.zeros(1))


class LargerThanZerosLikeIt(Block):
    def forward(self, x):
        sum_ = self.main(x) + self.skip(x)
        return torch.max(sum_, torch.zeros_like(sum_))


@pytest.mark.parametrize("kind", [Block, LargerThanZeros, LargerThanZerosLikeIt], ids=lambda kind: kind.__name__)
def test_a_relu_may_be_the_larger_of_a_value_and_zero(kind):
    found = finding_of("residual_block", {"ResidualBlock": kind})

    assert found.outcome is Outcome.PASSED, said(found)


class LargerThanZerosBeforeTheSum(Block):
    def forward(self, x):
        main = self.main(x)
        return torch.maximum(main, torch.zeros_like(main)) + self.skip(x)


def test_such_a_relu_is_called_one_in_a_wrong_block():
    found = finding_of("residual_block", {"ResidualBlock": LargerThanZerosBeforeTheSum})

    assert "ReLU comes after BatchNorm 4, expected after Add" in found.message
