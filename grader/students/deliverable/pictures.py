"""The pictures of a report: SVG as it is, anything else decoded and written again as PNG."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

from grader.students.deliverable.markdown import ReportSourceError

MAX_PIXELS, MAX_BYTES = 25_000_000, 20 << 20
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF")


def picture(path: str, content: bytes) -> bytes:
    """The picture as SVG or PNG. Raises ReportSourceError for what is none, or too large."""
    if len(content) > MAX_BYTES:
        raise ReportSourceError(f"{path}: expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20} MiB")
    if PurePosixPath(path).suffix.lower() == ".svg":
        return content
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise ReportSourceError(
                    f"{path}: expected at most {MAX_PIXELS:,} pixels, found {image.width * image.height:,}"
                )
            buffer = io.BytesIO()
            image.convert("RGB" if image.mode in ("RGB", "L", "P", "CMYK", "1") else "RGBA").save(buffer, "PNG")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise ReportSourceError(f"{path}: expected a picture (SVG, PNG or JPEG), found: {error}") from None
    return buffer.getvalue()
