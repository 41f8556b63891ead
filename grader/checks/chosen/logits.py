"""Scores of N × classes for N samples: finite, no probabilities, different for different samples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from grader.checks.chosen.chosen_network import ChosenNetwork
from grader.checks.probabilities import PROBABILITIES, WITHOUT_SOFTMAX, are_probabilities
from grader.evidence import Evidence
from grader.finding import Finding
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame
from grader.words import spelled

SAME = 1e-4  # of a logit, and of the largest one: rounding, and noise that no softmax shows


@dataclass(frozen=True)
class Logits:
    """The network gives N × `classes` logits for N images: for one and for all that it is shown, as it stands.

    Accepted: logits of any scale, log_softmax. Caught: a softmax, another number of classes, one batch size only, a
    tuple, classes in place of scores, outputs that are the same for different images, and a softmax over the batch,
    after which one image alone has the same number for each class.
    """

    network: ChosenNetwork

    def check(self, evidence: Evidence) -> Finding:
        """Look at the outputs."""
        network = self.network
        several = len(network.served(evidence.seed)[network.images])
        return judged(network.answer(evidence, "forward"), network.classes, network.shape, several)


def logits(network: ChosenNetwork) -> Block:
    """N × classes logits for N samples, for one and for several: finite, no probabilities, not the same for all."""
    return Block(check=Logits(network).check, probes=(network.probe,), data=network.served)


def judged(frame: Frame, classes: int, shape: tuple[int, ...], several: int) -> Finding:
    """The finding about the outputs that came back, for one image and for so many."""
    problems = list(_all_problems(frame, classes, several))
    if problems:
        return Finding.wrong(
            f"expected N × {classes} logits for N × {' × '.join(map(str, shape))} images, found",
            problems,
            _try_it(shape, several),
            hints=_hints(classes, shape, several),
        )
    return Finding.passed(
        f"1 × {classes} logits for one image, {several} × {classes} for {spelled(several)}, finite and different for "
        "different images",
        details=(_power(frame.arrays),),
    )


def _all_problems(frame: Frame, classes: int, several: int) -> list[str]:
    header, arrays = frame.header, frame.arrays
    problems: list[str] = []
    for name, images in (("several", several), ("single", 1)):
        error, kind = header.get(f"{name}_error"), header.get(f"{name}_kind")
        problems += _problems(images, classes, arrays.get(name), error, kind)
    if not problems and _constant(arrays["several"]) and _constant(arrays.get("filled")):
        problems.append(f"the logits of {spelled(several)} different images are the same")
    elif not problems and _is_flat(arrays["single"]) and not _is_flat(arrays["several"]):
        problems.append("for 1 image alone the same number for each class, whatever it shows")
    if not problems and are_probabilities(arrays["several"]):
        problems.append(PROBABILITIES)
    return problems


def _try_it(shape: tuple[int, ...], several: int) -> str:
    sizes = ", ".join(map(str, shape))
    return f"try it: net(torch.randn(1, {sizes})).shape and net(torch.randn({several}, {sizes})).shape"


def _hints(classes: int, shape: tuple[int, ...], several: int) -> tuple[tuple[str, str], ...]:
    size = " × ".join(map(str, shape[1:]))
    return (
        ("probabilities, which are", WITHOUT_SOFTMAX),
        ("for 1 image the forward pass fails", "x.view(x.shape[0], -1): the batch may hold any number of images"),
        ("for 1 image an output of ", f"no squeeze(), no mean over the batch: one image gives 1 × {classes}"),
        (
            f"an output of {several} whole numbers",
            "return the logits themselves, without argmax: one number for each class",
        ),
        ("cannot be multiplied", f"the first linear layer's in_features are what flatten gives for a {size} image"),
        ("channels, but got", "in_channels of a convolution are the channels that the layer before it gives"),
        ("has no attribute", "make in __init__ what forward uses, under the same name"),
        ("the same number for each class", "a softmax, or another share, is taken over the classes: dim=1, not dim=0"),
        ("a tuple", "return the logits alone, not several things"),
        ("a NoneType", "forward has to return the logits"),
        ("not finite", "look for a division by 0, a logarithm or a root of what may be negative"),
        ("are the same", "the images have to reach the output: nothing times 0, no constant in their place"),
        (" an output of ", f"the last layer has {classes} outputs, and the first axis is the batch: keep it"),
    )


def _power(arrays: Mapping[str, Array]) -> str:
    known = [array for name in ("several", "filled") if (array := arrays.get(name)) is not None]
    apart = max(_apart(array) for array in known if np.isfinite(array).all())
    return (
        f"the images' logits lie {apart:.2g} apart, as a difference and as a share of the largest one, whichever is "
        f"less; below {SAME:g} they would count as the same"
    )


def _problems(images: int, classes: int, found: Array | None, error: object, kind: object) -> Iterator[str]:
    given = f"{images} image{'s' * (images > 1)}"
    if isinstance(error, str):
        yield f"for {given} the forward pass fails: {error[:300]}"
    elif found is None or found.dtype.kind != "f":
        yield f"for {given} a {str(kind)[:80]}, which is no array of numbers"
    elif found.shape == (images,) and np.isfinite(found).all() and (found == found.round()).all():
        yield f"for {given} an output of {images} whole number{'s' * (images > 1)}"
    elif found.shape != (images, classes):
        yield f"for {given} an output of {' × '.join(map(str, found.shape)) or 'a single number'}"
    elif not np.isfinite(found).all():
        yield f"for {given} {int((~np.isfinite(found)).sum())} of {found.size} logits are not finite"


def _constant(logits: Array | None) -> bool:
    if logits is None or not np.isfinite(logits).all():
        return True
    return _apart(logits) <= SAME


def _apart(logits: Array) -> float:
    """How far the logits of images lie from those of the first one, and relative to the largest: the smaller of both.

    What is added to all logits of an image changes nothing, and so do differences that a softmax does not show.
    """
    exact = logits.astype(np.float64)
    own = exact - exact.mean(axis=1, keepdims=True)
    return float(np.abs(own - own[:1]).max()) / max(1.0, float(np.abs(exact).max()))


def _is_flat(logits: Array) -> bool:
    """Whether the first image has the same number for each class, as far as a softmax would show."""
    own = logits[0].astype(np.float64)
    return float(np.ptp(own)) <= SAME * max(1.0, float(np.abs(own).max()))
