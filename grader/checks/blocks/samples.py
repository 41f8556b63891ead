"""`Samples`: pictures that a student's network drew, whichever way they were stored."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from grader.checks.blocks.evaluated import described
from grader.checks.grid import picture_grid
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import PictureGrid
from grader.probes import ReadFiles
from grader.readings.fields import own_arrays
from grader.readings.opened_files import files_read
from grader.sandbox.protocol import Array

SHOWN = 48
GREY = 12  # of 255: so far apart may the channels of a grey picture lie that JPEG stored
MAX_SAMPLES, MAX_TRAINING = 2000, 20_000


@dataclass(frozen=True, kw_only=True, eq=False)
class Samples:
    """Pictures that a student's network drew, in `files` (patterns): `.npy`, `.npz`, or PNG and JPEG files.

    `shape` is C × H × W, and numbers lie between `low` and `high`. `training()` gives the course's real pictures, N ×
    C × H × W in the same range; of `.npz` files the array `name` is taken, or the largest.
    Accepted: channels first or last, or none where C is 1; 0 to 255 in uint8; grey pictures that were stored with three
    equal channels. Each picture as one row of numbers costs the points for form alone: see `well_formed`.
    """

    files: tuple[str, ...]
    shape: tuple[int, int, int]
    training: Callable[[], Array]
    low: float = 0.0
    high: float = 1.0
    name: str = "samples"

    @property
    def reading(self) -> ReadFiles:
        """How the box reads the files with samples."""
        return ReadFiles(f"pictures ({', '.join(self.files)})", "images", self.files, most=MAX_SAMPLES)

    def real(self) -> Array:
        """The course's pictures, N × C × H × W, float32. Raises AssignmentError."""
        found = np.asarray(self.training(), np.float32)[:MAX_TRAINING]
        if found.ndim != 4 or found.shape[1:] != self.shape or len(found) < 20:
            shape = " × ".join(map(str, self.shape))
            raise AssignmentError(f"training: expected 20 or more pictures of {shape}, found {found.shape}")
        return found

    def images(self, evidence: Evidence) -> Array:
        """What was handed in, N × C × H × W, float32. Raises MissingEvidence."""
        return self.read(evidence)[0]

    def read(self, evidence: Evidence) -> tuple[Array, tuple[str, ...]]:
        """The same, and what is odd in how it was stored. Raises MissingEvidence."""
        read = files_read(evidence, self.reading)
        if not read:
            raise MissingEvidence(f"not attempted: there is no {' or '.join(self.files)}")
        found, problems, odd = [], [], []
        for one in read:
            if one.frame is None:
                problems.append((f"{one.path}: {one.problem}", one.ours))
                continue
            arrays = own_arrays(one.frame, "")
            array = arrays.get(self.name) if self.name in arrays else max(arrays.values(), key=np.size, default=None)
            array = None if array is None else self._grey(array)
            shaped = None if array is None else self._shaped(array)
            if shaped is None and array is not None and "image" not in arrays and self._is_flat(array):
                odd.append(
                    f"expected {self._words()}, found {described(array.shape)}: each picture is one row of numbers"
                )
                shaped = self._shaped(array.reshape(-1, *self.shape))
            if shaped is None:
                held = "nothing" if array is None else described(array.shape)
                held += ", coloured ones" if array is not None and self._has_colours(array) else ""
                problems.append((f"{one.path}: expected pictures of {self._words()}, found {held}", False))
            else:
                found.append(shaped)
        if not found:
            words, ours = problems[0]
            raise MissingEvidence(words[:600], ours=ours, hint="save them as float32 or uint8, N × C × H × W")
        return np.concatenate(found)[:MAX_SAMPLES], tuple(odd)

    def _has_colours(self, array: Array) -> bool:
        """Whether it is one picture, or more, with three channels where there should be one."""
        return self.shape[0] == 1 and array.dtype == np.uint8 and array.shape[-3:] == (*self.shape[1:], 3)

    def _grey(self, array: Array) -> Array:
        """One channel of pictures whose three channels are equal, as a grey picture has them."""
        if self._has_colours(array) and int(np.ptp(array.astype(np.int16), axis=-1).max(initial=0)) <= GREY:
            return array[..., 0]
        return array

    def _is_flat(self, array: Array) -> bool:
        return array.ndim == 2 and array.shape[1] == math.prod(self.shape)

    def _words(self) -> str:
        return f"N × {' × '.join(map(str, self.shape))}"

    def _shaped(self, array: Array) -> Array | None:
        """N × C × H × W, whatever way round the axes are; None if it cannot be."""
        channels, height, width = self.shape
        forms: dict[tuple[int, ...], Callable[[Array], Array]] = {
            (channels, height, width): lambda a: a,
            (height, width, channels): lambda a: np.moveaxis(a, -1, -3),
        }
        if channels == 1:
            forms[height, width] = lambda a: a[..., None, :, :]
        for form, turn in forms.items():
            if array.shape[-len(form) :] == form and array.ndim <= len(form) + 1:
                scaled: Array = array.astype(np.float32)
                if array.dtype == np.uint8:
                    scaled = self.low + scaled / 255 * (self.high - self.low)
                return np.asarray(turn(scaled).reshape(-1, *self.shape), np.float32)
        return None

    def fitted(self, images: Array) -> Array:
        """Those of another range stretched to `low` … `high`, so that it costs points once: see `well_formed`."""
        low, high = float(images.min()), float(images.max())
        slack = 0.01 * (self.high - self.low)
        if low >= self.low - slack and high <= self.high + slack:
            return images
        return np.asarray(self.low + (images - low) / (high - low) * (self.high - self.low), np.float32)

    def figure(self, images: Array) -> PictureGrid:
        """A figure of the first samples."""
        shown = images[:SHOWN]
        caption = f"The first {len(shown)} of {len(images)} samples that were handed in."
        alt = f"{len(shown)} small pictures in rows."
        return picture_grid("samples", shown, title="Samples", caption=caption, alt=alt, low=self.low, high=self.high)
