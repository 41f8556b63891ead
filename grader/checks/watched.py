"""Whether a network does the same when nobody watches as its traced operations say.

A trace counts only for what it was taken from: a forward pass that asks whether it is watched, whether gradients are
recorded or how many samples it gets could show one network to the grader and be another one. `inside/passes.py`
sends what the network gives in each of these situations, and `inside/recorder.py` what it gave in the student's run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from grader.checks import replay
from grader.checks.by_sample import INSTEAD, keeps_apart
from grader.readings import PlainRuns, RecordedCall
from grader.sandbox.protocol import Array

RTOL, ATOL = 0.05, 1e-5  # of the largest output: other summation orders move it by far less
ROUNDING = 1e-3  # of a graphics card that multiplies numbers of 10 bits
IN_MODE = {
    "gradients": "with gradients",
    "no_grad": "under torch.no_grad()",
    "inference": "in inference mode",
}
HINT = "let forward do the same always: with gradients or without, for one sample or many, whoever calls it"


def other_when_run(
    network: replay.Network,
    tensors: Mapping[str, Tensor],
    inputs: Tensor,
    plain: PlainRuns,
    *,
    again: Tensor | None = None,
    share: float = RTOL,
) -> str | None:
    """What differs between a trace and the plain runs of the same network on the same input, in words, or None.

    Only what came back is compared, up to a `share` of the largest number; `again` is what the operations give, where
    that is known already. Raises NotReplayable; UnknownOperation if the operations do not even give what the network
    gave while they were written down, which is our gap.
    """
    if plain.outputs:
        ours = again.detach().double().numpy() if again is not None else _run(network, tensors, inputs)
        if plain.watched is not None and not alike(plain.watched, ours, share):
            raise replay.UnknownOperation("its operations, run again, give other results than it gave itself")
        for mode, output in plain.outputs.items():
            if not alike(output, ours if plain.watched is None else plain.watched, share):
                return f"{IN_MODE[mode]} it gives other results than when its operations are written down"
    if plain.first is not None and plain.first_output is not None:
        single = replay.parse(plain.first)
        ours = _run(single, {**tensors, **replay.weights(plain.first_constants)}, inputs[:1])
        if not alike(plain.first_output, ours, share):
            return "for a single sample it gives other results than when its operations are written down"
    return None


def other_alone(
    network: replay.Network, tensors: Mapping[str, Tensor], inputs: Tensor, plain: PlainRuns, *, share: float = RTOL
) -> str | None:
    """What differs between what it gives for the first sample alone and what a whole batch's operations give for it.

    In words, or None: also where those operations are for a whole batch only. For evaluation mode.
    """
    if plain.first_output is None:
        return None
    try:
        ours = _run(network, tensors, inputs[:1])
    except replay.NotReplayable:
        return None
    if alike(plain.first_output, ours, share):
        return None
    return "for one sample alone it gives other results than when its operations are written down"


def other_in_call(call: RecordedCall, network: replay.Network, tensors: Mapping[str, Tensor]) -> str | None:
    """What differs between what the first network of a call gave and what its trace gives, in words, or None.

    Once weights have changed, only the first sample is compared. Raises NotReplayable.
    """
    samples = {number: torch.from_numpy(call.samples[number][1].astype(np.float32)) for number in _some_alone(call)}
    found = [call.outputs[number] for number in samples]
    if (together := _side_by_side(network, tensors, list(samples.values()))) and all(map(alike, found, together)):
        return None
    for number, sample in samples.items():
        ours = _run(network, tensors, sample).reshape(-1)
        if not alike(call.outputs[number], ours) and not _is_rounding(
            call.outputs[number], ours, network, tensors, sample
        ):
            return "while get_stats ran, the network gave other results than its operations give for the same sample"
    return None


def _side_by_side(network: replay.Network, tensors: Mapping[str, Tensor], samples: Sequence[Tensor]) -> list[Array]:
    """What the operations give for each of several samples, in a pass for all of them; nothing where that is no good.

    What lies too far from what was found is run alone before anything is said of it.
    """
    if len(samples) < 2 or not keeps_apart(network) or any(len(one) != 1 for one in samples):
        return []
    try:
        with torch.no_grad():
            beside = replay.SideBySide(instead=INSTEAD)
            made = replay.run(network, tensors, torch.cat(list(samples)), beside=beside)
    except (replay.NotReplayable, RuntimeError):
        return []
    return list(made.double().flatten(1).numpy()) if len(made) == len(samples) else []


def _some_alone(call: RecordedCall) -> list[int]:
    """Numbers of samples that the first network was given alone: the first, and another two if it stayed the same."""
    numbers = [number for number in call.outputs if number < len(call.samples) and call.samples[number][0] == 0]
    if not numbers or call.networks[0].changed:
        return numbers[:1]
    return sorted({numbers[0], numbers[len(numbers) // 2], numbers[-1]})


def _is_rounding(
    found: Array, ours: Array, network: replay.Network, tensors: Mapping[str, Tensor], sample: Tensor
) -> bool:
    """Whether so small a change as a graphics card's rounding moves the results of a chaotic network as far."""
    noise = torch.randn(sample.shape, generator=torch.Generator().manual_seed(1))
    moved = _run(network, tensors, sample * (1 + ROUNDING * noise)).reshape(-1)
    if found.shape != ours.shape or not np.isfinite(found).all():
        return False
    return bool(np.abs(found - ours).max(initial=0.0) <= 3 * np.abs(moved - ours).max(initial=0.0))


def alike(found: Array, ours: Array, share: float = RTOL) -> bool:
    """Whether two outputs are the same up to rounding, a `share` of the largest number.

    Where ours is not finite, the other must not be either.
    """
    if found.shape != ours.shape:
        return False
    finite = np.isfinite(ours)
    if not np.array_equal(finite, np.isfinite(found)):
        return False
    scale = float(np.abs(ours[finite]).max(initial=0.0))
    return bool(
        (np.abs(found[finite].astype(np.float64) - ours[finite]) <= share * scale + ATOL * min(1.0, scale)).all()
    )


def _run(network: replay.Network, tensors: Mapping[str, Tensor], inputs: Tensor) -> Array:
    with torch.no_grad():
        found: Array = replay.run(network, tensors, inputs).double().numpy()
    return found
