"""5  Grades kept: an append-only SQLite file, `grades.csv` and each student's `grade.json`."""

from grader.files import write_atomically
from grader.gradebook.connection import GradebookError
from grader.gradebook.csv import write_csv
from grader.gradebook.grade_json import grade_dict, write_grade_json
from grader.gradebook.rows import AuditEntry, BatchRecord, StoredGrade
from grader.gradebook.store import Gradebook

__all__ = [
    "AuditEntry",
    "BatchRecord",
    "Gradebook",
    "GradebookError",
    "StoredGrade",
    "grade_dict",
    "write_atomically",
    "write_csv",
    "write_grade_json",
]
