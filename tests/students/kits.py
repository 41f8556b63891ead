"""Kits of the assignments in folders of their own, and pytest run in them as a student runs it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from warm_python import WarmPython

from grader.catalog import load_assignment
from grader.students.starter import write_starter

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "reference"
IDS = sorted(path.parent.name for path in REFERENCE.glob("*/assignment.py"))
# The installed plugin, if there is one, is this very file: it must not be loaded twice.
PLUGIN = ("-p", "no:grader", "-p", "grader.students.plugin", "-p", "no:cacheprovider")


def kit(folder: Path, assignment_id: str) -> Path:
    """A fresh kit."""
    write_starter(load_assignment(assignment_id, REFERENCE), folder)
    return folder


def run(
    folder: Path, *arguments: str, program: tuple[str, ...] = ("pytest",), python: WarmPython | None = None
) -> subprocess.CompletedProcess[str]:
    """A Python program run in `folder`, with this checkout's grader; in a copy of `python`, if one is given."""
    ours = ("PYTEST_", "GRADER_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}
    if python is not None:
        return python.run("-m", *program, *arguments, folder=folder, environment=environment)
    return subprocess.run(
        [sys.executable, "-m", *program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def pytest_in(folder: Path, *arguments: str, python: WarmPython | None = None) -> subprocess.CompletedProcess[str]:
    """Pytest with the plugin, as after `pip install grader`."""
    return run(folder, *PLUGIN, *arguments, python=python)


def check_in(folder: Path, *arguments: str, python: WarmPython | None = None) -> subprocess.CompletedProcess[str]:
    """`grader check`."""
    return run(folder, "check", *arguments, program=("grader",), python=python)
