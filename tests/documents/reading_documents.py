"""Reading PDFs as `collect` does, many in one test session."""

from __future__ import annotations

from grader.collect.collect import DOCUMENT_LIMITS
from grader.documents import Document, parse_frames, understand
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Command, Execution


def execute(content: bytes) -> Execution:
    """The program `document` on one file, in a box."""
    return BubblewrapSandbox().run(
        Command("document", {"path": "work.pdf"}, files={"work.pdf": content}, limits=DOCUMENT_LIMITS, warm=())
    )


def read(content: bytes) -> Document:
    """A PDF as checks see it."""
    return understand(parse_frames(execute(content).frames), "work.pdf")
