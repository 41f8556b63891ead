"""How `grade`, `regrade` and `report` end: the table, what needs a person, the exit status."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from grader.commands.options import GRADED, NEEDS_A_PERSON, cores, echo_json, load, root_of

if TYPE_CHECKING:
    from grader.batch.regrade import Rewrite
    from grader.batch.result import BatchResult
    from grader.deadlines.calendar import ExtensionsFile


def rewrite(  # noqa: PLR0913 - all but four are named
    out: Path,
    reference: Path | None,
    how: Rewrite,
    jobs: int | None,
    *,
    pdf: bool,
    anonymous: bool,
    extensions: ExtensionsFile | None = None,
    sort: str | None = None,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Run over recorded grades and close with the table."""
    from grader.batch.progress import showing, terminal
    from grader.batch.regrade import rewrite_batch

    root = root_of(out, reference)
    with showing(terminal(), quiet=quiet, verbose=verbose) as progress:
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
    close(outcome, out, pdf=pdf, sort=sort, quiet=quiet)


def close(
    outcome: BatchResult,
    out: Path,
    *,
    pdf: bool,
    sort: str | None = None,
    quiet: bool = False,
    as_json: bool = False,
) -> None:
    """Say how it ended; exit 1 if a person is needed."""
    from grader.batch.summary import as_dict, tell

    if as_json:
        echo_json(as_dict(outcome, out))
    else:
        tell(outcome, out, pdf=pdf, sort=sort, quiet=quiet)
    sys.exit(NEEDS_A_PERSON if outcome.needs_a_person else GRADED)
