"""Pages of PDFs as pictures: drawn in a box, of which only sound pixels are taken."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pypdfium2
import pytest

from grader.desk.page_pictures import NoPicture, PagePictures
from grader.desk.works import Kept
from grader.sandbox.protocol import Command, Execution, Frame, Status

PNG = b"\x89PNG\r\n\x1a\n"


def kept(folder: Path, content: bytes) -> Kept:
    place = folder / "report.pdf"
    place.write_bytes(content)
    return Kept("report.pdf", "pdf", place, "0" * 64)


def blank(pages: int) -> bytes:
    import io

    document, target = pypdfium2.PdfDocument.new(), io.BytesIO()
    for _ in range(pages):
        document.new_page(200, 100).close()
    document.save(target)
    document.close()
    return target.getvalue()


class Says:
    """A box that sends what it is told to."""

    def __init__(self, *frames: Frame, status: Status = Status.EXITED) -> None:
        self.execution, self.commands = Execution(status, "ended", frames), list[Command]()

    def run(self, command: Command) -> Execution:
        self.commands.append(command)
        return self.execution


def test_pages_are_drawn_in_a_box(tmp_path):
    pictures, file = PagePictures(), kept(tmp_path, blank(2))

    assert pictures.count(file) == 2
    page = pictures.page(file, 2)
    assert page.startswith(PNG)
    assert int.from_bytes(page[16:20], "big") == 1000
    with pytest.raises(NoPicture):
        pictures.page(file, 3)


def test_what_is_no_pdf_has_no_pages(tmp_path):
    assert PagePictures().count(kept(tmp_path, b"<svg onload=alert(1)>")) == 0


@pytest.mark.parametrize(
    "frame",
    [
        Frame({"kind": "picture", "page": 1}, {"pixels": np.zeros((2, 2), np.uint8)}),
        Frame({"kind": "picture", "page": 1}, {"pixels": np.zeros((2, 2, 3), np.float32)}),
        Frame({"kind": "picture", "page": "1"}, {"pixels": np.zeros((2, 2, 3), np.uint8)}),
        Frame({"kind": "picture", "page": 1}),
        Frame({"kind": "pages", "count": "many"}),
    ],
)
def test_frames_that_are_not_as_they_should_be_are_left_out(tmp_path, frame):
    box = Says(Frame({"kind": "pages", "count": 10**9}), frame)
    pictures, file = PagePictures(sandbox=box), kept(tmp_path, b"%PDF-")

    assert pictures.count(file) == 60
    with pytest.raises(NoPicture):
        pictures.page(file, 1)


def test_a_sandbox_that_fails_is_said(tmp_path):
    with pytest.raises(NoPicture, match="ended"):
        PagePictures(sandbox=Says(status=Status.SANDBOX_FAILED)).count(kept(tmp_path, b"%PDF-"))


def test_a_page_that_was_drawn_is_not_drawn_again(tmp_path):
    pixels = {"pixels": np.zeros((2, 3, 3), np.uint8)}
    box = Says(Frame({"kind": "pages", "count": 1}), Frame({"kind": "picture", "page": 1}, pixels))
    pictures, file = PagePictures(sandbox=box), kept(tmp_path, b"%PDF-")

    assert pictures.page(file, 1) == pictures.page(file, 1)
    assert len(box.commands) == 1
