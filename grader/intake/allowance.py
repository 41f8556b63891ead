"""How much an archive may unpack to, and what counts as damage."""

from __future__ import annotations

import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from grader.intake.caps import CAPS, MIB, NeedsPersonError
from grader.words import printable

MAX_RATIO = 200
RATIO_FLOOR = MIB  # a small file of one repeated letter is no bomb
PACK_AGAIN = "hint: unpack it, pack the files as a zip, and put that in its place"
DOWNLOAD_AGAIN = "hint: this is often a download that went wrong: download it again, or ask the student for it"

DAMAGE = (
    zipfile.BadZipFile,
    tarfile.TarError,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    IndexError,
    RecursionError,
)


@dataclass(frozen=True)
class UnpackLimits:
    """What one archive may unpack to: bytes of a tar stream, entries looked at, times its own size."""

    unpacked: int = 4096 * MIB
    entries: int = CAPS.listed
    ratio: float = MAX_RATIO


STUDENT = UnpackLimits()
# A whole class in one archive: each submission in it still has its own caps.
CLASS = UnpackLimits(unpacked=8192 * MIB, entries=1_000_000, ratio=float("inf"))


@contextmanager
def damage_reported() -> Iterator[None]:
    """Turn what the archive modules raise for broken data, or for features that they lack, into NeedsPersonError."""
    try:
        yield
    except NotImplementedError as error:
        raise NeedsPersonError(f"the archive uses what is not read here: {printable(str(error), 120)}") from error
    except DAMAGE as error:
        reason = printable(str(error) or type(error).__name__, 120)
        raise damaged(reason) from error


def damaged(reason: str) -> NeedsPersonError:
    """What is said of an archive that cannot be read: nobody knows whether it was uploaded like that."""
    return NeedsPersonError(f"damaged archive: {reason}; {DOWNLOAD_AGAIN}")
