"""Grades deep-learning homework: student code runs behind a wall, verdicts are made outside it.

    submissions/            reference/<assignment>/                        templates/
        │ intake                 │ assignment.py · solution · provided/        │
        ▼                        ▼                                             │
    Submission ──collect──▶ Evidence ──assess──▶ Finding ──grade──▶ Grade ──▶ Gradebook
                   │  ▲      raw data only         pure       pure       └──▶ report: HTML ─▶ PDF
                   ▼  │
         ╔═════ sandbox ═════╗
         ║ inside/ + student ║      the only place where student code runs
         ╚═══════════════════╝

The names below are what an instructor's `assignment.py` imports.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.errors import AssignmentError
    from grader.exhibit import (
        Band,
        BarFigure,
        Bars,
        Formula,
        Level,
        LineFigure,
        Listing,
        Matrix,
        MatrixPanel,
        Panel,
        Passage,
        Quote,
        Remark,
        Series,
        Table,
    )
    from grader.finding import Finding, Outcome
    from grader.policies import AttemptPolicy, LatePolicy
    from grader.rubric import Criterion, HandIn
    from grader.sandbox.protocol import Limits

__version__ = "0.1.0"
__all__ = [
    "Assignment",
    "AssignmentError",
    "AttemptPolicy",
    "Band",
    "BarFigure",
    "Bars",
    "Criterion",
    "Finding",
    "Formula",
    "HandIn",
    "LatePolicy",
    "Level",
    "Limits",
    "LineFigure",
    "Listing",
    "Matrix",
    "MatrixPanel",
    "Outcome",
    "Panel",
    "Passage",
    "Quote",
    "Remark",
    "Series",
    "Table",
    "__version__",
]

# Looked up on first use: every pytest of an environment that has `grader` imports this package.
_HOMES = {
    "grader.assignment": ("Assignment",),
    "grader.rubric": ("Criterion", "HandIn"),
    "grader.errors": ("AssignmentError",),
    "grader.exhibit": (
        "Band",
        "BarFigure",
        "Bars",
        "Formula",
        "Level",
        "LineFigure",
        "Listing",
        "Matrix",
        "MatrixPanel",
        "Panel",
        "Passage",
        "Quote",
        "Remark",
        "Series",
        "Table",
    ),
    "grader.finding": ("Finding", "Outcome"),
    "grader.policies": ("AttemptPolicy", "LatePolicy"),
    "grader.sandbox.protocol": ("Limits",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'grader' has no attribute {name!r}")
