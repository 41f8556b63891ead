"""`grader.toml`: which assignment a folder of work is for, and where its public checks lie."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.errors import UserError

if TYPE_CHECKING:
    from grader.assignment import Assignment

FOLDER = ".grader"
CONFIG, CHECKS, CACHE = "grader.toml", f"{FOLDER}/checks", f"{FOLDER}/last"
KNOWN = {"assignment": str, "folder": str, "checks": str}
FOR_GRADING = frozenset({"roster", "extensions", "timezone", "reference", "results"})


class KitError(UserError):
    """The folder's `grader.toml` is missing or wrong. The message is for the student."""


@dataclass(frozen=True)
class Kit:
    """A folder of work: `root` holds the configuration, `folder` the work, `checks` the assignments (None: ours)."""

    root: Path
    assignment: str
    folder: Path
    checks: Path | None

    @property
    def cache(self) -> Path:
        """Where the evidence of the last check is kept."""
        return self.root / CACHE

    def load(self) -> Assignment:
        """The assignment as students may see it. Raises AssignmentError."""
        from grader.catalog import load_assignment, reference_root

        return load_assignment(self.assignment, reference_root(self.checks), public=True)


def read_kit(path: Path) -> Kit:
    """The kit whose configuration is `path` or lies in the folder `path`. Raises KitError, with all problems."""
    file = path / CONFIG if path.is_dir() else path
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KitError(
            f"{file.parent}: expected a {CONFIG}, found none\n"
            "hint: `grader starter ASSIGNMENT DIR` writes one, or name the assignment with --assignment"
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KitError(f'{file}: expected lines such as assignment = "ID", found: {error}') from None
    if is_for_grading(found):
        raise KitError(
            f"{file}: expected a student's {CONFIG}, found one for grading: it sets {', '.join(found)}\n"
            "hint: name the assignment with --assignment, or run this in a folder that `grader starter` wrote"
        )
    if problems := _problems(found):
        raise KitError(f"{file}: " + "; ".join(problems))
    return make_kit(file.parent, found["assignment"], found.get("folder", "."), found.get("checks"))


def make_kit(root: Path, assignment: str, folder: str = ".", checks: str | None = None) -> Kit:
    """A kit without a file of its own; checks that lie in `root` are used where there are any."""
    own = root / (checks or CHECKS)
    return Kit(root, assignment, root / folder, own if checks or (own / assignment).is_dir() else None)


def is_for_grading(found: Mapping[str, Any]) -> bool:
    """Whether a `grader.toml` is that of somebody who grades: it sets what no student's does."""
    return bool(found.keys() & FOR_GRADING) and not found.keys() & (KNOWN.keys() - {"assignment"})


def _problems(found: dict[str, Any]) -> list[str]:
    problems = [f"unknown key {name!r}, expected {', '.join(KNOWN)}" for name in found if name not in KNOWN]
    problems += [
        f"{name}: expected a text, found {type(found[name]).__name__}"
        for name, kind in KNOWN.items()
        if name in found and not isinstance(found[name], kind)
    ]
    return problems if "assignment" in found else [*problems, 'expected assignment = "ID", found none']


def config_text(assignment: str) -> str:
    """The content of a `grader.toml`."""
    return f'# What `pytest` and `grader check` look at in this folder.\nassignment = "{assignment}"\nfolder = "."\n'
