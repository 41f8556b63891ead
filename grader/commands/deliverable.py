"""`grader deliverable`: the PDF that the course asks for, from a student's Markdown and the data of their run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import GRADED, NEEDS_A_PERSON, reference_option, usage_errors

if TYPE_CHECKING:
    from grader.assignment import Assignment
    from grader.students.kit_settings import Kit


@click.command()
@click.argument("path", type=click.Path(path_type=Path, exists=True, file_okay=False), default=Path())
@click.option("--report", "name", default="report.md", show_default=True, metavar="FILE", help="The report's text.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The PDF (default: in PATH, under the name that the course asks for).",
)
@reference_option
@usage_errors
def deliverable(path: Path, name: str, out: Path | None, reference: Path | None) -> None:
    """Make the report in PATH (default: this folder): a PDF with numbered figures, tables, listings and equations.

    \b
    The text is Markdown:
      ![Caption.](loss.svg){#fig-loss}          a figure; run:NAME in place of a file draws data of run.json
      : Caption. {#tab-acc}                     below a table or a code block: its caption
      $$ v = \\beta v + g $$ (eq-momentum)       an equation; $…$ in text
      ```python file=net.py lines=10-40         lines of your code
      @fig-loss, @tab-acc, @eq-momentum         references
      {run:learnable_layers}                    a value of run.json
    Between two lines of --- at the top: title:, author:, course:, and source: *.py to list your files at the end.

    Then the course's rules for reports are checked, as they are when the work is graded.
    """
    from grader.students.deliverable.markdown import ReportSourceError
    from grader.students.deliverable.page import make_report
    from grader.students.kit_settings import CONFIG, read_kit
    from grader.students.work import read_work

    if not (path / name).is_file():
        raise ReportSourceError(
            f"{path / name}: expected the text of your report, found none\nhint: `grader starter` has one"
        )
    made = make_report((path / name).read_text(encoding="utf-8", errors="replace"), read_work(path))
    kit = read_kit(path) if (path / CONFIG).exists() else None
    assignment = _assignment(kit, reference) if kit else None
    target = out or path / _pdf_name(assignment)
    try:
        target.write_bytes(made.pdf)
    except OSError as error:
        found = f"{target}: expected a file that can be written, found: {error.strerror}"
        raise ReportSourceError(f"{found}\nhint: --out FILE puts it elsewhere") from None
    click.echo(f"{target}  {len(made.pdf):,} bytes, {made.words} words of text in {name}")
    for remark in made.remarks:
        click.echo(f"look at this: {remark}")
    sys.exit(GRADED if assignment is None or _rules_kept(assignment, target) else NEEDS_A_PERSON)


def _assignment(kit: Kit, reference: Path | None) -> Assignment:
    from dataclasses import replace

    return (replace(kit, checks=reference) if reference else kit).load()


def _pdf_name(assignment: Assignment | None) -> str:
    names = [rule.name for rule in assignment.hand_in] if assignment else []
    return next((name for name in names if name.lower().endswith(".pdf")), "report.pdf")


def _rules_kept(assignment: Assignment, pdf: Path) -> bool:
    from grader.finding import Outcome
    from grader.students import check_messages as wording
    from grader.students.report_rules import check_report

    found = check_report(assignment, pdf.name, pdf.read_bytes())
    for checked in found:
        for line in (wording.headline(checked), *wording.explanation(checked)):
            click.echo(line)
    return all(checked.finding.outcome in (Outcome.PASSED, Outcome.UNGRADED) for checked in found)
