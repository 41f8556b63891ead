"""Criterion `archive`: `hw5.zip` holds Python files only, `hw5.pdf` is a readable PDF, no weights, no data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from grader import Evidence, FileRecord, Finding, MissingEvidence, OpenedArchive, Table, advice_on
from grader.checks import ARCHIVES, DATA, WEIGHTS, UnreadableDocument, litter_root, read_document

from .papers import HOMEWORK, report_path

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


PACK = "pack the .py files alone into hw5.zip, and hand it in with hw5.pdf"
_HINTS = (
    ("no Python file", f"{PACK}; of a notebook: jupyter nbconvert --to script hw5.ipynb"),
    ("weights or saved objects", "leave out the weights: the network is trained here again"),
    ("data is not wanted", "leave out the data: it is there already where work is graded"),
    ("images are not wanted", "put figures into the report, and hand in no pictures"),
    ("only .py files are accepted (PDF", "hand in hw5.pdf beside hw5.zip, not in it"),
    ("only .py files are accepted (image", "put figures into the report, and pack the .py files alone"),
    ("cannot be opened", "pack it again as a plain zip archive without a password, and open it once yourself"),
    ("not a zip archive", "pack a zip archive: another one does not become one by its name"),
    ("holds a link", "pack the files themselves, not links to them"),
    (": ", PACK),
)


def check(evidence: Evidence) -> Finding:
    """Look at every file by its content and its name."""
    record = evidence.submission
    if record.problem or record.ambiguous:
        raise evidence.why_missing()
    closed = next((one for one in record.archives if one.ambiguous), None)
    if closed is not None:
        raise MissingEvidence(f"{closed.path}: {closed.ambiguous}", ours=True)
    problems = [*_archive_problems(evidence), *_pdf_problems(evidence)]
    exhibits = (_table(evidence),)
    if problems:
        return Finding.wrong(
            "expected hw5.zip with .py files only and a readable hw5.pdf, no weights, no data; found",
            problems,
            advice_on(problems, _HINTS) or PACK,
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
        details=tuple(_remarks(evidence)),
        exhibits=exhibits,
    )


def _archive_problems(evidence: Evidence) -> Iterator[str]:
    record = evidence.submission
    for archive in record.archives:
        if archive.problem:
            yield f"{archive.path} cannot be opened: {archive.problem}"
        if archive.kind not in ("", "zip archive") and archive.path.lower().endswith(".zip"):
            yield f"{archive.path} is a {archive.kind}, not a zip archive, whatever its name says"
        yield from (
            f"{archive.path} holds a link: {entry.path}" for entry in archive.entries if entry.kind in ("link", "other")
        )
    if not any(_is_python(file) for file in record.files) and not any(archive.problem for archive in record.archives):
        yield "no Python file"
    opened = {archive.path: archive for archive in record.archives}
    large = [FileRecord(one.path, one.size, "", one.kind) for one in record.left_out]
    for file in (*record.files, *large):
        home = _home(file, record.archives)
        if (is_opened := opened.get(file.path)) is not None and (home is None or is_opened is not home):
            if home is not None and _is_the_archive(home):
                yield f"{home.path} holds another archive: {file.path}"
            continue
        where = f"in {home.path}" if home is not None and _is_the_archive(home) else ""
        if (words := _unwanted(file, inside=bool(where))) is not None:
            yield f"{file.path}{f' {where}' if where else ''}: {words}"


def _home(file: FileRecord, archives: tuple[OpenedArchive, ...]) -> OpenedArchive | None:
    """The innermost archive that a file lies in; the one that holds everything has no folder of its own."""
    inner = [one for one in archives if one.folder and file.path.startswith(f"{one.folder}/")]
    outer = [one for one in archives if not one.folder and one.path != file.path]
    return next(iter(inner), next(iter(outer), None))


def _is_the_archive(archive: OpenedArchive) -> bool:
    """Whether an archive is the student's `hw5.zip`, and not the one in which a learning platform packs everything."""
    if archive.folder or HOMEWORK.search(PurePosixPath(archive.path).name):
        return True
    names = [
        entry.path.lower()
        for entry in archive.entries
        if entry.kind == "file" and not litter_root(entry.path.split("/"))
    ]
    return not any(name.endswith((".pdf", ".zip")) for name in names)


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


def _pdf_problems(evidence: Evidence) -> Iterator[str]:
    try:
        path = report_path(evidence)
    except MissingEvidence as missing:
        yield missing.reason
        return
    try:
        read_document(evidence, path)
    except UnreadableDocument as error:
        yield f"{path}: {error}"


def _remarks(evidence: Evidence) -> Iterator[str]:
    record = evidence.submission
    yield from (note for note in record.notes if note.startswith(("litter", "name found twice")))
    folders = [
        f"{one.path}: {sum(entry.kind == 'folder' for entry in one.entries)} folders"
        for one in record.archives
        if any(entry.kind == "folder" for entry in one.entries)
    ]
    yield from folders
    if not any(_is_the_archive(one) for one in record.archives):
        yield "the archive came unpacked"
    others = [
        file.path
        for file in record.files
        if not _is_python(file) and file.kind != "PDF" and file.path not in {one.path for one in record.archives}
    ]
    if others:
        yield f"files that were not asked for: {', '.join(others[:10])}"
    try:
        document = read_document(evidence, report_path(evidence))
    except (UnreadableDocument, MissingEvidence):
        return
    if document.stopped:
        yield f"of {document.path} {document.stopped}"
    if document.scanned:
        yield f"{document.path} holds pictures of text, a typed report was asked for"


def _table(evidence: Evidence) -> Table:
    files = evidence.submission.files
    rows = tuple((file.path, f"{file.size:,}", file.kind) for file in files[:MAX_ROWS])
    rest = f" The first {MAX_ROWS} of {len(files)}." if len(files) > MAX_ROWS else ""
    return Table(
        "files", "What was handed in", f"Kinds are told from the content.{rest}", ("File", "Bytes", "Kind"), rows
    )
