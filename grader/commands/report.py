"""`grader report`: the reports of recorded grades again."""

from __future__ import annotations

from pathlib import Path

import click

from grader.commands.ending import rewrite
from grader.commands.options import (
    anonymous_option,
    jobs_option,
    out_argument,
    quiet_option,
    reference_option,
    sort_option,
    usage_errors,
    verbose_option,
)


@click.command()
@out_argument
@jobs_option
@anonymous_option
@sort_option
@quiet_option
@verbose_option
@reference_option
@usage_errors
def report(
    out: Path,
    jobs: int | None,
    *,
    anonymous: bool,
    sort: str | None,
    quiet: bool,
    verbose: bool,
    reference: Path | None,
) -> None:
    """Render the reports and the CSV in DIR again from the recorded grades. Up-to-date files are left alone.

    DIR then holds class.pdf, class.html and, per student, feedback.pdf and feedback.html: the same report for
    paper and for a browser. With --anonymous they name nobody; without it the names come back.
    """
    from grader.batch.regrade import report_one

    rewrite(out, reference, report_one, jobs, pdf=True, anonymous=anonymous, sort=sort, quiet=quiet, verbose=verbose)
