"""Criteria `mlp` and `cnn`: the described networks, judged by what they compute."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from torch import nn

from grader import Evidence, Finding, MissingEvidence
from grader.checks import (
    JudgedNetwork,
    NetworkTask,
    deviation_table,
    judge_network,
    layer_table,
    made_network,
    power_shown,
    wrong_network,
)

from .. import data
from . import solution

Factory = Callable[[int], nn.Module]
HINTS = (
    ("no biases", "keep the biases"),
    ("is used", "make a new layer for each place: a module that is used twice has one set of weights"),
    ("Linear 256 → 256 and the ReLU", "four hidden layers of 256: one from the image, and three from 256 to 256"),
    (
        "Conv2d 64 → 64, kernel 5, stride 1, padding 2 and the ReLU",
        "four 5 × 5 convolutions, each with its ReLU: 1 → 32 → 64 → 64 → 128 channels",
    ),
    (
        "and the ReLU behind it",
        "count the layers again: those of the handout's list, each with its ReLU, and no others",
    ),
    ("found Sigmoid", "use nn.ReLU"),
    ("found Tanh", "use nn.ReLU"),
    ("found LeakyReLU", "use nn.ReLU"),
    ("ReLU is missing", "put a ReLU behind every layer but the last"),
    ("ReLU is not asked for", "the last layer's outputs are logits: no ReLU behind it"),
    ("Softmax", "return logits: the cross-entropy applies the softmax itself"),
    ("Dropout", "leave out what the exercise does not ask for"),
    ("BatchNorm", "leave out what the exercise does not ask for"),
    ("AdaptiveAvgPool2d", "nn.AdaptiveAvgPool2d(1) averages over each whole channel, whatever the image's size"),
    ("no bias", "keep the biases"),
    ("found Linear 256 → ", "the last layer has 10 logits"),
    ("found Linear", "every hidden layer is 256 wide"),
    ("found Conv2d", "the channels are 1 → 32 → 64 → 64 → 128, and 10 in the end"),
    ("expected kernel 5", "the kernels are 5 × 5, with padding=2"),
    ("expected stride", "the second and the fourth convolution have stride=2, the others 1"),
    ("expected padding", "a 5 × 5 kernel keeps the size with padding=2"),
    ("an output of", "end with nn.Flatten(): one row of 10 logits for each image"),
    ("has no attribute", "what forward uses has to be made in __init__ under the same name"),
    ("shapes cannot be multiplied", "flatten the image first: the first layer takes image_size ** 2 numbers"),
    ("raises", "make the network and run it on torch.zeros(2, 1, image_size, image_size)"),
)


def check_mlp(evidence: Evidence) -> Finding:
    """Linear layers image_size² → 256 → 256 → 256 → 256 → 10 with ReLU in between."""
    return _check(evidence, "mlp", solution.get_mlp)


def check_cnn(evidence: Evidence) -> Finding:
    """Four 5 × 5 convolutions with ReLU, average pool, 1 × 1 convolution."""
    return _check(evidence, "cnn", solution.get_cnn)


def _check(evidence: Evidence, kind: str, reference: Factory) -> Finding:
    found = [_judged(evidence, kind, width, reference) for width in data.NETWORK_IMAGES]
    wrong = [judged for judged in found if not judged.right]
    if wrong and all(not judged.rows and judged.parameters == (0, 0) for judged in wrong) and _is_empty(evidence, kind):
        raise MissingEvidence(f"not attempted: get_{kind} makes a network without layers")
    if wrong:
        return wrong_network(wrong, len(found), kind, HINTS)
    shown = power_shown(found)
    counts = found[1].parameters
    if counts[0] != counts[1]:
        why, hint = _why_other_count(found[1])
        return Finding.partial(
            Fraction(1, 2),
            f"expected {counts[1]:,} parameters, found {counts[0]:,}: what is computed is right, but {why}",
            hint,
            exhibits=(layer_table(found[1], f"{kind}-layers"),),
        )
    remarks = dict.fromkeys(remark for judged in found for remark in judged.remarks)
    return Finding.passed(
        f"the same outputs as the reference with the same weights, for {len(found)} image sizes, {counts[0]:,} "
        "parameters for 28 × 28 images",
        details=(shown.words, *(f"name accepted: {remark}" for remark in remarks)),
        exhibits=(deviation_table(found, f"{kind}-outputs"),),
    )


def _why_other_count(judged: JudgedNetwork) -> tuple[str, str]:
    if judged.unused:
        are = "are" if len(judged.unused) > 1 else "is"
        return f"{', '.join(judged.unused[:4])} {are} never used", "remove layers that the forward pass does not use"
    return "layers have no biases", "keep the biases"


def _is_empty(evidence: Evidence, kind: str) -> bool:
    return not any(
        made_network(evidence, kind, str(width), f"get_{kind}", 1).parameters for width in data.NETWORK_IMAGES
    )


def _judged(evidence: Evidence, kind: str, width: int, reference: Factory) -> JudgedNetwork:
    what = f"get_{kind}({width})"
    made = made_network(evidence, kind, str(width), what, 1)
    batches = [data.served(evidence.seed)[data.images_of(width)]]
    return judge_network(made, NetworkTask(what, {"": reference(width)}, batches, evidence.seed, whole=True))
