"""What wrong work is told: the messages that samples get, kept in `messages.json` for the assignments' pages.

`python -m makedocs.messages ID…` grades the samples of these assignments and keeps what they were told;
`ID=RESULTS` takes it from a folder in which they were graded already.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
KEPT = Path(__file__).with_name("messages.json")
Told = dict[str, dict[str, dict[str, str]]]  # assignment, sample, criterion


def kept() -> Told:
    """The messages of criteria that were not passed."""
    found: Told = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    return found


def told_in(results: Path) -> dict[str, dict[str, str]]:
    """What each student of a folder of results was told where points were lost."""
    found = {}
    for path in sorted(results.glob("*/grade.json")):
        grade = json.loads(path.read_text())
        found[grade["student"]] = told_by(grade["marks"])
    return found


def told_by(marks: list[dict[str, str]]) -> dict[str, str]:
    """The message of each criterion that lost points."""
    return {mark["criterion"]: mark["message"] for mark in marks if mark["outcome"] in {"failed", "partial"}}


def _graded(assignment_id: str, out: str) -> dict[str, dict[str, str]]:
    found = {}
    for number, samples in enumerate((ROOT / "submissions", ROOT / "tests" / "submissions")):
        results = Path(out) / str(number)
        command = ["grade", samples / assignment_id, "--assignment", assignment_id, "--out", results]
        subprocess.run([Path(sys.executable).with_name("grader"), *command, "--no-pdf", "--quiet"], check=False)
        found |= told_in(results)
    return found


def _main(*wanted: str) -> None:
    for one in wanted:
        assignment_id, _, results = one.partition("=")
        with tempfile.TemporaryDirectory() as out:
            found = told_in(Path(results)) if results else _graded(assignment_id, out)
        KEPT.write_text(
            json.dumps(kept() | {assignment_id: found}, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        )


if __name__ == "__main__":
    _main(*sys.argv[1:])
