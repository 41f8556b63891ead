"""The files of a submission as they lie, byte for byte: outside they are held against the digests of what came in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ..served import Array

MOST_FILES, MOST_BYTES = 200, 24 * 2**20


def answer(_: Any, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
    """Files with one of the `endings`, by path, as long as there is room for them."""
    arrays: dict[str, Array] = {}
    room = MOST_BYTES
    for path in sorted(path for path in Path().rglob("*") if path.suffix in case["endings"] and path.is_file()):
        size = path.stat().st_size
        if size <= room and len(arrays) < MOST_FILES:
            arrays[str(path)] = np.frombuffer(path.read_bytes(), np.uint8)
            room -= size
    return {"read": True}, arrays
