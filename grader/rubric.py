"""What earns points: a rubric's criteria, and the files that are handed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from types import ModuleType
from typing import TYPE_CHECKING, Any

from grader.errors import AssignmentError
from grader.finding import Finding
from grader.probes import Probe, ReadFiles, TimeFunction
from grader.sandbox.protocol import Array

if TYPE_CHECKING:
    from grader.evidence import Evidence

Check = Callable[["Evidence"], Finding]


def no_data(_: int) -> Mapping[str, Array]:
    """No arrays are sent into the sandbox."""
    return {}


@dataclass(frozen=True, eq=False)
class Block:
    """A check that brings along what it needs: `probes` to ask, `data` to serve, patterns (as an assignment's `entry`)
    of the file to grade, files to be read (`reads`), functions to be timed (`timings`). An assignment asks for all that
    the blocks of its rubric need.

    `hidden` says that the check needs what students do not have (the reference); they run `preview` in its place.
    A block that leaves open what a solution computes has `demanded`: what is left to compare between two solutions
    beyond the verdict, as numbers, for an audit. Without it, all that comes back is.
    `artefact` says what it wants of something trained, logged or generated, for an audit that makes versions of it.
    """

    check: Check
    probes: Sequence[Probe] = ()
    data: Callable[[int], Mapping[str, Array]] = no_data
    entry: Mapping[str, int] = field(default_factory=dict)
    hidden: bool = False
    preview: Check | None = None
    reads: Sequence[ReadFiles] = ()
    timings: Sequence[TimeFunction] = ()
    demanded: Callable[[Evidence], Mapping[str, float]] | None = None
    artefact: Any = None

    def __call__(self, evidence: Evidence) -> Finding:
        """The check's finding."""
        return self.check(evidence)


@dataclass(frozen=True, init=False)
class Criterion:
    """One row of a rubric. Without a check a person grades it: `guide` says what full, half and no points look like,
    and the details and exhibits of what `shows` finds in the evidence help to decide. A check may be a `Block`.

    The points of an `extra` criterion count, but not among the possible ones. One that `needs` others, by their ids,
    counts only if each of those earned some of its points: what uses nothing forbidden and does not work earns nothing,
    and a function that is right in part costs nothing twice.

    Students run `public` checks too; those that lie in the assignment's `hidden/` folder they cannot have. `preview`
    is a weaker check for them, of form rather than of values.
    """

    id: str
    title: str
    points: Decimal
    check: Check | None
    public: bool
    preview: Check | None
    guide: str
    shows: Check | None
    extra: bool
    needs: tuple[str, ...]

    def __init__(  # noqa: PLR0913 - all but three are optional and named
        self,
        id: str,  # noqa: A002 - the word that rubrics use
        title: str,
        points: Decimal | float | str,
        check: Check | None = None,
        *,
        public: bool = True,
        preview: Check | None = None,
        guide: str = "",
        shows: Check | None = None,
        extra: bool = False,
        needs: str | Sequence[str] = (),
    ) -> None:
        if isinstance(guide, ModuleType):  # stands for what is hidden from students
            guide = ""
        if isinstance(check, Block) and check.hidden:
            public, preview = False, preview or check.preview
        values = {
            "id": id,
            "title": title,
            "points": _points(id, points),
            "check": check,
            "public": public,
            "preview": preview,
            "guide": guide,
            "shows": shows,
            "extra": extra,
            "needs": (needs,) if isinstance(needs, str) else tuple(needs),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        if not isinstance(self.id, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", self.id):
            raise AssignmentError(f"criterion id: expected lower-case letters, digits, _; found {self.id!r}")
        if self.points <= 0:
            raise AssignmentError(f"criterion {self.id}: expected points above 0, found {self.points}")
        if self.points != round(self.points, 2):
            raise AssignmentError(f"criterion {self.id}: expected points to 0.01, found {self.points}")

    @property
    def manual(self) -> bool:
        """Whether a person grades it."""
        return self.check is None


def _points(criterion: object, points: object) -> Decimal:
    try:
        found = Decimal("NaN") if isinstance(points, bool | None) else Decimal(str(points))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise AssignmentError(f"criterion {criterion}: points: expected a number, found {points!r}")
    return found


@dataclass(frozen=True)
class HandIn:
    """One file of what students hand in: the one file that matches `patterns`, or a zip of all that do.

    `name` is what the course wants it to be called; empty for the student's own name. Patterns are those of
    `fnmatch`, for the path inside the work folder, or for the file's name if they hold no slash.
    """

    name: str
    patterns: tuple[str, ...]
    archive: bool = False
    required: bool = True
