"""LaTeX mathematics → SVG paths: no fonts, no scripts, readable wherever the page is."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from functools import cache, lru_cache

from grader.report.model import ReportError

SIZE = 11.0  # points
LIMIT = 1000  # characters


@lru_cache(maxsize=256)
def formula_svg(latex: str) -> tuple[bytes, float, float]:
    """The picture of a formula, its width and its height in points. Raises ReportError for what it cannot set."""
    mathml, picture = _typesetter()
    if not latex.strip() or len(latex) > LIMIT:
        raise ReportError(f"formula: expected 1 to {LIMIT} characters, found {len(latex)}")
    try:
        # An unknown command would be drawn as its name, without an error.
        unknown = re.findall(r"\\[a-zA-Z]+", mathml(latex))
        if unknown:
            raise ReportError(f"formula {latex!r}: unknown commands {', '.join(sorted(set(unknown)))}")
        svg = picture(latex)
    except ReportError:
        raise
    except Exception as error:
        raise ReportError(f"formula {latex!r}: {type(error).__name__}: {error}") from error
    size = re.search(r'width="([\d.]+)" height="([\d.]+)"', svg)
    if size is None:
        raise ReportError(f"formula {latex!r}: it has no size")
    return svg.encode(), float(size[1]), float(size[2])


@cache
def _typesetter() -> tuple[Callable[[str], str], Callable[[str], str]]:
    """LaTeX to MathML, and LaTeX to SVG."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of the way ziamath finds its own font
        import latex2mathml.converter
        from ziamath import zmath
        from ziamath.config import config

    config.svg2 = False  # paths in place: symbols would need identifiers, which clash in one page

    def picture(latex: str) -> str:
        svg: str = zmath.Latex(latex, size=SIZE, inline=False).svg()
        return svg

    return latex2mathml.converter.convert, picture
