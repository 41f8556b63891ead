"""What the names in an LMS's download say, one function for each LMS.

The layouts are those of Canvas's `content_zipper.rb`, Moodle's `mod/assign/classes/downloader.php`,
Gradescope's exports, and of what Brightspace and Blackboard users' scripts read.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from grader.intake.brightspace_dates import read_date

_CANVAS_UPLOAD = re.compile(r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<item>\d+)_(?P<file>.+)", re.DOTALL)
_CANVAS_ENTRY = re.compile(r"(?P<name>.*?)(?P<late>_LATE)?_(?P<user>\d+)_(?P<file>(?:text|link)\.html)", re.DOTALL)
_CANVAS_ANONYMOUS = re.compile(
    r"(?P<late>LATE_)?anon_(?P<user>[A-Za-z0-9]+)_(?:(?P<item>\d+)_(?P<file>.+)|(?P<entry>(?:text|link)\.html))",
    re.DOTALL,
)
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?P<plugin>[a-z0-9]+)(?:_(?P<file>.*))?", re.DOTALL)
_BRIGHTSPACE = re.compile(r"(?P<user>\d+)-(?P<item>\d+) - (?P<rest>.+)", re.DOTALL)
_BETWEEN = re.compile(r" ?- ")
_ORG_ID = re.compile(r"(?=.*\d)[\w.]+")
_ATTEMPT = r"_[^\W\d_]{3,20}_"  # `attempt`, in the language of whoever downloads
BLACKBOARD_NOTE = re.compile(_ATTEMPT + r"\d{4}(?:-\d{2}){5}\.txt$")
_PERSON = re.compile(r"^[^:\n]{1,40}:\s*(?P<name>[^\n]*?)\s*\((?P<user>[^()\n]+)\)\s*$", re.MULTILINE)
_BLACKBOARD = re.compile(
    r"(?P<who>.+)" + _ATTEMPT + r"(?P<time>\d{4}(?:-\d{2}){5})(?:_(?P<file>.+)|(?P<note>\.txt))", re.DOTALL
)
_IS_PREFIX = re.compile(r"[A-Za-z]{1,2}")
_GRADESCOPE = re.compile(r"submission_(?P<user>\d+)")
GRADESCOPE_METADATA = "submission_metadata.yml"


@dataclass(frozen=True)
class Place:
    """One file or folder of a download, told by its name.

    `user` is the LMS's id of who handed in. `file` is a file's own name; None for a folder, whose content was
    handed in, and for a file that the LMS added. `moment` is the time in the name, which has no time zone.
    `sure` is false for names that could as well be a student's own. `plugin` is a Moodle plug-in that is not for files
    or text. `full_name` is what the LMS says beside.
    """

    user: str
    name: str
    file: str | None = None
    moment: datetime | None = None
    late: bool = False
    added: bool = False
    sure: bool = True
    plugin: str = ""
    full_name: str = ""


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
    plugin = "" if found["plugin"] in ("file", "onlinetext") else found["plugin"]
    return Place(found["user"], found["name"], file, plugin=plugin)


def brightspace(name: str, *, folder: bool) -> Place | None:
    """`<id>-<id> - [<org id> - ]<name> - <date>`: a folder, or a file with ` - <file>` after it.

    The date is in the user's form and language; some sites put the student's own id before the name.
    """
    found = _BRIGHTSPACE.fullmatch(name)
    if found is None:
        return None
    for between in _BETWEEN.finditer(found["rest"]):
        before, after = found["rest"][: between.start()], found["rest"][between.end() :]
        for end in _date_ends(after, folder=folder):
            if (moment := read_date(after[:end])) is not None:
                return Place(found["user"], _person_name(before), _file_after(after, end), moment)
    return None


def _date_ends(text: str, *, folder: bool) -> list[int]:
    """Where the date may end: at the end of a folder's name, before the name of a file."""
    return [len(text)] if folder else [between.start() for between in _BETWEEN.finditer(text)]


def _file_after(text: str, end: int) -> str | None:
    return _BETWEEN.sub("", text[end:], count=1) or None


def _person_name(text: str) -> str:
    """The name without an id of the organisation before it."""
    first, between, rest = text.partition(" - ")
    return rest if between and _ORG_ID.fullmatch(first) else text


def looks_like_brightspace(name: str) -> bool:
    """Whether a name begins like one of Brightspace's, whatever form its date has."""
    found = _BRIGHTSPACE.fullmatch(name)
    return found is not None and re.search(r" ?- .*\d{4}", found["rest"]) is not None


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


def blackboard_person(note: bytes, who: str) -> tuple[str, str] | None:
    """The user name and the name in a note of Blackboard's, `Name: Jane Doe (jdoe)`; None if `who` ends otherwise."""
    for found in _PERSON.finditer(note.decode("utf-8", "replace")):
        if who.endswith(f"_{found['user']}"):
            return found["user"], found["name"]
    return None


def blackboard_users(whos: list[str], told: Sequence[str] = ()) -> dict[str, str]:
    """The user name in each `<assignment>_<user name>`; both may hold underscores, the assignment is the same.

    `told` are user names that are known. Without one, a letter or two before nothing but numbers belong to them:
    `HW5_s_1001` is the work of `s_1001`.
    """
    before = [who.rpartition("_")[0].split("_") for who in whos]
    shared = 0
    while all(len(parts) > shared and parts[shared] == before[0][shared] for parts in before):
        shared += 1
    known = next(
        (len(who.split("_")) - len(user.split("_")) for user in told for who in whos if who.endswith(f"_{user}")), None
    )
    rest = ["_".join(who.split("_")[shared:]) for who in whos]
    if known is not None:
        shared = known
    elif shared > 1 and _IS_PREFIX.fullmatch(before[0][shared - 1]) and all(part.isdecimal() for part in rest):
        shared -= 1
    return {who: "_".join(who.split("_")[shared:]) or who for who in whos}
