"""Which class each of a student's samples has: read off the served images, not from the student."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from grader import Array

LIKE = 0.95  # correlation; that of two different served images is below 0.9


class Targets:
    """Finds a sample among the served images, whatever affine normalisation was applied to its channels.

    Flat, mirrored and turned images are found too, and those whose colours and places were mixed up by a `view`.
    """

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        halves = ("cifar10.train", "cifar10.test")
        images = np.concatenate([arrays[f"{half}.images"] for half in halves]).transpose(0, 3, 1, 2)
        self.labels = np.concatenate([arrays[f"{half}.labels"] for half in halves])
        small = torch.from_numpy(images[:, :, ::2, ::2].copy()).float()
        per_pixel = (small - small.mean(0)) / small.std(0)  # some normalise each pixel on its own
        self.signatures = torch.stack([_standardised(small), _standardised(per_pixel)])
        self.unknown = self.asked = 0

    def of(self, image: Tensor) -> int | None:
        """The label of a sample of 3 × 32 × 32 numbers in any form, or None if it is none of the served images."""
        if image.numel() != 3 * 32 * 32:
            return None
        self.asked += 1
        image = image.reshape(3, 32, 32)
        colours_last = image.reshape(32, 32, 3)
        for view in (image, image.flip(2), image.transpose(1, 2), colours_last.permute(2, 0, 1)):
            likeness = (self.signatures @ _standardised(view[None, :, ::2, ::2].float())[0]).amax(0)
            best = int(likeness.argmax())
            if likeness[best] > LIKE:
                return int(self.labels[best])
        self.unknown += 1
        return None

    def mostly_unknown(self) -> bool:
        """Whether the samples may have been brought along, with answers prepared for them."""
        return self.unknown > self.asked / 2


def _standardised(images: Tensor) -> Tensor:
    """N × 3 × H × W → N × features of length 1, free of each channel's offset and scale."""
    centred = images - images.mean((2, 3), keepdim=True)
    scaled = centred / centred.pow(2).mean((2, 3), keepdim=True).sqrt().clamp_min(1e-12)
    return torch.nn.functional.normalize(scaled.flatten(1), dim=1)
