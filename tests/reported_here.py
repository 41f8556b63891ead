"""Reports without processes of their own, for tests of what is done with them."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable
from pathlib import Path

from grader.report.worker import R

_ONE_AT_A_TIME = threading.Lock()


def rendered_here(_worker: object, render: Callable[[R, Path], None], report: R, path: Path) -> None:
    """In place of `grader.report.worker._Worker.run`."""
    with _ONE_AT_A_TIME, warnings.catch_warnings(action="ignore"):  # as in a process of its own
        render(report, path)
