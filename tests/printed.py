"""Reports of students as PDF, written as HTML: each is set once and kept from one run of the tests to the next."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from grader.files import write_lightly
from grader.report.page.fonts import use_bundled_fonts
from grader.report.page.paths import FONTS

KEPT = Path(__file__).resolve().parents[1] / ".pytest_cache" / "printed"


def printed(html: str) -> bytes:
    """The same text gives the same bytes, as long as neither WeasyPrint nor a font is another."""
    path = KEPT / hashlib.sha256(f"{_set_with()}\n{html}".encode()).hexdigest()
    if not path.is_file():
        KEPT.mkdir(parents=True, exist_ok=True)
        write_lightly(path, _set(html))
    return path.read_bytes()


@cache
def _set_with() -> str:
    from importlib.metadata import version

    fonts = ((path.name, path.stat().st_size) for path in sorted(FONTS.iterdir()))
    return f"{version('weasyprint')} {version('pydyf')} {version('fonttools')} {list(fonts)}"


def _set(html: str) -> bytes:
    use_bundled_fonts()
    from weasyprint import HTML

    content: bytes = HTML(string=html).write_pdf()
    return content
