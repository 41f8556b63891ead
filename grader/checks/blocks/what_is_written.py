"""What a student wrote down: in variables, text cells of a notebook, or a report as Markdown or plain text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from grader.evidence import Evidence, MissingEvidence
from grader.probes import Ask, ReadFiles
from grader.readings.fields import mapping, sequence, text
from grader.readings.opened_files import files_read
from grader.readings.typed_frames import answers

REPORTS = ReadFiles("reports as text", "texts", ("*.md", "*.markdown", "*.txt", "*.rst"))
NO_REPORTS = ("readme", "license", "requirements", "changelog")  # how the names of other texts begin
LONGEST = 100_000


def written_probe(*names: str) -> Ask:
    """Asks for the cells, and for the values of variables."""
    return Ask(f"written-{'-'.join(names) or 'text'}", "written", [{"id": "all", "names": list(names)}], library=True)


def answer_said(evidence: Evidence, name: str) -> str | None:
    """The answer of a name: a variable's value, else what stands behind the name. Raises MissingEvidence."""
    values = mapping(_written(evidence, name).get("values")) or {}
    if isinstance(values.get(name), dict):
        kind = text(values[name].get("type"), 100) or "something else"
        raise MissingEvidence(f"{name} is of type {kind}", hint=f"write {name} as a number or a text")
    if values.get(name) is not None:
        return str(values[name])[:1000]
    pattern = re.compile(rf"(?im)^\W*{re.escape(name)}\**\s*[:=]\s*(\S.*)$")
    places = [*reports(evidence), *(cell["source"] for cell in cells(evidence, name) if cell["kind"] != "code")]
    found = [hit[1] for place in places if (hit := pattern.search(place))]
    return found[-1].strip()[:1000] if found else None


def cells(evidence: Evidence, name: str = "text") -> list[dict[str, str]]:
    """The cells of the notebook: `kind`, `source`, saved `output`. Raises MissingEvidence."""
    parts = [part for part in sequence(_written(evidence, name).get("cells"), 300) if isinstance(part, dict)]
    return [{key: text(part.get(key), 20_000) or "" for key in ("kind", "source", "output")} for part in parts]


def _written(evidence: Evidence, name: str) -> Mapping[str, Any]:
    try:
        return answers(evidence, f"written-{name}", name)["all"].header
    except MissingEvidence:
        if reports(evidence):
            return {}  # a report without a program that runs
        raise


def reports(evidence: Evidence) -> list[str]:
    """The texts that were handed in beside the program."""
    found = [one for one in files_read(evidence, REPORTS) if one.frame is not None]
    own = [one for one in found if not one.path.lower().rpartition("/")[2].startswith(NO_REPORTS)]
    return [text(one.frame.header.get("text"), LONGEST) or "" for one in own if one.frame is not None]


def under(evidence: Evidence, heading: str) -> str:
    """What is written under a heading, in text cells and reports."""
    pages = [cell["source"] for cell in cells(evidence) if cell["kind"] == "markdown"]
    whole = "\n\n".join([*pages, *reports(evidence)])
    if not heading:
        return whole
    parts = re.split(r"(?m)^(#+ .*|\S.*\n[=-]{3,})$", whole)
    pairs: list[Any] = list(zip(parts[1::2], parts[2::2], strict=True))
    return "\n\n".join(body.strip() for title, body in pairs if re.search(heading, title, re.IGNORECASE))
