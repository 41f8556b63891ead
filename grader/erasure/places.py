"""The files of a folder of results that name a student, and what becomes of each."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.deadlines.extensions import EVERYONE
from grader.erasure.traces import Traces
from grader.files import write_atomically
from grader.gradebook.results import Results, page_of
from grader.people.identity import Identity, matching
from grader.spreadsheets import SheetError, read_sheet

# What other commands write here, which may hold names or work without either being told from the rest.
MADE_BY = {
    "export": "grader export",
    "leaderboard.csv": "grader leaderboard",
    "leaderboard.html": "grader leaderboard",
    "similar.html": "grader similar",
    ".desk.sqlite": "grader review",
}
LOCK = ".lock"
MOST_UNPACKED = 100 << 20  # bytes of a member of one of the grader's archives that are searched


@dataclass(frozen=True)
class ErasedPlace:
    """Something that is erased: `path` under the results, what becomes of it in words, and how."""

    path: Path
    words: str
    erase: Callable[[], None]

    def line(self, results: Path) -> str:
        """What becomes of it, as a line."""
        slash = "/" if self.path.is_dir() else ""
        return f"{self.path.relative_to(results)}{slash}: {self.words}"


def places(results: Results, traces: Traces, students: Collection[str]) -> list[ErasedPlace]:
    """All that there is of a student outside the gradebook; `students` are the folders of all of them."""
    found = [*_folders(results, traces), *_made_anew(results), *_tables(results, traces)]
    return [*found, *_others(results, traces, students)]


def left(results: Results, traces: Traces) -> list[Path]:
    """Files that still hold a trace, the gradebook aside: what others handed in is theirs, and may."""
    return [path for path in _files(results) if path != results.gradebook and _names(path, traces, results)]


def _folders(results: Results, traces: Traces) -> Iterator[ErasedPlace]:
    for name in traces.known.folders:
        path = results.student(name).path
        if path.parent == results.path and path.is_dir():
            count = sum(one.is_file() for one in path.rglob("*"))
            yield ErasedPlace(path, f"{count} files", lambda path=path: shutil.rmtree(path))  # type: ignore[misc]


def _made_anew(results: Results) -> Iterator[ErasedPlace]:
    report = results.class_report
    for path in (report, page_of(report)):
        if path.exists():
            yield ErasedPlace(path, "made again without them", path.unlink)
    for name, command in MADE_BY.items():
        path = results.path / name
        words = f"removed whole; `{command}` makes it again"
        if path.is_dir():
            yield ErasedPlace(path, words, lambda path=path: shutil.rmtree(path))  # type: ignore[misc]
        elif path.exists():
            yield ErasedPlace(path, words, path.unlink)


def _tables(results: Results, traces: Traces) -> Iterator[ErasedPlace]:
    """Rows of tables in the folder itself: `grades.csv`, `extensions.csv`, and what a TA keeps there."""
    for path in sorted(set(results.path.glob("*.csv")) - {results.path / name for name in MADE_BY}):
        kept, gone = _without_rows(path, traces)
        if gone:
            yield ErasedPlace(
                path,
                f"{gone} {'row' if gone == 1 else 'rows'}",
                lambda path=path, kept=kept: write_atomically(path, kept),  # type: ignore[misc]
            )


def _without_rows(path: Path, traces: Traces) -> tuple[bytes, int]:
    """The table without rows that name the student, and how many these are; of what is no table nothing is kept."""
    try:
        sheet = read_sheet(path)
        rows = list(csv.reader(io.StringIO(sheet.text, newline=""), delimiter=sheet.delimiter))
    except (SheetError, csv.Error):
        return (b"", 1) if traces.are_in(path.read_bytes()) else (b"", 0)
    kept = [row for number, row in enumerate(rows) if number == 0 or not _of_student(row, traces)]
    table = io.StringIO()
    csv.writer(table, delimiter=sheet.delimiter, lineterminator="\n").writerows(kept)
    return sheet.encoded(table.getvalue()), len(rows) - len(kept)


def _of_student(row: list[str], traces: Traces) -> bool:
    if any(map(traces.are_in_text, row)):
        return True
    people = [Identity(traces.known.student, origin) for origin in traces.known.origins or (None,)]
    return bool(row) and row[0] not in {"", EVERYONE} and bool(matching(row[0], people))


def _others(results: Results, traces: Traces, students: Collection[str]) -> Iterator[ErasedPlace]:
    """Files beside the students' folders that name the student, whoever made them; work of others is theirs."""
    known = {results.gradebook, results.class_report, page_of(results.class_report), results.path / LOCK}
    known |= set(results.path.glob("*.csv"))
    for path in _files(results):
        first = path.relative_to(results.path).parts[0]
        elsewhere = path in known or first in MADE_BY or first in students
        if not elsewhere and _names(path, traces, results):
            yield ErasedPlace(path, "removed: it names them", lambda path=path: _remove(path, results))  # type: ignore[misc]


def _remove(path: Path, results: Results) -> None:
    """A file, and the folders that are empty without it: their names may tell, too."""
    path.unlink()
    for folder in path.parents:
        if folder == results.path or any(folder.iterdir()):
            break
        folder.rmdir()


def _files(results: Results) -> Iterator[Path]:
    yield from (path for path in sorted(results.path.rglob("*")) if path.is_file() and not path.is_symlink())


def _names(path: Path, traces: Traces, results: Results) -> bool:
    if traces.are_in(str(path.relative_to(results.path)).encode("utf-8", "backslashreplace")):
        return True
    return any(traces.are_in(content) for content in _contents(path))


def _contents(path: Path) -> Iterator[bytes]:
    """A file's bytes; of an archive (a spreadsheet is one) the names and contents of what is in it."""
    yield path.read_bytes()
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                yield entry.filename.encode("utf-8", "backslashreplace")
                with archive.open(entry) as file:
                    yield file.read(MOST_UNPACKED)
