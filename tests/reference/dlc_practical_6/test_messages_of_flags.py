"""Each common mistake in the two classes is named, and the hint says what to do about that mistake."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from typing import Any

import pytest
import torch
from core_examples import SEED, evidence
from practical_6 import ROOT, part
from recorded_calls import recorded, right
from torch import nn

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.finding import Finding, Outcome
from grader.inside import building
from grader.inside.passes import passes
from grader.inside.raised import last_line
from grader.inside.training import buffers_of
from grader.probes import weights_seed
from grader.sandbox.protocol import Frame

BLOCK = """
class ResNetBlock(nn.Module):
    def __init__(self, nb_channels, kernel_size, skip_connections=True, batch_normalization=True):
        super().__init__()
        self.conv1 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size // 2)
        self.bn1 = nn.BatchNorm2d(nb_channels)
        self.conv2 = nn.Conv2d(nb_channels, nb_channels, kernel_size, padding=kernel_size // 2)
        self.bn2 = nn.BatchNorm2d(nb_channels)
        self.skip_connections, self.batch_normalization = skip_connections, batch_normalization

    def forward(self, x):
        y = self.conv1(x)
        if self.batch_normalization:
            y = self.bn1(y)
        y = y.relu()
        y = self.conv2(y)
        if self.batch_normalization:
            y = self.bn2(y)
        if self.skip_connections:
            y = y + x
        return y.relu()
"""
NETWORK = """
class ResNet(nn.Module):
    def __init__(self, nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True,
                 batch_normalization=True):
        super().__init__()
        self.conv = nn.Conv2d(3, nb_channels, kernel_size, padding=kernel_size // 2)
        self.resnet_blocks = nn.Sequential(*(
            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)
            for _ in range(nb_residual_blocks)))
        self.fc = nn.Linear(nb_channels, nb_classes)

    def forward(self, x):
        return self.fc(self.resnet_blocks(self.conv(x).relu()).mean((2, 3)))
"""


@pytest.fixture(scope="module")
def assignment():
    return load_assignment("dlc_practical_6", ROOT)


def built(probe: str, case: Any, kind: type[nn.Module], arrays: Any) -> Frame:
    """What a box answers for a student's class."""
    (asked,) = [found for found in part("cases").PROBES if found.id == probe]
    (wanted,) = [found.arguments for found in asked.cases if found.id == case.id]
    roles = [building.Role(role.name, role.value, role.patterns, role.optional, role.only_required) for role in wanted]
    header: dict[str, Any] = {"kind": "build", "probe": probe, "case": case.id, "class": kind.__name__}
    found: dict[str, Any] = {}
    try:
        arguments, _ = building.bind(kind, roles, {})
        network = kind(**arguments)
        header["parameters"] = building.fill(network, weights_seed(SEED))
        inputs = torch.from_numpy(arrays[asked.inputs[0]])
        written, found = passes(network, inputs)
        header |= written
        found |= buffers_of(network)
    except Exception as error:  # noqa: BLE001 - what students' classes raise
        header |= {"error": last_line(error), "in_student_code": True}
    return Frame(json.loads(json.dumps(header)), found)


@cache
def frames(probe: str, block: str = BLOCK, network: str = NETWORK) -> list[Frame]:
    """What comes back for one of the two classes, of a program of these classes."""
    namespace: dict[str, Any] = {"nn": nn, "torch": torch}
    exec(block + network, namespace)  # noqa: S102 - that is how a student writes it
    kind = namespace["ResNetBlock" if probe == "block" else "ResNet"]
    return [built(probe, case, kind, part("data").served(SEED)) for case in part("cases").CASES]


def judged(assignment: Any, *found: list[Frame]) -> Finding:
    return assess_one(assignment.rubric[0], evidence(*itertools.chain(*found)))


def before_all(*lines: str) -> tuple[str, str]:
    """These lines in front of the block's forward pass."""
    first = "        y = self.conv1(x)\n"
    return first, "".join(f"        {line}\n" for line in lines) + first


def test_the_classes_as_asked_pass(assignment):
    found = judged(assignment, frames("block"), frames("network"))

    assert found.outcome is Outcome.PASSED, found


def test_a_block_without_its_middle_relu_passes_and_that_is_said(assignment):
    linear = BLOCK.replace("        y = y.relu()\n", "")
    assert linear != BLOCK

    as_asked, found = (
        judged(assignment, frames("block", block), frames("network", block)) for block in (BLOCK, linear)
    )

    assert found.outcome is as_asked.outcome is Outcome.PASSED, found
    assert "no ReLU stands between" in str(found.details)
    assert "no ReLU" not in str(as_asked.details)


BY_ROWS = """
class Rows(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(c, 1)), nn.Parameter(torch.zeros(c, 1))

    def forward(self, x):
        b, c, h, w = x.shape
        rows = x.permute(1, 0, 2, 3).reshape(c, b * h * w)
        rows = (rows - rows.mean(1, keepdim=True)) / (rows.var(1, unbiased=False, keepdim=True) + 1e-5).sqrt()
        return (self.scale * rows + self.shift).reshape(c, b, h, w).permute(1, 0, 2, 3)
"""
GATE = ("y = y + x", "y = y + self.gate * x")
GATED = ("self.skip_connections,", "self.register_buffer('gate', torch.tensor(1.0))\n        self.skip_connections,")


def test_a_block_may_turn_its_maps_into_rows_of_one_length(assignment):
    block = BY_ROWS + BLOCK.replace("nn.BatchNorm2d(", "Rows(")

    found = judged(assignment, frames("block", block), frames("network", block))

    assert found.outcome is Outcome.PASSED, found


@pytest.mark.parametrize(("gate", "outcome"), [("1.0", Outcome.PASSED), ("0.1", Outcome.FAILED)])
def test_a_buffer_is_what_it_was_made_to_be(gate, outcome, assignment):
    block = BLOCK.replace(*GATE).replace(*GATED).replace("tensor(1.0)", f"tensor({gate})")

    found = judged(assignment, frames("block", block), frames("network", block))

    assert found.outcome is outcome, found


MISTAKES = {
    "the larger of both in place of the sum": (
        ("            y = y + x\n", "            y = torch.maximum(y, x)\n"),
        "skip_connections does more than add the block's input",
        "add the block's input after the second batch normalization",
    ),
    "skip after the last ReLU": (
        (
            "        if self.skip_connections:\n            y = y + x\n        return y.relu()",
            "        y = y.relu()\n        return y + x if self.skip_connections else y",
        ),
        "added after the last ReLU",
        "apply the last ReLU to the sum",
    ),
    "skip always": (
        ("        if self.skip_connections:\n            y = y + x\n", "        y = y + x\n"),
        "expected that the block's input is not added",
        "if self.skip_connections",
    ),
    "skip never": (
        ("            y = y + x\n", "            z = y + x\n"),
        "found that the block's input is not added",
        "before the last ReLU",
    ),
    "one norm always": (
        ("        if self.batch_normalization:\n            y = self.bn2(y)\n", "        y = self.bn2(y)\n"),
        "expected 0 acting batch normalizations in the block, found 1",
        "both of them",
    ),
    "one norm never": (
        ("            y = self.bn2(y)\n", "            z = self.bn2(y)\n"),
        "expected 2 acting batch normalizations in the block, found 1",
        "both of them",
    ),
    "first ReLU with the norm": (
        ("            y = self.bn1(y)\n        y = y.relu()\n", "            y = self.bn1(y).relu()\n"),
        "batch_normalization does more than normalize",
        "the ReLU between them too",
    ),
    "no last ReLU": (
        ("        return y.relu()", "        return y"),
        "no ReLU ends the block",
        "end the block with a ReLU",
    ),
    "instance norm": (("nn.BatchNorm2d", "nn.InstanceNorm2d"), "expected batch normalization, found", "nn.BatchNorm2d"),
    "no padding": (
        (", padding=kernel_size // 2", ""),
        "its forward pass raised RuntimeError",
        "it can be made; run it",
    ),
    "unknown name in forward": (
        ("y = self.conv2(y)", "y = self.conv3(y)"),
        "its forward pass raised AttributeError",
        "it can be made; run it",
    ),
    "unknown name in the constructor": (
        ("nn.BatchNorm2d(nb_channels)", "nn.BatchNorm2d(channels)"),
        "making one raised NameError",
        "make one yourself",
    ),
    "no flags": (
        (", skip_connections=True, batch_normalization=True):\n        super", "):\n        super"),
        "it cannot be made as asked",
        "give the class the parameters",
    ),
    "right in inference mode only": (
        before_all("if not torch.is_inference_mode_enabled(): return x * 0 + 7"),
        "with gradients it gives other results",
        "let forward do the same always",
    ),
    "right for several samples only": (
        before_all("if len(x) == 1: return x"),
        "for a single sample it does something else",
        "let forward do the same always",
    ),
    "right when watched only": (
        before_all(
            "from torch.utils._python_dispatch import _get_current_dispatch_mode as mode",
            "if mode() is None: return x * 0 + 7",
        ),
        "gives other results",
        "let forward do the same always",
    ),
    "right the first time only": (
        before_all(
            "ResNetBlock.total = getattr(ResNetBlock, 'total', 0) + 1",
            "if ResNetBlock.total % 5 != 1: return x * 0 + 7",
        ),
        "gives other results",
        "let forward do the same always",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_the_block_is_named(name, assignment):
    (right, wrong), words, hint = MISTAKES[name]
    assert right in BLOCK

    found = judged(assignment, frames("block", BLOCK.replace(right, wrong)), frames("network"))

    assert found.outcome is Outcome.FAILED, found
    assert words in f"{found.message} {' '.join(found.details)}"
    assert hint in (found.hint or "")
    assert "CannotCall" not in found.message
    assert any(detail in found.message for detail in found.details)


OF_THE_NETWORK = {
    "flags not passed on": (
        (
            "            ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)",
            "            ResNetBlock(nb_channels, kernel_size)",
        ),
        "ResNet(",
        "pass both flags on",
    ),
    "flags in the wrong order": (
        (
            "skip_connections, batch_normalization)\n            for",
            "batch_normalization, skip_connections)\n            for",
        ),
        "ResNet(",
        "by name",
    ),
    "one block": (("range(nb_residual_blocks)", "range(1)"), "found 1", "as many blocks as nb_residual_blocks says"),
    "blocks never run": (
        ("self.resnet_blocks(self.conv(x).relu())", "self.conv(x).relu()"),
        "found 0",
        "as many blocks as nb_residual_blocks says",
    ),
    "wrong last layer": (
        ("nn.Linear(nb_channels, nb_classes)", "nn.Linear(3 * nb_channels, nb_classes)"),
        "its forward pass raised RuntimeError",
        "2 × 3 × 32 × 32",
    ),
}


@pytest.mark.parametrize("name", OF_THE_NETWORK)
def test_a_mistake_in_the_network_is_named(name, assignment):
    (right, wrong), words, hint = OF_THE_NETWORK[name]
    assert right in NETWORK

    found = judged(assignment, frames("block"), frames("network", network=NETWORK.replace(right, wrong)))

    assert found.outcome is Outcome.FAILED, found
    assert words in f"{found.message} {' '.join(found.details)}"
    assert hint in (found.hint or "")


IN_ONE = NETWORK.replace(
    "nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, skip_connections=True,\n"
    "                 batch_normalization=True):",
    "options):\n        nb_residual_blocks, nb_channels, kernel_size, nb_classes, *flags = options\n"
    "        skip_connections, batch_normalization = flags",
)


def as_it_is(_: nn.Module) -> None: ...


def stats(case: Any, made: Any) -> Frame:
    """A call of get_stats for a configuration in which the network of another may have run."""
    frame = recorded(made, as_it_is, right)
    return Frame({**frame.header, "case": case.id}, frame.arrays)


@pytest.mark.parametrize("network", ["asked", "always the same", "not run"])
def test_flags_that_a_network_takes_in_another_form_are_a_persons_if_they_do_what_they_say(network, assignment):
    cases = part("cases").CASES
    made = {"asked": cases, "always the same": cases[:1] * 4, "not run": ()}[network]
    calls = [stats(case, other) for case, other in zip(cases, made, strict=False)]

    found = judged(assignment, frames("block"), frames("network", network=IN_ONE), calls)

    assert found.outcome is (Outcome.UNGRADED if network == "asked" else Outcome.FAILED), found
    assert "ResNet: it cannot be made as asked: no parameter for" in found.message


def test_a_wrong_block_is_wrong_however_its_network_takes_the_flags(assignment):
    block = BLOCK.replace("            y = y + x\n", "            y = y - x\n")
    calls = [stats(case, case) for case in part("cases").CASES]

    found = judged(assignment, frames("block", block), frames("network", block, IN_ONE), calls)

    assert found.outcome is Outcome.FAILED, found


def test_classes_whose_parameters_have_names_of_another_language_pass(assignment):
    block = BLOCK.replace("nb_channels", "nb_canaux").replace("kernel_size", "taille_noyau")
    block = block.replace("nb_canaux, taille_noyau, padding", "nb_canaux, kernel_size=taille_noyau, padding")
    network = NETWORK.replace("nb_residual_blocks", "nb_blocs").replace("nb_channels", "nb_canaux")

    found = judged(assignment, frames("block", block), frames("network", block, network))

    assert found.outcome is Outcome.PASSED, found


@pytest.mark.parametrize("name", ["ResNetBlock", "BlocResidual", "BlocoRes", "ResBloque", "Residuum"])
def test_a_block_is_found_by_its_name_in_other_languages(name):
    (asked,) = [probe for probe in part("cases").PROBES if probe.id == "block"]

    assert any(re.search(pattern, name, re.IGNORECASE) for pattern in asked.patterns)
