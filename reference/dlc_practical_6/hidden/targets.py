"""Which class each of a student's samples has: read off the served images, not from the student."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from grader import Array

LIKE = 0.95  # correlation; that of two different served images is below 0.9
VIEWS: tuple[Callable[[Tensor], Tensor], ...] = (
    lambda image: image,
    lambda image: image.flip(2),
    lambda image: image.transpose(1, 2),
    lambda image: image.reshape(32, 32, 3).permute(2, 0, 1),
)


class Targets:
    """Finds samples among the served images, whatever affine normalisation was applied to their channels.

    Flat, mirrored and turned images are found too, and those whose colours and places were mixed up by a `view`.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        halves = ("cifar10.train", "cifar10.test")
        images = np.concatenate([arrays[f"{half}.images"] for half in halves]).transpose(0, 3, 1, 2)
        self.labels = np.concatenate([arrays[f"{half}.labels"] for half in halves])
        small = torch.from_numpy(images[:, :, ::2, ::2].copy()).float()
        per_pixel = (small - small.mean(0)) / small.std(0)  # some normalise each pixel on its own
        self.signatures = torch.cat([_standardised(small), _standardised(per_pixel)])
        self.known: dict[bytes, int | None] = {}

    def of(self, image: Tensor) -> int | None:
        """The label of a sample of 3 × 32 × 32 numbers in any form, or None if it is none of the served images."""
        return self.of_each([image])[0]

    def of_each(self, images: Sequence[Tensor]) -> list[int | None]:
        """The label of each sample. What was asked before is not looked for again."""
        keys = [image.numpy().tobytes() for image in images]
        waiting = {key: image for key, image in zip(keys, images, strict=True) if key not in self.known}
        self.known |= dict.fromkeys(waiting)
        whole = {key: image.reshape(3, 32, 32) for key, image in waiting.items() if image.numel() == 3 * 32 * 32}
        for view in VIEWS if whole else ():
            left = {key: image for key, image in whole.items() if self.known[key] is None}
            if left:
                self.known |= dict(
                    zip(left, self._found(torch.stack([view(one) for one in left.values()])), strict=True)
                )
        return [self.known[key] for key in keys]

    def _found(self, images: Tensor) -> list[int | None]:
        likeness, places = (self.signatures @ _standardised(images[:, :, ::2, ::2].float()).T).max(0)
        labels = self.labels[places.numpy() % len(self.labels)].tolist()
        return [label if like > LIKE else None for label, like in zip(labels, likeness.tolist(), strict=True)]


def _standardised(images: Tensor) -> Tensor:
    """N × 3 × H × W → N × features of length 1, free of each channel's offset and scale."""
    centred = images - images.mean((2, 3), keepdim=True)
    scaled = centred / centred.pow(2).mean((2, 3), keepdim=True).sqrt().clamp_min(1e-12)
    return torch.nn.functional.normalize(scaled.flatten(1), dim=1)
