from __future__ import annotations

from pathlib import Path

import pytest
from tiny_course import Course


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """A tiny course with nothing handed in yet."""
    return Course(tmp_path)
