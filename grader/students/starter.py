"""What students start from: handout, skeleton files, report template, configuration and the public checks."""

from __future__ import annotations

from pathlib import Path

from grader import __version__
from grader.assignment import Assignment
from grader.catalog import public_files
from grader.students.checkout import is_checkout, wheel
from grader.students.kit_settings import CHECKS, CONFIG, FOLDER, KitError, config_text

INSTALL = "{install}"  # stands in `starter/README.md` for the command that installs what its checks need
PROGRAMS = (".py", ".ipynb")


def starter_files(assignment: Assignment) -> dict[str, bytes]:
    """Every file of the kit by path: `starter/` as it lies in the assignment, and all that checking needs.

    Made from a checkout, the kit holds the wheel that its README installs. Raises KitError if the assignment has no
    `starter/`, and CheckoutError if the wheel cannot be built.
    """
    starter = public_files(assignment.folder / "starter")
    if not starter:
        raise KitError(f"{assignment.id}: expected a folder {assignment.folder / 'starter'}, found none")
    checks = public_files(assignment.folder)
    package, files = _package()
    install = f'python -m pip install "{package}{extras(assignment)}"'
    return {
        **{path: content.replace(INSTALL.encode(), install.encode()) for path, content in starter.items()},
        **files,
        CONFIG: config_text(assignment.id).encode(),
        **{f"{CHECKS}/{assignment.id}/{path}": content for path, content in checks.items()},
    }


def extras(assignment: Assignment) -> str:
    """What is installed besides the base: PyTorch where programs are handed in, nothing where only a report is."""
    patterns = [pattern for file in assignment.hand_in for pattern in file.patterns]
    return "[torch]" if not patterns or any(pattern.endswith(PROGRAMS) for pattern in patterns) else ""


def _package() -> tuple[str, dict[str, bytes]]:
    """What pip is asked for, and the files that this needs."""
    if not is_checkout():
        return f"homework-grader=={__version__}", {}
    name, content = wheel()
    return f"./{FOLDER}/{name}", {f"{FOLDER}/{name}": content}


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
