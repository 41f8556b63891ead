"""Grades deep-learning homework: student code runs in a sandbox, verdicts are made outside it.

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
    from grader.evidence import Evidence, FileRecord, MissingEvidence
    from grader.exhibit import (
        Band,
        BarFigure,
        Bars,
        Exhibit,
        Formula,
        Level,
        LineFigure,
        Listing,
        Matrix,
        MatrixPanel,
        Panel,
        Passage,
        PictureGrid,
        Quote,
        Remark,
        Role,
        Series,
        Table,
    )
    from grader.finding import Finding, Outcome, advice, advice_on
    from grader.policies import AttemptPolicy, LatePolicy
    from grader.probes import (
        Argument,
        Ask,
        BuildNetwork,
        CallFunction,
        Case,
        MakeNetwork,
        NetworkCase,
        Probe,
        weights_seed,
    )
    from grader.readings import (
        Build,
        Curve,
        PlainRuns,
        RecordedCall,
        RecordedNetwork,
        answers,
        builds,
        curves,
        plain_runs,
        recorded,
        remembered,
        trace_in,
    )
    from grader.readings.answered import Answered
    from grader.readings.faults import Fault, error_words, fault, is_missing_here, not_found, untouched
    from grader.readings.kept import kept
    from grader.rubric import Check, Criterion, HandIn
    from grader.sandbox.protocol import Array, Frame, Limits
    from grader.submission import OpenedArchive
    from grader.words import counted

__version__ = "0.1.0"

__all__ = [
    "Answered",
    "Argument",
    "Array",
    "Ask",
    "Assignment",
    "AssignmentError",
    "AttemptPolicy",
    "Band",
    "BarFigure",
    "Bars",
    "Build",
    "BuildNetwork",
    "CallFunction",
    "Case",
    "Check",
    "Criterion",
    "Curve",
    "Evidence",
    "Exhibit",
    "Fault",
    "FileRecord",
    "Finding",
    "Formula",
    "Frame",
    "HandIn",
    "LatePolicy",
    "Level",
    "Limits",
    "LineFigure",
    "Listing",
    "MakeNetwork",
    "Matrix",
    "MatrixPanel",
    "MissingEvidence",
    "NetworkCase",
    "OpenedArchive",
    "Outcome",
    "Panel",
    "Passage",
    "PictureGrid",
    "PlainRuns",
    "Probe",
    "Quote",
    "RecordedCall",
    "RecordedNetwork",
    "Remark",
    "Role",
    "Series",
    "Table",
    "__version__",
    "advice",
    "advice_on",
    "answers",
    "builds",
    "counted",
    "curves",
    "error_words",
    "fault",
    "is_missing_here",
    "kept",
    "not_found",
    "plain_runs",
    "recorded",
    "remembered",
    "trace_in",
    "untouched",
    "weights_seed",
]

# Looked up on first use: every pytest of an environment that has `grader` imports this package.
_HOMES = {
    "grader.assignment": ("Assignment",),
    "grader.errors": ("AssignmentError",),
    "grader.evidence": ("Evidence", "FileRecord", "MissingEvidence"),
    "grader.exhibit": (
        "Band",
        "BarFigure",
        "Bars",
        "Exhibit",
        "Formula",
        "Level",
        "LineFigure",
        "Listing",
        "Matrix",
        "MatrixPanel",
        "Panel",
        "Passage",
        "PictureGrid",
        "Quote",
        "Remark",
        "Role",
        "Series",
        "Table",
    ),
    "grader.finding": ("Finding", "Outcome", "advice", "advice_on"),
    "grader.policies": ("AttemptPolicy", "LatePolicy"),
    "grader.probes": (
        "Argument",
        "Ask",
        "BuildNetwork",
        "CallFunction",
        "Case",
        "MakeNetwork",
        "NetworkCase",
        "Probe",
        "weights_seed",
    ),
    "grader.readings": (
        "Build",
        "Curve",
        "PlainRuns",
        "RecordedCall",
        "RecordedNetwork",
        "answers",
        "builds",
        "curves",
        "plain_runs",
        "recorded",
        "remembered",
        "trace_in",
    ),
    "grader.readings.answered": ("Answered",),
    "grader.readings.faults": ("Fault", "error_words", "fault", "is_missing_here", "not_found", "untouched"),
    "grader.readings.kept": ("kept",),
    "grader.rubric": ("Check", "Criterion", "HandIn"),
    "grader.sandbox.protocol": ("Array", "Frame", "Limits"),
    "grader.submission": ("OpenedArchive",),
    "grader.words": ("counted",),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(home), name)
    raise AttributeError(f"module 'grader' has no attribute {name!r}")
