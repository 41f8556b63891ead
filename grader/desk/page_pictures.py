"""Pages of students' PDFs as pictures. They are drawn in the sandbox (`inside/page_pictures.py`);
only pixels come back."""

from __future__ import annotations

import io
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from PIL import Image

from grader.desk.works import Kept
from grader.errors import UserError
from grader.sandbox.protocol import Array, Command, Frame, Limits, Sandbox, Status

WIDTH, AT_A_TIME, MOST_PAGES, MOST_KEPT = 1000, 4, 60, 200
LIMITS = Limits(wall_s=60, cpu_s=20, memory_mib=1024, result_mib=64)


class NoPicture(UserError):
    """A page that cannot be shown. The message says why."""


@dataclass
class PagePictures:
    """Draws pages when they are first looked at, and keeps the last ones."""

    sandbox_name: str = "auto"
    sandbox: Sandbox | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _counts: dict[str, int] = field(default_factory=dict)
    _kept: OrderedDict[tuple[str, int], bytes] = field(default_factory=OrderedDict)

    def count(self, file: Kept) -> int:
        """How many pages a PDF has that are shown. Raises NoPicture."""
        if file.sha256 not in self._counts:
            self._draw(file, 1)
        return self._counts[file.sha256]

    def page(self, file: Kept, number: int) -> bytes:
        """A page as PNG. Raises NoPicture."""
        key = (file.sha256, number)
        if key not in self._kept:
            self._draw(file, number)
        if key not in self._kept:
            raise NoPicture(f"{file.path}: page {number} cannot be shown")
        return self._kept[key]

    def _draw(self, file: Kept, first: int) -> None:
        """The page and the next few: a box takes longer to start than to draw one."""
        with self._lock:
            if (file.sha256, first) in self._kept:
                return
            for frame in self._frames(file, range(first, first + AT_A_TIME)):
                self._take(file, frame)
            if file.sha256 not in self._counts:
                raise NoPicture(f"{file.path} cannot be shown: nothing came back")

    def _frames(self, file: Kept, pages: range) -> tuple[Frame, ...]:
        command = Command(
            program="page_pictures",
            request={"path": "document.pdf", "pages": list(pages), "width": WIDTH},
            files={"document.pdf": file.content},
            limits=LIMITS,
            warm=(),
        )
        execution = self._wall().run(command)
        if execution.status is Status.SANDBOX_FAILED:
            raise NoPicture(f"{file.path} cannot be shown: {execution.reason}")
        return execution.frames

    def _wall(self) -> Sandbox:
        if self.sandbox is None:
            from grader.sandbox.choose import choose

            self.sandbox = choose(self.sandbox_name, ())
        return self.sandbox

    def _take(self, file: Kept, frame: Frame) -> None:
        """What came from a parser of hostile files: a frame that is not as it should be is left out."""
        header, pixels = frame.header, frame.arrays.get("pixels")
        if header.get("kind") == "pages" and type(count := header.get("count")) is int:
            self._counts[file.sha256] = max(0, min(count, MOST_PAGES))
        if header.get("kind") == "picture" and type(page := header.get("page")) is int and _is_picture(pixels):
            self._kept[file.sha256, page] = _png(pixels)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)


def _is_picture(pixels: Array | None) -> bool:
    return pixels is not None and pixels.dtype == np.uint8 and pixels.ndim == 3 and pixels.shape[2] == 3


def _png(pixels: Array | None) -> bytes:
    target = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(target, "PNG")
    return target.getvalue()
