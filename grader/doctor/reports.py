"""What reports need: WeasyPrint's libraries, the bundled fonts, and a page that comes out right."""

from __future__ import annotations

import ctypes
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime

from grader.doctor.diagnosis import Diagnosis, note, strong, weak

AREA = "reports"
# Shared library and the Debian package that has it, as WeasyPrint loads them.
LIBRARIES = (
    ("libpango-1.0.so.0", "libpango-1.0-0"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    ("libharfbuzz.so.0", "libharfbuzz0b"),
    ("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
    ("libfontconfig.so.1", "libfontconfig1"),
)
PAGE = '<!DOCTYPE html><html lang="en"><head><title>Page</title></head><body><h1>Page</h1><p>Tïtle ✓</p></body></html>'


def look() -> Iterator[Diagnosis]:
    """One diagnosis for each."""
    yield libraries()
    yield fonts()
    yield page()
    yield qpdf()


def libraries() -> Diagnosis:
    """Pango, HarfBuzz with its subsetter, fontconfig."""
    name = "Pango and HarfBuzz"
    missing = [package for library, package in LIBRARIES if not _loads(library)]
    if missing:
        found = f"{len(missing)} of {len(LIBRARIES)} libraries cannot be loaded"
        return weak(AREA, name, found, f"apt-get install {' '.join(missing)}; or grade with --no-pdf")
    return strong(AREA, name, f"all {len(LIBRARIES)} libraries load")


def fonts() -> Diagnosis:
    """The bundled fonts, which pages and figures use alone."""
    from grader.report.page.fonts import FIGURE_FONTS, MONO
    from grader.report.page.paths import FONTS

    missing = [path.name for path in (*FIGURE_FONTS, MONO, FONTS / "fonts.conf") if not path.is_file()]
    if missing:
        return weak(AREA, "fonts", f"{', '.join(missing)} not found in {FONTS}", "install grader again: make install")
    return strong(
        AREA, "fonts", f"bundled: {', '.join(sorted({path.stem.split('-')[0] for path in FONTS.glob('*-*.?tf')}))}"
    )


def page() -> Diagnosis:
    """A page is made, in the process's own memory; any warning is an error, as in reports."""
    name = "a PDF page"
    try:
        from grader.report.page.pdf import html_to_pdf

        content = html_to_pdf(PAGE, {}, datetime(2026, 1, 1, tzinfo=UTC))
    except Exception as error:  # noqa: BLE001 - whatever fails in a library is reported
        reason = (str(error).strip().splitlines() or [repr(error)])[0]
        return weak(
            AREA,
            name,
            f"cannot be made: {type(error).__name__}: {reason}",
            "make install (system packages and Python packages); or grade with --no-pdf",
        )
    return strong(AREA, name, f"PDF/A-3a and PDF/UA-1, {len(content):,} bytes")


def qpdf() -> Diagnosis:
    """A second opinion on PDFs; only the project's own tests use it."""
    path = shutil.which("qpdf")
    if path is None:
        return note(AREA, "qpdf", "not installed; only the tests of reports need it", "apt-get install qpdf")
    return strong(AREA, "qpdf", path)


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True
