"""`.npy` and `.npz`: arrays of numbers, never objects; sizes are looked at before anything is unpacked."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import numpy as np
from numpy.lib import format as npy

from ..channel import Array
from .log_parts import MAX_BYTES, UnreadableFile

MAX_ARRAYS = 500


def stored(content: bytes) -> dict[str, Array]:
    """The arrays by name; that of a `.npy` has the name `array`. Raises UnreadableFile."""
    if content[:6] == b"\x93NUMPY":
        return {"array": _array(content)}
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        inside = [one for one in archive.infolist() if one.filename.endswith(".npy")]
        _look_at(inside)
        return {one.filename.removesuffix(".npy"): _array(archive.read(one)) for one in inside}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise UnreadableFile(f"it is no whole .npz: {error}"[:300]) from None


def _look_at(inside: list[zipfile.ZipInfo]) -> None:
    size = sum(one.file_size for one in inside)
    if not inside:
        raise UnreadableFile("it is a zip archive without arrays of NumPy's")
    if size > MAX_BYTES or len(inside) > MAX_ARRAYS:
        raise UnreadableFile(
            f"expected at most {MAX_BYTES >> 20} MiB unpacked, found {size >> 20:,} MiB in {len(inside)} arrays"
        )


def _array(content: bytes) -> Array:
    """One array, after its header was held against its size. Raises UnreadableFile."""
    stream = io.BytesIO(content)
    try:
        version = npy.read_magic(stream)
        reads = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
        shape, _, dtype = reads.get(version, npy.read_array_header_2_0)(stream)
    except Exception as error:  # noqa: BLE001 - a header is read as Python's literals, which may fail in any way
        raise UnreadableFile(f"it is no array of NumPy's: {error}"[:200]) from None
    if dtype.hasobject:
        raise UnreadableFile("it holds objects, whose reading runs code: save arrays of numbers")
    count: Any = 1
    for length in shape:
        count *= int(length)
    if dtype.kind not in "biuf" or count < 0 or count * dtype.itemsize > len(content) - stream.tell():
        found = f"{dtype.name} of {' × '.join(map(str, shape[:8]))}"
        raise UnreadableFile(f"expected numbers, as many as its header says; found {found} in {len(content):,} bytes")
    stream.seek(0)
    return np.asarray(npy.read_array(stream, allow_pickle=False))
