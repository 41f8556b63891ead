"""Whatever file is handed in as a PDF, its reading ends with a stated reason."""

from __future__ import annotations

import io
import zipfile
import zlib

import pikepdf
import pytest
from pdf_files import Picture, Text, paragraph, pdf
from reading_documents import execute, read

from grader.documents import UnreadableDocument, parse_frames, understand
from grader.sandbox.protocol import Frame, Status


def docx() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w:document/>")
    return file.getvalue()


def encrypted(user: str, owner: str = "owner") -> bytes:
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf([Text("Secret words stand here", 72, 100)]))) as document:
        document.save(file, encryption=pikepdf.Encryption(user=user, owner=owner))
    return file.getvalue()


def bomb() -> bytes:
    """A page of 5,000,000 lines, packed to some 100 KB."""
    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(b"0 0 m 1 1 l S\n" * 100_000) for _ in range(50)) + packer.flush()
    file = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf([Text("x", 72, 100)]))) as document:
        stream = pikepdf.Stream(document, b"")
        stream.write(packed, filter=pikepdf.Name.FlateDecode)
        document.pages[0].Contents = stream
        document.save(file, stream_decode_level=pikepdf.StreamDecodeLevel.none)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "0 bytes"),
        (docx(), "not_pdf", "docx"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "not_pdf", "encrypted with a password"),
        (b"%PDF-1.7 and then nothing that a reader could use", "damaged", "damaged"),
        (b"Dear professor, here is my report.", "not_pdf", "plain text"),
        (b"<html><body>report</body></html>", "not_pdf", "HTML"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "not_pdf", "PNG"),
        (encrypted("secret"), "encrypted", "password"),
        (pdf(), "damaged", "damaged"),
    ],
    ids=["empty", "docx", "locked-docx", "damaged", "text", "html", "png", "encrypted", "no-pages"],
)
def test_a_file_that_is_no_readable_pdf_is_refused_with_the_reason(content: bytes, code: str, words: str):
    with pytest.raises(UnreadableDocument, match=words) as caught:
        read(content)

    assert caught.value.code == code


def test_a_pdf_that_only_forbids_printing_is_read():
    assert "Secret words" in read(encrypted("")).text


def test_a_pdf_whose_table_of_objects_is_lost_is_repaired():
    whole = pdf(paragraph("Here is a line of text."))
    lost = whole[: whole.index(b"xref\n")] + whole[whole.index(b"trailer") : whole.index(b"startxref")]

    assert "a line of text" in read(lost).text


def test_of_a_thousand_pages_the_first_are_read_and_that_is_said():
    document = read(pdf(*[[Text(f"page {number}", 72, 400)] for number in range(1000)]))

    assert document.page_count == 1000
    assert len(document.pages) == 120
    assert document.stopped == "only the first 120 of 1000 pages are read"


def test_pages_without_text_are_named():
    document = read(pdf([Picture(0, 0, 595, 842)], [Picture(72, 100, 400, 500)]))

    assert document.scanned
    assert document.scanned_pages == (1, 2)
    assert document.prose_words == 0


def test_a_bomb_ends_the_box_and_nothing_else():
    execution = execute(bomb())

    assert execution.status in (Status.OUT_OF_MEMORY, Status.CPU_EXCEEDED, Status.NO_RESULT)
    assert [frame.header["kind"] for frame in execution.frames] == ["document"]
    assert execution.usage.peak_mib <= 1100


def test_frames_that_make_no_sense_are_no_document():
    pages = [
        Frame({"kind": "document", "readable": True, "pages": "many", "metadata": 3}),
        Frame({"kind": "page", "number": 1, "size": [595, 842], "words": "text", "font_names": []}),
        Frame({"kind": "page", "number": 2, "size": [float("1e300"), 842], "words": [], "font_names": []}),
        Frame({"kind": "page", "number": -3, "error": 7}),
    ]

    with pytest.raises(UnreadableDocument):
        understand(parse_frames(pages))
    with pytest.raises(UnreadableDocument, match="stopped before"):
        parse_frames([])
