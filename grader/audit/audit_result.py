"""What an audit finds: how often grading is wrong, criterion by criterion, and the mutants that show it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from grader.audit.bounds import Share

WANTED = 0.95  # of the mutants that change behaviour must lose points
FATES = ("caught", "survived", "for a person", "same behaviour")


@dataclass(frozen=True)
class Tried:
    """A mutant and what became of it, one of `FATES`. `lost` are the criteria that took points from it."""

    name: str
    kind: str
    where: str
    region: str
    fate: str
    lost: tuple[str, ...]
    diff: str
    differs: str = ""


@dataclass(frozen=True)
class Rejected:
    """A right version that lost points of a criterion."""

    style: str
    criterion: str
    message: str


@dataclass(frozen=True, kw_only=True)
class Audit:
    """All of it. `possible` mutants there are, `idle` of them in places that never run. Of the others `tried` were
    drawn with `seed`. `styles` were rewritten.
    """

    assignment: str
    solution: str
    seed: int
    possible: int
    idle: int
    tried: tuple[Tried, ...]
    styles: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    criteria: tuple[str, ...]
    seconds: float
    behaviour_seeds: int

    @property
    def fates(self) -> Counter[str]:
        """How many mutants came to what."""
        return Counter(one.fate for one in self.tried)

    @property
    def caught(self) -> Share:
        """Of the mutants that change behaviour and were graded without a person."""
        fates = self.fates
        return Share(fates["caught"], fates["caught"] + fates["survived"])

    @property
    def sound(self) -> bool:
        """Whether enough mutants are caught, and no right version is rejected."""
        share = self.caught
        return not self.rejected and share.count >= WANTED * share.of

    def false_accepts(self, criterion: str) -> Share:
        """Mutants that survived where this criterion looks, of those that change behaviour there.

        It looks at the functions and classes in which it took points from some mutant; what it did not take points
        for there counts only if no other criterion took any.
        """
        watched = {one.region for one in self.tried if criterion in one.lost}
        here = [one for one in self.tried if one.region in watched]
        survived = sum(one.fate == "survived" for one in here)
        return Share(survived, survived + sum(criterion in one.lost for one in here))

    def false_rejects(self, criterion: str) -> Share:
        """Right versions from which this criterion took points."""
        return Share(sum(one.criterion == criterion for one in self.rejected), len(self.styles))

    def as_json(self) -> dict[str, Any]:
        """For programs and for the class report."""
        return {
            "schema": 1,
            "assignment": self.assignment,
            "seed": self.seed,
            "behaviour_seeds": self.behaviour_seeds,
            "seconds": round(self.seconds, 1),
            "sound": self.sound,
            "mutants": {
                "possible": self.possible,
                "never runs": self.idle,
                "tried": len(self.tried),
                **{fate: self.fates[fate] for fate in FATES},
            },
            "caught": self.caught.as_json(),
            "rewrites": list(self.styles),
            "criteria": {name: self._criterion(name) for name in self.criteria},
            "survivors": [_shown(one) for one in self.tried if one.fate == "survived"],
            "same_behaviour": [_shown(one) for one in self.tried if one.fate == "same behaviour"],
            "rejected": [vars(one) for one in self.rejected],
        }

    def _criterion(self, name: str) -> Mapping[str, Any]:
        return {
            "false_accepts": self.false_accepts(name).as_json(),
            "false_rejects": self.false_rejects(name).as_json(),
        }

    def lines(self) -> Iterator[str]:
        """The result as lines of text."""
        yield f"{self.assignment}: {self.solution}"
        idle = f", {self.idle} of which never run" if self.idle else ""
        drawn = f"{len(self.tried)} of {self.possible} mutants{idle} (drawn with seed {self.seed})"
        yield f"{drawn}: " + ", ".join(f"{self.fates[fate]} {fate}" for fate in FATES if self.fates[fate])
        yield f"caught: {self.caught} of those that change behaviour; wanted: {WANTED:.0%}"
        yield f"right versions: {len(self.styles)}, of which {len({one.style for one in self.rejected})} lost points"
        width = max(len(name) for name in self.criteria)
        for name in self.criteria:
            accepts, rejects = self.false_accepts(name), self.false_rejects(name)
            yield f"  {name:<{width}}  false accepts {accepts!s:<28} false rejects {rejects}"
        for one in self.rejected:
            yield f"✗ {one.style}: {one.criterion} took points: {one.message}"
        for mutant in self.tried:
            if mutant.fate == "survived":
                yield f"✗ survived: {mutant.kind} in {mutant.where}, seen at {mutant.differs}"
                yield "\n".join(f"    {line}" for line in mutant.diff.splitlines()[2:])
        yield f"{self.seconds:.0f} s"


def _shown(one: Tried) -> dict[str, str]:
    return {"kind": one.kind, "where": one.where, "differs": one.differs, "diff": one.diff}
