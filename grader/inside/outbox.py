"""What leaves the box, kept within what the sandbox lets through.

A frame too many, or too large, would make the whole result bad. So what repeats itself is thinned out: the
weights, samples and operations of calls once enough of them have left.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .cause import told
from .served import Array

Send = Callable[[dict[str, Any], dict[str, Array]], None]

MAX_HEADER_BYTES = 1_000_000
MAX_RUN_HEADER_BYTES, MAX_HEADERS_BYTES = 4_000_000, 7_000_000  # the first while the submission's own code runs
MAX_RUN_ARRAY_BYTES, MAX_ARRAY_BYTES = 32 << 20, 56 << 20
SPARE_BYTES = 8 << 20  # of what the sandbox lets through: headers and what a frame adds
MAX_RUN_FRAMES = 4000
_HEAVY = ("networks", "samples", "trace", "first")
SMALL = 1000  # bytes of a field that is told even where there is no more room


class Outbox:
    """Sends frames, whole while there is room, thinned out afterwards. The sandbox lets `result_mib` through."""

    def __init__(self, send: Send, result_mib: int = 64) -> None:
        self.send = send
        self.most_bytes = max(MAX_ARRAY_BYTES, (result_mib << 20) - SPARE_BYTES)
        self.header_bytes = self.array_bytes = self.frames = 0
        self.first: Callable[[], dict[str, Any] | None] = lambda: None  # a frame that leaves before any other

    def post_first(self) -> None:
        """Send what has to leave before anything else does."""
        if (header := self.first()) is not None:
            self._send(header, {})

    def post(self, header: dict[str, Any], arrays: Mapping[str, Array], *, running: bool = False) -> bool:
        """Send a frame; False if its networks, samples and operations had to be left out.

        `running` frames come from the submission's own loops, which may be long; they leave room for the answers
        to probes.
        """
        self.post_first()
        if running and self.frames >= MAX_RUN_FRAMES:
            return False
        if self._fits(header, arrays, running=running):
            self._send(header, dict(arrays))
            return True
        light = {name: value for name, value in header.items() if name not in _HEAVY}
        result = {name: array for name, array in arrays.items() if name in ("result", "output")}
        if self._fits(light, result, running=running):
            self._send(light | {"left_out": True}, result)
        elif not running:
            told = {name: value for name, value in light.items() if len(json.dumps(value)) <= SMALL}
            self._send(told | {"left_out": True, "error": "more came back than there is room for"}, {})
        return False

    def try_post(
        self,
        make: Callable[[], tuple[dict[str, Any], Mapping[str, Array]]],
        instead: dict[str, Any],
        *,
        running: bool = False,
    ) -> bool:
        """Post what `make` returns; if it raises, post `instead` with the reason. A MemoryError is passed on."""
        try:
            return self.post(*make(), running=running)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - describing a student's objects runs the student's code
            self.post(instead | told(error), {}, running=running)
            return False

    def _fits(self, header: Mapping[str, Any], arrays: Mapping[str, Array], *, running: bool) -> bool:
        size = len(json.dumps(header))
        headers = MAX_RUN_HEADER_BYTES if running else MAX_HEADERS_BYTES
        bulk = MAX_RUN_ARRAY_BYTES if running else self.most_bytes
        arrays_size = sum(array.nbytes + 200 for array in arrays.values())
        return (
            size <= MAX_HEADER_BYTES and self.header_bytes + size <= headers and self.array_bytes + arrays_size <= bulk
        )

    def _send(self, header: dict[str, Any], arrays: dict[str, Array]) -> None:
        self.send(header, arrays)
        self.header_bytes += len(json.dumps(header))
        self.array_bytes += sum(array.nbytes + 200 for array in arrays.values())
        self.frames += 1
