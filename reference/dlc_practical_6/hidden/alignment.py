"""Which of the samples that a network was run on belongs to which column of the returned tensor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from grader import Array, RecordedCall


def alternatives(call: RecordedCall, wanted: int) -> list[list[Tensor]]:
    """Ways to give `wanted` columns a sample each, as the network gets it; likeliest first, empty if there are too few.

    Usually the network was run once for each column, in order. Some run it first to look at its output, or
    twice for each sample. Some networks take flat samples, or bytes.
    """
    batches = [array for _, array in call.samples if array.ndim >= 2 and array.dtype.kind in "fiu"]
    sizes: Counter[tuple[int, ...]] = Counter()
    for batch in batches:
        sizes[batch.shape[1:]] += len(batch)
    usual = sizes.most_common(1)  # some run it on another size first
    same = [batch for batch in batches if batch.shape[1:] == usual[0][0]]
    images = np.concatenate(same) if same else np.zeros((0, 3, 32, 32))
    count = len(images)
    if count < wanted:
        return []
    orders: list[Sequence[int]] = [range(wanted)]
    if count > wanted:
        first_seen = list({image.tobytes(): index for index, image in reversed(list(enumerate(images)))}.values())
        orders += [range(count - wanted, count), sorted(first_seen)[:wanted]]
        orders += [range(step - 1, count, step) for step in [count // wanted] if count % wanted == 0]
    return [[_tensor(images[index]) for index in order] for order in orders if len(order) == wanted]


def _tensor(image: Array) -> Tensor:
    return torch.from_numpy(image.astype(np.float32))


def distinct(images: Sequence[Tensor]) -> int:
    """How many different samples there are."""
    return len({image.numpy().tobytes() for image in images})


def same_size(found: Array, ours: Array) -> bool:
    """Whether the norms of each block are about as large, so that another order of samples may explain them."""
    found_size, our_size = (np.median(np.log(np.abs(values) + 1e-30), axis=1) for values in (found, ours))
    return bool(np.median(np.abs(found_size - our_size)) < 0.7)


def matched(found: Array, ours: Array) -> list[int]:
    """For each column of `found` the column of `ours` that lies nearest, on a logarithmic scale."""
    logs = [np.log(np.abs(values) + 1e-30) for values in (found, ours)]
    distances = np.abs(logs[0][:, :, None] - logs[1][:, None, :]).sum(axis=0)
    return [int(index) for index in distances.argmin(axis=1)]
