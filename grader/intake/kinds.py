"""What a file is, told by its first bytes and not by its name. Nothing of it is run, unpickled or decoded."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterable

from grader.intake.allowance import DAMAGE
from grader.intake.source_text import source_text

ARCHIVES = ("zip archive", "tar archive", "gzip file", "bzip2 file", "xz file", "7z archive", "RAR archive")
WEIGHTS = ("PyTorch weights", "safetensors weights", "HDF5 file", "pickle", "ONNX model", "Keras model")
DATA = (
    "MNIST data",
    "NumPy array",
    "NumPy arrays",
    "SQLite database",
    "Parquet table",
    "MATLAB file",
    "table of numbers",
)
OFFICE_ARCHIVES = ("Word document", "presentation", "spreadsheet", "OpenDocument file", "iWork document")
DOCUMENTS = (*OFFICE_ARCHIVES, "old Office file")
LOCKED = "Office file with a password"

_MAX_NAMES, _MAX_ZIP_ENTRIES = 2000, 50_000
_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"\x89PNG\r\n\x1a\n", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF87a", "image"),
    (b"GIF89a", "image"),
    (b"II*\0", "image"),
    (b"MM\0*", "image"),
    (b"\x1f\x8b", "gzip file"),
    (b"BZh", "bzip2 file"),
    (b"\xfd7zXZ\0", "xz file"),
    (b"7z\xbc\xaf\x27\x1c", "7z archive"),
    (b"Rar!\x1a\x07", "RAR archive"),
    (b"\0\0\x08\x03", "MNIST data"),
    (b"\0\0\x08\x01", "MNIST data"),
    (b"\x93NUMPY", "NumPy array"),
    (b"\x89HDF\r\n\x1a\n", "HDF5 file"),
    (b"SQLite format 3\0", "SQLite database"),
    (b"PAR1", "Parquet table"),
    (b"MATLAB 5.0", "MATLAB file"),
    (b"\x7fELF", "program"),
    (b"MZ\x90", "program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Office file"),
    (b"{\\rtf", "rich text"),
)
_OFFICE = (
    (r"^\[Content_Types\]\.xml$.*^word/", "Word document"),
    (r"^\[Content_Types\]\.xml$.*^ppt/", "presentation"),
    (r"^\[Content_Types\]\.xml$.*^xl/", "spreadsheet"),
    (r"^Index/Document\.iwa$", "iWork document"),
    (r"(^|/)data\.pkl$", "PyTorch weights"),
    (r"^(config|metadata)\.json$.*^model\.weights\.h5$", "Keras model"),
    (r"^content\.xml$.*^mimetype$", "OpenDocument file"),
)
# What the old `torch.save` begins with: its magic number, pickled.
_OLD_TORCH = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_NUMBERS = re.compile(r"^[-+\d.,;:\seE\[\](){}]*$")


def content_kind(content: bytes) -> str:
    """`text`, `notebook`, `PDF`, `image`, `PyTorch weights`, `zip archive`, `binary data`, `empty`, ...

    Python is `text`: whether it runs is another question.
    """
    if not content:
        return "empty"
    ways = (_magic, _zip_kind, _pickle, _safetensors, _late_magic)
    return next((kind for way in ways if (kind := way(content))), None) or _text_kind(content)


def _magic(content: bytes) -> str | None:
    found = next((kind for magic, kind in _MAGIC if content.startswith(magic)), None)
    return LOCKED if found == "old Office file" and _LOCKED in content else found


def _late_magic(content: bytes) -> str | None:
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image"
    if content[257:262] == b"ustar":
        return "tar archive"
    # Readers forgive what stands before a PDF.
    return "PDF" if b"endobj" in content and re.search(rb"^%PDF-\d", content[:1024], re.MULTILINE) else None


def _pickle(content: bytes) -> str | None:
    if content[:1] != b"\x80" or len(content) < 3 or content[1] > 5:
        return None
    return "PyTorch weights" if _OLD_TORCH in content[:64] else "pickle"


def _zip_kind(content: bytes) -> str | None:
    if content[:4] not in (b"PK\x03\x04", b"PK\x05\x06"):
        return None
    if content.count(b"PK\x01\x02") > _MAX_ZIP_ENTRIES:
        return "zip archive"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()[:_MAX_NAMES]
    except (*DAMAGE, NotImplementedError):
        return "zip archive"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays"
    return packed_kind(names) or "zip archive"


def packed_kind(names: Iterable[str]) -> str | None:
    """What a zip file with these entries is, if it is more than an archive."""
    listed = "\n".join(sorted(names))
    found = (kind for pattern, kind in _OFFICE if re.search(pattern, listed, re.MULTILINE | re.DOTALL))
    return next(found, None)


def _safetensors(content: bytes) -> str | None:
    size = int.from_bytes(content[:8], "little")
    return "safetensors weights" if 2 <= size <= len(content) - 8 and content[8:10] == b'{"' else None


def _text_kind(content: bytes) -> str:
    try:
        text, _ = source_text(content)
    except ValueError:
        return "binary data"
    controls = sum(letter < " " and letter not in "\t\n\r\f\x1b" for letter in text[:4000])
    if controls > len(text[:4000]) / 50:
        return "binary data"
    start = text.lstrip()[:200]
    if start.startswith("{") and _is_notebook(text):
        return "notebook"
    if re.match(r"<(!doctype|html|\?xml|svg)\b", start, re.IGNORECASE):
        return "web page"
    if len(text) > 20 and any(letter.isdigit() for letter in text) and _NUMBERS.match(text[:20_000]):
        return "table of numbers"
    return "text" if text.strip() else "empty"


def _is_notebook(text: str) -> bool:
    if '"cells"' not in text and '"worksheets"' not in text:
        return False
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and ("nbformat" in found or "cells" in found)
