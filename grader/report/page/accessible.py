"""What WeasyPrint 70 leaves out of a PDF that is PDF/A-3a and PDF/UA-1 at once.

Private parts of WeasyPrint and pydyf are used here and nowhere else; the version is pinned for it.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from typing import BinaryIO

import pydyf
import weasyprint.pdf
from weasyprint import Document
from weasyprint.css import ColorProfile
from weasyprint.formatting_structure import boxes
from weasyprint.pdf import tags
from weasyprint.pdf.stream import Stream

PRINTED = 4  # the Print flag of an annotation (ISO 32000-1, table 165)

_RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" rdf:about=""'
_EXTENSION = (
    'xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" '
    'xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" '
    'xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"'
)
PDF_UA_1 = (
    f'<rdf:Description {_RDF} xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">'
    "<pdfuaid:part>1</pdfuaid:part></rdf:Description>"
    f"<rdf:Description {_RDF} {_EXTENSION}><pdfaExtension:schemas><rdf:Bag>"
    '<rdf:li rdf:parseType="Resource">'
    "<pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema>"
    "<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>"
    '<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">'
    "<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>"
    "<pdfaProperty:category>internal</pdfaProperty:category>"
    "<pdfaProperty:description>PDF/UA version identifier</pdfaProperty:description>"
    "</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>"
).encode()


def claim_pdf_ua(document: Document) -> None:
    """Write PDF/UA-1 into the metadata beside PDF/A-3a; WeasyPrint writes one variant alone."""
    original = document.metadata.generate_rdf_metadata

    def with_ua(*args: object, **options: object) -> bytes:
        rdf: bytes = original(*args, **options)
        return rdf.replace(b"</rdf:RDF>", PDF_UA_1 + b"</rdf:RDF>")

    document.metadata.generate_rdf_metadata = with_ua


def mark_running_heads(document: Document) -> None:
    """Note on each box of a running head or foot that it is one; `install` makes them artifacts."""
    for page in document.pages:
        for margin in page._page_box.children:
            if isinstance(margin, boxes.MarginBox):
                kind = "/Header" if margin.at_keyword.startswith("@top") else "/Footer"
                for box in margin.descendants(placeholders=True):
                    box.running_head = kind


def finish(_document: Document, pdf: pydyf.PDF) -> None:
    """Give header cells their scope and annotations the Print flag, and leave the metadata uncompressed."""
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and item.extra.get("Type") == "/Metadata":
            item.compress = False
        elif isinstance(item, pydyf.Stream) and b"endcmap" in item.stream:
            item.stream = [_mapped(part) for part in item.stream]
        elif isinstance(item, dict):
            if item.get("S") == "/TH":
                item.setdefault("A", pydyf.Dictionary({"O": "/Table"}))["Scope"] = _scope(item, pdf)
            if item.get("Type") == "/Annot":
                item.setdefault("F", PRINTED)


def _mapped(line: bytes | str) -> bytes | str:
    """A line of a font's map to Unicode: a glyph without a character of its own, as in Devanagari, takes no room."""
    if isinstance(line, str):
        return line.replace("> <>", "> <200b>")
    return line.replace(b"> <>", b"> <200b>")


def _scope(cell: pydyf.Dictionary, pdf: pydyf.PDF) -> str:
    parent = cell
    while parent.get("S") != "/Table" and "P" in parent:
        parent = pdf.objects[int(parent["P"].split()[0])]
        if parent.get("S") == "/THead":
            return "/Column"
    return "/Row"


@cache
def install() -> None:
    """Mend WeasyPrint and pydyf for this process, once."""
    _draw_running_heads_as_artifacts()
    _close_the_colour_profile()
    _end_streams_with_a_line_break()
    _list_pages_once()


def _draw_running_heads_as_artifacts() -> None:
    marked, build = Stream.marked, tags._build_box_tree

    @contextmanager
    def marked_or_artifact(stream: Stream, box: boxes.Box, tag: str) -> Iterator[None]:
        kind = getattr(box, "running_head", None)
        if kind is None:
            with marked(stream, box, tag):
                yield
            return
        properties = pydyf.Dictionary({"Type": "/Pagination", "Subtype": kind})
        pydyf.Stream.begin_marked_content(stream, "Artifact", properties)
        try:
            yield
        finally:
            pydyf.Stream.end_marked_content(stream)

    def build_without_margins(box: boxes.Box, *args: object) -> Iterator[pydyf.Dictionary]:
        if not isinstance(box, boxes.MarginBox):
            yield from build(box, *args)

    Stream.marked = marked_or_artifact
    tags._build_box_tree = build_without_margins


def _close_the_colour_profile() -> None:
    # WeasyPrint leaves the file of its sRGB profile open, once for each document.
    def read_and_close(file: BinaryIO, *args: object) -> ColorProfile:
        with file:
            return ColorProfile(BytesIO(file.read()), *args)

    weasyprint.pdf.ColorProfile = read_and_close


def _end_streams_with_a_line_break() -> None:
    # Validators look for `endstream`: data that ends in CR or LF otherwise seems to have a wrong length.
    # It is asked for twice, to be written and for the document's digest, and takes a while to compress.
    def data(stream: pydyf.Stream) -> bytes:
        if not (hasattr(stream, "made") and stream.made_of == len(stream.stream)):
            stream.made, stream.made_of = made(stream), len(stream.stream)
        return bytes(stream.made)

    def made(stream: pydyf.Stream) -> bytes:
        content = b"\n".join(pydyf._to_bytes(item) for item in stream.stream)
        extra = pydyf.Dictionary(stream.extra.copy())
        if stream.compress:
            extra["Filter"] = "/FlateDecode"
            content = zlib.compress(content, 6)
        extra["Length"] = len(content)
        return bytes(extra.data) + b"\nstream\n" + content + b"\r\nendstream"

    pydyf.Stream.data = property(data)


def _list_pages_once() -> None:
    # The references of all pages, made anew for each element of a tagged PDF.
    def page_references(pdf: pydyf.PDF) -> tuple[bytes, ...]:
        numbers = pdf.pages["Kids"][::3]
        known = getattr(pdf, "known_references", ())
        if len(known) != len(numbers):
            known = pdf.known_references = tuple(f"{number} 0 R".encode("ascii") for number in numbers)
        return known

    pydyf.PDF.page_references = property(page_references)
