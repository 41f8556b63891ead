"""Longest work first: so that no long submission is begun last, while the other cores have nothing left to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from grader.submission import Submission

PROGRAMS = (".py", ".ipynb")


def longest_first(submissions: Sequence[Submission], earlier: Mapping[str, float]) -> list[Submission]:
    """Sorted by how long each is likely to run; `earlier` has CPU seconds of students' earlier runs, if there were any.

    Work that has not run is guessed by the size of its programs, at the pace of the work that has.
    """
    sizes = {one.student: _size(one) for one in submissions}
    known = {student: earlier[student] for student in sizes if earlier.get(student, 0) > 0}
    pace = sum(known.values()) / max(1, sum(sizes[student] for student in known)) or 1.0
    return sorted(submissions, key=lambda one: known.get(one.student, sizes[one.student] * pace), reverse=True)


def _size(submission: Submission) -> int:
    """Bytes of the programs: a report's pictures say nothing of how long code runs."""
    attempts = (*submission.rivals, submission)
    return sum(file.size for one in attempts for file in one.files if file.path.lower().endswith(PROGRAMS))
