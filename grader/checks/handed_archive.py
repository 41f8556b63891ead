"""What was handed in, judged by content: an archive of Python files alone, a readable report, no weights, no data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from grader.documents import UnreadableDocument, other_reports, read_document
from grader.evidence import Evidence, FileRecord, MissingEvidence
from grader.exhibit import Table
from grader.finding import Finding, advice_on
from grader.intake.inner import MAX_LISTED
from grader.intake.kinds import ARCHIVES, DATA, WEIGHTS
from grader.intake.names import litter_root
from grader.rubric import Block
from grader.submission import OpenedArchive

WEIGHT_SUFFIXES = (
    ".pt",
    ".pth",
    ".ckpt",
    ".pkl",
    ".pickle",
    ".h5",
    ".hdf5",
    ".safetensors",
    ".onnx",
    ".npy",
    ".npz",
    ".bin",
)
DATA_SUFFIXES = (".csv", ".json", ".parquet", ".mat", ".tfrecord", ".db", ".sqlite")
MAX_ROWS = 40
LONGEST = 1_000_000  # bytes of a program


@dataclass(frozen=True)
class ArchiveOfPrograms:
    """`archive`, a zip that holds Python files alone, and beside it `report`, a PDF that can be read.

    Files are told by their content, and not by their names; `named` fits the homework's name in those of files.
    Accepted: an archive that came unpacked, folders in it, litter of macOS. Caught: weights, saved objects, data,
    pictures, notebooks, archives in the archive, links, archives of another kind, a report that cannot be opened.
    A program that is longer than programs are is a person's.
    """

    archive: str
    report: str
    named: re.Pattern[str]
    trained_again: bool = False

    def check(self, evidence: Evidence) -> Finding:
        """Look at every file by its content and its name."""
        record = evidence.submission
        if record.problem or record.ambiguous:
            raise evidence.why_missing()
        closed = next((one for one in record.archives if one.ambiguous), None)
        if closed is not None:
            raise MissingEvidence(f"{closed.path}: {closed.ambiguous}", ours=True)
        problems = [*self.archive_problems(evidence), *self.report_problems(evidence)]
        exhibits = (_table(evidence),)
        if problems:
            return Finding.wrong(
                f"expected {self.archive} with .py files only and a readable {self.report}, no weights, no data; found",
                problems,
                advice_on(problems, self._hints) or self._pack,
                exhibits=exhibits,
            )
        if long := [file for file in record.files if _is_python(file) and file.size > LONGEST]:
            return Finding.ungraded(
                f"{long[0].path} has {long[0].size:,} bytes, which is long for a program",
                "a person has to look whether weights or data are written in it",
                exhibits=exhibits,
            )
        count = sum(_is_python(file) for file in record.files)
        return Finding.passed(
            f"{count} Python file{'s' * (count != 1)} and a readable PDF, no weights, no data",
            details=tuple(self.remarks(evidence)),
            exhibits=exhibits,
        )

    @property
    def _pack(self) -> str:
        return f"pack the .py files alone into {self.archive}, and hand it in with {self.report}"

    @property
    def _hints(self) -> tuple[tuple[str, str], ...]:
        program = f"{PurePosixPath(self.archive).stem}.ipynb"
        why = ": the network is trained here again" if self.trained_again else ""
        return (
            ("no Python file", f"{self._pack}; of a notebook: jupyter nbconvert --to script {program}"),
            ("weights or saved objects", f"leave out the weights{why}"),
            *HINTS,
            ("only .py files are accepted (PDF", f"hand in {self.report} beside {self.archive}, not in it"),
            *HINTS_ON_ARCHIVES,
            (": ", self._pack),
        )

    def archive_problems(self, evidence: Evidence) -> Iterator[str]:
        """What is wrong with the archives, and which files should not be there."""
        record = evidence.submission
        yield from (problem for archive in record.archives for problem in _problems_of(archive))
        if not any(_is_python(file) for file in record.files) and not any(one.problem for one in record.archives):
            yield "no Python file"
        opened = {archive.path: archive for archive in record.archives}
        large = [FileRecord(one.path, one.size, "", one.kind) for one in record.left_out]
        for file in (*record.files, *large):
            yield from self._problem_of(file, record.archives, opened)

    def _problem_of(
        self, file: FileRecord, archives: tuple[OpenedArchive, ...], opened: Mapping[str, OpenedArchive]
    ) -> Iterator[str]:
        home = _home(file, archives)
        inside = home is not None and self._is_the_archive(home)
        if (is_opened := opened.get(file.path)) is not None and (home is None or is_opened is not home):
            if home is not None and inside:
                yield f"{home.path} holds another archive: {file.path}"
        elif (words := _unwanted(file, inside=inside)) is not None:
            yield f"{file.path}{f' in {home.path}' if home is not None and inside else ''}: {words}"

    def _is_the_archive(self, archive: OpenedArchive) -> bool:
        """Whether an archive is the student's own, and not the one in which a learning platform packs everything."""
        if archive.folder or self.named.search(PurePosixPath(archive.path).name):
            return True
        names = [
            entry.path.lower()
            for entry in archive.entries
            if entry.kind == "file" and not litter_root(entry.path.split("/"))
        ]
        return not any(name.endswith((".pdf", ".zip")) for name in names)

    def report_path(self, evidence: Evidence) -> str:
        """The PDF that is the report: the one named after the homework, else the first. Raises MissingEvidence."""
        found = sorted(evidence.documents(), key=lambda path: (self.named.search(path) is None, path.count("/"), path))
        if found:
            return found[0]
        if evidence.submission.ambiguous or evidence.submission.problem:
            raise evidence.why_missing()
        others = [f"{path}, {words}" for path, words in other_reports(evidence)]
        raise MissingEvidence(
            f"expected the report {self.report}, found {others[0] if others else 'no PDF'}",
            hint=f"hand in {self.report} beside {self.archive}",
        )

    def report_problems(self, evidence: Evidence) -> Iterator[str]:
        """Why there is no report that can be opened."""
        try:
            path = self.report_path(evidence)
        except MissingEvidence as missing:
            yield missing.reason
            return
        try:
            read_document(evidence, path)
        except UnreadableDocument as error:
            yield f"{path}: {error}"

    def remarks(self, evidence: Evidence) -> Iterator[str]:
        """What is unusual and no mistake: litter, folders, files that nobody asked for, a scan."""
        record = evidence.submission
        yield from (note for note in record.notes if note.startswith(("litter", "name found twice")))
        yield from (words for archive in record.archives if (words := _folders(archive)))
        if not any(self._is_the_archive(one) for one in record.archives):
            yield "the archive came unpacked"
        archives = {one.path for one in record.archives}
        others = [file.path for file in record.files if not _is_python(file) and file.kind != "PDF"]
        if others := [path for path in others if path not in archives]:
            yield f"files that were not asked for: {', '.join(others[:10])}"
        try:
            document = read_document(evidence, self.report_path(evidence))
        except (UnreadableDocument, MissingEvidence):
            return
        if document.stopped:
            yield f"of {document.path} {document.stopped}"
        if document.scanned:
            yield f"{document.path} holds pictures of text, a typed report was asked for"


