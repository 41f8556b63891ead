"""What the person who grades the discussion sees: which cells fail when they are run in order."""

from __future__ import annotations

from grader import Evidence, Finding, Table

LONG = "training cells are skipped; a cell that fails keeps what it defined until then, and the next ones are run"


def show(evidence: Evidence) -> Finding:
    """The failed cells as a table."""
    errors = evidence.errors()
    if not errors:
        return Finding.ungraded("a person grades this", "the notebook's definitions run without an error, in order")
    rows = tuple(
        (error["where"], str(error["line"] or "–"), f"{error['kind']}: {error['message']}"[:300]) for error in errors
    )
    table = Table(
        "cells", "Cells that fail", f"Definitions were taken in order: {LONG}.", ("Where", "Line", "Error"), rows
    )
    return Finding.ungraded("a person grades this", details=(f"{len(errors)} cells fail in order",), exhibits=(table,))
