"""Packing what the course asks for, under the names it asks for, and the receipt."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from grader.assignment import Assignment
from grader.catalog import public_files
from grader.collect.templates import is_untouched
from grader.intake.candidates import finished, opened_archive
from grader.intake.reading import Reading
from grader.rubric import HandIn
from grader.students.kit_settings import KitError
from grader.students.starter import INSTALL, PROGRAMS
from grader.students.work import fits
from grader.submission import Submission, SubmittedFile

MAGIC = {".pdf": (b"%PDF-", "a PDF"), ".ipynb": (b"{", "a notebook")}
_OLDEST = (1980, 1, 1, 0, 0, 0)  # of a zip: the same work makes the same file
LISTED = 12


@dataclass(frozen=True)
class Packed:
    """One file ready to hand in, and the files of the work that are in it."""

    name: str
    content: bytes
    members: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """The receipt's checksum."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Package:
    """All that is handed in, and what of the work is not."""

    files: tuple[Packed, ...]
    left_out: tuple[str, ...]


def pack(assignment: Assignment, work: Submission) -> Package:
    """The files the course asks for. Raises KitError with everything that its rules forbid or that is missing."""
    if not assignment.hand_in:
        raise KitError(f"{assignment.id}: the assignment does not say what is handed in")
    problems: list[str] = []
    theirs = without_handed_out(assignment, work)
    packed = [_packed(rule, _begun(assignment, rule, theirs), problems) for rule in assignment.hand_in]
    if problems:
        raise KitError("this cannot be handed in:\n" + "\n".join(f"  - {problem}" for problem in problems))
    files = tuple(one for one in packed if one is not None)
    members = {name for one in files for name in one.members}
    return Package(files, tuple(file.path for file in work.files if file.path not in members))


def asked(assignment: Assignment) -> tuple[str, ...]:
    """The patterns of everything that is handed in."""
    return tuple(pattern for rule in assignment.hand_in for pattern in rule.patterns)


def as_given(assignment: Assignment, package: Package, work: Submission) -> tuple[str, ...]:
    """The programs of the package, if every one of them is the course's template, untouched; else none."""
    packed = {name for one in package.files for name in one.members}
    programs = [file for file in work.files if file.path in packed and file.path.endswith((".py", ".ipynb"))]
    starter = assignment.folder / "starter"
    same = tuple(file.path for file in programs if is_untouched(file.path, file.content, starter))
    return same if len(same) == len(programs) else ()


def as_handed_in(assignment: Assignment, work: Submission) -> Submission:
    """The work as the grader would get it: what the rules of handing in pick, under their names, as far as it is there.

    A file that nobody asks for, such as the handout, is not held against its author. Archives are opened, as they are
    when work comes in.
    """
    if not assignment.hand_in:
        return work
    files: dict[str, SubmittedFile] = {}
    theirs = without_handed_out(assignment, work)
    for rule in assignment.hand_in:
        found = _chosen(rule, _begun(assignment, rule, theirs))
        if rule.archive and found:
            found = [SubmittedFile(rule.name, _zip(found))]
        elif rule.name and len(found) == 1:
            found = [SubmittedFile(_named(rule, found[0]), found[0].content)]
        files |= {file.path: file for file in found}
    reading = Reading()
    reading.contents = {path: file.content for path, file in files.items()}
    reading = finished(opened_archive(reading)) if files else reading
    return replace(
        work,
        files=reading.files(),
        archives=tuple(reading.archives),
        problem=reading.problem,
        ambiguous=reading.ambiguous,
        left_out=reading.left_out,
    )


