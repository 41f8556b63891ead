"""What samples of assignments lost, kept from a real grading: `python -m kept_findings RESULTS...` writes it anew.

(With `PYTHONPATH=.:tests/groups`, from folders of results that are called after their assignments.)
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from class_of_wrong_work import RUN

from benchmarks.groups import ROOT, samples_of
from grader.batch.opening import graded
from grader.finding import Finding, Outcome
from grader.gradebook.rows import StoredGrade
from grader.grading import Grade, Mark
from grader.submission import SubmittedFile

FILE = ROOT / "tests/groups/findings.json"
HEAD = 160  # characters of a detail: which input it is about, and how it begins


def keep(results: list[Path]) -> None:
    found = {out.name: [_kept(one) for one in graded(out)[1]] for out in results}
    FILE.write_text(json.dumps(found, ensure_ascii=False, indent=0))


def _kept(stored: StoredGrade) -> dict[str, Any]:
    lost = [mark for mark in stored.grade.marks if mark.points is not None and mark.points < mark.points_possible]
    return {
        "student": stored.grade.student,
        "marks": [
            {
                "criterion": mark.criterion,
                "points": [str(mark.points), str(mark.points_possible)],
                "credit": str(mark.finding.credit),
                "outcome": mark.finding.outcome.value,
                "message": mark.finding.message,
                "details": [detail[:HEAD] for detail in mark.finding.details],
            }
            for mark in lost
        ],
    }


def stored_of(assignment: str) -> list[StoredGrade]:
    return [_stored(assignment, one) for one in json.loads(FILE.read_text())[assignment] if one["marks"]]


def _stored(assignment: str, kept: dict[str, Any]) -> StoredGrade:
    marks = tuple(_mark(one) for one in kept["marks"])
    name = kept["student"]
    return StoredGrade(Grade(assignment, name, 1, None, marks, Decimal(0), RUN), 1, name, name, name)


def _mark(kept: dict[str, Any]) -> Mark:
    finding = Finding(Outcome(kept["outcome"]), kept["message"], None, Fraction(kept["credit"]), tuple(kept["details"]))
    points, possible = map(Decimal, kept["points"])
    return Mark(kept["criterion"], kept["criterion"], finding, points, possible, False)


def files_of(assignment: str) -> dict[str, list[SubmittedFile]]:
    """The programs of the samples, by student."""
    return {
        name: [SubmittedFile(str(file.relative_to(path)), file.read_bytes()) for file in sorted(path.rglob("*.py"))]
        for name, path in samples_of(assignment).items()
        if path.is_dir()
    }


if __name__ == "__main__":
    keep([Path(argument) for argument in sys.argv[1:]])
