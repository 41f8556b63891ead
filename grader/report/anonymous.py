"""Reports without names: what identifies a student is left out, what a student wrote is not changed."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import PurePosixPath

from grader.report.model import ClassReport, FeedbackReport

NOBODY = "anonymous"


def without_name(report: FeedbackReport) -> FeedbackReport:
    """A feedback report that names neither the student nor their files, which often bear the name."""
    facts = report.submission
    names = {path: _file(i, path) for i, (path, _, _) in enumerate(facts.files, 1)}
    files = tuple((names[path], size, digest) for path, size, digest in facts.files)
    entry = None if facts.entry is None else names.get(facts.entry, _file(1, facts.entry))
    return replace(
        report,
        anonymous=True,
        grade=replace(report.grade, student=NOBODY),
        submission=replace(facts, entry=entry, files=files, notes=()),
        attachment=None if report.attachment is None else _anonymous_json(report.attachment),
        runs=tuple(replace(run, what=_unnamed(run.what)) for run in report.runs),
        requests=tuple(replace(one, student=NOBODY) for one in report.requests),
        comments=tuple(
            replace(one, place=replace(one.place, path=names.get(one.place.path, _file(1, one.place.path))))
            for one in report.comments
        ),
    )


def without_names(report: ClassReport) -> ClassReport:
    """A class report in which students are numbers, given in an order that says nothing of them."""

    def shuffled(student: str) -> str:
        return hashlib.sha256(f"{report.generated_from} {student}".encode("utf-8", "backslashreplace")).hexdigest()

    ordered = sorted(report.grades, key=lambda grade: shuffled(grade.student))
    width = len(str(len(ordered)))
    grades = tuple(replace(grade, student=f"student {i:0{width}}") for i, grade in enumerate(ordered, 1))
    return replace(report, grades=grades, anonymous=True, pages=())


def _unnamed(what: str) -> str:
    return what if what.startswith("Your") else "Reading a document"


def _file(number: int, path: str) -> str:
    return f"file {number}{PurePosixPath(path).suffix[:10]}"


def _anonymous_json(content: bytes) -> bytes:
    values = {**json.loads(content), "student": NOBODY}
    return f"{json.dumps(values, ensure_ascii=False, indent=1)}\n".encode("utf-8", "backslashreplace")
