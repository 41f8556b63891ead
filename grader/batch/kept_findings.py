"""What is kept beside a student's evidence, and taken again where all that it rests on is the same.

Findings, and what checks worked out of the evidence alone (`grader.kept`): where only a tolerance is another, that
need not be worked out again. Only the grader's own process writes the file, from what its assessing processes sent.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from grader.assess import wire
from grader.assess.assessors import Assessed
from grader.assess.criteria import with_code
from grader.evidence import Evidence
from grader.files import write_lightly
from grader.finding import Finding, Outcome
from grader.gradebook.results import StudentFolder
from grader.readings.kept import MOST_CHARS, WorkedOut
from grader.rubric import Criterion

SCHEMA = 1
Assess = Callable[[Sequence[str], WorkedOut], Assessed]


@dataclass(frozen=True)
class _Kept:
    """What is kept of a student, and still holds."""

    findings: Mapping[str, Finding] = field(default_factory=dict)
    worked_out: WorkedOut = field(default_factory=dict)


@dataclass(frozen=True)
class KeptFindings:
    """`rests_on` has a digest for each criterion of which a finding may be kept, `of_function` for each function."""

    rubric: Sequence[Criterion]
    rests_on: Mapping[str, str]
    of_function: Callable[[str], str | None] = lambda _: None

    @property
    def criteria(self) -> list[str]:
        """The ids of all criteria, in the order of the rubric."""
        return [rule.id for rule in self.rubric]

    def assess(self, folder: StudentFolder, digest: str, evidence: Evidence, assess: Assess) -> Assessed:
        """The findings for a student's saved evidence, of that digest; `assess` makes those that are not kept.

        `evidence` may lack its arrays. Raises what `assess` does.
        """
        known = self._read(folder, digest)
        kept = known.findings
        left = [name for name in self.criteria if name not in kept]
        made = assess(left, known.worked_out) if left else Assessed()
        made.raw |= kept
        made.worked_out = _together(known.worked_out, made.worked_out)
        if kept:
            raw = {name: found[name] for found in [made.findings | made.raw] for name in self.criteria}
            made.findings |= raw | with_code(raw, evidence)
        if left and not made.stopped:
            self._write(folder, digest, made)
        return made

    def keep(self, folder: StudentFolder, digest: str, made: Assessed) -> None:
        """Keep what another machine found in a student's saved evidence, where no process was ended at it."""
        if made.raw and not made.stopped:
            self._write(folder, digest, made)

    def _read(self, folder: StudentFolder, evidence: str) -> _Kept:
        """What would be made again as it is. What is damaged, or is about other evidence, is not taken."""
        try:
            told = json.loads(folder.findings.read_bytes())
            text = told["kept"]
            if told["sha256"] != _digest(text):
                return _Kept()
            kept = json.loads(text)
            if (kept["schema"], kept["evidence"]) != (SCHEMA, evidence):
                return _Kept()
            return _Kept(dict(self._current(kept["findings"])), dict(self._still(kept.get("worked_out", {}))))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return _Kept()

    def _current(self, findings: Mapping[str, Any]) -> Iterable[tuple[str, Finding]]:
        for name, digest in self.rests_on.items():
            if name in findings and findings[name]["rests_on"] == digest:
                yield name, wire.finding_of(findings[name]["finding"])

    def _still(self, worked_out: Mapping[str, Any]) -> Iterable[tuple[str, dict[str, Any]]]:
        for name, one in worked_out.items():
            if one["rests_on"] == self.of_function(name):
                yield name, dict(one["found"])

    @property
    def _for_a_person(self) -> set[str]:
        return {rule.id for rule in self.rubric if rule.check is None and rule.shows is None}

    def _write(self, folder: StudentFolder, evidence: str, made: Assessed) -> None:
        """Keep what was found, but for what nobody could judge: that is tried again."""
        findings = made.raw
        kept = {
            name: {"rests_on": self.rests_on[name], "finding": wire.plain(findings[name])}
            for name in self.rests_on
            if name in findings and (name in self._for_a_person or findings[name].outcome is not Outcome.UNGRADED)
        }
        worked_out = {
            name: {"rests_on": digest, "found": found}
            for name, found in made.worked_out.items()
            if (digest := self.of_function(name)) is not None
        }
        with suppress(wire.NotUnderstood, OSError):  # grading goes on without
            text = wire.text_of({"schema": SCHEMA, "evidence": evidence, "findings": kept, "worked_out": worked_out})
            write_lightly(folder.findings, json.dumps({"sha256": _digest(text), "kept": text}).encode())


def _together(before: WorkedOut, new: WorkedOut) -> WorkedOut:
    """What was worked out before, as long as there is room for it, and now."""
    found = {name: before.get(name, {}) | new.get(name, {}) for name in {**before, **new}}
    return found if not before or len(json.dumps(found)) <= MOST_CHARS else new


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
