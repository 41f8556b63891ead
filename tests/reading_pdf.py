"""Reading back what was written, with tools that had no part in writing it."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import page
import pikepdf
import pypdfium2


def text_of(pdf: bytes) -> str:
    return "\n".join(pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """The words of each page."""
    document = pypdfium2.PdfDocument(pdf)
    pages = []
    for one in document:
        words = one.get_textpage()
        pages.append(words.get_text_bounded().replace("\r", ""))
        words.close()
        one.close()
    document.close()
    return pages


def page_count(pdf: bytes) -> int:
    with opened(pdf) as document:
        return len(document.pages)


def captions(pdf: bytes, kind: str) -> list[int]:
    """Numbers of the captions, in the order of the pages."""
    return [int(number) for number in re.findall(rf"^{kind} (\d+) [A-Z]", text_of(pdf), re.MULTILINE)]


def failed_rules(pdf: bytes) -> list[str]:
    """Rules of PDF/UA-1 and PDF/A-3a that the document breaks."""
    return [
        f"{profile} {failure.rule_id}"
        for profile in ("ua1", "3a")
        for failure in page.validate_pdf_bytes(pdf, profile=profile).failures
    ]


def qpdf_accepts(pdf: bytes, folder: Path) -> bool:
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["qpdf", "--check", path], capture_output=True, check=False).returncode == 0


def opened(pdf: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf))


def tags(document: pikepdf.Pdf) -> Iterator[Any]:
    """Every element of the structure tree."""
    waiting = list(document.Root.StructTreeRoot.K)
    while waiting:
        element = waiting.pop()
        yield element
        kids = element.get("/K", [])
        listed = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
        waiting += [kid for kid in listed if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
