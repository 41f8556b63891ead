"""How few decisions settle the wrong samples: `python -m benchmarks.groups [ASSIGNMENT]...`.

Grades every sample of the assignments in `submissions/` and `tests/submissions/`, groups what was lost, and compares it
with `expected.toml`: how many wrong marks share one decision with others, and how many groups mix marks that should
have other points.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.batch.opening import graded
from grader.batch.submitted import submitted_files
from grader.gradebook.results import Results
from grader.groups import Group, groups_of

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = (ROOT / "submissions", ROOT / "tests/submissions")
ASSIGNMENTS = ("attention", "numpy_layers", "fashion_net")


@dataclass(frozen=True)
class Measured:
    """Wrong marks, those of them that share a decision, the decisions, and the groups that mix other points."""

    wrong: int
    together: int
    decisions: int
    mixed: tuple[str, ...]

    @property
    def share(self) -> float:
        """Of the wrong marks, those that are settled together with others."""
        return self.together / self.wrong if self.wrong else 1.0


def measured(groups: Iterable[Group], expected: Mapping[str, Mapping[str, Any]]) -> Measured:
    """Groups of graded samples beside what `expected.toml` says of each student."""
    wrong = [group for group in groups if group.outcome != "ungraded"]
    mixed = tuple(group.id for group in wrong if any(_mixes(group, name, expected) for name in group.criteria))
    return Measured(
        sum(group.size for group in wrong),
        sum(group.size for group in wrong if group.size > 1),
        len(wrong),
        mixed,
    )


def _mixes(group: Group, criterion: str, expected: Mapping[str, Mapping[str, Any]]) -> bool:
    return len({expected[member.student].get(criterion, "passed") for member in group.members}) > 1


def expected_of(assignment: str) -> dict[str, Mapping[str, Any]]:
    """The tables of all samples; of two students of one name the second is called `name2`."""
    found: dict[str, Mapping[str, Any]] = {}
    for folder in SAMPLES:
        path = folder / assignment / "expected.toml"
        tables = tomllib.loads(path.read_text("utf-8")) if path.is_file() else {}
        for name, table in tables.items():
            found[f"{name}2" if name in found else name] = table
    return found


def samples_of(assignment: str) -> dict[str, Path]:
    """The samples' folders or files by student, called as in `expected_of`."""
    found: dict[str, Path] = {}
    for folder in SAMPLES:
        for path in sorted((folder / assignment).glob("*")):
            if path.name != "expected.toml" and path.name[0] not in "._":
                found[f"{path.stem}2" if path.stem in found else path.stem] = path
    return found


def grade(assignment: str, space: Path) -> list[Group]:
    """Grade all samples of an assignment in `space`, and group them."""
    folder, out = space / assignment, space / f"{assignment}-results"
    for name, path in samples_of(assignment).items():
        if path.is_dir():
            shutil.copytree(path, folder / name)
        else:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / f"{name}{path.suffix}")
    command = ("-m", "grader", "grade", str(folder), "--assignment", assignment, "--out", str(out), "--no-pdf", "-q")
    subprocess.run([sys.executable, *command], cwd=ROOT, check=False)
    return groups_in(out, folder)


def groups_in(out: Path, folder: Path) -> list[Group]:
    """The groups of a results folder."""
    batch, stored = graded(out)
    return groups_of(Results(out).with_exhibits(stored), submitted_files(batch, stored, folder, quiet=True))


def main(assignments: Sequence[str]) -> None:
    """Grade, group, print; the last line is all of them together."""
    total = Measured(0, 0, 0, ())
    with tempfile.TemporaryDirectory() as space:
        for name in assignments:
            one = measured(grade(name, Path(space)), expected_of(name))
            _tell(name, one)
            total = Measured(
                total.wrong + one.wrong,
                total.together + one.together,
                total.decisions + one.decisions,
                (*total.mixed, *one.mixed),
            )
    _tell("all", total)


def _tell(name: str, found: Measured) -> None:
    print(
        f"{name}: {found.wrong} wrong marks, {found.together} ({100 * found.share:.0f} %) settled together; "
        f"{found.decisions} decisions; {len(found.mixed)} groups mix other points {' '.join(found.mixed)}".rstrip()
    )


if __name__ == "__main__":
    main(sys.argv[1:] or ASSIGNMENTS)
