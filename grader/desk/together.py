"""Students who lost points for the same reason: one decision for all of them, exceptions kept."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from starlette.responses import Response

from grader.desk.asked import NoSuchPage, PageAsked, goto
from grader.desk.desk import Desk
from grader.desk.recording import CannotRecord, Decision, Stale, base_of
from grader.desk.roll import RollEntry
from grader.groups import Group, decision, groups_of, named
from grader.groups.decide import GroupError
from grader.report.wording import TAGS, points
from grader.submission import SubmittedFile

COMPARED = ("code", "notebook")


@dataclass
class Groups:
    """The groups of the class as it is now, worked out again as soon as it is another one."""

    desk: Desk
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _of: object = None
    _found: tuple[Group, ...] = ()

    def now(self) -> tuple[Group, ...]:
        """Those that settle most marks first."""
        with self._lock:
            entries, remark = self.desk.roll.now(), self.desk.works.remark
            if self._of != (id(entries), remark):
                stored = self.desk.results.with_exhibits([entry.stored for entry in entries.values()])
                self._found = tuple(groups_of(stored, self._files(entries)))
                self._of = (id(entries), remark)
            return self._found

    def _files(self, entries: Mapping[str, RollEntry]) -> dict[str, Sequence[SubmittedFile]]:
        kept = {entry.folder: self.desk.works.of(entry.stored.submission_sha256) for entry in entries.values()}
        return {
            folder: [SubmittedFile(file.path, file.content) for file in files if file.kind in COMPARED]
            for folder, files in kept.items()
        }


def show(asked: PageAsked) -> Response:
    """`GET /groups`."""
    found = _groups(asked).now()
    several = [group for group in found if len(group.members) > 1]
    return asked.page(
        "groups.html.j2",
        title="Groups",
        groups=several,
        alone=len(found) - len(several),
        marks=sum(group.size for group in several),
        worth=worth,
        names={entry.folder: asked.name_of(entry) for entry in asked.entries.values()},
        tags=TAGS,
        remark_on_work=asked.desk.works.remark,
    )


def _groups(asked: PageAsked) -> Groups:
    return cast("Groups", asked.request.app.state.groups)


def worth(group: Group) -> str:
    """What each of its criteria gave, of what is possible."""
    return ", ".join(
        f"{criterion} {'open' if given is None else points(given)} of {points(possible)}"
        for criterion, given, possible in zip(group.criteria, group.points, group.possible, strict=True)
    )


def one(asked: PageAsked) -> Response:
    """`GET /group/ID`."""
    return _page(asked, _named(asked))


def _named(asked: PageAsked) -> Group:
    try:
        return named(_groups(asked).now(), asked.path("id"))
    except GroupError:
        raise NoSuchPage from None


def _page(
    asked: PageAsked, group: Group, decided: Sequence[Decision] | None = None, typed: Mapping[str, str] | None = None
) -> Response:
    entries = {entry.folder: entry for entry in asked.entries.values()}
    given = {(one.code, one.criterion): one.points for one in decided or ()}
    out = set(asked.form.getlist("except")) if asked.form is not None else set()
    return asked.page(
        "group.html.j2",
        title=group.title,
        group=group,
        entries=entries,
        given=given,
        out=out,
        preview=decided is not None,
        typed=typed or {"points": "", "reason": ""},
        worth=worth(group),
        name_of=asked.name_of,
        points=points,
        tag=TAGS[group.example.finding.outcome],
    )


def decide(asked: PageAsked) -> Response:
    """`POST /group/ID`: first what it changes for each student, then the decision itself."""
    try:
        group = named(_groups(asked).now(), asked.path("id"))
    except GroupError:
        raise CannotRecord(
            "this group is not the same any more: somebody marked one of its members, or work came in addition\n"
            "hint: look at the groups again; nothing was recorded"
        ) from None
    typed = {"points": asked.field("points"), "reason": asked.field("reason")}
    decisions = _decisions(asked, group, typed)
    if asked.field("step") != "apply":
        return _page(asked, group, decisions, typed)
    try:
        asked.desk.recorder.record(decisions, asked.sitting.name, asked.field("key"))
    except Stale:
        raise CannotRecord("marks of this group changed meanwhile\nhint: look at the groups again") from None
    return goto("/groups")


def _decisions(asked: PageAsked, group: Group, typed: Mapping[str, str]) -> list[Decision]:
    """The same mark for all who are no exceptions. Raises CannotRecord or GroupError."""
    if not typed["reason"].strip():
        raise CannotRecord("reason: expected words that the students read, found none")
    entries = {entry.folder: entry for entry in asked.entries.values()}
    present = {folder: entry.stored for folder, entry in entries.items()}
    codes = set(asked.form.getlist("except")) if asked.form is not None else set()
    out = [member.folder for member in group.members if entries[member.folder].code in codes]
    names = {member.student: member.folder for member in group.members}
    found = []
    for given in decision(group, typed["points"], typed["reason"], present, out):
        entry = entries[names[given.student]]
        mark = entry.mark(given.criterion)
        if mark is not None:
            base = base_of(asked.desk.roll, entry, mark)
            found.append(Decision(entry.code, given.criterion, base, (), given.reason, given.points))
    return found
