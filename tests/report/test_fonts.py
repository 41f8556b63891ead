"""Fonts that are shipped or embedded: each with its licence, as the licence asks."""

from __future__ import annotations

from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from grader.report.page.fonts import OTHERS, use_bundled_fonts
from grader.report.page.paths import FONTS, TEMPLATES

KINDS = {".otf", ".ttf", ".ttc", ".woff", ".woff2"}
SHIPPED = sorted(path for path in TEMPLATES.rglob("*") if path.suffix in KINDS)
NOTE = (FONTS / "README.md").read_text(encoding="utf-8")
HOLDER, GRANT = 0, 13  # of the names in a font


def name(path: Path, which: int) -> str:
    with TTFont(path, lazy=True) as font:
        return str(font["name"].getDebugName(which))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_font_lies_beside_the_licence_and_the_copyright_that_it_names(path):
    licence = path.with_name(f"LICENSE-{path.stem.partition('-')[0]}").read_text(encoding="utf-8")
    holder = name(path, HOLDER).replace("©", "").partition("(")[0].split()

    assert "SIL Open Font License, Version 1.1" in name(path, GRANT)
    assert licence.splitlines()[0].partition("(")[0].split() == holder
    assert "SIL OPEN FONT LICENSE Version 1.1" in licence
    assert licence.rstrip().endswith("OTHER DEALINGS IN THE FONT SOFTWARE.")  # the whole of it


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_font_may_be_embedded_and_cut_down(path):
    with TTFont(path, lazy=True) as font:
        assert font["OS/2"].fsType == 0


def test_the_note_names_every_font_that_is_shipped_or_taken_from_the_system():
    families = {path.stem.partition("-")[0] for path in SHIPPED}
    weights = {path.stem.partition("-")[2] for path in SHIPPED}

    assert all(f"{family}-" in NOTE and f"`LICENSE-{family}`" in NOTE for family in families)
    assert all(f"-{weight}" in NOTE for weight in weights)
    for other in OTHERS:
        words = Path(other).stem.partition("-")[0].removeprefix("NotoSans").removesuffix("_hint")
        assert words in NOTE


def test_the_cache_of_fonts_is_there_before_processes_ask_for_it(monkeypatch, tmp_path):
    monkeypatch.setenv("FONTCONFIG_FILE", "")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "new" / "caches"))

    use_bundled_fonts()

    assert (tmp_path / "new" / "caches" / "fontconfig").is_dir()
