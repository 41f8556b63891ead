"""Arrays as pictures for people: laid out in rows and columns, as a PNG that is the same bytes each time."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence

import numpy as np

from grader.exhibit import PictureGrid
from grader.sandbox.protocol import Array

GAP, WHITE = 2, 255
MAX_SIDE = 1600  # pixels of the whole grid


def picture_grid(  # noqa: PLR0913 - all but two are named
    key: str,
    images: Array,
    *,
    title: str,
    caption: str,
    alt: str,
    columns: int = 12,
    low: float = 0.0,
    high: float = 1.0,
) -> PictureGrid:
    """N × C × H × W numbers (C is 1 or 3) from `low` to `high` as one figure; as many rows as fit."""
    tiles = [_tile(one, low, high) for one in images]
    height, width = tiles[0].shape[:2]
    columns = max(1, min(columns, MAX_SIDE // (width + GAP), len(tiles)))
    rows = [tiles[place : place + columns] for place in range(0, len(tiles), columns)][: MAX_SIDE // (height + GAP)]
    page = np.full((len(rows) * (height + GAP) - GAP, columns * (width + GAP) - GAP, 3), WHITE, np.uint8)
    for y, row in enumerate(rows):
        for x, tile in enumerate(row):
            page[y * (height + GAP) :, x * (width + GAP) :][:height, :width] = tile
    return PictureGrid(key, title, caption, alt, base64.b64encode(png(page)).decode(), page.shape[1], page.shape[0])


def _tile(image: Array, low: float, high: float) -> Array:
    """H × W × 3 bytes."""
    shares = np.nan_to_num((image.astype(np.float64) - low) / ((high - low) or 1.0))
    pixels = (np.clip(shares, 0, 1) * 255).round().astype(np.uint8).transpose(1, 2, 0)
    return np.repeat(pixels[:, :, :1], 3, axis=2) if pixels.shape[2] != 3 else pixels


def png(pixels: Array) -> bytes:
    """H × W × 3 bytes as a PNG."""
    height, width = pixels.shape[:2]
    raw = b"".join(b"\0" + row.tobytes() for row in np.ascontiguousarray(pixels))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts: Sequence[tuple[bytes, bytes]] = ((b"IHDR", head), (b"IDAT", zlib.compress(raw, 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        for name, content in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)
