"""Running the public checks of an assignment on a folder of work; evidence of unchanged work is used again."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from grader import __version__
from grader.assess import assess_in
from grader.assignment import Assignment
from grader.catalog import Hidden, public_files
from grader.collect import saved_evidence
from grader.collect.collect import collect
from grader.evidence import Evidence
from grader.finding import NOT_ATTEMPTED, Finding, Outcome
from grader.grading import mark
from grader.rubric import Check, Criterion
from grader.sandbox.protocol import Sandbox
from grader.slips import check_data
from grader.students.hand_in import as_handed_in, asked
from grader.students.kit_settings import Kit
from grader.students.work import read_work
from grader.submission import Submission


@dataclass(frozen=True)
class Checked:
    """One public check: what was found, and the points it is worth. `preview` says that more is checked later."""

    criterion: Criterion
    finding: Finding
    points: Decimal | None
    preview: bool


def public_checks(assignment: Assignment) -> dict[str, tuple[Criterion, Check]]:
    """What students can run, by criterion: the check itself, or its weaker preview. Nothing hidden, nothing manual."""
    found = {}
    for criterion in assignment.rubric:
        check = criterion.check
        if not criterion.public or check is None or isinstance(check, Hidden):
            check = criterion.preview
        if check is not None and not isinstance(check, Hidden):
            found[criterion.id] = (criterion, check)
    return found


def check_one(assignment: Assignment, criterion_id: str, evidence: Evidence) -> Checked:
    """One public check of work that has been looked at."""
    criterion, check = public_checks(assignment)[criterion_id]
    shown = Criterion(criterion.id, criterion.title, criterion.points, check)
    finding = assess_in(assignment, shown, evidence)
    if not evidence.submission.files:
        finding = Finding.not_attempted("none of the files that are handed in is here yet", finding.hint)
    elif finding.outcome is Outcome.FAILED and _is_as_given(assignment, evidence) and not _says_so(finding):
        finding = Finding.not_attempted("nothing but the course's template is here yet", finding.hint)
    return Checked(criterion, finding, mark(shown, finding).points, check is not criterion.check)


def _is_as_given(assignment: Assignment, evidence: Evidence) -> bool:
    """Whether all that would be handed in is as the kit gave it."""
    given = {hashlib.sha256(content).hexdigest() for content in public_files(assignment.folder / "starter").values()}
    return all(file.sha256 in given for file in evidence.submission.files)


def _says_so(finding: Finding) -> bool:
    return finding.message.lower().startswith(NOT_ATTEMPTED.lower())


def evidence_of(
    kit: Kit, assignment: Assignment, sandbox: Sandbox, stage: Callable[[str], None] = lambda _: None
) -> Evidence:
    """The evidence of the work in a kit's folder: kept from the last time if nothing has changed, else made now.

    Several processes may ask at once (`pytest -n`): one makes it. In a folder that cannot be written nothing is kept.
    Raises KitError.
    """
    from filelock import FileLock

    def made() -> Evidence:
        check_data(assignment, assignment.public_seed)
        return collect(submission, assignment, sandbox, seed=assignment.public_seed, stage=stage)

    submission = as_handed_in(assignment, read_work(kit.folder, asked(assignment)))
    kept = kit.cache / _key(submission, assignment)
    try:
        kit.cache.mkdir(parents=True, exist_ok=True)
        held = FileLock(kit.cache / "lock").acquire()
    except OSError:
        return made()
    with held:
        if (found := _load(kept)) is not None:
            return found
        found = made()
        with contextlib.suppress(OSError):
            _forget(kit.cache)
            saved_evidence.save(found, kept)
    return found


def _load(kept: Path) -> Evidence | None:
    try:
        return saved_evidence.load(kept)
    except (OSError, ValueError):
        return None


def _forget(cache: Path) -> None:
    for old in cache.iterdir():
        if old.is_dir():
            shutil.rmtree(old, ignore_errors=True)


def _key(submission: Submission, assignment: Assignment) -> str:
    """The same for the same work, checks and version of the grader."""
    digest = hashlib.sha256(f"{__version__} {assignment.id} {submission.sha256}".encode())
    for name, content in public_files(assignment.folder).items():
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()[:16]
