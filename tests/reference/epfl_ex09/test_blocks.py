"""Residual blocks in many styles against the reference: what is equal is right, and what differs is named."""

from __future__ import annotations

import pytest
import torch
from exercise import judged_block, part
from torch import nn
from torch.nn import functional as F

from grader.checks import layer_table, network_causes


class Base(nn.Module):
    skip_kernel = 3

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.C1 = nn.Conv2d(in_channels, out_channels, 3, stride, 1)
        self.N1 = nn.BatchNorm2d(out_channels)
        self.C2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.N2 = nn.BatchNorm2d(out_channels)
        self.C3 = nn.Conv2d(in_channels, out_channels, self.skip_kernel, stride, self.skip_kernel // 2)
        self.N3 = nn.BatchNorm2d(out_channels)

    def skip(self, x):
        return self.N3(self.C3(x))

    def main(self, x):
        return self.N2(self.C2(F.relu(self.N1(self.C1(x)))))

    def forward(self, x):
        return F.relu(self.main(x) + self.skip(x))


class SmallSkip(Base):
    skip_kernel = 1


class SkipFirst(Base):
    def forward(self, x):
        y = self.skip(x)
        y += self.main(x)
        return y.clamp_(min=0)


class ByHand(nn.Module):
    """Parameters without modules."""

    def __init__(self, in_channels, out_channels, stride):
        super().__init__()
        self.stride = stride
        shapes = {"a": (out_channels, in_channels), "b": (out_channels, out_channels), "c": (out_channels, in_channels)}
        for name, shape in shapes.items():
            setattr(self, f"w{name}", nn.Parameter(torch.randn(*shape, 3, 3)))
            setattr(self, f"n{name}", nn.BatchNorm2d(out_channels))

    def forward(self, x):
        y = self.na(F.conv2d(x, self.wa, stride=self.stride, padding=1)).relu()
        y = self.nb(F.conv2d(y, self.wb, padding=1))
        return (y + self.nc(F.conv2d(x, self.wc, stride=self.stride, padding=1))).relu()


@pytest.mark.parametrize("kind", [Base, SmallSkip, SkipFirst, ByHand])
def test_a_right_block_is_right_however_it_is_written(kind):
    judged = judged_block(kind)

    assert judged.right, (judged.problems, judged.deviations)
    assert judged.largest < 1e-5


def test_both_readings_of_the_skip_path_are_right_where_the_shape_stays():
    block = part("cases").Block(4, 4, 1)

    class Identity(Base):
        def skip(self, x):
            return x

    assert judged_block(Identity, block).variant == "identity skip"
    assert judged_block(Base, block).variant == "3 × 3 skip"


class NoLastReLU(Base):
    def forward(self, x):
        return self.main(x) + self.skip(x)


class NoMiddleReLU(Base):
    def main(self, x):
        return self.N2(self.C2(self.N1(self.C1(x))))


class ReLUFirst(Base):
    def main(self, x):
        return self.N2(self.C2(self.N1(F.relu(self.C1(x)))))


class OneNorm(Base):
    def main(self, x):
        return self.N1(self.C2(F.relu(self.N1(self.C1(x)))))


class BareSkip(Base):
    def skip(self, x):
        return self.C3(x)


class Overwritten(Base):
    def forward(self, x):
        x = self.N1(self.C1(x))
        return F.relu(self.N2(self.C2(F.relu(x))) + x)


class Always(Base):
    def main(self, x):
        y = F.relu(F.batch_norm(self.C1(x), None, None, self.N1.weight, self.N1.bias, training=True))
        return self.N2(self.C2(y))


CAUSES = {
    NoLastReLU: "ReLU is missing after Add",
    NoMiddleReLU: "ReLU is missing after BatchNorm 6",
    ReLUFirst: "expected after BatchNorm 6",
    OneNorm: "'N1' is used 2 times",
    BareSkip: "BatchNorm 6 is missing on the skip path",
    Overwritten: "on the skip path",
    Always: "in evaluation mode",
}


@pytest.mark.parametrize("kind", CAUSES, ids=lambda kind: kind.__name__)
def test_a_wrong_block_is_wrong_and_its_cause_is_named(kind):
    judged = judged_block(kind)

    assert not judged.right
    assert CAUSES[kind] in " / ".join(network_causes(judged))


def test_the_table_marks_the_first_difference_and_shows_where_values_part():
    judged = judged_block(NoMiddleReLU)

    table = layer_table(judged, "block")

    (marked,) = table.marked_rows
    assert table.rows[marked][1:3] == ("ReLU", "–")
    assert [float(row[3]) < 1e-9 for row in table.rows[:marked]] == [True] * marked
    assert float(table.rows[-1][3]) > 1e-3


class OtherwiseAlone(Base):
    def skip(self, x):
        return super().skip(x) * (0.5 if len(x) == 1 else 1.0)


def test_a_block_that_is_another_for_a_single_image_is_wrong():
    assert not judged_block(OtherwiseAlone).right
