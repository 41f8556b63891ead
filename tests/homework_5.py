"""Homework 5 as its tests use it: its modules, and reports read without a box."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import grader.inside
from grader.catalog import load_assignment
from grader.documents import Document, parse_frames, understand
from grader.inside import document
from grader.sandbox.protocol import Frame

ROOT = Path(__file__).parent.parent / "reference"


def part(name: str) -> Any:
    """A module of the assignment; `inside` has the name there that it has in the sandbox."""
    sys.modules.setdefault("inside", grader.inside)
    if "reference_ece60146_hw5" not in sys.modules:
        load_assignment("ece60146_hw5", ROOT)
    return importlib.import_module(f"reference_ece60146_hw5.{name}")


def read(content: bytes, folder: Path) -> Document:
    """A PDF of our own as checks see it."""
    path = folder / "report.pdf"
    path.write_bytes(content)
    frames: list[Frame] = []
    document.main({"path": str(path)}, {}, lambda header, arrays: frames.append(Frame(header, arrays)))
    return understand(parse_frames(frames), "report.pdf")
