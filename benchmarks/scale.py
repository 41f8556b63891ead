"""What a class of 10,000 costs the head: `python -m benchmarks.scale [--counts 1000 10000] [--turns N] [--pdf]`.

A stand-in for other machines hands back ready evidence and findings at once: so all CPU time that is measured is that
of the machine which keeps the gradebook. Each batch runs in a process of its own; its phases are told apart.

The same work takes some percent more or fewer CPU seconds from one minute to the next. So a loop that is always the
same is timed after every 50 submissions; where costs are compared, each is divided by that loop's time around it.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from benchmarks.course import ROOT, TRIVIAL, write_assignment
from grader.assess.assessors import Assessed
from grader.batch.grade import BatchOptions, grade_batch
from grader.batch.progress import Silent
from grader.batch.remote_work import RemoteWork, Task, Worked
from grader.catalog import load_assignment
from grader.collect import saved_evidence
from grader.collect.collect import submission_record
from grader.evidence import Evidence, ExecutionRecord
from grader.finding import Finding
from grader.gradebook.store import Gradebook
from grader.grading import Grade
from grader.report.gather import class_report
from grader.report.worker import render_class
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Frame, Status
from grader.submission import Submission

PARTS = ("reading", "grading", "ending", "nothing to do")


EVERY, LOOP = 50, 20_000


def pace() -> float:
    """CPU seconds of a loop that is always the same."""
    began = time.process_time()
    kept: dict[int, str] = {}
    for number in range(LOOP):
        kept[number % 100] = str(number)
    return time.process_time() - began


@dataclass(frozen=True)
class Stretch:
    """CPU seconds of some submissions, those of the loop after them, and memory then."""

    cpu_s: float
    pace_s: float
    resident_mib: float


@dataclass
class Ready:
    """Other machines that have done everything already. Measures stretches of submissions."""

    stretches: list[Stretch] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def run(
        self, task: Task, works: Iterable[RemoteWork], count: int
    ) -> Generator[tuple[Submission, Worked], None, None]:
        """Each submission at once."""
        began = time.process_time()
        for number, work in enumerate(works, start=1):
            yield work.submission, _worked(task, work.submission, number)
            if number % EVERY == 0:
                self.stretches.append(Stretch(time.process_time() - began, pace(), _resident_mib()))
                began = time.process_time()


def _worked(task: Task, submission: Submission, number: int) -> Worked:
    header = {"kind": "call", "probe": "double", "case": "seven", "phase": "direct", "complete": True}
    frames = (
        Frame({"kind": "loaded", "mode": "run", "errors": [], "finished": True}),
        Frame(header, {"result": np.array(14.0)}),
    )
    run = ExecutionRecord("run", Status.EXITED, "ran to its end", 0.5, 0.4, 0.1, 100, "cpu", "", 2)
    record = submission_record(submission, "hw.py")
    found = Evidence(record, task.basis.seed, (run,), {"sandbox": "bubblewrap"}, frames, task.basis.asked_with)
    share = Fraction(number % 4, 3)
    finding = (
        Finding.passed("double(7) is 14")
        if share >= 1
        else Finding.failed("double(7): expected 14")
        if not share
        else Finding.partial(share, "nearly")
    )
    return Worked(saved_evidence.files_of(found), Assessed({"value": finding}, raw={"value": finding}))


def _resident_mib() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


class _Phases(Silent):
    """When each part of a batch begins, in CPU seconds."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def begin(self, total: int, kept: int) -> None:
        self.at["grading"] = time.process_time()

    def stage(self, name: str, words: str) -> None:
        if words == "writing reports":
            self.at["reports"] = time.process_time()

    def finished(self, name: str, grade: Grade) -> None:
        pass


