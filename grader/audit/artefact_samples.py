"""Versions of generated pictures: an array in a file of NumPy's."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np

from grader.audit.artefacts import Version, always
from grader.checks.blocks.demands import Demand
from grader.sandbox.protocol import Array


def of_pictures(demand: Demand, path: str, content: bytes, rng: np.random.Generator) -> Iterator[Version]:
    """Of an `.npz` or `.npy` that holds the pictures; nothing of other files."""
    of = demand.of
    try:
        loaded = np.load(io.BytesIO(content), allow_pickle=False)
        array = loaded if path.endswith(".npy") else loaded[of.name]
    except (ValueError, OSError, KeyError):
        return
    span = of.high - of.low
    images = np.asarray(array, np.float32).reshape(-1, *of.shape)
    for kind, other, name in _same_pictures(images, of.low, span, rng):
        yield Version(kind, path, {path: _stored(path, other, name or of.name)})
    single = {path: None, f"{path.rpartition('.')[0]}.npy": _stored("x.npy", images, "")}
    yield Version("an array alone", path, single)
    count = (demand.options or {})["count"]
    for kind, other in _other_pictures(images, of.real(), of.low, of.high, rng):
        yield Version(kind, path, {path: _stored(path, other, of.name)}, always(kind))
    fewer = {path: _stored(path, images[: count - 1], of.name)}
    yield Version("one too few", path, fewer, always(f"{count - 1} pictures, for {count}"))
    yield Version("no file", path, {path: None}, always("there is no file"))


def _same_pictures(
    images: Array, low: float, span: float, rng: np.random.Generator
) -> Iterator[tuple[str, Array, str]]:
    yield "double precision", images.astype(np.float64), ""
    yield "half precision", images.astype(np.float16), ""
    yield "bytes", ((images - low) / span * 255).round().clip(0, 255).astype(np.uint8), ""
    yield "channels last", np.moveaxis(images, 1, -1), ""
    yield "another order", images[rng.permutation(len(images))], ""
    yield "another name", images, "generated"
    yield "rounded", images.round(2), ""
    if images.shape[1] == 1:
        yield "no axis for one channel", images[:, 0], ""


def _other_pictures(
    images: Array, real: Array, low: float, high: float, rng: np.random.Generator
) -> Iterator[tuple[str, Array]]:
    span, count = high - low, len(images)
    copies = real[rng.permutation(len(real))[:count]]
    noise = rng.standard_normal(copies.shape) * span
    mean = real.mean(axis=0, keepdims=True)
    yield "copies", copies
    for share in (0.01, 0.03, 0.06):
        yield f"copies under noise of {share:.0%}", (copies + share * noise).clip(low, high)
    yield "copies mirrored", copies[..., ::-1]
    yield "copies moved", np.roll(copies, 1, -1)
    yield "negatives of copies", low + high - copies
    yield "copies in another range", copies * 2 - span
    yield "a third are copies", np.concatenate([images[: -count // 3], copies[: count // 3 + 1]])
    yield "one picture", np.repeat(images[:1], count, 0)
    yield "three pictures", np.repeat(images[:3], count // 3 + 1, 0)
    yield "one picture under noise", (images[:1] + 0.02 * noise).clip(low, high)
    yield "all near their mean", mean + 0.2 * (images - images.mean(axis=0, keepdims=True))
    yield "noise", low + span * rng.random(images.shape)
    yield "normal noise", (low + span / 2 + 0.3 * noise).clip(low, high)
    yield "the mean of all", np.repeat(mean, count, 0)
    yield "nothing drawn", np.zeros_like(images) + low
    yield "one twice the other's range", images * 2 - span
    yield "from 0 to 255, no bytes", images * 255
    yield "NaN in some", np.where(rng.random(images.shape) < 0.01, np.nan, images)
    yield "an eighth of them blank", np.concatenate([images[: -(count // 8)], np.zeros_like(images[: count // 8])])
    yield "larger", np.repeat(np.repeat(images, 2, -1), 2, -2)
    yield "pixels in another order", images.reshape(count, -1)[:, rng.permutation(images[0].size)].reshape(images.shape)
    yield "negatives", low + high - images


def _stored(path: str, array: Array, name: str) -> bytes:
    out = io.BytesIO()
    if path.endswith(".npy"):
        np.save(out, array)
    else:
        np.savez_compressed(out, **{name: array})  # type: ignore[arg-type]
    return out.getvalue()
