"""The page of published error rates, from the `audit.json` of each assignment; nothing of a solution is on it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REFERENCE = Path(__file__).parents[1] / "reference"
MADE = "<!-- made by makedocs/measured.py from reference/*/audit.json -->\n\n"
HEAD = """# How often grading is wrong, measured

`grader audit` makes wrong versions of a solution (each wrong in one place) and right versions in other styles, and
grades them as it grades students. This page is made from what it wrote.

- A **false accept** is a wrong version that behaves otherwise and kept its points.
- A **false reject** is a right version that lost points.
- In brackets: the 95 % bounds (Clopper–Pearson). Where few were tried, the bounds are wide: 0 of 11 is no proof of 0.
- Wrong versions are made by rules. Students make other mistakes, too: the bounds hold for mistakes of these kinds.

"""


def audits() -> dict[str, Mapping[str, Any]]:
    """What was measured, by assignment."""
    return {path.parent.name: json.loads(path.read_text()) for path in sorted(REFERENCE.glob("*/audit.json"))}


def pages() -> dict[str, str]:
    """The page."""
    found = audits()
    missing = sorted(path.parent.name for path in REFERENCE.glob("*/assignment.py") if path.parent.name not in found)
    parts = [MADE + HEAD, _summary(found), *(_criteria(name, one) for name, one in found.items())]
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        parts.append(f"Not audited, or not by these rules: {names}. Their checks are proven by samples alone.\n")
    return {"measured.md": "\n".join(parts)}


def _summary(found: Mapping[str, Mapping[str, Any]]) -> str:
    rows = [
        f"| [`{name}`](#{name}) | {one['mutants']['tried']} of {one['mutants']['possible']} | {share(one['caught'])} "
        f"| {rejected(one)} of {len(one['rewrites'])} | {one['mutants']['for a person']} | {_made(one)} |\n"
        for name, one in found.items()
    ]
    head = (
        "| assignment | wrong versions tried | caught | right versions that lost points | left to a person | made |\n"
    )
    return f"{head}| --- | --- | --- | --- | --- | --- |\n{''.join(rows)}"


def rejected(audit: Mapping[str, Any]) -> int:
    """How many right versions lost points."""
    return len({one["style"] for one in audit["rejected"]})


def _made(audit: Mapping[str, Any]) -> str:
    return f"{audit['date']}, grader {audit['grader']}" if "date" in audit else "not told"


def _criteria(name: str, audit: Mapping[str, Any]) -> str:
    rows = [
        f"| `{criterion}` | {share(one['false_accepts'])} | {share(one['false_rejects'])} |\n"
        for criterion, one in audit["criteria"].items()
    ]
    same = audit["mutants"]["same behaviour"]
    note = f"{same} more wrong-looking versions behave as the solution does, and count neither way.\n" if same else ""
    head = "| criterion | false accepts | false rejects |\n| --- | --- | --- |\n"
    return f"## {name}\n\n{note}\n{head}{''.join(rows)}"


def share(found: Mapping[str, Any]) -> str:
    """A share with its bounds in words."""
    if not found["of"]:
        return "none tried"
    return f"{found['count']} of {found['of']} ({100 * found['low']:.1f} % to {100 * found['high']:.1f} %)"
