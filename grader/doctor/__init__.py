"""`grader doctor`: is this machine fit to grade? Looks at what grading needs and attacks its own sandbox."""

from __future__ import annotations

from grader.doctor.diagnosis import Diagnosis, Severity, holds
from grader.doctor.examine import examine

__all__ = ["Diagnosis", "Severity", "examine", "holds"]
