from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.gradebook import Gradebook


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "gradebook.sqlite"


@pytest.fixture
def book(path: Path) -> Iterator[Gradebook]:
    """A gradebook whose batch is open."""
    with Gradebook(path) as book:
        book.open_batch("hw5", 2**70, {"device": "cpu"})
        yield book
