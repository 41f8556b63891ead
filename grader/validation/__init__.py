"""Everything about an assignment that can be known before the first student: validated with its own solution.

```
load ─▶ data ─▶ kit ─▶ solution, empty, starter, samples: graded like students ─▶ notes with file and line
```
"""

from grader.validation.notes import Note, Validation, ValidationPart
from grader.validation.validate import Options, validate

__all__ = ["Note", "Options", "Validation", "ValidationPart", "validate"]
