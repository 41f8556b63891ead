"""Reading PDFs as `collect` does, many in one test session."""

from __future__ import annotations

import tempfile
from pathlib import Path

from grader.collect.collect import DOCUMENT_LIMITS
from grader.documents import Document, parse_frames, understand
from grader.inside import document
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Command, Execution, Frame


def execute(content: bytes) -> Execution:
    """The program `document` on one file, in a box."""
    return BubblewrapSandbox().run(
        Command("document", {"path": "work.pdf"}, files={"work.pdf": content}, limits=DOCUMENT_LIMITS, warm=())
    )


def read(content: bytes) -> Document:
    """A PDF as checks see it."""
    return understand(parse_frames(execute(content).frames), "work.pdf")


def read_here(content: bytes) -> Document:
    """A PDF of our own as checks see it, read without a box."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "work.pdf"
        path.write_bytes(content)
        frames: list[Frame] = []
        document.main({"path": str(path)}, {}, lambda header, arrays: frames.append(Frame(header, arrays)))
    return understand(parse_frames(frames), "work.pdf")
