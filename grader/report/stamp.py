"""Which report a file shows: a digest of what it was made from and of the code and templates that made it.

The page for browsers carries it in its head, so that whoever finds a report knows whether to make it again.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from importlib.metadata import version
from pathlib import Path

from grader.gradebook.results import page_of
from grader.report.model import ClassReport, FeedbackReport
from grader.report.page.paths import TEMPLATES

HEAD = 4096  # bytes of a page in which its head's marks lie
ENGINES = ("weasyprint", "pydyf", "ziamath", "pygments", "jinja2")
_MARK = re.compile(rb'<meta name="grader-report" content="((?:named|anonymous)-[0-9a-f]{64})">')


def identity(report: FeedbackReport | ClassReport) -> str:
    """A digest of the report's facts and of the program that draws them; it tells whether names are shown."""
    names = "anonymous" if report.anonymous else "named"
    facts = f"{_program()} {report!r}".encode("utf-8", "backslashreplace")
    return f"{names}-{hashlib.sha256(facts).hexdigest()}"


def stamp_of(pdf: Path) -> str | None:
    """The identity of the report that lies here as PDF and as a page; None unless both are there."""
    try:
        with page_of(pdf).open("rb") as file:
            found = _MARK.search(file.read(HEAD))
    except OSError:
        return None
    return found[1].decode() if found and pdf.is_file() else None


def shows(pdf: Path, report: FeedbackReport | ClassReport) -> bool:
    """Whether the files already are this very report."""
    return stamp_of(pdf) == identity(report)


@cache
def _program() -> str:
    digest = hashlib.sha256()
    code = Path(__file__).parent
    files = [*code.rglob("*.py"), code.parent / "exhibit.py", *TEMPLATES.glob("*.j2"), *TEMPLATES.glob("*.css")]
    for path in sorted(files):
        digest.update(path.name.encode() + path.read_bytes())
    for engine in ENGINES:
        digest.update(f"{engine} {version(engine)}".encode())
    return digest.hexdigest()
