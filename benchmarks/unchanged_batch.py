"""A batch of 200 with nothing changed: `python -m benchmarks.unchanged_batch [STUDENTS]`.

Grades a Canvas download in a fake sandbox, then gives the same command and `regrade` again; prints seconds and
how many times faster that is. With the fake sandbox the first run costs little: with real boxes the factor is larger.
"""

from __future__ import annotations

import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from tiny_course import Course, FakeSandbox, doubling  # noqa: E402

from grader.batch.regrade import regrade_one  # noqa: E402


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(students: int) -> None:
    """Grade, grade again, regrade, print."""
    with tempfile.TemporaryDirectory() as root:
        course = Course(Path(root))
        course.submissions = Path(root) / "download.zip"
        with zipfile.ZipFile(course.submissions, "w") as archive:
            for number in range(students):
                archive.writestr(f"student{number}_{1000 + number}_{5000 + number}_hw.py", doubling(str(100 + number)))
        sandbox = FakeSandbox()
        first = seconds(lambda: course.grade(sandbox))
        again = seconds(lambda: course.grade(sandbox))
        regrade = seconds(lambda: course.rewrite(regrade_one))
        assert len(sandbox.commands) == students
    print(
        f"{students} submissions: {first:.1f} s at first, {again:.1f} s again ({first / again:.0f} times faster), "
        f"regrade {regrade:.1f} s"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
