"""What an instructor writes: an assignment and its rubric."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Literal

from grader.errors import AssignmentError
from grader.exhibit import Exhibit
from grader.policies import AttemptPolicy, LatePolicy
from grader.probes import Ask, Probe, ReadFiles, TimeFunction, patterns_of
from grader.rubric import Block, Check, Criterion, HandIn, no_data
from grader.sandbox.protocol import Array, Limits
from grader.slips import slips

__all__ = ["Assignment", "Check", "Criterion", "HandIn"]

_DEFINITION = re.compile(r"\b(?:class|def)\s+(\w+)")


@dataclass(frozen=True)
class Assignment:
    """One homework: what is asked of a submission in the sandbox, and how the answers earn points.

    `probes` go into the sandbox and are all that a box is told; `rubric` stays outside. `data` makes, from
    the batch's secret seed, the arrays that the stand-ins serve; `full_sizes` (`<name>.size`: train, test)
    makes them as large as the real data set, for code that counts on that. `entry` scores a source text: the file
    with the highest score above zero is the one that is graded. What the blocks of the rubric need of these three is
    there without being written down. `due` is best given with a place's time zone
    (`zoneinfo.ZoneInfo`): late days are counted on its clock.

    `code` says what is executed of that file: `run` the whole of it as the course does, `definitions` only what it
    defines, `none` nothing. Files that match one of `documents` (such as `*.pdf`) are read in boxes of their own, and
    so are those that `reads` names: logs, texts, pictures; `timings` are functions that are timed, in boxes too.
    `measured` gives figures and tables of the reference's own results, for the class report.
    `usual_cpu_s` is the CPU time that most submissions need: whoever runs out of time is told.
    `long_running` names functions of the course's template that train: definitions are taken without calling them.
    `given` recognises, by path and content, what the course itself handed out: such a file is graded only if there is
    no other, and reported.
    `hand_in` is what students submit; `public_seed` makes the inputs of their own checks. `report_rules` names the
    criteria that look at nothing but a report: they are checked as soon as a student makes one.
    """

    title: str
    course: str
    rubric: Sequence[Criterion]
    probes: Sequence[Probe] = ()
    entry: Mapping[str, int] = field(default_factory=dict)
    data: Callable[[int], Mapping[str, Array]] = no_data
    full_sizes: Mapping[str, Array] = field(default_factory=dict)
    limits: Limits = Limits()
    usual_cpu_s: float | None = None
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
    reads: Sequence[ReadFiles] = ()
    timings: Sequence[TimeFunction] = ()
    id: str = ""
    folder: Path = field(default_factory=Path)

    def __post_init__(self) -> None:
        if blocks := tuple(_blocks(self.rubric)):
            self._gather(blocks)
        if found := list(slips(self)):
            raise AssignmentError("\n".join(found))

    @property
    def points(self) -> Decimal:
        """The rubric's total, without what is extra."""
        return sum((criterion.points for criterion in self.rubric if not criterion.extra), Decimal(0))

    def _gather(self, blocks: tuple[Block, ...]) -> None:
        """Ask, serve and recognise what the blocks need beside what is written down; once, however often it is copied.

        Without patterns of its own an assignment recognises its file by what the blocks look for.
        """
        own, data = self.probes, self.data
        if isinstance(own, list | tuple):
            needed = [probe for block in blocks for probe in block.probes]
            gathered = [probe for place, probe in enumerate(needed) if probe not in [*own, *needed[:place]]]
            object.__setattr__(self, "probes", (*own, *gathered))
        files = [reading for block in blocks for reading in block.reads]
        object.__setattr__(self, "reads", tuple(dict.fromkeys([*self.reads, *files])))
        timed = {timing.id: timing for timing in (*self.timings, *(one for block in blocks for one in block.timings))}
        object.__setattr__(self, "timings", tuple(timed.values()))
        if not self.entry:
            object.__setattr__(self, "entry", {key: value for block in blocks for key, value in block.entry.items()})
        if not isinstance(data, Served):
            object.__setattr__(self, "data", Served(data, blocks))

    def proven(self) -> list[str]:
        """The probes whose patterns fit something that the starter or the reference defines."""
        texts = _own_texts(self.folder) if self.id else ()
        names = {name for text in texts for name in _DEFINITION.findall(text)}
        return [
            probe.id
            for probe in self.probes
            if not isinstance(probe, Ask)
            and any(re.search(pattern, name, re.IGNORECASE) for pattern in patterns_of(probe) for name in names)
        ]

    def entry_is_proven(self) -> bool:
        """Whether a pattern of `entry` fits something in the starter or the reference."""
        texts = _own_texts(self.folder) if self.id else ()
        return any(points > 0 and re.search(pattern, text) for pattern, points in self.entry.items() for text in texts)

    def support(self) -> dict[str, bytes]:
        """What student code may import in the sandbox: the course's modules (`provided/`), and as the package
        `assignment_inside` the code of `Ask` probes (`inside/`).
        """
        return _python_files(self.folder / "provided") | _python_files(self.folder / "inside", "assignment_inside/")

    def handed_out(self) -> dict[str, bytes]:
        """The course's own data in `provided/`, such as a table or weights: they lie beside its modules in the sandbox,
        and student code finds them there under the path, or the name, by which it would open its own copy.
        """
        root = self.folder / "provided"
        found = (path for path in sorted(root.rglob("*")) if path.is_file() and path.suffix not in (".py", ".pyc"))
        visible = (path for path in found if not any(part.startswith(".") for part in path.relative_to(root).parts))
        return {str(path.relative_to(root)): path.read_bytes() for path in visible}


@dataclass(frozen=True, eq=False)
class Served:
    """All data of an assignment: its own and its blocks', by the batch's seed."""

    own: Callable[[int], Mapping[str, Array]]
    blocks: tuple[Block, ...]

    def __call__(self, seed: int) -> Mapping[str, Array]:
        """The arrays by name."""
        found = dict(self.own(seed))
        for block in self.blocks:
            found |= block.data(seed)
        return found


def _blocks(rubric: object) -> Iterator[Block]:
    criteria = [part for part in rubric if isinstance(part, Criterion)] if isinstance(rubric, list | tuple) else []
    checks = [check for rule in criteria for check in (rule.check, rule.preview, rule.shows)]
    yield from (check for check in checks if isinstance(check, Block))


@lru_cache(maxsize=8)
def _own_texts(folder: Path) -> tuple[str, ...]:
    """The starter's and the reference's sources: texts that patterns can be tried on."""
    files = [path for part in ("starter", "hidden") for path in sorted((folder / part).rglob("*"))]
    sources = [path for path in files if path.suffix in (".py", ".ipynb") and path.is_file()]
    return tuple(path.read_text("utf-8", "replace") for path in sources)


def _python_files(root: Path, prefix: str = "") -> dict[str, bytes]:
    return {f"{prefix}{path.relative_to(root)}": path.read_bytes() for path in sorted(root.rglob("*.py"))}
