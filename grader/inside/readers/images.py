"""Pictures that were handed in: PNG and JPEG files, `.npy` and `.npz`, as arrays of numbers."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from . import numpy_files
from .log_parts import MAX_BYTES, Answer, UnreadableFile

MAX_PIXELS = 16_000_000


def read(path: Path) -> Answer:
    """The arrays by name; a picture is `image`: H × W, or H × W × 3, uint8. Raises UnreadableFile."""
    content = path.read_bytes()
    if content[:6] == b"\x93NUMPY" or content[:4] == b"PK\x03\x04":
        return numpy_files.read(path)
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20:,} MiB")
    if content[:4] != b"\x89PNG" and content[:2] != b"\xff\xd8":
        raise UnreadableFile("expected a PNG or JPEG picture, or arrays of NumPy's")
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_PIXELS:
                raise UnreadableFile(
                    f"expected at most {MAX_PIXELS:,} pixels, found {image.width:,} × {image.height:,}"
                )
            grey = image.mode in ("1", "L", "I", "I;16", "LA")
            pixels = np.asarray(image.convert("L" if grey else "RGB"), np.uint8)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnreadableFile(f"it is no whole picture: {error}"[:200]) from None
    return {"arrays": {"image": list(pixels.shape)}}, {"image": pixels.copy()}
