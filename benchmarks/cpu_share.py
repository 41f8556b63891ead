"""Where a batch's CPU time goes: `make benchmark`, or `python -m benchmarks.cpu_share [STUDENT]...`.

Grades sample submissions and prints the CPU seconds of the students' own code (their boxes, from the moment
they are ready), of starting the boxes (Python and torch), of comparing with the reference in the processes that
assess, of the grader itself and of the reports. Boxes are measured by the supervisor, the rest by the kernel's
accounting: the processes that assess are the only children that have ended once a batch has, as boxes are a warm
parent's and not ours (where they cannot be copies of one, nothing is measured). Reports are rendered a second time on
their own, by copies of a prepared process, whose time a control group tells; so it does how much of the batch none of
these ways has seen.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path

from benchmarks.clock import CpuClock
from grader.batch.grade import BatchOptions, grade_batch
from grader.batch.progress import Lines, terminal
from grader.batch.regrade import report_one, rewrite_batch
from grader.catalog import load_assignment
from grader.collect import saved_evidence
from grader.commands.options import cores
from grader.gradebook.results import Results
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.start import BoxSettings
from grader.sandbox.warm_parents import warm_parents

ROOT = Path(__file__).resolve().parent.parent
GOAL = 0.80
MOST = 0.10  # comparison and the grader itself, beside the students' own code


def cpu(who: int) -> float:
    """CPU seconds so far of this process, or of its children that have ended."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def main(students: tuple[str, ...]) -> None:
    """Grade, measure, print."""
    assignment = load_assignment("dlc_practical_6", ROOT / "reference")
    progress = Lines(terminal())
    plain = BoxSettings(tuple(assignment.warm), 1, "cpu", assignment.limits.scratch_mib)
    if reason := warm_parents().refusal(plain):
        raise SystemExit(f"nothing is measured: {reason}")
    clock = CpuClock()
    with tempfile.TemporaryDirectory() as folder:
        out, began = Path(folder), clock.seconds()
        before, before_children = cpu(resource.RUSAGE_SELF), cpu(resource.RUSAGE_CHILDREN)
        options = BatchOptions(out, cores(), students=students, pdf=False, seed=1)
        outcome = grade_batch(ROOT / "submissions/dlc_practical_6", assignment, options, BubblewrapSandbox(), progress)
        grader = cpu(resource.RUSAGE_SELF) - before
        comparison = cpu(resource.RUSAGE_CHILDREN) - before_children

        ended = clock.seconds()
        rewrite_batch(out, lambda _: assignment, progress, report_one, jobs=cores())
        reports = clock.seconds() - ended

        runs = [
            run
            for name in outcome.folders
            for run in saved_evidence.load(Results(out).student(name).evidence).executions
        ]
    seconds = {
        "students' own code": sum(run.cpu_s for run in runs),
        "starting the boxes": sum(run.start_cpu_s for run in runs),
        "comparison": comparison,
        "the grader itself": grader,
    }
    if clock.whole:
        seconds["of boxes, besides"] = ended - began - sum(seconds.values())
        seconds["reports"] = reports
    show(seconds, len(outcome.grades))
    if not clock.whole:
        print(
            "what boxes take besides, and reports, can only be measured with a control group, which cannot be made here"
        )


def show(seconds: dict[str, float], count: int) -> None:
    """A table, and the share that the goal is about."""
    total = sum(seconds.values())
    print(f"\n{count} submissions")
    for name, used in seconds.items():
        print(f"{name:24}{used:10.1f} s CPU{used / count:8.2f} each{used / total:8.1%}")
    own = seconds["students' own code"]
    print(f"\nstudents' own code: {own / total:.1%} of all CPU time (goal: {GOAL:.0%})")
    rest = seconds["comparison"] + seconds["the grader itself"]
    print(f"comparison and grader: {rest / own:.1%} of the students' own code (goal: at most {MOST:.0%})")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
