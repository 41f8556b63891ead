"""PictureGrid → SVG: pictures side by side, magnified without smoothing."""

from __future__ import annotations

from grader.exhibit import PictureGrid
from grader.report.figures import style as look
from grader.report.figures.drawing import Drawing

TALLEST, LARGEST = 420.0, 3.0  # points; points a pixel


def picture_grid_svg(grid: PictureGrid) -> bytes:
    """Draw the figure as wide as fits."""
    scale = min(look.WIDTH / max(1, grid.width), TALLEST / max(1, grid.height), LARGEST)
    width, height = grid.width * scale, grid.height * scale
    drawing = Drawing(look.WIDTH, height)
    drawing.picture((0.0, 0.0), width, height, grid.png)
    return drawing.svg()
