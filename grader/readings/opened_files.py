"""What came back of files that were read in boxes of their own."""

from __future__ import annotations

from dataclasses import dataclass

from grader.evidence import Evidence
from grader.probes import ReadFiles
from grader.sandbox.protocol import Frame, Status


@dataclass(frozen=True)
class FileRead:
    """One file: what its reader sent, or why it sent nothing. `ours`: not because of the file."""

    path: str
    frame: Frame | None = None
    problem: str | None = None
    ours: bool = False


def files_read(evidence: Evidence, reading: ReadFiles) -> list[FileRead]:
    """Every file that fits, as it was read: first by path."""
    found: dict[str, FileRead] = {}
    begun: str | None = None
    for run, frames in evidence.files_read(reading.id):
        begun = None
        for frame in frames:
            path = frame.header.get("path")
            if not isinstance(path, str):
                continue
            if frame.header.get("kind") == "begun":
                begun = path
            elif path == begun and path not in found:
                problem = frame.header.get("problem")
                said = problem[:600] if isinstance(problem, str) else None
                found[path] = FileRead(path, None if said else frame, said)
                begun = None
        if run.status is not Status.EXITED and begun is not None:
            ours = run.status is Status.SANDBOX_FAILED
            found[begun] = FileRead(begun, None, f"it could not be read: {run.reason}", ours)
    return [*found.values(), *_not_read(evidence, reading, set(found))]


def _not_read(evidence: Evidence, reading: ReadFiles, known: set[str]) -> list[FileRead]:
    """Files that fit and were not begun: too many, too large, or behind one that ended its box."""
    left = [one.path for one in evidence.submission.files if reading.fits(one.path) and one.path not in known]
    large = [one for one in evidence.submission.left_out if reading.fits(one.path)]
    words = "it was not read: there are too many files, or too large ones"
    unread = [FileRead(path, None, words, ours=True) for path in left if not _is_litter(path)]
    return unread + [FileRead(one.path, None, f"it was not read: {one.why}", ours=True) for one in large]


def _is_litter(path: str) -> bool:
    from grader.intake.names import litter_root

    return litter_root(path.split("/")) is not None
