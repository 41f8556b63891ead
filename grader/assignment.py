"""What an instructor writes: an assignment and its rubric."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from grader.errors import AssignmentError
from grader.exhibit import Exhibit
from grader.finding import Finding
from grader.policies import AttemptPolicy, LatePolicy
from grader.probes import Ask, Probe
from grader.sandbox.protocol import Array, Limits
from grader.slips import slips

if TYPE_CHECKING:
    from grader.evidence import Evidence

_DEFINITION = re.compile(r"\b(?:class|def)\s+(\w+)")
Check = Callable[["Evidence"], Finding]


@dataclass(frozen=True, init=False)
class Criterion:
    """One row of a rubric. Without a check a person grades it: `guide` says what full, half and no points look like,
    and the details and exhibits of what `shows` finds in the evidence help to decide.

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
    ) -> None:
        values = {"id": id, "title": title, "points": _points(id, points), "check": check, "public": public,
                  "preview": preview, "guide": guide, "shows": shows}  # fmt: skip
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


@dataclass(frozen=True)
class Assignment:
    """One homework: what is asked of a submission behind the wall, and how the answers earn points.

    `probes` go through the wall and are all that a box is told; `rubric` stays outside. `data` makes, from
    the batch's secret seed, the arrays that the stand-ins serve; `full_sizes` (`<name>.size`: train, test)
    makes them as large as the real data set, for code that counts on that. `entry` scores a source text: the file
    with the highest score above zero is the one that is graded. `due` is best given with a place's time zone
    (`zoneinfo.ZoneInfo`): late days are counted on its clock.

    `code` says what is executed of that file: `run` the whole of it as the course does, `definitions` only what it
    defines, `none` nothing. Files that match one of `documents` (such as `*.pdf`) are read in boxes of their own.
    `measured` gives figures and tables of the reference's own results, for the class report.
    `long_running` names functions of the course's template that train: definitions are taken without calling them.
    `given` recognises, by path and content, what the course itself handed out: such a file is graded only if there is
    no other, and reported.
    `hand_in` is what students submit; `public_seed` makes the inputs of their own checks. `report_rules` names the
    criteria that look at nothing but a report: they are checked as soon as a student makes one.
    """

    title: str
    course: str
    rubric: Sequence[Criterion]
    probes: Sequence[Probe]
    entry: Mapping[str, int]
    data: Callable[[int], Mapping[str, Array]]
    full_sizes: Mapping[str, Array] = field(default_factory=dict)
    limits: Limits = Limits()
    due: datetime | None = None
    late_policy: LatePolicy = LatePolicy()
    attempts: AttemptPolicy = AttemptPolicy()
    warm: Sequence[str] = ("torch",)
    code: Literal["run", "definitions", "none"] = "run"
    documents: Sequence[str] = ()
    measured: Callable[[], Sequence[Exhibit]] | None = None
    long_running: Sequence[str] = ()
    given: Callable[[str, bytes], Literal["template", "solution"] | None] = lambda path, content: None
    hand_in: Sequence[HandIn] = ()
    public_seed: int = 0
    report_rules: Sequence[str] = ()
    id: str = ""
    folder: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        if found := list(slips(self)):
            raise AssignmentError("\n".join(found))

    @property
    def points(self) -> Decimal:
        """The rubric's total."""
        return sum((criterion.points for criterion in self.rubric), Decimal(0))

    def proven(self) -> list[str]:
        """The probes whose patterns fit something that the starter or the reference defines."""
        texts = _own_texts(self.folder) if self.id else ()
        names = {name for text in texts for name in _DEFINITION.findall(text)}
        return [
            probe.id
            for probe in self.probes
            if not isinstance(probe, Ask)
            and any(re.search(pattern, name, re.IGNORECASE) for pattern in probe.patterns for name in names)
        ]

    def entry_is_proven(self) -> bool:
        """Whether a pattern of `entry` fits something in the starter or the reference."""
        texts = _own_texts(self.folder) if self.id else ()
        return any(points > 0 and re.search(pattern, text) for pattern, points in self.entry.items() for text in texts)

    def support(self) -> dict[str, bytes]:
        """What student code may import behind the wall: the course's modules (`provided/`), and as the package
        `assignment_inside` the code of `Ask` probes (`inside/`).
        """
        return _python_files(self.folder / "provided") | _python_files(self.folder / "inside", "assignment_inside/")


@lru_cache(maxsize=8)
def _own_texts(folder: Path) -> tuple[str, ...]:
    """The starter's and the reference's sources: texts that patterns can be tried on."""
    files = [path for part in ("starter", "hidden") for path in sorted((folder / part).rglob("*"))]
    sources = [path for path in files if path.suffix in (".py", ".ipynb") and path.is_file()]
    return tuple(path.read_text("utf-8", "replace") for path in sources)


def _python_files(root: Path, prefix: str = "") -> dict[str, bytes]:
    return {f"{prefix}{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*.py"))}
