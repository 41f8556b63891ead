"""PDFs written by hand for tests: pages of text, images and lines at given places, in the fonts every reader has."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass

FONTS = {"F": "Helvetica", "B": "Helvetica-Bold", "I": "Helvetica-Oblique", "C": "Courier", "T": "Times-Roman"}
WIDTH, HEIGHT = 595, 842
SONG = """/S << /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [
    << /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000
       /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >>
       /FontDescriptor << /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /Ascent 880 /Descent -120
                          /FontBBox [-25 -254 1000 880] /CapHeight 880 /ItalicAngle 0 /StemV 93 >> >> ] >>"""


@dataclass(frozen=True)
class Text:
    """A line of text; `x` and `y` in points from the page's upper left corner, `y` to its foot."""

    text: str
    x: float
    y: float
    size: float = 10
    font: str = "F"
    extra: str = ""

    def stream(self) -> str:
        if self.font == "S":
            shown = f"<{self.text.encode('utf-16-be').hex()}>"
            return f"BT /S {self.size} Tf {self.x} {HEIGHT - self.y} Td {shown} Tj ET"
        escaped = self.text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        return f"q {self.extra} BT /{self.font} {self.size} Tf {self.x} {HEIGHT - self.y} Td ({escaped}) Tj ET Q"


@dataclass(frozen=True)
class Picture:
    """A grey image."""

    x: float
    y: float
    width: float
    height: float

    def stream(self) -> str:
        return f"q {self.width} 0 0 {self.height} {self.x} {HEIGHT - self.y - self.height} cm /Im Do Q"


@dataclass(frozen=True)
class Bar:
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float
    grey: float = 0.4

    def stream(self) -> str:
        return f"{self.grey} g {self.x} {HEIGHT - self.y - self.height} {self.width} {self.height} re f 0 g"


@dataclass(frozen=True)
class Outline:
    """A line of text drawn as outlines: `corners` of letters that nothing tells."""

    x: float
    y: float
    width: float = 400
    corners: int = 400

    def stream(self) -> str:
        foot = HEIGHT - self.y
        points = (f"{self.x + self.width * n / self.corners:.1f} {foot + 7 * (n % 2)} l" for n in range(self.corners))
        return f"{self.x} {foot} m {' '.join(points)} f"


Item = Text | Picture | Bar | Outline


def paragraph(*lines: str, x: float = 72, y: float = 100, size: float = 10, font: str = "F") -> list[Text]:
    """Lines one below the other, the last one ends the paragraph."""
    return [Text(line, x, y + 1.2 * size * number, size, font) for number, line in enumerate(lines)]


def pdf(*pages: Sequence[Item], page_extra: str = "") -> bytes:
    """A PDF of pages."""
    fonts = (
        " ".join(
            f"/{key} << /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
            for key, name in FONTS.items()
        )
        + SONG
    )
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        _image(),
    ]
    for number, items in enumerate(pages):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}] {page_extra} "
            f"/Contents {5 + 2 * number} 0 R /Resources << /Font << {fonts} >> /XObject << /Im 3 0 R >> >> >>".encode()
        )
        objects.append(_stream("\n".join(item.stream() for item in items).encode("cp1252")))
    return _file(objects)


def _image() -> bytes:
    return _stream(
        bytes(range(64)),
        "/Type /XObject /Subtype /Image /Width 8 /Height 8 /BitsPerComponent 8 /ColorSpace /DeviceGray",
    )


def _stream(content: bytes, more: str = "") -> bytes:
    packed = zlib.compress(content)
    return f"<< {more} /Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode() + packed + b"\nendstream"


def _file(objects: Sequence[bytes]) -> bytes:
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body + b"\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    end = (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\n"
    )
    return out + f"{end}startxref\n{len(out)}\n%%EOF\n".encode()
