"""The feedback PDFs in one zip, under the names by which an LMS finds their students on upload."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path, PurePosixPath

from grader.gradebook.results import Results
from grader.lms.export import Export, Outgoing, Result

_OLDEST = (1980, 1, 1, 0, 0, 0)  # the same bytes on every run
PDF = "feedback.pdf"


def feedback_zip(outgoing: Outgoing, folder: Path, target: str) -> Export:
    """`<target>-feedback.zip` for those who are graded; who is left out, and why, is told."""
    notes: list[str] = []
    problems: list[str] = []
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for result in outgoing.results:
            pdf = Results(folder).student(result.folder).feedback
            name = _name(result, target)
            if result.grade.points is None:
                notes.append(f"not graded yet, feedback left out: {result.student}")
            elif not pdf.exists():
                problems.append(f"{result.student}: no {PDF}; hint: `grader report {folder}` makes it")
            elif name is None:
                problems.append(f"{result.student}: {target} takes no feedback file for this submission")
            else:
                archive.writestr(zipfile.ZipInfo(name, _OLDEST), pdf.read_bytes())
    return Export({f"{target}-feedback.zip": content.getvalue()}, tuple(notes), tuple(problems))


def _name(result: Result, target: str) -> str | None:
    origin = result.identity.origin
    if origin is None or origin.lms != target:
        return f"{result.folder}/{PDF}"
    if target == "canvas":
        return _canvas(origin.place)
    if target == "moodle":
        return _moodle(origin.place)
    if target == "brightspace":
        return f"{' - '.join(origin.place.split(' - ')[: _folder_parts(origin.place)])}/{PDF}"
    return f"{result.folder}/{PDF}"


def _canvas(place: str) -> str | None:
    """Canvas splits at `_` and takes the first two numbers for the user and the file that it belongs to."""
    parts = [part for part in place.split("_") if part != "LATE"]
    numbers = [part for part in parts if part.isdecimal()]
    if len(numbers) < 2 and not (parts[0] == "anon" and len(parts) > 3):
        return None
    return f"{PurePosixPath(place).stem}.pdf"


def _moodle(place: str) -> str:
    """The same folder; of a flat download the same beginning."""
    head, kind, rest = place.partition("_assignsubmission_")
    plugin, mark, file = rest.partition("_")
    return f"{head}{kind}{plugin}_{PDF}" if file else f"{head}{kind}{plugin}{mark}/{PDF}"


def _folder_parts(place: str) -> int:
    """How many parts between ` - ` make the folder's name: those up to the time."""
    parts = place.split(" - ")
    times = [at for at, part in enumerate(parts, start=1) if part.endswith((" AM", " PM"))]
    return times[0] if times else len(parts)
