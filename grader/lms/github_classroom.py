"""GitHub Classroom: the template repository that students get, with a workflow that runs the public checks."""

from __future__ import annotations

from pathlib import Path

from grader.assignment import Assignment
from grader.students.checkout import CheckoutError, wheel
from grader.students.kit_settings import FOLDER, KitError
from grader.students.starter import extras, starter_files

WORKFLOW = """name: public checks
on: [push, workflow_dispatch]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-24.04
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.11"
      - name: install
        run: pip install './{wheel}{extras}'
      - name: check
        run: python -m pytest --junitxml=checks.xml grader.toml
      - name: keep the results
        if: always()
        uses: actions/upload-artifact@v4
        with:
          name: checks
          path: checks.xml
"""


def repository_files(assignment: Assignment) -> dict[str, bytes]:
    """The repository by path: the starter kit with its wheel, and the workflow. Raises CheckoutError."""
    name, _ = wheel()
    try:
        kit = starter_files(assignment)
    except KitError as error:
        raise CheckoutError(str(error)) from None
    workflow = WORKFLOW.format(wheel=f"{FOLDER}/{name}", extras=extras(assignment))
    return {**kit, ".github/workflows/checks.yml": workflow.encode()}


def write_repository(assignment: Assignment, folder: Path) -> None:
    """Write the repository into a new or empty folder. Raises CheckoutError."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise CheckoutError(f"{folder}: expected a new or an empty folder, found something in it")
    for path, content in repository_files(assignment).items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
