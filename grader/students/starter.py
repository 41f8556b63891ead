"""What students start from: handout, skeleton files, report template, configuration and the public checks."""

from __future__ import annotations

from pathlib import Path

from grader.assignment import Assignment
from grader.catalog import public_files
from grader.students.kit import CHECKS, CONFIG, KitError, config_text


def starter_files(assignment: Assignment) -> dict[str, bytes]:
    """Every file of the kit by path: `starter/` as it lies in the assignment, and all that checking needs.

    Raises KitError if the assignment has no `starter/`.
    """
    starter = public_files(assignment.folder / "starter")
    if not starter:
        raise KitError(f"{assignment.id}: expected a folder {assignment.folder / 'starter'}, found none")
    checks = public_files(assignment.folder, without=("starter",))
    return {
        **starter,
        CONFIG: config_text(assignment.id).encode(),
        **{f"{CHECKS}/{assignment.id}/{path}": content for path, content in checks.items()},
    }


def write_starter(assignment: Assignment, folder: Path) -> list[str]:
    """Write the kit into a new or empty folder; the paths of what a student sees. Raises KitError."""
    files = starter_files(assignment)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise KitError(f"{folder}: expected a new or an empty folder, found something in it\nhint: give another one")
    try:
        for path, content in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    except OSError as error:
        raise KitError(f"{folder}: expected a folder to write to, found: {error.strerror}") from None
    return [path for path in files if not path.startswith(".")]
