"""What the student's own command line builds is graded; another network in its place earns nothing."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from coursework import MODELS, SCRIPT, changed, findings, inside, said
from torch import nn

pytestmark = pytest.mark.whole_sample  # each grades a right submission that was changed

NETWORK_CRITERIA = ("batch_norm", "residual", "gradients_restored")
RC_BRANCH = """    processing_block_type = ConvolutionalProcessingBlockBNRC
    dim_reduction_block_type = ConvolutionalDimensionalityReductionBlockBN
"""
OWN_REDUCTION = """    processing_block_type = ConvolutionalProcessingBlockBNRC
    dim_reduction_block_type = ReductionRC
"""
BROKEN_REDUCTION = """class ReductionRC(ConvolutionalDimensionalityReductionBlockBN):
    def forward(self, x):
        return x + super().forward(x)


class ConvolutionalNetwork(nn.Module):"""


def outcomes(files):
    found = findings(files)
    return {name: found[name].outcome.value for name in NETWORK_CRITERIA}, found


def test_a_residual_network_that_its_command_line_cannot_build_earns_nothing():
    files = changed(
        {MODELS: ("class ConvolutionalNetwork(nn.Module):", BROKEN_REDUCTION), SCRIPT: (RC_BRANCH, OWN_REDUCTION)}
    )

    found, findings_ = outcomes(files)

    assert found == {"batch_norm": "passed", "residual": "failed", "gradients_restored": "passed"}
    assert "--block_type bn_rc_block" in said(findings_["residual"])
    assert "must match the size" in said(findings_["residual"])


def test_no_other_reduction_block_is_put_in_for_one_that_raises():
    start = "super(ConvolutionalDimensionalityReductionBlockBN, self).__init__()"
    files = changed({MODELS: (start, f"{start}; self.groups = self.num_groups"), SCRIPT: None})

    found, findings_ = outcomes(files)

    assert set(found.values()) == {"failed"}, {name: said(findings_[name]) for name in found}
    assert all("num_groups" in said(findings_[name]) for name in found)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ((RC_BRANCH, RC_BRANCH.replace("BlockBNRC", "BlockBnRc")), "NameError"),
        ((RC_BRANCH, RC_BRANCH.replace("BlockBNRC", "BlockBN")), "no command line builds a network of"),
        (("args = get_args()", "args = get_args()\nassert args.block_type != 'bn_rc_block', 'not ready'"), "not ready"),
    ],
    ids=["misspelt class", "another block wired", "refused"],
)
def test_a_block_that_no_command_line_builds_a_network_of_is_not_enough(change, reason):
    found, findings_ = outcomes(changed({SCRIPT: change}))

    assert found == {"batch_norm": "passed", "residual": "failed", "gradients_restored": "passed"}
    assert reason in said(findings_["residual"])


def test_blocks_are_paired_where_no_training_script_wires_them():
    unchanged = (
        """elif args.block_type == 'bn_block':
    processing_block_type = ConvolutionalProcessingBlockBN
    dim_reduction_block_type = ConvolutionalDimensionalityReductionBlockBN
elif args.block_type == 'bn_rc_block':
"""
        + RC_BRANCH
    )

    found, _ = outcomes(changed({SCRIPT: (unchanged, ""), "run_vgg_38_bn.sh": None}))

    assert set(found.values()) == {"passed"}


class Unit(nn.Sequential):
    """A convolution with its normalization: what blocks are made of."""

    def __init__(self):
        super().__init__(nn.Conv2d(32, 32, 3, padding=1), nn.BatchNorm2d(32))


class BlockOfUnits(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second = Unit(), Unit()

    def forward(self, x):
        return (x + self.second(self.first(x).relu())).relu()


def test_the_parts_that_blocks_are_made_of_are_no_blocks_however_many_there_are():
    network = nn.Sequential(BlockOfUnits(), BlockOfUnits())

    blocks, _ = inside("wiring")._blocks_of(SimpleNamespace(network=network))

    assert [name for name, _ in blocks] == ["BlockOfUnits"]


def test_of_several_command_lines_the_one_with_batch_normalization_in_both_blocks_is_taken():
    wiring, look = inside("wiring"), inside("variants").Look
    right, given = look(convolutions=2, normalised=2, ratio=1), look(convolutions=2, normalised=0, ratio=0.5)
    shortcut, reduction = look(convolutions=2, normalised=2, shortcut=True, ratio=1), look(2, normalised=2, ratio=0.5)
    lines = {
        "given reduction": [("BN", right), ("Reduction", given)],
        "residual": [("BNRC", shortcut), ("ReductionBN", reduction)],
    }

    best = max(lines, key=lambda name: wiring._rank((None, None, lines[name], True), "batch_norm"))

    assert best == "residual"


class UnitOf(nn.Sequential):
    def __init__(self, wide):
        super().__init__(nn.Conv2d(wide, wide, 3, padding=1), nn.BatchNorm2d(wide))


class BlockOfMoreUnits(nn.Module):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation):
        super().__init__()
        self.both = nn.Sequential(UnitOf(num_filters), nn.ReLU(), UnitOf(num_filters))

    def forward(self, x):
        return x + self.both(x)


class AnotherBlock(BlockOfMoreUnits):
    def __init__(self, much):
        raise TypeError(much)


def test_a_part_of_a_block_that_cannot_be_made_alone_is_not_asked_about(monkeypatch):
    module, kind = inside("blocks"), inside("variants").Variant
    posted = []
    listed = [kind("blocks.py", one) for one in (UnitOf, BlockOfMoreUnits, AnotherBlock)]
    monkeypatch.setattr(module, "variants", lambda load: listed)
    monkeypatch.setattr(module, "classes", lambda load: ([], []))
    images = {"block.images": np.zeros((4, 8, 8, 8), np.float32)}
    outbox = SimpleNamespace(post=lambda header, arrays: posted.append(header))

    module.answer(SimpleNamespace(load_file=None, request={"seed": 1}, arrays=images, outbox=outbox), {})

    assert [(header["class"], "error" in header) for header in posted] == [
        ("BlockOfMoreUnits", False),
        ("AnotherBlock", True),
    ]


class Wrapped(nn.Module):
    """Adds what goes in to what a function makes of it."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return x + self.function(x)


class UnitsOfAnyWidth(nn.Sequential):
    def __init__(self, input_shape, num_filters, kernel_size, padding, bias, dilation, reduction_factor=1):
        pool = [nn.AvgPool2d(reduction_factor)] if reduction_factor > 1 else []
        super().__init__(UnitOf(num_filters), nn.ReLU(), *pool, UnitOf(num_filters))


class WrappedBlock(Wrapped):
    def __init__(self, **settings):
        super().__init__(UnitsOfAnyWidth(**settings))


def test_a_block_that_hands_on_all_its_settings_is_made_as_a_network_makes_it(monkeypatch):
    module, kind = inside("blocks"), inside("variants").Variant
    posted = []
    monkeypatch.setattr(module, "variants", lambda load: [kind("blocks.py", one) for one in (Wrapped, WrappedBlock)])
    monkeypatch.setattr(module, "classes", lambda load: ([], []))
    images = {"block.images": np.zeros((4, 8, 8, 8), np.float32)}
    outbox = SimpleNamespace(post=lambda header, arrays: posted.append(header))

    module.answer(SimpleNamespace(load_file=None, request={"seed": 1}, arrays=images, outbox=outbox), {})

    assert [(header["class"], header.get("error")) for header in posted] == [("WrappedBlock", None)]
