"""A page for each assignment: what is handed out and judged, what is accepted, and what wrong work is told."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from grader.assignment import Assignment
from grader.catalog import assignment_ids, load_assignment
from grader.rubric import Criterion
from grader.validation.kit import seen_by_students
from grader.words import plain
from makedocs import measured
from makedocs.messages import kept

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "submissions", ROOT / "tests" / "submissions")
MADE = "<!-- made by makedocs/assignments.py: change the assignment, then run make docs -->\n\n"
CODE = {
    "run": "the file is run as a whole, as the course does",
    "definitions": "what the file defines is asked; it is not run as a script",
    "none": "nothing is run",
}
MOST_LETTERS = 300


def pages() -> dict[str, str]:
    """Every assignment's page, and one that lists them."""
    found = [load_assignment(one, ROOT / "reference") for one in assignment_ids(ROOT / "reference")]
    return {"assignments/index.md": _index(found), **{f"assignments/{one.id}.md": page(one) for one in found}}


def _index(found: list[Assignment]) -> str:
    rows = "".join(
        f"| [`{one.id}`]({one.id}.md) | {one.title} | {one.course} | {len(one.rubric)} | {plain(one.points)} |\n"
        for one in found
    )
    head = "| assignment | title | course | criteria | points |\n| --- | --- | --- | --- | --- |\n"
    return f"{MADE}# The assignments\n\n{head}{rows}"


def page(assignment: Assignment) -> str:
    """One assignment's page."""
    parts = [
        f"{MADE}# {assignment.title}\n\n`{assignment.id}`, {assignment.course}, {plain(assignment.points)} points\n",
        _more(assignment),
        _handed_in(assignment),
        _criteria(assignment),
        _tolerances(assignment),
        _accepted(assignment),
        _mistakes(assignment),
        _handout(assignment),
    ]
    return "\n".join(part for part in parts if part)


def _more(assignment: Assignment) -> str:
    name = f"{assignment.id}.md"
    return f"[How it is judged, and why](../{name})\n" if (ROOT / "docs" / name).exists() else ""


def _handed_in(assignment: Assignment) -> str:
    files = [f"`{one.name or one.patterns[0]}` (found as {_patterns(one.patterns)})" for one in assignment.hand_in]
    limits = assignment.limits
    return "\n".join(
        [
            "## What is handed in, and how it is run\n",
            f"- Files: {'; '.join(files) or 'whatever the entry of the assignment recognises'}",
            f"- Code: {CODE[assignment.code]}",
            f"- Limits: {limits.cpu_s:g} CPU seconds, {limits.memory_mib:,} MiB",
            f"- Due: {assignment.due:%Y-%m-%d %H:%M %Z}" if assignment.due else "- Due: no date is set",
            "",
        ]
    )


def _patterns(patterns: tuple[str, ...]) -> str:
    return ", ".join(f"`{pattern}`" for pattern in patterns)


def _criteria(assignment: Assignment) -> str:
    seen = seen_by_students(assignment.id, ROOT / "reference")
    rows = "".join(
        f"| `{one.id}` | {one.title} | {plain(one.points)} | {_judged(one, seen)} |\n" for one in assignment.rubric
    )
    return f"## Criteria\n\n| criterion | title | points | judged by |\n| --- | --- | --- | --- |\n{rows}"


def _judged(criterion: Criterion, seen: Mapping[str, bool]) -> str:
    if criterion.manual:
        return "a person"
    if criterion.id not in seen:
        return "a check with what students do not have"
    return "a check; students have a weaker one, of form" if seen[criterion.id] else "a check that students have too"


def _tolerances(assignment: Assignment) -> str:
    found = measured.audits().get(assignment.id)
    text = (
        "## How near is near enough\n\nTolerances are measured on the reference, and not guessed: over seeds, threads "
        "and number types ([Tolerances](../adding-an-assignment.md#tolerances)). The feedback report says for each "
        "figure what was allowed.\n"
    )
    if found is None:
        return text
    return (
        f"{text}\nAudited: {measured.share(found['caught'])} of wrong versions caught, {measured.rejected(found)} of "
        f"{len(found['rewrites'])} right versions lost points ([by criterion](../measured.md#{assignment.id})).\n"
    )


@cache
def _expected(assignment_id: str) -> Mapping[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for folder in FOLDERS:
        path = folder / assignment_id / "expected.toml"
        found |= tomllib.loads(path.read_text()) if path.exists() else {}
    return found


def _lost(sample: Mapping[str, Any]) -> list[str]:
    return [name for name, outcome in sample.items() if outcome in {"failed", "partial"}]


def _words(sample: Mapping[str, Any]) -> str:
    return str(sample.get("because") or sample.get("style") or "").replace("|", "\\|")


def _accepted(assignment: Assignment) -> str:
    judged = [one.id for one in assignment.rubric if not one.manual]
    samples = _expected(assignment.id).values()
    right = [_words(one) for one in samples if all(one.get(name, "passed") == "passed" for name in judged)]
    lines = "".join(f"- {words}\n" for words in dict.fromkeys(filter(None, right)))
    return f"## What is accepted\n\nSamples of right work, which lose nothing:\n\n{lines}" if lines else ""


def _mistakes(assignment: Assignment) -> str:
    told = kept().get(assignment.id, {})
    found = [_mistake(one, told.get(name, {})) for name, one in _expected(assignment.id).items()]
    rows = "".join(sorted(found, key=lambda row: row.endswith("|  |\n")))  # those without a message last
    if not rows:
        return ""
    head = "| what is wrong | where points are lost | what the student reads |\n| --- | --- | --- |\n"
    if not told:
        head = "| what is wrong | where points are lost |\n| --- | --- |\n"
        rows = "".join(f"{row.rpartition('|  |')[0]}|\n" for row in rows.splitlines())
    return f"## Common mistakes\n\n{head}{rows}"


def _mistake(sample: Mapping[str, Any], told: Mapping[str, str]) -> str:
    lost = _lost(sample)
    if not lost or not _words(sample):
        return ""
    message = next((_cell(told[one]) for one in lost if one in told), "")
    return f"| {_words(sample)} | {', '.join(f'`{one}`' for one in lost)} | {message} |\n"


def _cell(message: str) -> str:
    flat = " ".join(message.split())
    short = flat if len(flat) <= MOST_LETTERS else f"{flat[:MOST_LETTERS]}…"
    return re.sub(r"([|*_<>\[\]`])", r"\\\1", short)


def _handout(assignment: Assignment) -> str:
    path = assignment.folder / "starter" / "README.md"
    if not path.exists():
        return ""
    text = path.read_text().replace("{install}", "python -m pip install …")
    return f"## The handout\n\nAs students get it with the kit.\n\n{''.join(_lower(text))}"


def _lower(text: str) -> Iterator[str]:
    """The handout's headings below the page's; its title is the page's own. Links lead into the kit: names stay."""
    for line in re.sub(r"\[([^\]]+)\]\((?!http)[^)]+\)", r"\1", text).splitlines(keepends=True):
        if not line.startswith("# "):
            yield f"#{line}" if line.startswith("#") else line
