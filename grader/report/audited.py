"""How often the grading of an assignment was found to be wrong: the bounds of its `audit.json` as a table."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from grader.exhibit import Table

LOG = logging.getLogger("grader")
FILE = "audit.json"
CAPTION = (
    "Wrong versions of the solution that behave otherwise and kept their points, and right versions that lost some, "
    "with 95 % bounds (Clopper–Pearson). {tried} of {possible} wrong versions were tried."
)


def bounds_table(folder: Path) -> tuple[Table, ...]:
    """One table, if `audit.json` lies in the assignment's folder and can be read."""
    try:
        found = json.loads((folder / FILE).read_text("utf-8"))
        rows = tuple((name, *map(_share, _both(shares))) for name, shares in found["criteria"].items())
        caption = CAPTION.format(**found["mutants"])
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        LOG.warning("%s: no bounds in the class report: %s", folder / FILE, error)
        return ()
    columns = ("criterion", "false accepts", "false rejects")
    return (Table("audit", "How often grading is wrong", caption, columns, rows),)


def _both(shares: Mapping[str, Any]) -> tuple[Any, Any]:
    return shares["false_accepts"], shares["false_rejects"]


def _share(found: Mapping[str, Any]) -> str:
    if not found["of"]:
        return "none tried"
    return f"{found['count']} of {found['of']} ({100 * found['low']:.1f} % to {100 * found['high']:.1f} %)"
