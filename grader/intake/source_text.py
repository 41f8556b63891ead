"""Python source as text, decoded the way Python does and more forgiving where students' editors are not."""

from __future__ import annotations

import codecs
import re

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_BLANK = re.compile(rb"^[ \t\f]*(?:#.*)?$")
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# Codecs that no editor saves in: some hide code, some take quadratic time.
_NOT_FOR_SOURCE = (
    "idna",
    "punycode",
    "raw-unicode-escape",
    "undefined",
    "unicode-escape",
    "utf-7",
    "utf-16",
    "utf-32",
)


def source_text(content: bytes) -> tuple[str, str | None]:
    """Decode Python source; the second value is a note for the report when the text had to be guessed.

    A byte-order mark and a coding line are honoured, then UTF-8 is tried, then Windows-1252. Raises
    ValueError with the reason if it holds NUL bytes, which no Python source does.
    """
    if content.startswith(_UTF16):
        raise ValueError("expected Python source in UTF-8, found UTF-16; hint: save it as UTF-8")
    text, note = _decoded(content)
    if "\0" in text:
        raise ValueError("expected Python source, found NUL bytes; hint: hand in the .py file itself")
    return text, note


def _decoded(content: bytes) -> tuple[str, str | None]:
    if content.startswith(codecs.BOM_UTF8):
        return _utf8_or_guess(content[len(codecs.BOM_UTF8) :], None)
    cookie = _coding_line(content)
    if cookie is None:
        return _utf8_or_guess(content, None)
    try:
        return _with_codec(content, cookie), None
    except LookupError:
        return _utf8_or_guess(content, f"the coding line names `{cookie}`, an encoding not known here")
    except UnicodeError:
        return _utf8_or_guess(content, f"the text is not {cookie}, which the coding line names")


def _coding_line(content: bytes) -> str | None:
    """The encoding that a comment in the first two lines names (PEP 263)."""
    for line in re.split(rb"\r\n|\r|\n", content[:4096], maxsplit=2)[:2]:
        if found := _COOKIE.match(line):
            return found[1].decode("ascii", "replace")[:40]
        if not _BLANK.match(line):
            return None
    return None


def _with_codec(content: bytes, cookie: str) -> str:
    name = codecs.lookup(cookie).name.replace("_", "-")
    if name.startswith(_NOT_FOR_SOURCE):
        raise LookupError(cookie)
    return content.decode(cookie)


def _utf8_or_guess(content: bytes, doubt: str | None) -> tuple[str, str | None]:
    try:
        return content.decode(), f"{doubt}: read as UTF-8" if doubt else None
    except UnicodeDecodeError:
        guess = f"{doubt or 'the text is not UTF-8'}: read as Windows-1252"
        return content.decode("cp1252", "replace"), guess
