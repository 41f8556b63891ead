"""Names from outside: shown as text, split into parts, turned into folder names of our own."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from grader.words import MAX_PATH, capped, digest, printable

MAX_FOLDER = 80
MAX_FOLDER_BYTES = 200

LITTER = frozenset(
    {
        "__MACOSX",
        "__pycache__",
        ".DS_Store",
        ".git",
        ".grader",
        ".idea",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".pytest_cache",
        ".venv",
        ".vscode",
        "desktop.ini",
        "node_modules",
        "Thumbs.db",
    }
)
OUTPUT_NAMES = frozenset(
    {
        "grades.csv",
        "gradebook.sqlite",
        "gradebook.sqlite-journal",
        "class.pdf",
        "class.html",
        "batch.json",
        "extensions.csv",
        "export",
    }
)
WINDOWS_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(1, 10)), *(f"lpt{n}" for n in range(1, 10))}
)
ARCHIVE_SUFFIX = re.compile(r"\.(zip|7z|rar|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)
SOURCE_SUFFIXES = (".py", ".ipynb", ".pdf")
_SOURCE_NAME = re.compile(r"\.(?:pdf|(?:py|ipynb)(?:\.(?:txt|text|json))?)$", re.IGNORECASE)


def shown_path(parts: Sequence[str]) -> str:
    """A path inside a submission as text: parts joined by `/`, each and all of them capped."""
    return capped("/".join(map(_component, parts)), MAX_PATH)


def _component(part: str) -> str:
    """One part of a path, short enough in UTF-8 for any file system."""
    text = printable(part)
    size = len(text.encode())
    return text if size <= MAX_PATH else capped(text, MAX_PATH * len(text) // (2 * size))


def split_name(name: str, *, windows: bool = False) -> tuple[str, ...]:
    """The parts of an archive's entry name. An absolute name's first part is `/`; `..` is kept to be seen.

    With `windows` a backslash separates too and a drive letter makes a name absolute.
    """
    unified = name.replace("\\", "/") if windows else name
    absolute = unified.startswith("/") or (windows and re.match("[A-Za-z]:", unified) is not None)
    parts = tuple(part for part in unified.split("/") if part not in ("", "."))
    return ("/", *parts) if absolute else parts


def is_unsafe(parts: Sequence[str]) -> bool:
    """Whether an entry's name leads outside its archive."""
    return ".." in parts or parts[:1] == ("/",)


def litter_root(parts: Sequence[str]) -> str | None:
    """The path of the litter that `parts` is or lies in: what tools and file managers leave behind."""
    for depth, part in enumerate(parts, start=1):
        if part in LITTER or part.startswith("._"):
            return shown_path(parts[:depth])
    return None


def is_source_name(name: str) -> bool:
    """Whether a file is called like a script, a notebook or a PDF, also as `hw.ipynb.json` or `hw.py.txt`."""
    return _SOURCE_NAME.search(name) is not None


def student_name(name: str) -> str:
    """The student a loose file or archive belongs to: its name without the suffix."""
    return _SOURCE_NAME.sub("", ARCHIVE_SUFFIX.sub("", name)) or name


def safe_folders(students: Iterable[str]) -> dict[str, str]:
    """A folder name for each student: safe on every file system, different even without regard to case."""
    cleaned = {student: _clean(student) for student in students}
    count = Counter(folder.casefold() for folder in cleaned.values())
    folders = {
        student: folder
        for student, folder in cleaned.items()
        if folder == student and count[folder.casefold()] == 1 and not _reserved(folder)
    }
    taken = {folder.casefold() for folder in folders.values()}
    for student in sorted(cleaned.keys() - folders.keys()):
        folders[student] = _with_digest(student, cleaned[student], taken)
        taken.add(folders[student].casefold())
    return folders


def _clean(student: str) -> str:
    normal = unicodedata.normalize("NFC", student)
    kept = "".join(letter if letter.isalnum() or letter in "._-" else "_" for letter in normal)
    return _shortened(kept.strip("."), MAX_FOLDER)


def _shortened(name: str, limit: int) -> str:
    cut = name[:limit].encode()[: MAX_FOLDER_BYTES * limit // MAX_FOLDER]
    return cut.decode("utf-8", "ignore")


def _reserved(folder: str) -> bool:
    lower = folder.casefold()
    return not folder or lower in OUTPUT_NAMES or _is_device(folder)


def _is_device(folder: str) -> bool:
    return folder.casefold().partition(".")[0] in WINDOWS_DEVICES


def _with_digest(student: str, cleaned: str, taken: set[str]) -> str:
    stem = f"_{cleaned}" if _is_device(cleaned) else cleaned
    for digits in range(6, 65):
        suffix = f"-{digest(student, digits)}"
        folder = _shortened(stem or "student", MAX_FOLDER - len(suffix)) + suffix
        if folder.casefold() not in taken:
            return folder
    raise ValueError(f"no folder name left for {student!r}")  # pragma: no cover - a SHA-256 collision