def write(package: Package, folder: Path) -> None:
    """Write the files into `folder`. Raises KitError if that cannot be done."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in package.files:
            (folder / one.name).write_bytes(one.content)
    except OSError as error:
        raise KitError(f"{folder}: expected a folder to write to, found: {error.strerror}") from None


def receipt(package: Package, folder: Path) -> list[str]:
    """What was packed, with checksums, and what was left out."""
    lines = []
    for one in package.files:
        lines.append(f"{folder / one.name}  {len(one.content):,} bytes  SHA-256 {one.sha256}")
        lines += [f"    {name}" for name in one.members] if one.members != (one.name,) else []
    packed = {one.name for one in package.files}
    if before := sorted(path.name for path in folder.iterdir() if path.name not in packed):
        lines.append(f"there from before, not part of it: {_listed(before)}; hint: do not upload it, or remove it")
    if package.left_out:
        lines.append("not handed in: " + _listed(package.left_out))
    return lines


def without_handed_out(assignment: Assignment, work: Submission) -> Submission:
    """The work without data and texts that are as the kit gave them. Programs stay: a template is named as such."""
    given = public_files(assignment.folder / "starter")
    kept = [file for file in work.files if file.path.endswith(PROGRAMS) or not _as_given(file, given)]
    return replace(work, files=tuple(kept))


def _as_given(file: SubmittedFile, given: Mapping[str, bytes]) -> bool:
    before, marked, after = given.get(file.path, b"").partition(INSTALL.encode())
    if not marked:
        return given.get(file.path) == file.content
    return file.content.startswith(before) and file.content.endswith(after)


def _packed(rule: HandIn, work: Submission, problems: list[str]) -> Packed | None:
    found = _chosen(rule, work)
    what = rule.name or " or ".join(rule.patterns)
    if not found:
        if rule.required:
            problems.append(f"{what}: expected {_wanted(rule)}, found none")
        return None
    if rule.archive:
        return Packed(rule.name, _zip(found), tuple(file.path for file in found))
    if len(found) > 1 and _is_folder(rule, found):
        name = str(PurePosixPath(rule.name).with_suffix(".zip")) if rule.name else "files.zip"
        return Packed(name, _zip(found), tuple(file.path for file in found))
    if len(found) > 1:
        problems.append(f"{what}: expected one file, found {_listed([file.path for file in found])}")
        return None
    problems += _wrong_content(found[0])
    return Packed(_named(rule, found[0]), found[0].content, (found[0].path,))


def _is_folder(rule: HandIn, found: Sequence[SubmittedFile]) -> bool:
    """Whether they are all files of a folder that is asked for, such as `samples/*.png`: one file each, in one zip."""
    folders = [pattern for pattern in rule.patterns if "/" in pattern]
    return all(fits(file.path, folders) for file in found)


def _named(rule: HandIn, file: SubmittedFile) -> str:
    """The name that is asked for; a file of another kind that fits too, such as a notebook, keeps its ending."""
    own, asked_for = PurePosixPath(file.path), PurePosixPath(rule.name)
    if not rule.name:
        return own.name
    same = own.suffix.lower() == asked_for.suffix.lower()
    return rule.name if same or not own.suffix else str(asked_for.with_suffix(own.suffix.lower()))


def _begun(assignment: Assignment, rule: HandIn, work: Submission) -> Submission:
    """For a rule that asks for one file: the work without templates that were left as they were, if others fit too."""
    starter = assignment.folder / "starter"
    fitting = [file for file in work.files if fits(file.path, rule.patterns)]
    left = {file.path for file in fitting if is_untouched(file.path, file.content, starter)}
    if rule.archive or not left or len(left) == len(fitting):
        return work
    return replace(work, files=tuple(file for file in work.files if file.path not in left))


def _chosen(rule: HandIn, work: Submission) -> list[SubmittedFile]:
    """The files a rule picks; of several where one is asked, the one that has the asked name already."""
    found = [file for file in work.files if fits(file.path, rule.patterns)]
    if rule.name and not rule.archive and len(found) > 1:
        return [file for file in found if PurePosixPath(file.path).name.lower() == rule.name.lower()] or found
    return found


def _wanted(rule: HandIn) -> str:
    return f"{'files' if rule.archive else 'a file'} that {'match' if rule.archive else 'matches'} {_or(rule.patterns)}"


def _or(patterns: Sequence[str]) -> str:
    return " or ".join(patterns)


def _wrong_content(file: SubmittedFile) -> list[str]:
    magic, what = MAGIC.get(PurePosixPath(file.path).suffix.lower(), (b"", ""))
    if magic in file.content[:1024].lstrip():
        return [] if file.content else [f"{file.path}: expected your work, found an empty file"]
    return [f"{file.path}: expected {what}, found something else under that name"]


def _zip(files: Sequence[SubmittedFile]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.writestr(zipfile.ZipInfo(file.path, _OLDEST), file.content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more
