from __future__ import annotations

import mmap
from pathlib import Path

from grader.inside import huge_pages

MAPS = """\
55d000000000-55d000500000 rw-p 00000000 00:00 0                          [heap]
7f0000100000-7f0000700000 rw-p 00000000 00:00 0
7f0001000000-7f0001100000 rw-p 00000000 00:00 0
7f0002000000-7f0002800000 r-xp 00000000 fe:00 1234                       /usr/lib/libtorch.so
7f0003000000-7f0003800000 rw-p 00000000 fe:00 1234                       /usr/lib/libtorch.so
7f0004000000-7f0004800000 rw-s 00000000 00:00 0
7f0005000000-7f0005800000 ---p 00000000 00:00 0
"""


def test_whole_huge_pages_of_own_memory_are_gathered():
    assert list(huge_pages.ranges(MAPS)) == [(0x55D000000000, 0x55D000400000), (0x7F0000200000, 0x7F0000600000)]


def test_memory_holds_what_it_held():
    content = bytes(range(256)) * (8 << 12)
    with mmap.mmap(-1, len(content), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.write(content)
        huge_pages.collapse()

        assert memory[:] == content


def test_this_process_can_be_read():
    assert list(huge_pages.ranges(Path("/proc/self/maps").read_text()))
