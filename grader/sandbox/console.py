"""What a program printed: counted in full, kept in part."""

from __future__ import annotations

from collections import deque

HEAD_BYTES = 128 << 10
TAIL_BYTES = 128 << 10


class Console:
    """The first and the last part of a byte stream of any length."""

    def __init__(self) -> None:
        self.total = 0
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    def write(self, data: bytes) -> None:
        """Take in what was printed next."""
        self.total += len(data)
        room = HEAD_BYTES - len(self._head)
        self._head += data[:room]
        if rest := data[room:]:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
        while self._tail and self._tail_bytes - len(self._tail[0]) >= TAIL_BYTES:
            self._tail_bytes -= len(self._tail.popleft())

    def text(self) -> str:
        """What was kept; a line in between says how much was left out."""
        tail = b"".join(self._tail)[-TAIL_BYTES:]
        left_out = self.total - len(self._head) - len(tail)
        gap = f"\n[... {left_out} bytes left out ...]\n" if left_out else ""
        return self._head.decode(errors="replace") + gap + tail.decode(errors="replace")
