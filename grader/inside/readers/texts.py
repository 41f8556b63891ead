"""What is written in text: Markdown, plain text, the text cells of notebooks."""

from __future__ import annotations

import json
from pathlib import Path

from .reading import MAX_BYTES, Answer, Unreadable

MAX_CHARACTERS = 400_000


def read(path: Path) -> Answer:
    """The text, and how much of it was left out. Raises Unreadable."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise Unreadable(f"expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20:,} MiB")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = content.decode(encoding, "replace")
    if path.suffix.lower() == ".ipynb":
        text = _cells(text)
    if "\0" in text:
        raise Unreadable("it is no text")
    return {"text": text[:MAX_CHARACTERS], "left_out": max(0, len(text) - MAX_CHARACTERS)}, {}


def _cells(text: str) -> str:
    try:
        cells = json.loads(text)["cells"]
        written = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
        return "\n\n".join("".join(part) for part in written)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Unreadable("it is no notebook") from None
