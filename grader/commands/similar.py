"""`grader similar`: which programs of a class are more alike than chance explains."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.commands.options import echo_json, json_option, layout_option, load, reference_option, usage_errors

if TYPE_CHECKING:
    from grader.similarity import Program, Ranking
    from grader.submission import Submission

FILE = "similar.html"


@click.command()
@click.argument("path", metavar="PATH", type=click.Path(path_type=Path, exists=True))
@click.option("--assignment", metavar="ID", help="Whose starter, provided files and solutions are left out.")
@click.option(
    "--known",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="What counts for nothing as well: a published solution, work of an earlier year. May be repeated.",
)
@click.option("--top", type=click.IntRange(1, 1000), default=20, show_default=True, help="Pairs to show.")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    default=FILE,
    show_default=True,
    help="The page with pairs side by side.",
)
@layout_option
@reference_option
@json_option
@usage_errors
def similar(  # noqa: PLR0913 - one parameter for each option
    path: Path,
    *,
    assignment: str | None,
    known: tuple[Path, ...],
    top: int,
    out: Path,
    layout: str | None,
    reference: Path | None,
    as_json: bool,
) -> None:
    """Rank all pairs of submissions in PATH by how alike their code is, and show the first ones side by side.

    PATH is what `grader grade` takes, or a folder of results. Names, comments, layout and the order of definitions make
    no difference, scripts and notebooks are compared with each other, and what few others have counts more. What the
    course gave is left out: starter, provided files, official solutions, and whatever --known names.

    It is something for a person to read, never a verdict: nothing of it reaches a grade or a student's report.

    \b
      grader similar results/
      grader similar submissions/ --assignment ece60146_hw5 --known ../2025/submissions
      grader similar download.zip --known solution.ipynb --top 50 --out similar.html

    \b
    Exit status: 0 compared, 2 wrong usage.
    """
    from grader.files import write_atomically
    from grader.similarity import page, program_of, ranked

    _refuse_students_folder(out)
    submissions, assignment = _submissions(path, assignment, layout)
    programs = [program for one in submissions if (program := program_of(one.student, one.files)).lines]
    given, words = _given(assignment, known, path, reference)
    ranking = ranked(programs, given, shown=top)
    if as_json:
        echo_json(_as_dict(ranking, words, top))
        return
    title = f"Similar programs{f' of {assignment}' if assignment else ''}"
    write_atomically(out, page(ranking, title, words, shown=top).encode("utf-8", "backslashreplace"))
    _tell(ranking, words, top, len(submissions), out)


def _refuse_students_folder(out: Path) -> None:
    if (out.parent / "grade.json").exists():
        raise click.UsageError(f"--out: expected a place that no student sees, found {out}, beside a student's grade")


def _submissions(path: Path, assignment: str | None, layout: str | None) -> tuple[Sequence[Submission], str | None]:
    from grader.batch.opening import graded
    from grader.batch.selection import BatchError
    from grader.intake import IntakeOptions
    from grader.intake.find import find_submissions

    if (path / "gradebook.sqlite").is_file():
        batch, _ = graded(path)
        assignment = assignment or batch.assignment
        submitted = Path(batch.settings.get("submissions", ""))
        if submitted == Path() or not submitted.exists():
            raise BatchError(
                f"{path}: expected the submissions where they were graded from, found nothing at {submitted}\n"
                "hint: give their folder or archive in place of the results"
            )
        path = submitted
    return find_submissions(path, IntakeOptions(layout)).submissions, assignment


def _given(
    assignment: str | None, known: Sequence[Path], path: Path, reference: Path | None
) -> tuple[list[Program], list[str]]:
    """The programs that count for nothing, and what they are in words."""
    from grader.commands.options import root_of
    from grader.similarity import known_files, known_in

    found: list[Program] = []
    words = []
    if assignment:
        found += known_files(load(assignment, root_of(path, reference)))
        words.append(f"the starter, provided files and solutions of {assignment}")
    for place in known:
        found += known_in(place)
        words.append(str(place))
    return found, words


def _tell(ranking: Ranking, words: Sequence[str], top: int, handed_in: int, out: Path) -> None:
    from grader.words import counted, printable

    without = handed_in - len(ranking.programs)
    click.echo(
        f"{counted(len(ranking.programs), 'program')}, {counted(ranking.compared, 'pair')}"
        f"{f'; {without} without code' if without else ''}; left out: {', '.join(words) or 'nothing'}"
    )
    for pair in ranking.pairs[:top]:
        one, other = ranking.programs[pair.one], ranking.programs[pair.other]
        click.echo(f"{pair.score:5.2f}  {printable(one.student)}, {printable(other.student)}")
    for group in ranking.groups():
        click.echo(f"group: {', '.join(printable(ranking.programs[place].student) for place in group)}")
    if not words:
        click.echo("note: with --assignment or --known, what everybody was given is left out", err=True)
    click.echo(f"side by side: {out}")


def _as_dict(ranking: Ranking, words: Sequence[str], top: int) -> dict[str, object]:
    names = [program.student for program in ranking.programs]
    return {
        "programs": len(names),
        "compared": ranking.compared,
        "left_out": list(words),
        "pairs": [
            {
                "students": [names[pair.one], names[pair.other]],
                "score": round(pair.score, 4),
                "lines": [len(pair.left), len(pair.right)],
            }
            for pair in ranking.pairs[:top]
        ],
        "groups": [[names[place] for place in group] for group in ranking.groups()],
    }
