"""PDFs whose text cannot be read: scans, outlines of letters, fonts that do not tell their letters."""

from __future__ import annotations

import pytest
from pdf_files import Item, Outline, Picture, Text, paragraph, pdf
from reading_documents import read_here

from grader.documents import why_no_text

ENGLISH = "the gradients that reach the first layers of the network are small and so none of its weights moves"
GERMAN = "die Gradienten sind so klein, dass sich das Gewicht der ersten Schichten von Beginn an nicht bewegt"
CODE = "for x in range(10): print(x, net(x), file=out) if x else None; import torch; return x"
SHIFTED = "".join(chr((ord(letter) - 97 + 3) % 26 + 97) if letter.isalpha() else letter for letter in ENGLISH)


@pytest.mark.parametrize(
    "page",
    [
        [Outline(72, 100 + 14 * n) for n in range(40)],
        [Picture(20, 20, 555, 800)],
        [Picture(20, 20 + 100 * n, 555, 99) for n in range(8)],
        [Text("Page 3", 280, 820, 8), *(Outline(72, 100 + 14 * n) for n in range(40))],
    ],
    ids=["outlines", "a scan", "a scan in strips", "outlines and a page number"],
)
def test_pages_without_text_are_known(page: list[Item]):
    document = read_here(pdf(page, page))

    assert document.scanned_pages == (1, 2)
    assert "no text that can be read: 2 of 2 pages" in (why_no_text(document) or "")


@pytest.mark.parametrize("text", [ENGLISH, GERMAN, CODE])
def test_texts_in_any_language_can_be_read(text: str):
    assert why_no_text(read_here(pdf(paragraph(*[text] * 20)))) is None


def test_letters_that_are_others_than_they_look_cannot():
    assert why_no_text(read_here(pdf(paragraph(*[SHIFTED] * 20)))) == (
        "work.pdf: its fonts do not tell which letters they show"
    )


def test_a_page_with_a_large_picture_and_text_is_no_scan():
    document = read_here(pdf([Picture(20, 20, 555, 500), *paragraph(*[ENGLISH] * 5, y=560)]))

    assert document.scanned_pages == ()
