"""Numbers, counts and untrusted text in words: how messages say them."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal

MAX_PATH = 200


def plain(value: Decimal) -> str:
    """A number without zeros at its end: `8`, `7.5`."""
    return f"{value.normalize():f}"


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """`1 criterion`, `2 criteria`."""
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def spelled(count: int) -> str:
    """`two`; numbers of several digits as digits."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return words[count] if 0 <= count < len(words) else str(count)


def digest(name: str, digits: int = 6) -> str:
    """The first hex digits of the name's SHA-256; names that are not Unicode have one too."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:digits]


def _escaped(character: str) -> str:
    if character == "\\":
        return r"\\"
    if character.isprintable():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that is not UTF-8, as the file system gave it
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


def capped(text: str, limit: int) -> str:
    """`text`, or its start and its suffix around a digest, so that long names stay different."""
    if len(text) <= limit:
        return text
    suffix = re.search(r"\.\w{1,8}$", text)
    tail = f"~{digest(text)}{suffix[0] if suffix else ''}"
    return text[: limit - len(tail)] + tail


def shortened(text: str, limit: int) -> str:
    """Untrusted words on one line: what does not fit is left out after a word, and `…` says so."""
    line = "".join(map(_escaped, text))
    if len(line) <= limit:
        return line
    words = line[: limit - 2].rpartition(" ")[0]
    return f"{words or line[: limit - 2]} …"


def printable(text: str, limit: int = MAX_PATH) -> str:
    """Untrusted text on one line of at most `limit` characters; what does not print is escaped."""
    return capped("".join(map(_escaped, text)), limit)
