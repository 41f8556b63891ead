"""1  A folder or archive of homework → Submissions: bytes and facts. Nothing is run or unpacked to disk.

```
PATH ──find──▶ candidates (one per student) ──folders │ archives──▶ Reading (caps, notes) ──▶ Submission
```
"""

from grader.intake.class_source import IntakeOptions
from grader.intake.find import Intake, IntakeError, find_submissions

__all__ = ["Intake", "IntakeError", "IntakeOptions", "find_submissions"]
