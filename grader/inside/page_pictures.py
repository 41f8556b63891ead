"""The program of a box that holds one PDF and no student code: pictures of its pages.

Frames: `pages` with their number (0 for what is no PDF), then one `picture` for each page asked for, as
height × width × 3 bytes of red, green and blue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2

from .channel import Array

Send = Callable[[Mapping[str, Any], Mapping[str, Array]], None]
MOST_PIXELS = 4_000_000


def main(request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:  # noqa: ARG001 - all programs take them
    """Draw the pages (from 1) that `request` lists, each `width` pixels wide."""
    try:
        document = pypdfium2.PdfDocument(Path(request["path"]).read_bytes())
        count = len(document)
    except pypdfium2.PdfiumError:
        send({"kind": "pages", "count": 0}, {})
        return
    send({"kind": "pages", "count": count}, {})
    for number in request["pages"]:
        if 1 <= number <= count:
            send({"kind": "picture", "page": number}, {"pixels": _drawn(document[number - 1], request["width"])})


def _drawn(page: pypdfium2.PdfPage, width: int) -> Array:
    across, down = page.get_size()
    scale = width / max(1.0, across)
    scale = min(scale, (MOST_PIXELS / max(1.0, across * down)) ** 0.5)
    picture = page.render(scale=scale, rev_byteorder=True).to_numpy()
    return np.ascontiguousarray(picture[:, :, :3], dtype=np.uint8)
