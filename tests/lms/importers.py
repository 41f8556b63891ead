"""How each LMS reads a file of grades and a zip of feedback: the rules of their importers, nothing of ours."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from html import unescape
from pathlib import Path


def canvas_grades(path: Path) -> dict[str, str]:
    """`gradebook_importer.rb`: score by user id, for the assignment whose id is in the heading."""
    rows = list(csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    header = rows[0]
    assert len(header) >= 4
    assert "Student" in header[0]
    assert "ID" in header[1]
    last = header.index("Section")
    [assignment] = header[last + 1 :]
    assert re.search(r"\(\d+\)$", assignment)
    start = next((at + 1 for at, row in enumerate(rows[:3]) if row[0].strip().startswith("Points Possible")), 1)
    return {row[1]: row[last + 1] for row in rows[start:]}


def canvas_feedback(path: Path) -> dict[tuple[str, str], str]:
    """`infer_comment_context_from_filename`: file name by user and attachment."""
    found = {}
    for name in zipfile.ZipFile(path).namelist():
        assert "/" not in name
        parts = [part for part in name.split("_") if part != "LATE"]
        if parts[0] == "anon":
            found[parts[1], parts[2]] = parts[-1]
            continue
        user, attachment = [part for part in parts if re.fullmatch(r"\d+", part)][:2]
        found[user, attachment] = parts[-1]
    return found


def moodle_grades(path: Path, delimiter: str = ",") -> dict[str, str]:
    """`importgradeslib.php`: grade by participant number; blank grades are skipped."""
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""), delimiter=delimiter)
    assert {"Identifier", "Grade", "Last modified (grade)"} <= set(rows.fieldnames or ())
    return {re.sub(r"\D", "", row["Identifier"]): row["Grade"] for row in rows if row["Grade"].strip()}


def moodle_comments(path: Path, heading: str = "Feedback comments", number: str = "Identifier") -> dict[str, str]:
    """`importgradeslib.php`: the text that each participant reads; the cell is stored as HTML."""
    rows = csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    return {re.sub(r"\D", "", row[number]): unescape(re.sub("<[^>]*>", "", row[heading])) for row in rows}


def moodle_feedback(path: Path) -> dict[str, str]:
    """`importziplib.php`: each path split at `_`; part 1 is the participant, parts 2 and 3 the plug-in."""
    found = {}
    for name in zipfile.ZipFile(path).namelist():
        parts = name.split("/", 1)[0].split("_", 4) if "/" in name else name.split("_", 4)
        assert parts[2] == "assignsubmission"
        assert parts[3] in ("file", "onlinetext")
        found[parts[1]] = name.rpartition("/")[2].rpartition("_")[2]
    return found


def brightspace_grades(path: Path, key: str = "OrgDefinedId") -> dict[str, str]:
    """Grades import: an id, one item, and `#` at the end of every line."""
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    [item] = [name for name in rows[0] if name.endswith("Points Grade") or " Points Grade <" in name]
    assert list(rows[0])[-1] == "End-of-Line Indicator"
    assert {row["End-of-Line Indicator"] for row in rows} == {"#"}
    return {row[key].lstrip("#"): row[item] for row in rows}
