"""What reports cost: `python -m benchmarks.reports [COUNT]` (default 200; 1000 shows that memory stays flat).

Prints CPU seconds of a four-page feedback report with two figures at the margin of COUNT, of the class report of
200 students, of a report that is there already and is not made again, and the memory of the process on its way.
Each is also given as a multiple of a plain page of text made in the same run, which says more on a busy machine.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "report"))
import report_examples as examples

from grader.report.page.pdf import html_to_pdf
from grader.report.stamp import shows
from grader.report.worker import render_class, render_feedback

FEEDBACK_GOAL, CLASS_GOAL = 0.35, 1.2
PARAGRAPH = "<p>" + "Expected 15,496,202 learnable parameters, found 14,906,122. " * 20 + "</p>"
PAGE = f'<html lang="en"><head><title>T</title></head><body><h1>T</h1>{PARAGRAPH * 4}</body></html>'


def cpu(work: Callable[[], object]) -> float:
    """CPU seconds of this process for one call."""
    before = time.process_time()
    work()
    return time.process_time() - before


def resident() -> float:
    """MiB of memory in use."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def main(count: int) -> None:
    """Measure and print."""
    report, course = examples.feedback(), examples.class_report(200)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "feedback.pdf"
        first = cpu(lambda: render_feedback(report, path))
        plain = statistics.median(cpu(lambda: html_to_pdf(PAGE, {}, examples.WHEN)) for _ in range(9))
        marks = {max(2, count // 20), count // 2, count}
        times = []
        for i in range(1, count + 1):
            one = replace(report, course=f"Course {i}")
            times.append(cpu(lambda one=one: render_feedback(one, path)))  # type: ignore[misc]
            if i in marks:
                print(f"memory after {i:>5} reports {resident():>8.0f} MiB", flush=True)
        again = cpu(lambda: shows(path, one))
        class_time = min(cpu(lambda: render_class(course, Path(folder) / "class.pdf")) for _ in range(3))
    margin = sum(times) / len(times)
    print(f"{'':28}{'CPU s':>8}{'× plain page':>14}{'goal':>7}")
    rows = (
        ("plain page of text", plain, None),
        ("first feedback report", first, None),
        (f"each of {count} more", margin, FEEDBACK_GOAL),
        ("class report of 200", class_time, CLASS_GOAL),
        ("one that is there already", again, None),
    )
    for name, seconds, goal in rows:
        print(f"{name:28}{seconds:>8.3f}{seconds / plain:>14.1f}{'' if goal is None else f'{goal:>7.1f}'}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
