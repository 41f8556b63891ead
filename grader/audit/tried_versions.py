"""Versions of artefacts, graded: which lost points, and which had to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grader.audit.artefacts import Files, Version, versions
from grader.audit.audit_result import Rejected, Tried
from grader.finding import Outcome
from grader.validation.trial import Trial, Trials
from grader.validation.trial_work import TrialWork


@dataclass
class TriedVersions:
    """`tried` miss what is demanded; `right` do not, and `rejected` are those of them that lost points."""

    tried: list[Tried] = field(default_factory=list)
    right: list[str] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)


def of_artefacts(trials: Trials, files: Files, judged: Sequence[str], seeds: tuple[int, int]) -> TriedVersions:
    """All of a solution's; the first of `seeds` draws noise, with the second they are graded."""
    made = {f"v{number:03d}": one for number, one in enumerate(versions(trials.assignment, files, seeds[0]))}
    found = TriedVersions()
    if not made:
        return found
    trials.progress.stage("", f"{len(made)} versions of what is handed in beside the program")
    works = [TrialWork(name, one.within(files), one.kind) for name, one in made.items()]
    graded = trials.of(works, seeds[1], "artefacts")
    for name, one in made.items():
        _add(found, name, one, graded[name], judged)
    return found


def _add(found: TriedVersions, name: str, version: Version, trial: Trial, judged: Sequence[str]) -> None:
    missed = version.misses(trial.evidence()) if version.misses is not None else None
    if missed is None:
        style = f"{version.path}: {version.kind}"
        found.right.append(style)
        marks = [trial.mark(one) for one in judged]
        lost = [mark for mark in marks if mark.finding.outcome is not Outcome.PASSED]
        found.rejected += [Rejected(style, mark.criterion, mark.finding.message) for mark in lost]
        return
    fate, lost_by = outcome(trial, judged)
    fate = "survived" if fate == "accepted" else fate
    diff = f"--- {version.path}\n+++ {version.path}\n{version.kind}"
    found.tried.append(Tried(name, version.kind, version.path, version.path, fate, lost_by, diff, missed))


def outcome(trial: Trial, judged: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """`caught`, `for a person` or `accepted`; and the criteria that took points."""
    findings = {name: trial.mark(name).finding.outcome for name in judged}
    lost = tuple(name for name, found in findings.items() if found in (Outcome.FAILED, Outcome.PARTIAL))
    if lost:
        return "caught", lost
    return ("accepted" if all(one is Outcome.PASSED for one in findings.values()) else "for a person"), ()
