"""What the names in an LMS's download say, one function for each LMS.

The layouts are those of Canvas's `content_zipper.rb`, Moodle's `mod/assign/classes/downloader.php`,
Gradescope's exports, and of what Brightspace and Blackboard users' scripts read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CANVAS_UPLOAD = re.compile(r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<item>\d+)_(?P<file>.+)", re.DOTALL)
_CANVAS_ENTRY = re.compile(r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>(?:text|link)\.html)", re.DOTALL)
_CANVAS_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?anon_(?P<user>[A-Za-z0-9]+)_(?:(?P<item>\d+)_(?P<file>.+)|(?P<entry>(?:text|link)\.html))",
    re.DOTALL,
)
_MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?P<plugin>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
)
_TIME = r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d{1,2}), (?P<year>\d{4}) (?P<clock>\d{3,4}) (?P<half>[AP]M)"
_BRIGHTSPACE = re.compile(rf"(?P<user>\d+)-(?P<item>\d+) - (?P<name>.+?) - {_TIME}(?: - (?P<file>.+))?", re.DOTALL)
_BLACKBOARD = re.compile(
    r"(?P<who>.+)_attempt_(?P<time>\d{4}(?:-\d{2}){5})(?:_(?P<file>.+)|(?P<note>\.txt))", re.DOTALL
)
_GRADESCOPE = re.compile(r"submission_(?P<user>\d+)")
GRADESCOPE_METADATA = "submission_metadata.yml"


@dataclass(frozen=True)
class Place:
    """One file or folder of a download, told by its name.

    `user` is the LMS's id of who handed in. `file` is a file's own name; None for a folder, whose content was
    handed in, and for a file that the LMS added. `moment` is the time in the name, which has no time zone.
    `sure` is false for names that could as well be a student's own.
    """

    user: str
    name: str
    file: str | None = None
    moment: datetime | None = None
    late: bool = False
    added: bool = False
    sure: bool = True


def canvas(name: str, *, folder: bool) -> Place | None:
    """`<name>[_LATE]_<user id>_<attachment id>_<file>`, `…_<user id>_text.html`, `[LATE_]anon_<id>_…`."""
    if folder:
        return None
    if found := _CANVAS_ANONYMOUS.fullmatch(name):
        file = found["file"] or found["entry"]
        return Place(found["user"], "anon", file, late=bool(found["late"]))
    found = _CANVAS_UPLOAD.fullmatch(name) or _CANVAS_ENTRY.fullmatch(name)
    if found is None:
        return None
    # Ids count over a whole Canvas, so short ones are hardly Canvas's.
    sure = min(len(found["user"]), len(found.groupdict().get("item") or "999")) >= 3
    return Place(found["user"], found["name"], found["file"], late=bool(found["late"]), sure=sure)


def moodle(name: str, *, folder: bool) -> Place | None:
    """`<name>_<participant id>_assignsubmission_<plug-in>`: a folder (before 4.1 with `_` at its end) or a file."""
    found = _MOODLE.fullmatch(name)
    if found is None:
        return None
    file = None if folder else found["file"] or f"{found['plugin']}.html"
    return Place(found["user"], found["name"], file)


def brightspace(name: str, *, folder: bool) -> Place | None:
    """`<id>-<id> - <name> - Sep 24, 2024 926 PM`: a folder, or a file with ` - <file>` after it."""
    found = _BRIGHTSPACE.fullmatch(name)
    moment = _brightspace_time(found) if found else None
    if found is None or moment is None or (found["file"] is None) is not folder:
        return None
    return Place(found["user"], found["name"], found["file"], moment)


def _brightspace_time(found: re.Match[str]) -> datetime | None:
    hour, minute = int(found["clock"][:-2]), int(found["clock"][-2:])
    if found["month"] not in MONTHS or not 1 <= hour <= 12:
        return None
    month, hour = MONTHS.index(found["month"]) + 1, hour % 12 + (12 if found["half"] == "PM" else 0)
    return _moment(int(found["year"]), month, int(found["day"]), hour, minute)


def blackboard(name: str, *, folder: bool) -> Place | None:
    """`<assignment>_<username>_attempt_<YYYY-MM-DD-HH-MM-SS>_<file>`, and a `.txt` of Blackboard's own.

    The place's name is still `<assignment>_<username>`: only all names together tell where the user begins.
    """
    found = None if folder else _BLACKBOARD.fullmatch(name)
    moment = _moment(*map(int, found["time"].split("-"))) if found else None
    if found is None or moment is None or "_" not in found["who"]:
        return None
    return Place(found["who"], found["who"], found["file"], moment, added=found["note"] is not None)


def gradescope(name: str, *, folder: bool) -> Place | None:
    """`submission_<id>`; who handed in stands in `submission_metadata.yml`."""
    found = _GRADESCOPE.fullmatch(name) if folder else None
    return Place(found["user"], name) if found else None


def _moment(*parts: int) -> datetime | None:
    try:
        return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - its zone is not in the name
    except ValueError:
        return None


def blackboard_users(whos: list[str]) -> dict[str, str]:
    """The user name in each `<assignment>_<user name>`; both may hold underscores, the assignment is the same."""
    before = [who.rpartition("_")[0].split("_") for who in whos]
    shared = 0
    while all(len(parts) > shared and parts[shared] == before[0][shared] for parts in before):
        shared += 1
    return {who: "_".join(who.split("_")[shared:]) or who for who in whos}
