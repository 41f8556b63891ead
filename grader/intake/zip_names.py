"""The names in a zip: which letters their bytes stand for.

A zip says it of a name by a flag (UTF-8) or in an extra field, or not at all: then the code page is that of the
machine it was packed on.
"""

from __future__ import annotations

import codecs
import struct
import zipfile
import zlib

from grader.intake.caps import RefusedError

_UTF8 = 0x800
_UNICODE_PATH = 0x7075
WRONG = "some names may have wrong letters, such as `{}`: the zip does not state their encoding; hint: give --encoding"


def entry_name(info: zipfile.ZipInfo, encoding: str | None) -> tuple[str, bool]:
    """An entry's name, and whether its letters can be trusted. `encoding` is that of names that do not tell it."""
    if info.flag_bits & _UTF8:
        return info.filename, True
    raw = _raw(info)
    if raw is None or raw.isascii():
        return info.filename, True
    told = _unicode_path(info.extra, raw)
    if told is not None:
        return told, True
    for codec in ("utf-8", encoding):  # many programs write UTF-8 without the flag that says so
        if codec is not None and (text := _decoded(raw, codec)) is not None:
            return text.replace("\\", "/"), True
    return info.filename, _looks_right(info.filename)


def check_encoding(name: str) -> None:
    """Raises RefusedError for an encoding that Python does not know."""
    try:
        codecs.lookup(name)
    except LookupError:
        raise RefusedError(f"expected the name of an encoding such as gbk or cp932, found {name!r}") from None


def _raw(info: zipfile.ZipInfo) -> bytes | None:
    try:
        return info.orig_filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def _unicode_path(extra: bytes, raw: bytes) -> str | None:
    """Info-ZIP's field with the name in UTF-8, which holds while the plain name is the one it was made for."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5 and field[0] == 1:
            checksum = struct.unpack_from("<I", field, 1)[0]
            return _decoded(field[5:], "utf-8") if checksum == zlib.crc32(raw) else None
    return None


def _looks_right(text: str) -> bool:
    """Whether a name that was taken for one of an old western machine holds nothing but letters such a name has."""
    return all(letter.isascii() or (letter.isalpha() and letter < "\u0250") for letter in text)
