"""`grader new`: an assignment that works, to be changed into one's own."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from string import Template

import click

from grader.catalog import reference_root
from grader.commands.options import usage_errors
from grader.commands.settings import CONFIG, read_settings
from grader.errors import UserError

ID = re.compile(r"[a-z][a-z0-9_]*")


class NewAssignmentError(UserError):
    """No assignment can be begun here. The message is for the instructor."""


@click.command()
@click.argument("assignment_id", metavar="ID")
@click.option(
    "--reference",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of assignments, which may be new (default: $GRADER_REFERENCE, else reference/ in this folder).",
)
@usage_errors
def new(assignment_id: str, reference: Path | None) -> None:
    """Begin the assignment ID, with an example in it that works.

    It writes reference/ID/ (title, rubric and checks; a hidden solution; what students start from) and
    submissions/ID/ (a right and a wrong sample, with what they come to). The example is a softmax in NumPy: put your
    own functions, cases and criteria in its place, one after the other, and let `grader validate ID` look at each step.

    \b
    Next:
      grader validate ID    what is wrong with it, before a student sees it
      grader audit ID       how often its grading is wrong
      grader starter ID DIR what students get
    """
    root = reference or Path(os.environ.get("GRADER_REFERENCE") or "reference")
    files, setting = begun(assignment_id, root), f"reference = {json.dumps(str(root), ensure_ascii=False)}\n"
    elsewhere = _looks_elsewhere(root)
    if elsewhere and not Path(CONFIG).exists():
        files[Path(CONFIG)], elsewhere = setting, False
    _write(files)
    for path in files:
        click.echo(path)
    if elsewhere:
        click.echo(f"hint: {CONFIG}: {setting.strip()}, so that commands in this folder find it")
    click.echo(f"a softmax in NumPy, as an example: change it into your own\nthen: grader validate {assignment_id}")


def begun(assignment_id: str, root: Path) -> dict[Path, str]:
    """The files of a new assignment by path. Raises NewAssignmentError where there is one, or the id is none."""
    from grader.report.page.paths import TEMPLATES

    if not ID.fullmatch(assignment_id):
        fitting = re.sub(r"[^a-z0-9]+", "_", assignment_id.lower()).strip("_")
        hint = fitting if ID.fullmatch(fitting) else "homework_1"
        raise NewAssignmentError(f"ID: expected small letters, digits and _, found {assignment_id!r}\nhint: {hint}")
    folder, samples = root / assignment_id, root.parent / "submissions" / assignment_id
    for place in (folder, samples):
        if place.exists():
            raise NewAssignmentError(f"{place}: expected nothing there yet, found something\nhint: take another ID")
    program, title = f"{assignment_id}.py", assignment_id.replace("_", " ").capitalize()
    places = {
        folder / "assignment.py": "assignment.py",
        folder / "hidden" / "solution.py": "answer.py",
        folder / "starter" / program: "starter.py",
        samples / "ada" / program: "right.py",
        samples / "ben" / program: "wrong.py",
        samples / "expected.toml": "expected.toml",
    }
    texts = {name: (TEMPLATES / "assignment" / name).read_text(encoding="utf-8") for name in places.values()}
    return {path: Template(texts[name]).substitute(id=assignment_id, title=title) for path, name in places.items()}


def _looks_elsewhere(root: Path) -> bool:
    """Whether commands in this folder look for assignments in another one."""
    told = read_settings(Path()).get("reference")
    return reference_root(None if told is None else Path(told)).resolve() != root.resolve()


def _write(files: dict[Path, str]) -> None:
    """All of them or none: else the same command would find something there the next time."""
    folders = [folder for path in files for folder in path.parents if not folder.exists()]
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            _take_back(files, folders)
            raise NewAssignmentError(f"{path}: expected a file to write, found: {error.strerror}") from None


def _take_back(files: Iterable[Path], folders: Iterable[Path]) -> None:
    """What was just written, and the folders that were made for it."""
    for path in files:
        with suppress(OSError):
            path.unlink()
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
