"""What is written in text: prose (Markdown, plain text, the text cells of notebooks) and code."""

from __future__ import annotations

import json
from pathlib import Path

from .log_parts import MAX_BYTES, Answer, UnreadableFile

MAX_CHARACTERS = 400_000


def read(path: Path) -> Answer:
    """`text` and `code`, and how much of them was left out. Raises UnreadableFile."""
    content = path.read_bytes()
    if len(content) > MAX_BYTES:
        raise UnreadableFile(f"expected at most {MAX_BYTES >> 20} MiB, found {len(content) >> 20:,} MiB")
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    text = content.decode(encoding, "replace")
    if "\0" in text:
        raise UnreadableFile("it is no text")
    prose, code = (text, "") if path.suffix.lower() not in (".py", ".ipynb") else ("", text)
    if path.suffix.lower() == ".ipynb":
        prose, code = (_cells(text, kind) for kind in ("markdown", "code"))
    left_out = max(0, len(prose) - MAX_CHARACTERS) + max(0, len(code) - MAX_CHARACTERS)
    return {"text": prose[:MAX_CHARACTERS], "code": code[:MAX_CHARACTERS], "left_out": left_out}, {}


def _cells(text: str, kind: str) -> str:
    """Lines of Python without those that only a notebook understands."""
    try:
        cells = [cell for cell in json.loads(text)["cells"] if cell["cell_type"] == kind]
        found = "\n\n".join("".join(cell["source"]) for cell in cells)
    except (ValueError, KeyError, TypeError, RecursionError):
        raise UnreadableFile("it is no notebook") from None
    return "\n".join(line for line in found.splitlines() if not (kind == "code" and line.lstrip()[:1] in ("%", "!")))
