"""How well criteria tell students apart: corrected item-total correlation, and Cronbach's α of the whole.

Both are over students whose marks are all made, in a table of points with a row for each student.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from grader.grading import Grade

if TYPE_CHECKING:
    import pandas as pd

ENOUGH = 5  # students below which a correlation says nothing


def points_table(grades: Sequence[Grade]) -> pd.DataFrame:
    """Points by student (rows) and criterion (columns), of the students with every mark made."""
    import pandas as pd  # 0.4 CPU seconds, for class reports alone

    marked = [grade.marks for grade in grades if grade.points is not None]
    return pd.DataFrame([{mark.criterion: float(mark.points or 0) for mark in marks} for marks in marked])


def discrimination(criterion: str, points: pd.DataFrame) -> float | None:
    """Correlation of the points of one criterion with the points on all others.

    None with fewer than `ENOUGH` students, or where either has no spread.
    """
    if len(points) < ENOUGH or criterion not in points:
        return None
    here, elsewhere = points[criterion], points.drop(columns=criterion).sum(axis=1)
    if here.nunique() == 1 or elsewhere.nunique() == 1:
        return None
    return float(here.corr(elsewhere))


def alpha(points: pd.DataFrame) -> float | None:
    """Cronbach's α (1951) of the criteria; None where it says nothing."""
    items = points.shape[1]
    if len(points) < ENOUGH or items < 2 or points.isna().to_numpy().any():
        return None
    spread = points.sum(axis=1).var()
    return float(items / (items - 1) * (1 - points.var().sum() / spread)) if spread else None
