"""The bundled fonts and where templates lie: the same files for WeasyPrint and for matplotlib."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

from grader.report.page.paths import FONTS

INTER = FONTS / "Inter-Regular.otf"
MONO = FONTS / "JetBrainsMono-Regular.ttf"
FIGURE_FONTS = (INTER, FONTS / "Inter-SemiBold.otf")


def use_bundled_fonts() -> None:
    """Point fontconfig at our fonts alone. Call before WeasyPrint is imported: Pango reads it once."""
    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")


@cache
def advances(path: Path) -> dict[int, float]:
    """How far each character moves the pen, as a share of the type size, by code point."""
    with TTFont(path, lazy=True) as font:
        metrics, units = font["hmtx"].metrics, font["head"].unitsPerEm
        return {code: metrics[name][0] / units for code, name in font.getBestCmap().items()}


@cache
def figure_glyphs() -> frozenset[int]:
    """Code points that a figure can show."""
    return frozenset(advances(INTER))


@cache
def page_glyphs() -> frozenset[int]:
    """Code points that a page can show: each font steps in for the other."""
    return figure_glyphs().union(advances(MONO))
