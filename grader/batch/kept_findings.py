"""Findings that are kept beside a student's evidence, and taken again where all that they rest on is the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from grader.assess import wire
from grader.assess.assessors import Assessed
from grader.assess.criteria import with_code
from grader.evidence import Evidence
from grader.files import write_lightly
from grader.finding import Finding, Outcome
from grader.gradebook.results import StudentFolder
from grader.rubric import Criterion

SCHEMA = 1
Assess = Callable[[Sequence[str]], Assessed]


@dataclass(frozen=True)
class KeptFindings:
    """`rests_on` has a digest for each criterion of which a finding may be kept."""

    rubric: Sequence[Criterion]
    rests_on: Mapping[str, str]

    @property
    def criteria(self) -> list[str]:
        """The ids of all criteria, in the order of the rubric."""
        return [rule.id for rule in self.rubric]

    def assess(self, folder: StudentFolder, digest: str, evidence: Evidence, assess: Assess) -> Assessed:
        """The findings for a student's saved evidence, of that digest; `assess` makes those that are not kept.

        `evidence` may lack its arrays. Raises what `assess` does.
        """
        kept = self._read(folder, digest)
        left = [name for name in self.criteria if name not in kept]
        made = assess(left) if left else Assessed()
        made.raw |= kept
        if kept:
            raw = {name: found[name] for found in [made.findings | made.raw] for name in self.criteria}
            made.findings |= raw | with_code(raw, evidence)
        if not made.stopped:
            self._write(folder, digest, made.raw)
        return made

    def keep(self, folder: StudentFolder, digest: str, made: Assessed) -> None:
        """Keep what another machine found in a student's saved evidence, where no process was ended at it."""
        if made.raw and not made.stopped:
            self._write(folder, digest, made.raw)

    def _read(self, folder: StudentFolder, evidence: str) -> dict[str, Finding]:
        """Those that would be made again as they are. What is damaged, or is about other evidence, is not taken."""
        try:
            told = json.loads(folder.findings.read_bytes())
            text = told["kept"]
            if told["sha256"] != _digest(text):
                return {}
            kept = json.loads(text)
            if (kept["schema"], kept["evidence"]) != (SCHEMA, evidence):
                return {}
            return dict(self._current(kept["findings"]))
        except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            return {}

    def _current(self, findings: Mapping[str, Any]) -> Iterable[tuple[str, Finding]]:
        for name, digest in self.rests_on.items():
            if name in findings and findings[name]["rests_on"] == digest:
                yield name, wire.finding_of(findings[name]["finding"])

    @property
    def _for_a_person(self) -> set[str]:
        return {rule.id for rule in self.rubric if rule.check is None and rule.shows is None}

    def _write(self, folder: StudentFolder, evidence: str, findings: Mapping[str, Finding]) -> None:
        """Keep what was found, but for what nobody could judge: that is tried again."""
        kept = {
            name: {"rests_on": self.rests_on[name], "finding": wire.plain(findings[name])}
            for name in self.rests_on
            if name in findings and (name in self._for_a_person or findings[name].outcome is not Outcome.UNGRADED)
        }
        with suppress(wire.NotUnderstood, OSError):  # grading goes on without
            text = wire.text_of({"schema": SCHEMA, "evidence": evidence, "findings": kept})
            write_lightly(folder.findings, json.dumps({"sha256": _digest(text), "kept": text}).encode())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