def measure(folder: Path, count: int) -> dict[str, object]:
    """One batch in this process. CPU seconds of its phases, and memory."""
    assignment = load_assignment("doubling", folder / "reference")
    ready, phases, began = Ready(), _Phases(), time.process_time()
    options = BatchOptions(folder / "out", 1, pdf=False, seed=1, elsewhere=ready)
    outcome = grade_batch(folder / "work", assignment, options, BubblewrapSandbox(warm=()), phases)
    ended, loop = time.process_time(), statistics.median(one.pace_s for one in ready.stretches)
    if len(outcome.grades) != count or outcome.problems:
        raise SystemExit(f"expected {count} grades, found {len(outcome.grades)}: {outcome.problems[:2]}")
    again_at = time.process_time()
    grade_batch(folder / "work", assignment, replace(options, elsewhere=Ready()), BubblewrapSandbox(warm=()), Silent())
    again = time.process_time() - again_at
    tenth = max(1, len(ready.stretches) // 10)
    tenths = [ready.stretches[first : first + tenth] for first in range(0, len(ready.stretches), tenth)]
    return {
        "reading": phases.at["grading"] - began,
        "grading": sum(one.cpu_s for one in ready.stretches),
        "ending": ended - phases.at["reports"],
        "nothing to do": again,
        "loop": loop,
        "tenths": [round(sum(one.cpu_s for one in part) / len(part) / EVERY * 1000, 3) for part in tenths],
        "in loops": [round(sum(one.cpu_s / one.pace_s for one in part) / len(part) / EVERY, 4) for part in tenths],
        "resident": [round(part[-1].resident_mib) for part in tenths],
    }


def render(out: Path) -> dict[str, object]:
    """The class report of all that is graded, in this process. CPU seconds, memory and pages."""
    assignment = load_assignment("doubling", out.parent / "reference")
    with Gradebook(out / "gradebook.sqlite") as gradebook:
        stored = gradebook.current()
    began = time.process_time()
    render_class(class_report(assignment, stored), out / "class.pdf")
    used, peak = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    sizes = [round(path.stat().st_size / 2**20, 1) for path in (out / "class.pdf", out / "class.html")]
    return {"CPU s": round(used, 1), "peak MiB": round(peak), "PDF and page MiB": sizes}


def _said(*given: str) -> dict[str, object]:
    """What this program prints in a process of its own."""
    run = [sys.executable, "-m", "benchmarks.scale", *given]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    found: dict[str, object] = json.loads(done.stdout)
    return found


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--counts", type=int, nargs="+", default=[1000, 10_000])
    options.add_argument("--turns", type=int, default=1, help="how often each is measured, in turns")
    options.add_argument("--pdf", action="store_true", help="the class report as well")
    options.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    options.add_argument("--render", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one is not None or given.render is not None:
        print(json.dumps(measure(given.one, given.counts[0]) if given.one is not None else render(given.render)))
        return
    turns = [[_told(count, pdf=given.pdf) for count in given.counts] for _ in range(given.turns)]
    grown = [each[-1] / each[0] - 1 for each in turns]
    shown = ", ".join(f"{one:+.1%}" for one in grown)
    print(f"the last batch costs {statistics.median(grown):+.1%} a submission of what the first one does ({shown})")


def _told(count: int, *, pdf: bool) -> float:
    """Measure a class of `count` and print it. CPU time a submission, in times of the loop."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_assignment(folder / "reference")
        for number in range(count):
            (folder / f"work/student{number:05}").mkdir(parents=True)
            (folder / f"work/student{number:05}/hw.py").write_text(f"# student {number}\n{TRIVIAL}")
        found = _said("--one", name, "--counts", str(count))
        report = _said("--render", str(folder / "out")) if pdf else {}
    cost = {part: float(str(found[part])) / count * 1000 for part in PARTS}
    each = sum(cost[part] for part in PARTS[:3])
    told = ", ".join(f"{part} {cost[part]:.2f}" for part in PARTS)
    print(f"{count} submissions: {each:.2f} CPU ms each: {told}")
    print(f"  grading by tenths, CPU ms: {found['tenths']}; in loops: {found['in loops']}")
    print(f"  resident MiB: {found['resident']}")
    print(f"  class report: {report}" if pdf else "", flush=True)
    return each / float(str(found["loop"]))


if __name__ == "__main__":
    main()
