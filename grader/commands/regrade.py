"""`grader regrade`: the saved evidence assessed again, without running student code."""

from __future__ import annotations

from pathlib import Path

import click

from grader.commands.ending import rewrite
from grader.commands.options import (
    anonymous_option,
    extensions_file,
    extensions_option,
    jobs_option,
    out_argument,
    quiet_option,
    reference_option,
    sort_option,
    timezone_option,
    usage_errors,
    verbose_option,
)


@click.command()
@out_argument
@jobs_option
@click.option("--no-pdf", is_flag=True, help="Grades only, no reports.")
@anonymous_option
@extensions_option
@timezone_option
@click.option(
    "--out",
    "new",
    metavar="NEW",
    type=click.Path(path_type=Path, file_okay=False),
    help="Leave DIR as it is and regrade a copy of it; then `grader diff DIR NEW`.",
)
@sort_option
@quiet_option
@verbose_option
@reference_option
@usage_errors
def regrade(  # noqa: PLR0913 - one parameter for each option
    out: Path,
    jobs: int | None,
    *,
    no_pdf: bool,
    anonymous: bool,
    extensions: Path | None,
    timezone: str | None,
    new: Path | None,
    sort: str | None,
    quiet: bool,
    verbose: bool,
    reference: Path | None,
) -> None:
    """Assess the saved evidence in DIR again, after a change of rubric, checks or extensions.

    No student code runs, no sandbox and no GPU are needed; grades on which nothing has a bearing stay untouched.
    """
    from grader.batch.regrade import copied, regrade_one

    if new is not None:
        out = copied(out, new)
    given = extensions_file(extensions, timezone)
    rewrite(
        out,
        reference,
        regrade_one,
        jobs,
        pdf=not no_pdf,
        anonymous=anonymous,
        extensions=given,
        sort=sort,
        quiet=quiet,
        verbose=verbose,
    )
