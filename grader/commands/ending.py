"""How `grade`, `regrade` and `report` end: the table, what needs a person, the exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grader.catalog import reference_root
from grader.commands.options import GRADED, NEEDS_A_PERSON, cores, load

if TYPE_CHECKING:
    from grader.batch.regrade import Rewrite
    from grader.batch.result import BatchResult
    from grader.deadlines.calendar import ExtensionsFile


def rewrite(
    out: Path,
    reference: Path | None,
    how: Rewrite,
    jobs: int | None,
    *,
    pdf: bool,
    anonymous: bool,
    extensions: ExtensionsFile | None = None,
) -> None:
    """Run over recorded grades and close with the table."""
    from grader.batch.progress import showing, terminal
    from grader.batch.regrade import rewrite_batch

    root = reference_root(reference)
    with showing(terminal()) as progress:
        outcome = rewrite_batch(
            out,
            lambda found: load(found, root),
            progress,
            how,
            jobs=jobs or cores(),
            pdf=pdf,
            anonymous=anonymous,
            extensions=extensions,
        )
    close(outcome, out, pdf=pdf)


def close(outcome: BatchResult, out: Path, *, pdf: bool) -> None:
    """Say how it ended; exit 1 if a person is needed."""
    from grader.batch.summary import tell

    tell(outcome, out, pdf=pdf)
    sys.exit(NEEDS_A_PERSON if outcome.needs_a_person else GRADED)
