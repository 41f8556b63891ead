"""Measure how an assignment's reference does, and keep the numbers that its checks compare with.

    python -m grader.checks.measure ASSIGNMENT [--reference DIR] [options of the assignment's own]

The assignment's `hidden/measure.py` says what is measured: `measure(options)` returns it, `FILE` names the JSON file
that it is kept in (else `measured.json`), beside it or at a path from there, and `add_options(parser)` may add options.
"""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from grader.catalog import load_assignment, reference_root
from grader.errors import UserError

PROGRAM = "python -m grader.checks.measure"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure one assignment's reference. 2 if there is nothing to measure."""
    first = argparse.ArgumentParser(prog=PROGRAM, add_help=False)
    first.add_argument("assignment")
    first.add_argument("--reference", type=Path, help="the folder with the assignments")
    given, rest = first.parse_known_args(arguments)
    try:
        module = measuring(given.assignment, given.reference or reference_root())
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog=f"{PROGRAM} {given.assignment}", description=module.__doc__)
    getattr(module, "add_options", lambda _: None)(parser)
    print(keep(module, parser.parse_args(rest)))
    return 0


def measuring(assignment_id: str, root: Path) -> ModuleType:
    """The assignment's `hidden/measure.py`. Raises UserError if it has none."""
    folder = load_assignment(assignment_id, root).folder
    if folder is None or not (folder / "hidden" / "measure.py").is_file():
        raise UserError(f"assignment {assignment_id}: expected hidden/measure.py, found none")
    return importlib.import_module(f"reference_{assignment_id}.hidden.measure")


def keep(module: ModuleType, options: argparse.Namespace) -> Path:
    """Measure, on one thread, and write the file; where it lies."""
    import torch

    torch.set_num_threads(1)
    found: dict[str, Any] = {**module.measure(options), "torch": torch.__version__.split("+")[0]}
    path = (Path(str(module.__file__)).parent / getattr(module, "FILE", "measured.json")).resolve()
    path.write_text(json.dumps(found, separators=(",", ":")) + "\n")
    return path


if __name__ == "__main__":
    sys.exit(main())
