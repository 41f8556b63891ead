"""The report that a student hands in: `report.md` and what their run made → a numbered, accessible PDF."""
