"""Gradescope's autograder: the zip to upload, and what it runs for each submission.

Gradescope unpacks the zip to `/autograder/source`, runs `setup.sh` once and `run_autograder` for each submission,
which lies in `/autograder/submission`; it reads `/autograder/results/results.json`.
(Gradescope, "Autograder Specifications".)
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.catalog import load_assignment
from grader.errors import UserError
from grader.students.checkout import requirements, system_packages, wheel, whole_folder

SETUP = """#!/usr/bin/env bash
# Runs once, when Gradescope builds the image.
set -euo pipefail
cd /autograder/source
bash system-packages
python3 -m venv /autograder/venv
/autograder/venv/bin/pip install --requirement requirements.lock
/autograder/venv/bin/pip install --no-deps ./*.whl
chmod -R go-rwx /autograder/source
"""
RUN = """#!/usr/bin/env bash
# Runs for each submission. Student code runs in a box; results.json is written by the trusted side alone.
set -euo pipefail
root=${GRADER_AUTOGRADER:-/autograder}
exec "$root/venv/bin/python" -m grader.lms.gradescope_autograder "$root"
"""
EXECUTABLE, PLAIN = 0o755, 0o644
_OLDEST = (1980, 1, 1, 0, 0, 0)


def autograder_zip(assignment: Assignment) -> bytes:
    """The zip that is uploaded as an autograder, hidden part included: it is the instructor's. Raises CheckoutError."""
    name, content = wheel()
    files = {
        "setup.sh": SETUP.encode(),
        "run_autograder": RUN.encode(),
        "system-packages": system_packages(),
        "requirements.lock": requirements(),
        "assignment": assignment.id.encode(),
        name: content,
        **{f"reference/{assignment.id}/{path}": part for path, part in whole_folder(assignment.folder).items()},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, part in files.items():
            info = zipfile.ZipInfo(path, _OLDEST)
            mode = EXECUTABLE if path in ("setup.sh", "run_autograder", "system-packages") else PLAIN
            info.external_attr = mode << 16
            archive.writestr(info, part, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def write_autograder(assignment: Assignment, folder: Path) -> None:
    """Write `autograder.zip` into `folder`. Raises CheckoutError."""
    content = autograder_zip(assignment)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "autograder.zip").write_bytes(content)


def results(grade: Mapping[str, Any]) -> dict[str, Any]:
    """`results.json` from a grade (the content of `grade.json`).

    Criteria that a person grades are left to Gradescope's own rubric. If another one could not be graded there is no
    score at all, which Gradescope shows as a failure of the autograder: never as zero points.
    """
    marks = [mark for mark in grade["marks"] if not mark["manual"]]
    complete = all(mark["points"] is not None for mark in marks)
    output = "" if complete else "The autograder could not grade this: a person has to look. It is not your fault."
    return {
        "output": output,
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": [_test(mark, scored=complete) for mark in marks],
        "extra_data": {"grade": dict(grade)},
    }


def _test(mark: Mapping[str, Any], *, scored: bool) -> dict[str, Any]:
    lines = [mark["message"], *([f"hint: {mark['hint']}"] if mark["hint"] else [])]
    score = {
        "score": mark["points"],
        "max_score": mark["points_possible"],
        "status": "passed" if mark["outcome"] == "passed" else "failed",
    }
    return {
        "name": f"{mark['criterion']}: {mark['title']}",
        "output": "\n".join(lines),
        "output_format": "text",
        "visibility": "visible",
        **(score if scored else {}),
    }


def run(root: Path) -> dict[str, Any]:
    """Grade `root/submission` and write `root/results/results.json`."""
    source = root / "source"
    assignment = load_assignment((source / "assignment").read_text().strip(), source / "reference")
    found = results(_grade(assignment, root / "submission"))
    folder = root / "results"
    folder.mkdir(exist_ok=True)
    (folder / "results.json").write_text(json.dumps(found, indent=1))
    return found


def _grade(assignment: Assignment, submission: Path) -> Mapping[str, Any]:
    from grader.batch.grade import BatchOptions, grade_batch
    from grader.batch.progress import showing, terminal
    from grader.sandbox.bubblewrap import BubblewrapSandbox
    from grader.sandbox.probe import strong_wall

    if reason := strong_wall():
        raise UserError(f"student code cannot be run safely here: {reason}")
    with tempfile.TemporaryDirectory(prefix="grader-") as space:
        shutil.copytree(submission, Path(space) / "in" / "student", symlinks=True)
        out = Path(space) / "out"
        options = BatchOptions(out, jobs=1, pdf=False)
        with showing(terminal()) as progress:
            grade_batch(Path(space) / "in", assignment, options, BubblewrapSandbox(warm=assignment.warm), progress)
        grade: Mapping[str, Any] = json.loads((out / "student" / "grade.json").read_bytes())
        return grade


def main() -> None:
    """What `run_autograder` starts: `python -m grader.lms.gradescope_autograder ROOT`."""
    try:
        found = run(Path(sys.argv[1]))
    except UserError as error:
        sys.exit(f"error: {error}")  # no results.json: Gradescope says that the autograder failed
    scored = sum(test.get("score") or 0 for test in found["tests"])
    sys.stdout.write(f"{scored:g} points\n")


if __name__ == "__main__":
    main()
