"""A program for a box: lets matplotlib list the machine's fonts and sends the file it keeps them in."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .channel import Array


def main(
    request: Mapping[str, Any],  # noqa: ARG001 - every program has these three
    arrays: Mapping[str, Array],  # noqa: ARG001
    send: Callable[[Mapping[str, Any], Mapping[str, Array]], None],
) -> None:
    """Send one frame: the cache file's name, and its bytes as the array `content`."""
    import matplotlib.font_manager  # noqa: F401 - the import makes the file

    (file,) = Path(os.environ["MPLCONFIGDIR"]).glob("fontlist-*.json")
    send({"name": file.name}, {"content": np.frombuffer(file.read_bytes(), np.uint8)})
