"""HTML of a report → one file for a browser: style and figures inside, nothing fetched, no script but our own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache

from markupsafe import escape

from grader.report.model import ReportError
from grader.report.page.paths import TEMPLATES

# Even if markup of a student's got in, a browser would load nothing, and run nothing but the script with this digest.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_IMAGE = re.compile(r'<img src="asset:([\w-]+)" alt="([^"<>]*)"(?: style="([^"<>]*)")?>')
_XML_ONLY = re.compile(rb"<\?xml[^>]*\?>|<!DOCTYPE[^>]*>")


def standalone(html: str, figures: Mapping[str, bytes], identity: str, *, sortable: bool = False) -> bytes:
    """The page as one file; with `sortable`, its table of students is sorted by a click on a heading.

    Raises ReportError for a figure that is not there.
    """

    def inline(match: re.Match[str]) -> str:
        label, alt, style = match[1], match[2], match[3]
        if label not in figures:
            raise ReportError(f"figure {label!r}: expected a picture, found none")
        svg = _XML_ONLY.sub(b"", figures[label]).decode().strip()
        looks = f' style="{style}"' if style else ""
        return svg.replace("<svg ", f'<svg role="img" aria-label="{alt}"{looks} ', 1)

    page = _IMAGE.sub(inline, html)
    page = page.replace("<table", '<table tabindex="0"')  # on a narrow screen it scrolls, by keyboard too
    script = _sorting() if sortable else ""
    page = page.replace("<head>\n", f"<head>\n{_marks(identity, script)}", 1)
    page = page.replace("</head>", f"{_style()}</head>", 1)
    if script:
        page = page.replace("</body>", f"<script>{script}</script>\n</body>", 1)
    return page.encode("utf-8", "backslashreplace")


@cache
def _sorting() -> str:
    return (TEMPLATES / "sort.js").read_text(encoding="utf-8")


def _marks(identity: str, script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = f"{POLICY}; script-src 'sha256-{digest}'" if script else POLICY
    return (
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        f'<meta name="grader-report" content="{escape(identity)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    )


@cache
def _style() -> str:
    css = "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in ("report.css", "screen.css"))
    return f"<style>\n{css}</style>\n"
