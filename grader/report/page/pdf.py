"""HTML → PDF/A-3a + PDF/UA-1, locked down: our files only, and every warning is an error."""

from __future__ import annotations

import gc
import logging
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from grader.report.model import ReportError
from grader.report.page.fonts import use_bundled_fonts
from grader.report.page.paths import TEMPLATES

use_bundled_fonts()

from weasyprint import CSS, Attachment, Document  # noqa: E402 - fontconfig is read at this import
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: E402

from grader.report.page import accessible, own_markup, painted, quicker  # noqa: E402

VARIANT = "pdf/a-3a"
SCHEME = "asset:"
PNG = b"\x89PNG"
INNER = re.compile(rb'href="(data:image/png;base64,[A-Za-z0-9+/=]+)"')  # a picture in a figure of ours
_SCREEN_ONLY = re.compile(r"<!-- screen -->.*?<!-- /screen -->", re.DOTALL)
_REST = re.compile("<!-- rest -->.*?<!-- /rest -->", re.DOTALL)


class AssetFetcher(URLFetcher):  # type: ignore[misc]  # WeasyPrint has no types
    """Serves the figures that it was given, pictures that lie in them, and nothing else; refusals are recorded."""

    def __init__(self, figures: Mapping[str, bytes]) -> None:
        # An exception from inside an SVG would leave its page half drawn: refusals are recorded, not fatal.
        super().__init__(allowed_protocols=("asset",), allow_redirects=False, fail_on_errors=False)
        self.figures = figures
        self.inner = {found.decode() for figure in figures.values() for found in INNER.findall(figure)}
        self.refused: list[str] = []

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:
        """The figure named by `url`. Raises ValueError for any other address."""
        figure = self.figures.get(url.removeprefix(SCHEME)) if url.startswith(SCHEME) else None
        if url in self.inner:
            figure = b64decode(url.partition(",")[2])
        if figure is None:
            self.refused.append(url[:200])
            raise ValueError(f"refused: {url[:200]}")
        kind = "image/png" if figure.startswith(PNG) else "image/svg+xml"
        return URLFetcherResponse(url, body=figure, headers={"Content-Type": kind})


class _Problems(logging.Handler):
    """Keeps what WeasyPrint only logs: refused fonts, broken figures, glyphs that no font has."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one of WeasyPrint's messages."""
        self.messages.append(record.getMessage()[:300])


@contextmanager
def _collected_log() -> Iterator[list[str]]:
    logger = logging.getLogger("weasyprint")
    problems = _Problems()
    handlers, propagate = logger.handlers[:], logger.propagate
    logger.handlers[:], logger.propagate = [problems], False
    try:
        yield problems.messages
    finally:
        logger.handlers[:], logger.propagate = handlers, propagate


@contextmanager
def _uncollected() -> Iterator[None]:
    """No garbage is looked for: what a document is made of lives to its end, and of a class that is a sixth of it."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@cache
def _fonts() -> FontConfiguration:
    return FontConfiguration()


@cache
def _stylesheet() -> CSS:
    path = TEMPLATES / "report.css"
    return CSS(string=path.read_text(encoding="utf-8"), font_config=_fonts(), url_fetcher=AssetFetcher({}))


def _painted(figures: Mapping[str, bytes]) -> dict[str, painted.PaintedFigure]:
    """Those of our own making, by address; WeasyPrint fetches the others."""
    svgs = {name: figure for name, figure in figures.items() if not figure.startswith(PNG)}
    found = {f"{SCHEME}{name}": painted.painted(svg, _fonts()) for name, svg in svgs.items()}
    return {address: figure for address, figure in found.items() if figure is not None}


def _attachment(name: str, content: bytes, when: datetime, fetcher: AssetFetcher) -> Attachment:
    options: dict[str, Any] = {"created": when, "modified": when, "relationship": "Data"}
    return Attachment(string=content, name=name, description="The same as JSON", url_fetcher=fetcher, **options)


def on_paper(html: str) -> str:
    """The page without what only the page for browsers shows, and without the rest of a table too long for paper."""
    return _SCREEN_ONLY.sub("", _REST.sub("", html))


def html_to_pdf(
    html: str, figures: Mapping[str, bytes], when: datetime, attachment: tuple[str, bytes] | None = None
) -> bytes:
    """The PDF of `html`, whose figures are named `asset:NAME`; the same bytes for the same input.

    `when` dates the attachment, a pair of file name and content. Raises ReportError if anything was refused
    or WeasyPrint warned.
    """
    accessible.install()
    quicker.install()
    fetcher = AssetFetcher(figures)
    with _collected_log() as problems, _uncollected():
        source = own_markup.document_of(html, SCHEME, fetcher)
        document = source.render(
            font_config=_fonts(), stylesheets=[_stylesheet()], pdf_variant=VARIANT, cache=_painted(figures)
        )
        if attachment is not None:
            document.metadata.attachments = [_attachment(*attachment, when, fetcher)]
        content = _write(document)
    problems += [f"refused address {url}" for url in fetcher.refused]
    if problems:
        raise ReportError("the report's PDF is not as it should be: " + "; ".join(problems[:10]))
    return content


def _write(document: Document) -> bytes:
    accessible.claim_pdf_ua(document)
    accessible.mark_running_heads(document)
    content: bytes = document.write_pdf(pdf_variant=VARIANT, finisher=accessible.finish)
    return content
