"""How busy the GPU is, as `nvidia-smi` tells it ten times a second."""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, Self

ASKED = ("nvidia-smi", "--query-gpu=utilization.gpu,memory.used", "--format=csv,noheader,nounits")
EVERY_MS = "100"
Sample = tuple[int, int]  # percent of the time in which a kernel ran, MiB used


def samples_of(lines: Iterable[str]) -> list[Sample]:
    """`37, 1024` a line; what is no pair of numbers is left out."""
    found = []
    for line in lines:
        with contextlib.suppress(ValueError):
            share, used = map(int, line.split(","))
            found.append((share, used))
    return found


def summary(samples: Sequence[Sample]) -> dict[str, Any]:
    """Mean share of the time, share of samples with any work, and the most memory used."""
    if not samples:
        return {"samples": 0}
    shares = [share for share, _ in samples]
    return {
        "samples": len(samples),
        "busy_percent": round(sum(shares) / len(shares), 1),
        "any_work_percent": round(100 * sum(share > 0 for share in shares) / len(shares), 1),
        "most_used_mib": max(used for _, used in samples),
    }


def gpu_memory_used() -> int:
    """MiB in use on the first GPU, whoever uses them."""
    said = subprocess.run(ASKED, capture_output=True, text=True, timeout=20, check=True).stdout
    return samples_of(said.splitlines())[0][1]


class Watched:
    """While this lasts, samples are taken; none where there is no `nvidia-smi`."""

    def __init__(self, command: Sequence[str] = (*ASKED, "-lms", EVERY_MS)) -> None:
        self.samples: list[Sample] = []
        self._command = command
        self._process: subprocess.Popen[str] | None = None
        self._reader: threading.Thread | None = None

    def __enter__(self) -> Self:
        with contextlib.suppress(OSError):
            self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
            self._reader = threading.Thread(target=self._read)
            self._reader.start()
        return self

    def _read(self) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self.samples += samples_of([line])

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._process is not None and self._reader is not None:
            self._process.terminate()
            self._reader.join()
            self._process.wait()
