"""Tables as text, as spreadsheets and LMSs save them: UTF-8, UTF-16 or Windows-1252, with any usual delimiter."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UserError

DELIMITERS = ",;\t|"
HINT = "hint: save the table as “CSV UTF-8”"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATOR = re.compile(r"sep=(.)[ \t]*(?:\r\n|\r|\n)", re.IGNORECASE)
_OTHERS = (
    (b"PK\x03\x04", "an Excel or OpenDocument file"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (b"%PDF-", "a PDF"),
    (b"{\\rtf", "rich text"),
)
_WEB = re.compile(rb"\s*<(?:!doctype|html)", re.IGNORECASE)


class SheetError(UserError):
    """A table cannot be read. The message says what was expected and found, and how to save it."""


@dataclass(frozen=True)
class Sheet:
    """A table's text without what stands before its header: Excel's line `sep=;`, which is `before`."""

    text: str
    delimiter: str
    encoding: str = "utf-8"
    before: str = ""

    @property
    def first_line(self) -> int:
        """The number of the header's line in the file."""
        return 2 if self.before else 1

    @property
    def header(self) -> str:
        """The first line."""
        return self.text.partition("\n")[0].strip()

    def encoded(self, text: str) -> bytes:
        """`text` as a file like the one that was read."""
        return (self.before + text).encode(self.encoding, "backslashreplace")


def read_sheet(path: Path) -> Sheet:
    """The table in a file. Raises SheetError."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SheetError(f"{path}: expected a table that can be read, found: {error.strerror or error}") from error
    return sheet(content, str(path))


def sheet(content: bytes, name: str) -> Sheet:
    """The table in `content`; messages call it `name`. Raises SheetError."""
    other = next((what for magic, what in _OTHERS if content.startswith(magic)), None)
    if other is None and _WEB.match(content):
        other = "a web page"
    if other is not None:
        raise SheetError(f"{name}: expected a table as CSV, found {other}\n{HINT}")
    text, encoding = _decoded(content, name)
    found = _SEPARATOR.match(text)
    before = found[0] if found else ""
    text = text[len(before) :]
    head = text.partition("\n")[0]
    return Sheet(text, found[1] if found else max(DELIMITERS, key=head.count), encoding, before)


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    """The text, and the encoding that writes the same bytes again."""
    if content.startswith(codecs.BOM_UTF8):
        ways = ["utf-8-sig"]
    elif content.startswith(_UTF16):
        ways = ["utf-16"]
    elif b"\0" in content[:200]:
        ways = ["utf-16-le" if content[1:2] == b"\0" else "utf-16-be"]
    else:
        ways = ["utf-8", "cp1252"]
    for encoding in ways:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, encoding
    raise SheetError(f"{name}: expected a table in UTF-8, UTF-16 or Windows-1252, found other bytes\n{HINT}")
