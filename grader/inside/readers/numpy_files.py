"""Arrays that were handed in, `.npy` and `.npz`: weights of a small policy, predictions, samples."""

from __future__ import annotations

from pathlib import Path

from ..channel import DTYPES
from .log_parts import MAX_BYTES, Answer, UnreadableFile
from .stored_arrays import stored


def read(path: Path) -> Answer:
    """The arrays by name. Raises UnreadableFile."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20:,} MiB")
    found = stored(content)
    kept = {name: array if array.dtype.name in DTYPES else array.astype("float64") for name, array in found.items()}
    return {"arrays": {name[:200]: list(array.shape) for name, array in kept.items()}}, kept
