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

from grader.assignment import Assignment, AssignmentError, Criterion
from grader.attempts import AttemptPolicy
from grader.finding import Finding, LineFigure, Outcome, Panel, Series, Table
from grader.late import LatePolicy
from grader.sandbox.protocol import Limits

__version__ = "0.1.0"
__all__ = [
    "Assignment",
    "AssignmentError",
    "AttemptPolicy",
    "Criterion",
    "Finding",
    "LatePolicy",
    "Limits",
    "LineFigure",
    "Outcome",
    "Panel",
    "Series",
    "Table",
    "__version__",
]
