"""The bundled fonts, the same files for pages and figures; and the system's Noto fonts for other scripts.

The bundled ones hold Latin, Greek and Cyrillic letters. Names in Chinese, Japanese, Korean, Arabic, Hebrew or
Devanagari and emoji are set in the fonts that `OTHERS` lists, if the system has them (`.ci/system-packages`).
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from grader.report.page.paths import FONTS

INTER = FONTS / "Inter-Regular.otf"
MONO = FONTS / "JetBrainsMono-Regular.ttf"
FIGURE_FONTS = (INTER, FONTS / "Inter-SemiBold.otf")

SYSTEM = Path("/usr/share/fonts")
OTHERS = (
    "truetype/noto/NotoSansHebrew-Regular.ttf",
    "truetype/noto/NotoSansArabic-Regular.ttf",
    "truetype/noto/NotoSansDevanagari-Regular.ttf",
    "opentype/noto/NotoSansCJK-Regular.ttc",
    "truetype/ancient-scripts/Symbola_hint.ttf",
)  # fonts.conf lets in these files, and their bold faces


def use_bundled_fonts() -> None:
    """Point fontconfig at our fonts alone. Call before WeasyPrint is imported: Pango reads it once.

    Its cache is made here: of several processes that make it at once, fontconfig complains in all but one.
    """
    os.environ["FONTCONFIG_FILE"] = str(FONTS / "fonts.conf")
    with suppress(OSError, RuntimeError):
        caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        Path(caches, "fontconfig").mkdir(parents=True, exist_ok=True)


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


@cache
def other_glyphs() -> frozenset[int]:
    """Code points that the system's fonts for other scripts can show. Loaded for whoever needs one: it takes time."""
    found = [_code_points(SYSTEM / name) for name in OTHERS]
    return frozenset().union(*found)


def _code_points(path: Path) -> frozenset[int]:
    try:
        with TTFont(path, lazy=True, fontNumber=0) as font:
            return frozenset(font.getBestCmap())
    except (OSError, TTLibError):
        return frozenset()


def can_show(char: str) -> bool:
    """Whether a page or a figure can show a character."""
    return ord(char) in page_glyphs() or ord(char) in other_glyphs()