def archive_of_programs(archive: str, report: str, named: re.Pattern[str], *, trained_again: bool = False) -> Block:
    """`archive`, a zip of Python files alone, and `report`, a PDF that can be read; judged by content.

    `named` fits the homework's name in names of files. `trained_again` says that weights would be of no use.
    """
    return Block(check=ArchiveOfPrograms(archive, report, named, trained_again).check)


HINTS = (
    ("data is not wanted", "leave out the data: it is there already where work is graded"),
    ("images are not wanted", "put figures into the report, and hand in no pictures"),
)
HINTS_ON_ARCHIVES = (
    ("only .py files are accepted (image", "put figures into the report, and pack the .py files alone"),
    ("cannot be opened", "pack it again as a plain zip archive without a password, and open it once yourself"),
    ("not a zip archive", "pack a zip archive: another one does not become one by its name"),
    ("holds a link", "pack the files themselves, not links to them"),
)


def _problems_of(archive: OpenedArchive) -> Iterator[str]:
    if archive.problem:
        yield f"{archive.path} cannot be opened: {archive.problem}"
    if archive.kind not in ("", "zip archive") and archive.path.lower().endswith(".zip"):
        yield f"{archive.path} is a {archive.kind}, not a zip archive, whatever its name says"
    for entry in archive.entries:
        if entry.kind in ("link", "other"):
            yield f"{archive.path} holds a link: {entry.path}"


def _folders(archive: OpenedArchive) -> str:
    """How many folders an archive holds, if it holds any."""
    count = sum(entry.kind == "folder" for entry in archive.entries)
    return f"{archive.path}: {count} folders" if count else ""


def _home(file: FileRecord, archives: tuple[OpenedArchive, ...]) -> OpenedArchive | None:
    """The innermost archive that a file lies in; the one that holds everything has no folder of its own."""
    inner = [one for one in archives if one.folder and file.path.startswith(f"{one.folder}/")]
    outer = [one for one in archives if not one.folder and one.path != file.path and _may_list(one, file.path)]
    return next(iter(inner), next(iter(outer), None))


def _may_list(archive: OpenedArchive, path: str) -> bool:
    """Whether a file may come from an archive: what was too large to be kept may have lain beside it."""
    names = [entry.path for entry in archive.entries]
    return len(names) >= MAX_LISTED or any(name == path or name.endswith(f"/{path}") for name in names)


def _unwanted(file: FileRecord, *, inside: bool) -> str | None:
    """What is wrong with a file: in the archive all but Python, beside it weights, data and archives."""
    suffix = PurePosixPath(file.path).suffix.lower()
    if file.kind in WEIGHTS or suffix in WEIGHT_SUFFIXES:
        return f"weights or saved objects are not wanted ({file.kind or suffix})"
    if file.kind in DATA or (suffix in DATA_SUFFIXES and file.kind != "notebook"):
        return f"data is not wanted ({file.kind})"
    if file.kind in ARCHIVES:
        return f"an archive in the archive ({file.kind})"
    if file.kind == "image" and not inside:
        return "images are not wanted: they belong into the report"
    if inside and not _is_python(file):
        return f"only .py files are accepted ({file.kind or 'other files'})"
    return None


def _is_python(file: FileRecord) -> bool:
    return file.path.lower().endswith(".py") and file.kind in ("text", "empty", "")


def _table(evidence: Evidence) -> Table:
    files = evidence.submission.files
    rows = tuple((file.path, f"{file.size:,}", file.kind) for file in files[:MAX_ROWS])
    rest = f" The first {MAX_ROWS} of {len(files)}." if len(files) > MAX_ROWS else ""
    return Table(
        "files", "What was handed in", f"Kinds are told from the content.{rest}", ("File", "Bytes", "Kind"), rows
    )
