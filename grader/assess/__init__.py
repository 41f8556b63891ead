"""3  Evidence → one Finding per criterion: the checks, run in processes of their own with limits."""

from grader.assess.criteria import assess, assess_in, assess_one
from grader.grading import execution_summary, grade_evidence

__all__ = ["assess", "assess_in", "assess_one", "execution_summary", "grade_evidence"]
