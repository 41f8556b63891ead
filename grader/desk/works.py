"""What students handed in, as it was when it was graded, kept in a folder of the desk's own while it runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Literal

from grader.errors import UserError
from grader.submission import Submission, SubmittedFile

LOG = logging.getLogger("grader")
MOST_BYTES, MOST_FILES = 32 << 20, 60
CLOSING_S = 5.0
Kind = Literal["code", "notebook", "pdf", "document", "text"]
# Documents are none that a page shows: they are fetched, and opened by whoever marks.
KINDS: Mapping[str, Kind] = {
    ".py": "code",
    ".ipynb": "notebook",
    ".pdf": "pdf",
    **dict.fromkeys((".docx", ".docm", ".doc", ".odt", ".rtf", ".pages", ".pptx", ".odp", ".html", ".htm"), "document"),
    ".md": "text",
    ".txt": "text",
}


@dataclass(frozen=True)
class Kept:
    """A file of a submission that can be shown, or fetched."""

    path: str
    kind: Kind
    place: Path
    sha256: str

    @property
    def content(self) -> bytes:
        """The content of the file."""
        return self.place.read_bytes()


class Works:
    """Files by the submission's digest. They are read in the background: a large class takes a while."""

    def __init__(self, source: Path | None) -> None:
        self.source = source
        self._space = TemporaryDirectory(prefix="grader-desk-", ignore_cleanup_errors=True)
        self._files: dict[str, tuple[Kept, ...]] = {}
        self._ready, self._closed = threading.Event(), threading.Event()
        self._reading: threading.Thread | None = None
        self.problem = ""

    def start(self, digests: Sequence[str]) -> None:
        """Begin to read."""
        self._reading = threading.Thread(target=self.read, args=(frozenset(digests),), daemon=True)
        self._reading.start()

    def read(self, digests: frozenset[str]) -> None:
        """Read what was graded, and nothing else. What goes wrong is said on the pages."""
        try:
            self._read(digests)
        except (UserError, OSError) as error:
            self.problem = str(error).partition("\n")[0]
        except Exception as error:
            LOG.exception("the submissions cannot be read")
            self.problem = f"the submissions cannot be read: {type(error).__name__}"
        finally:
            self._ready.set()

    def _read(self, digests: frozenset[str]) -> None:
        from grader.intake.find import find_submissions

        if self.source is None or not self.source.exists():
            self.problem = f"what was graded is not at {self.source} any more" if self.source else "nobody knows where"
            return
        for one in find_submissions(self.source).submissions:
            if self._closed.is_set():
                return
            if (digest := one.sha256) in digests:
                self._files[digest] = tuple(self._kept(one))

    def _kept(self, submission: Submission) -> list[Kept]:
        shown = [file for file in submission.files if _kind(file.path) and file.size <= MOST_BYTES][:MOST_FILES]
        return [self._keep(file) for file in sorted(shown, key=_first_programs)]

    def _keep(self, file: SubmittedFile) -> Kept:
        place = Path(self._space.name) / file.sha256
        if not place.exists():
            place.write_bytes(file.content)
        return Kept(file.path, KINDS[_kind(file.path)], place, file.sha256)

    def of(self, submission_sha256: str) -> tuple[Kept, ...]:
        """The files of a submission; none while they are not read yet."""
        return self._files.get(submission_sha256, ())

    @property
    def remark(self) -> str:
        """Why there may be no files to show; empty if there is no reason."""
        if not self._ready.is_set():
            return "The submissions are being read; load the page again in a moment."
        hint = "Give the folder or archive with `grader review DIR --submissions PATH`."
        return f"The work itself cannot be shown: {self.problem}. {hint}" if self.problem else ""

    def close(self) -> None:
        """Forget the files."""
        self._closed.set()
        if self._reading is not None:
            self._reading.join(CLOSING_S)
        self._space.cleanup()


def _kind(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return suffix if suffix in KINDS else ""


def _first_programs(file: SubmittedFile) -> tuple[int, str]:
    return list(KINDS).index(_kind(file.path)), file.path
