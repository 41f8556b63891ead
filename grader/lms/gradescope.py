"""`results.json` for each student, in the form that Gradescope's autograders write."""

from __future__ import annotations

import json
from typing import Any

from grader.gradebook.grade_json import grade_dict
from grader.lms.export import Export, ExportError, Outgoing, Result, Target
from grader.lms.gradescope_autograder import results as results_json

FOLDER = "gradescope"


def gradescope(outgoing: Outgoing, target: Target) -> Export:
    """A file for each student under `gradescope/`. Raises ExportError if it is to fill in a CSV."""
    if target.into is not None:
        raise ExportError(
            "gradescope: it takes no CSV of scores; expected no --into\n"
            "hint: have `run_autograder` hand over the results.json that this makes, or use the target csv"
        )
    files = {f"{FOLDER}/{_name(result)}/results.json": _content(result) for result in outgoing.results}
    return Export(files, tuple(outgoing.waiting()))


def _name(result: Result) -> str:
    """The submission's own name in the download, so that each finds its own."""
    origin = result.identity.origin
    return origin.place if origin is not None and origin.lms == "gradescope" else result.folder


def _content(result: Result) -> bytes:
    found: dict[str, Any] = results_json(grade_dict(result.grade))
    if result.grade.points is not None:
        found["score"] = float(result.grade.points)  # with what a person gave and the late penalty
        if result.grade.late_reason:
            found["output"] = f"{found['output']}\nLate work: {result.grade.late_reason}.".strip()
    return json.dumps(found, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")
