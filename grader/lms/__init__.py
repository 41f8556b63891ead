"""Grades on their way back: the files that LMSs import, tables for people, feedback for upload.

```
gradebook ──results──▶ matched (by id, by name only if it is nobody else's) ──canvas │ moodle │ …──▶ Export
```
"""

from grader.lms.export import Export, ExportError, Result, results_of

__all__ = ["Export", "ExportError", "Result", "results_of"]
