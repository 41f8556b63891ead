"""One piece of work on the machine that does it: a submission becomes evidence and findings."""

from __future__ import annotations

import pickle
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from grader.assess import wire
from grader.assess.assessors import Assessed, Assessors
from grader.assignment import Assignment
from grader.batch.best_attempt import Collector
from grader.batch.remote_work import RemoteWork, Worked
from grader.collect import saved_evidence
from grader.evidence import Evidence
from grader.executors.parcels import joined, split
from grader.executors.session import BatchSession
from grader.executors.streams import host_name
from grader.gradebook.results import EVIDENCE_FILES
from grader.sandbox.protocol import Sandbox, Status

HOST = "host"  # in the environment of evidence: the machine that it was collected on


def packed_work(work: RemoteWork) -> bytes:
    """For the way to a worker, which trusts whoever gives it work."""
    return pickle.dumps(work)


@dataclass(frozen=True)
class Grader:
    """Collects and assesses for one batch; `space` is a folder for what is saved meanwhile."""

    session: BatchSession
    assignment: Assignment
    sandbox: Sandbox
    assessors: Assessors
    space: Path

    def grade(self, packed: bytes) -> dict[str, Any]:
        """The answer to one piece of work: `done` with its bytes; what this machine failed at says so as `failed`."""
        work: RemoteWork = pickle.loads(packed)  # noqa: S301 - from the machine whose code runs here anyway
        with tempfile.TemporaryDirectory(prefix="work-", dir=self.space) as name:
            evidence, assessed = self._worked(work, Path(name))
            done = packed_result(Path(name) / "evidence", assessed)
        broken = [run.reason for run in evidence.executions if run.status is Status.SANDBOX_FAILED]
        # Another machine may do better: the evidence goes along for when none does.
        return {"done": done, **({"failed": f"the sandbox failed: {broken[0]}"[:500]} if broken else {})}

    def _worked(self, work: RemoteWork, space: Path) -> tuple[Evidence, Assessed]:
        evidence = self._evidence(work, space)
        saved_evidence.save(evidence, space / "evidence")
        return evidence, self.assessors.assess(space / "evidence")

    def _evidence(self, work: RemoteWork, space: Path) -> Evidence:
        if work.evidence is not None:
            return saved_evidence.from_files(work.evidence)
        found = self._collector(work, space).best(work.submission)
        return replace(found, environment={**found.environment, HOST: host_name()})

    def _collector(self, work: RemoteWork, space: Path) -> Collector:
        def assess(evidence: Evidence) -> Assessed:
            saved_evidence.save(evidence, space / "attempt")
            return self.assessors.assess(space / "attempt")

        return Collector(
            self.assignment,
            self.sandbox,
            self.session.seed,
            self.session.device,
            self.session.asked_with,
            lambda _: work.terms,
            lambda *_: None,
            assess,
        )


def packed_result(evidence: Path, assessed: Assessed) -> bytes:
    """Evidence and findings as plain data: nothing that comes back from a worker is unpickled here."""
    findings, raw = assessed.findings, assessed.raw
    header = {
        "findings": {name: wire.plain(finding) for name, finding in findings.items()},
        # Most are the same: then their name says all.
        "raw": {name: None if findings.get(name) == found else wire.plain(found) for name, found in raw.items()},
        "worked_out": assessed.worked_out,
        "stopped": assessed.stopped,
        "host": host_name(),
    }
    return joined(header, {name: (evidence / name).read_bytes() for name in EVIDENCE_FILES})


def unpacked_result(content: bytes) -> Worked:
    """The same again. Raises ValueError for what is none."""
    header, files = split(content)
    if tuple(files) != EVIDENCE_FILES:
        raise ValueError(f"expected {', '.join(EVIDENCE_FILES)}, found {', '.join(files)}")
    found = {str(name): wire.finding_of(value) for name, value in dict(header["findings"]).items()}
    raw = {
        str(name): wire.finding_of(value) if value is not None else found[name]
        for name, value in dict(header["raw"]).items()
    }
    worked_out = wire.worked_out_of(header.get("worked_out"))
    return Worked(files, Assessed(found, bool(header["stopped"]), "", raw, worked_out), str(header["host"])[:200])
