"""6  Grade → HTML → PDF, with numbered figures and tables.

Importing this package is cheap: WeasyPrint and matplotlib are loaded by `feedback`, `class_report` and the
worker processes of `worker`.
"""

from __future__ import annotations

from grader.report.model import ClassReport, FeedbackReport, ReportError, SubmissionFacts

__all__ = ["ClassReport", "FeedbackReport", "ReportError", "SubmissionFacts"]
