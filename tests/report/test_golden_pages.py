from __future__ import annotations

import pytest
from golden_pages import FOLDER, PAGES


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_as_it_was_approved(name):
    """When this is meant: PYTHONPATH=.:tests/report python -m golden_pages, and read the diff."""
    assert PAGES[name]() == (FOLDER / name).read_text(encoding="utf-8")


def test_no_approved_page_is_left_over():
    assert {path.name for path in FOLDER.iterdir()} == set(PAGES)
