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

from grader.assignment import Assignment, AssignmentError, Criterion, LatePolicy
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
from grader.sandbox.protocol import Limits

__version__ = "0.1.0"
__all__ = [
    "Assignment",
    "AssignmentError",
    "Band",
    "BarFigure",
    "Bars",
    "Criterion",
    "Finding",
    "Formula",
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
