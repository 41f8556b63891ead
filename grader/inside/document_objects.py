"""The images and drawings of a PDF page, with their places, those inside forms included."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

MAX_OBJECTS, MAX_DEPTH = 20_000, 8
MAX_IMAGES, MAX_PATHS = 500, 6_000
Box = tuple[float, float, float, float]


@dataclass
class Shapes:
    """Boxes are left, bottom, right, top in the page's own space; `pixels` are an image's width and height."""

    images: list[Box] = field(default_factory=list)
    pixels: list[tuple[int, int]] = field(default_factory=list)
    paths: list[Box] = field(default_factory=list)
    segments: list[int] = field(default_factory=list)
    seen: int = 0
    cut: bool = False

    def add(self, item: pdfium.FPDF_PAGEOBJECT, kind: int, box: Box) -> None:
        """Note an object, while there is room."""
        if kind == pdfium.FPDF_PAGEOBJ_IMAGE and len(self.images) < MAX_IMAGES:
            self.images.append(box)
            self.pixels.append(_pixels(item))
        elif kind == pdfium.FPDF_PAGEOBJ_PATH and len(self.paths) < MAX_PATHS:
            self.paths.append(box)
            self.segments.append(max(0, pdfium.FPDFPath_CountSegments(item)))


def read_shapes(page: pypdfium2.PdfPage) -> Shapes:
    """Everything on the page that is not text."""
    found = Shapes()
    matrix = pypdfium2.PdfMatrix()
    for index in range(pdfium.FPDFPage_CountObjects(page)):
        _read(pdfium.FPDFPage_GetObject(page, index), matrix, 0, found)
        if found.cut:
            break
    return found


def _read(item: pdfium.FPDF_PAGEOBJECT, outer: pypdfium2.PdfMatrix, depth: int, found: Shapes) -> None:
    found.seen += 1
    found.cut = found.cut or found.seen >= MAX_OBJECTS
    if not item or found.cut:
        return
    kind = pdfium.FPDFPageObj_GetType(item)
    if kind == pdfium.FPDF_PAGEOBJ_TEXT:
        return
    box = _bounds(item, outer)
    if box is not None:
        found.add(item, kind, box)
    if kind == pdfium.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
        inner = _matrix(item).multiply(outer)
        for child in _children(item):
            _read(child, inner, depth + 1, found)


def _children(form: pdfium.FPDF_PAGEOBJECT) -> Iterator[pdfium.FPDF_PAGEOBJECT]:
    for index in range(max(0, pdfium.FPDFFormObj_CountObjects(form))):
        yield pdfium.FPDFFormObj_GetObject(form, index)


def _matrix(item: pdfium.FPDF_PAGEOBJECT) -> pypdfium2.PdfMatrix:
    raw = pdfium.FS_MATRIX()
    if not pdfium.FPDFPageObj_GetMatrix(item, raw):
        return pypdfium2.PdfMatrix()
    return pypdfium2.PdfMatrix.from_raw(raw)


def _bounds(item: pdfium.FPDF_PAGEOBJECT, outer: pypdfium2.PdfMatrix) -> Box | None:
    sides = [ctypes.c_float() for _ in range(4)]
    if not pdfium.FPDFPageObj_GetBounds(item, *sides):
        return None
    left, bottom, right, top = outer.on_rect(*(side.value for side in sides))
    return (left, bottom, right, top) if all(map(math.isfinite, (left, bottom, right, top))) else None


def _pixels(image: pdfium.FPDF_PAGEOBJECT) -> tuple[int, int]:
    width, height = ctypes.c_uint(), ctypes.c_uint()
    if not pdfium.FPDFImageObj_GetImagePixelSize(image, width, height):
        return (0, 0)
    return (min(width.value, 1 << 30), min(height.value, 1 << 30))
