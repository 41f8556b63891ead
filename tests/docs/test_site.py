"""The site is built without a warning, loads nothing from elsewhere, and has every page in its navigation."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}


class Assets(HTMLParser):
    """What a page loads: scripts, style sheets, pictures."""

    def __init__(self, page: str):
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in LOADED and given.get("rel") not in {"canonical", "next", "prev"} and given.get(LOADED[tag]):
            self.found.append(given[LOADED[tag]])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    target = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", target],
        cwd=ROOT,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    return target


def test_every_page_of_the_folder_is_built(site):
    pages = {path.relative_to(ROOT / "docs").with_suffix(".html") for path in (ROOT / "docs").rglob("*.md")}

    assert {path for path in pages if not (site / path).exists()} == set()


def test_nothing_is_loaded_from_elsewhere(site):
    loaded = {asset for page in site.rglob("*.html") for asset in Assets(page.read_text()).found}
    styles = {url for sheet in site.rglob("*.css") for url in re.findall(r"url\(([^)]+)\)", sheet.read_text())}

    assert len(loaded) > 5
    assert [url for url in loaded | styles if re.match(r"['\"]?(https?:)?//", url)] == []


def test_no_page_asks_for_what_the_theme_would_fetch(site):
    """The theme's script loads Mermaid from elsewhere where a page has a diagram of its kind."""
    assert [page.name for page in site.rglob("*.html") if 'class="mermaid"' in page.read_text()] == []


def test_the_search_is_part_of_the_site(site):
    assert "sandbox" in (site / "search" / "search_index.json").read_text()
