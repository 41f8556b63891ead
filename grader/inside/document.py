"""The program of a box that holds one PDF and no student code: what is on its pages, as raw data.

PDFium parses it, whose faults can then hurt nothing but this box. Frames: `document` (whether it could be
opened, with the reason if not), one `page` each as soon as it is read, `document_end`. A reader that is
killed half-way has sent the pages before.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2

from .channel import Array
from .document_objects import Box, Shapes, read_shapes
from .document_text import Words, read_words

Send = Callable[[Mapping[str, Any], Mapping[str, Array]], None]

MAX_PAGES, MAX_CHARACTERS, MAX_CPU_S = 120, 400_000, 20.0
MAX_BYTES = 64 << 20
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (doc, xls, ppt)"),
    (b"{\\rtf", "a document in rich text format"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%!PS", "a PostScript file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a rar archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
)
_LOCKED = "EncryptedPackage".encode("utf-16-le")
_OFFICE: tuple[tuple[bytes, str], ...] = (
    (b"word/document", "a Word document (docx)"),
    (b"ppt/presentation", "a PowerPoint document (pptx)"),
    (b"xl/workbook", "an Excel document (xlsx)"),
    (b"opendocument.text", "an OpenDocument text (odt)"),
)


class Unreadable(Exception):
    """The file cannot be read as a PDF: `code` for programs, the message for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def main(request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:  # noqa: ARG001 - all programs take them
    """Read the file that `request` names by its `path`."""
    try:
        document = _open(Path(request["path"]).read_bytes())
    except Unreadable as error:
        send({"kind": "document", "readable": False, "code": error.code, "reason": str(error)}, {})
        return
    about = {"pages": len(document), "metadata": _metadata(document)}
    send({"kind": "document", "readable": True, **about}, {})
    send({"kind": "document_end", **_read_pages(document, send)}, {})


def _open(content: bytes) -> pypdfium2.PdfDocument:
    if not content:
        raise Unreadable("empty", "the file is empty (0 bytes)")
    if len(content) > MAX_BYTES:
        raise Unreadable("too_large", f"the file has {len(content) >> 20} MiB, at most {MAX_BYTES >> 20} are read")
    if b"%PDF-" not in content[:1024]:
        raise Unreadable("not_pdf", f"the file is no PDF: it holds {_kind(content)}")
    try:
        document = pypdfium2.PdfDocument(content)
        pages = len(document)
    except pypdfium2.PdfiumError as error:
        raise _refused(str(error)) from None
    if not pages:
        raise Unreadable("no_pages", "the PDF has no pages")
    return document


def _refused(message: str) -> Unreadable:
    if re.search("password|security", message, re.IGNORECASE):
        return Unreadable("encrypted", "the PDF is encrypted and cannot be opened without its password")
    return Unreadable("damaged", "the file begins like a PDF, but is damaged: no PDF reader can open it")


def _kind(content: bytes) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0") and _LOCKED in content:
        return "an Office document that is encrypted with a password"
    if content.startswith(b"PK"):
        for mark, words in _OFFICE:
            if mark in content:
                return words
    for start, words in _KINDS:
        if content.startswith(start):
            return words
    if re.match(rb"\s*(<!doctype html|<html)", content, re.IGNORECASE):
        return "a web page (HTML)"
    return "plain text" if b"\0" not in content[:4096] else "data of no known kind"


def _metadata(document: pypdfium2.PdfDocument) -> dict[str, str]:
    try:
        found = document.get_metadata_dict(skip_empty=True)
    except pypdfium2.PdfiumError:
        return {}
    return {name: _clean(text)[:300] for name, text in found.items()}


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def _read_pages(document: pypdfium2.PdfDocument, send: Send) -> dict[str, Any]:
    """Send the pages; how many there were, and why the reading stopped early, if it did."""
    characters, unreadable, began = 0, 0, time.process_time()
    for index in range(len(document)):
        stop = None
        if index >= MAX_PAGES:
            stop = f"only the first {MAX_PAGES} of {len(document)} pages are read"
        elif characters >= MAX_CHARACTERS:
            stop = f"only the first {MAX_CHARACTERS} characters are read, which end on page {index} of {len(document)}"
        elif time.process_time() - began > MAX_CPU_S:
            stop = f"reading it took more than {MAX_CPU_S:g} CPU seconds by page {index} of {len(document)}"
        if stop:
            return {"read": index, "unreadable": unreadable, "stopped": stop}
        try:
            characters += _send_page(document, index, MAX_CHARACTERS - characters, send)
        except (pypdfium2.PdfiumError, ValueError, OverflowError) as error:
            unreadable += 1
            send({"kind": "page", "number": index + 1, "error": f"page {index + 1} cannot be read: {error}"[:300]}, {})
    return {"read": len(document), "unreadable": unreadable, "stopped": None}


def _send_page(document: pypdfium2.PdfDocument, index: int, room: int, send: Send) -> int:
    page = document[index]
    try:
        sides = page.get_bbox()
        words, shapes = read_words(page, room), read_shapes(page)
    finally:
        page.close()
    left, bottom, right, top = sides
    size = [right - left, top - bottom]
    header = {
        "kind": "page",
        "number": index + 1,
        "size": size[::-1] if words.quarter % 2 else size,
        "words": words.texts,
        "font_names": words.font_names,
        "cut": words.cut or shapes.cut,
    }
    send(header, _arrays(words, shapes, sides))
    return words.characters


def _arrays(words: Words, shapes: Shapes, sides: Box) -> dict[str, Array]:
    """Boxes as N × 4 (left, top, right, bottom) in points from the upper left corner of the page as it is read."""
    boxes = {"word.box": words.boxes, "image.box": shapes.images, "path.box": shapes.paths}
    return {
        **{name: _placed(rows, sides, words.quarter) for name, rows in boxes.items()},
        "word.size": np.array(words.sizes, np.float32),
        "word.font": np.array(words.fonts, np.int32),
        "word.marks": np.array(words.marks, np.uint8),
        "image.pixels": np.array(shapes.pixels, np.int32).reshape(-1, 2),
        "path.segments": np.array(shapes.segments, np.int32),
    }


def _placed(rows: list[Box], sides: Box, quarter: int) -> Array:
    """Turned so that most of the page's letters are upright, whatever the page says of its rotation."""
    left, bottom, right, top = sides
    x0, y0, x1, y1 = np.array(rows, np.float64).reshape(-1, 4).T
    turned = {
        0: (x0 - left, top - y1, x1 - left, top - y0),
        1: (top - y1, right - x1, top - y0, right - x0),
        2: (right - x1, y0 - bottom, right - x0, y1 - bottom),
        3: (y0 - bottom, x0 - left, y1 - bottom, x1 - left),
    }
    return np.stack(turned[quarter], axis=1).astype(np.float32)
