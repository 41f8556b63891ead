"""Whether a checkpoint holds a data set: in its file, in its network, or beside it in the submission."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from grader.checks.blocks.evaluated import Evaluated, described
from grader.evidence import Evidence
from grader.intake.kinds import DATA
from grader.readings.fields import count, sequence, text
from grader.sandbox.protocol import Array

MIB = 2**20
MANY = 20  # inputs in one array
LARGE = MIB // 16  # bytes beside the weights: histories and random states are smaller
IMAGES = 100
SAME, ROWS, KNOWN = 0.999, 5, 2_000
FILE = 12  # times the weights' bytes: weights, an average and two moments in float64 are 8


def data_found(evidence: Evidence, found: Evaluated, shape: Sequence[int], public: Array | None) -> Iterator[str]:
    """Signs of a data set whose inputs have this shape, in words; `public` are inputs (N × …) that students have."""
    yield from _in_file(found, shape)
    yield from _in_network(found, shape, public)
    yield from _by_size(evidence, found)
    files = [file for file in evidence.submission.files if file.path not in found.files]
    data = [file for file in files if file.kind in DATA and file.size > MIB]
    pictures = [file for file in files if file.kind == "image"]
    if data:
        yield f"{data[0].path} ({data[0].kind}, {data[0].size / MIB:.1f} MiB) lies beside it"
    if len(pictures) >= IMAGES:
        yield f"{len(pictures)} pictures lie beside it"


def _in_file(found: Evaluated, shape: Sequence[int]) -> Iterator[str]:
    total = 0
    for part in sequence(found.header.get("beside"), 40):
        if not isinstance(part, list) or len(part) != 4:
            continue
        where, sizes, size = text(part[0]) or "", sequence(part[2], 16), count(part[3])
        lengths = [length for length in sizes if type(length) is int and length >= 0]
        total += size
        if _looks_like_inputs(lengths, shape) or size > LARGE:
            kept = f"{described(lengths)} numbers" if lengths else f"{size:,} bytes"
            yield f"the file holds {where[:100]}: {kept}, which is none of the network's tensors"
            return
    if total > 4 * LARGE:
        yield f"the file holds {total / MIB:.1f} MiB that are none of the network's tensors"


def _looks_like_inputs(sizes: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether an array may be many inputs, flat or not, channels first or last."""
    one = math.prod(shape)
    return len(sizes) > 1 and sizes[0] >= MANY and one > 1 and math.prod(sizes[1:]) == one


def _in_network(found: Evaluated, shape: Sequence[int], public: Array | None) -> Iterator[str]:
    own = dict(found.parameters)
    if (one := math.prod(shape)) > 1 and found.large_constant >= MANY * one and not found.large_constant % one:
        yield f"the network computes with a constant of {found.large_constant:,} numbers, which may be inputs"
    arrays = {**found.state, **found.constants}
    for name, array in arrays.items():
        is_buffer = name not in own
        if is_buffer and array.ndim > 1 and _looks_like_inputs(array.shape, shape):
            yield f"{name} of the network holds {described(array.shape)} numbers, as inputs would, and is no parameter"
        elif public is not None and (known := _known(array, public)) >= ROWS:
            yield f"{known} of the public inputs stand in {name} of the network"


def _known(array: Array, public: Array) -> int:
    """How many of the first public inputs stand in an array, moved and scaled or not."""
    one = math.prod(public.shape[1:])
    if array.dtype.kind not in "fiu" or not array.size or array.size % one or array.size // one < ROWS:
        return 0
    rows, inputs = (_unit(part.reshape(-1, one)[:KNOWN]) for part in (array, public))
    return int(((rows @ inputs.T) > SAME).any(axis=0).sum())


def _unit(rows: Array) -> Array:
    centred = rows.astype(np.float64) - rows.mean(axis=1, keepdims=True)
    norms = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.asarray(np.divide(centred, norms, out=np.zeros_like(centred), where=norms > 0))


def _by_size(evidence: Evidence, found: Evaluated) -> Iterator[str]:
    """A file far larger than what it is known to hold: told from outside, whatever was said inside."""
    size = sum(file.size for file in evidence.submission.files if file.path in found.files)
    weights = sum(4 * array.size for array in found.state.values())
    if found.state and size > FILE * weights + MIB:
        yield f"the file has {size / MIB:.1f} MiB, and the network's weights {weights / MIB:.1f} MiB"
