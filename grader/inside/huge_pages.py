"""Memory in pages of 2 MiB, so that copying a process costs less: a fork copies one entry for each page.

Of a process that has imported PyTorch, two forks cost a third of what they did. A page that a copy then writes to is
divided again, and only its 4 KiB are copied.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from pathlib import Path

_SIZE = 1 << 21
# linux/mman.h, since Linux 6.1; it does not ask what transparent huge pages are set to.
_MADV_COLLAPSE = 25


def collapse() -> None:
    """Gather this process's own memory in huge pages, as far as the kernel can and will."""
    libc = ctypes.CDLL(None)
    for start, end in ranges(Path("/proc/self/maps").read_text()):
        # Older kernels refuse, and some ranges cannot be: copies then only cost more.
        libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _MADV_COLLAPSE)


def ranges(maps: str) -> Iterator[tuple[int, int]]:
    """Start and end of the whole huge pages in private, writable memory of no file, from the text of a maps file."""
    for line in maps.splitlines():
        place, rights, _, _, file = line.split()[:5]
        if rights != "rw-p" or file != "0":
            continue
        first, last = (int(number, 16) for number in place.split("-"))
        start, end = -(-first // _SIZE) * _SIZE, last // _SIZE * _SIZE
        if start < end:
            yield start, end
