"""A block of batch normalization alone has to be right, whatever a residual block beside it does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from coursework import MODELS, SCRIPT, changed, findings, part, said

from grader.checks import BlockBehaviour, Normalised

END = """        out = self.layer_dict['conv_1'].forward(out)
        out = self.layer_dict['bn_1'].forward(out)
        out = F.leaky_relu(out)

        return out


class ConvolutionalDimensionalityReductionBlockBN"""
LEFT_OUT = {MODELS: (END, END.replace("        out = self.layer_dict['bn_1'].forward(out)\n", ""))}


@pytest.mark.whole_sample
def test_a_wrong_block_of_batch_normalization_fails_beside_a_right_residual_one():
    found = findings(changed(LEFT_OUT))

    assert found["batch_norm"].outcome.value == "failed", said(found["batch_norm"])
    assert "ConvolutionalProcessingBlockBN in pytorch" in said(found["batch_norm"])
    assert "1 of 2 convolutions have a batch normalization" in said(found["batch_norm"])
    assert found["residual"].outcome.value == found["gradients_restored"].outcome.value == "passed"


@pytest.mark.whole_sample
def test_one_that_no_command_line_builds_a_network_of_is_told_of():
    branch = "    processing_block_type = ConvolutionalProcessingBlockBN\n"
    files = changed({**LEFT_OUT, SCRIPT: (branch, branch.replace("BlockBN", "BlockBNRC"))})

    found = findings(files)["batch_norm"]

    assert found.outcome.value == "passed", said(found)
    assert "not counted: ConvolutionalProcessingBlockBN" in said(found)


RIGHT = BlockBehaviour(2, Normalised(2, 2, 0), 2, 2, updated=True, ratio=1.0)
HALF = BlockBehaviour(2, Normalised(2, 1, 0), 1, 1, updated=True, ratio=1.0)
PLAIN = BlockBehaviour(2, Normalised(2, 0, 0), ratio=1.0, keeps_statistics=False)
RESIDUAL = BlockBehaviour(2, Normalised(2, 2, 0), 2, 2, updated=True, shortcut="identity", ratio=1.0)
BROKEN = BlockBehaviour(problem="NameError: name 'F' is not defined")


def observed(**blocks):
    names = {name: SimpleNamespace(name=name, label=name, file="model.py", arrays=lambda _: {}) for name in blocks}
    return [part("blocks").Observed(names[name], behaviour) for name, behaviour in blocks.items()]


@pytest.mark.parametrize(
    ("blocks", "networks", "wrong"),
    [
        ({"BN": RIGHT, "Rc": RESIDUAL}, [("BN",), ("Rc",)], None),
        ({"BN": HALF, "Rc": RESIDUAL}, [("Rc",), ("BN",)], "1 of 2 convolutions have a batch normalization"),
        ({"BN": HALF, "Better": RIGHT}, [("Better",), ("BN",)], None),
        ({"BN": RIGHT, "Down": HALF, "Rc": RESIDUAL}, [("Rc", "BN"), ("BN", "Down")], "block Down in model.py: 1 of 2"),
        ({"BN": HALF, "Rc": RESIDUAL}, [("Rc",)], None),
        ({"Plain": PLAIN, "Rc": RESIDUAL}, [("Rc",), ("Plain",)], None),
        ({"Rc": RESIDUAL}, [("Rc",)], None),
    ],
)
def test_networks_of_batch_normalization_alone_are_judged_by_the_best_of_them(blocks, networks, wrong):
    found = part("norm_alone").of_batch_norm_alone(observed(**blocks), networks)

    assert (found is None) is (wrong is None), found
    assert wrong is None or wrong in found


def test_what_was_not_counted_is_said():
    found = observed(BN=HALF, Rc=RESIDUAL, Old=BROKEN)

    told = list(part("norm_alone").unused(found, [("Rc",)]))

    assert [one.split(",")[0] for one in told] == ["not counted: BN in model.py", "not counted: Old in model.py"]
    assert len(list(part("norm_alone").unused(found, [("Rc",), ("BN",)]))) == 1
    elsewhere = [one for one in part("norm_alone").unused(found, [("In another file",)]) if "Old" in one]
    assert elsewhere == []
