"""In an assessing process: read a submission's evidence, send a finding for each criterion.

The process is a copy of the grader. What checks log is sent along; nothing else that they write reaches a terminal:
a warning may quote what a student chose.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from grader.assess import wire
from grader.assess.assess_limits import AssessLimits, data_bytes
from grader.assess.criteria import OUT_OF_MEMORY, assess_in, with_code
from grader.assess.failure import failed
from grader.assignment import Assignment
from grader.checks.replay_allowance import allowance
from grader.collect import saved_evidence
from grader.finding import Finding
from grader.readings.kept import keeping

MOST_LOGGED, LOGGED_CHARS = 20, 8000
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # of malloc.h
KEPT_BYTES, MOST_OF_HEAP = 256 << 20, 32 << 20  # at the heap's end; the most that comes from the heap


def serve(assignment: Assignment, talk: socket.socket, limits: AssessLimits) -> None:
    """Answer requests until the other end hangs up."""
    log = _prepare(limits)
    before = data_bytes()
    while (request := wire.receive(talk)) is not None:
        limits.begin()
        for message in answers(assignment, request):
            talk.sendall(wire.encoded({**message, "log": log.taken()}))
        limits.end()
        talk.sendall(wire.encoded({"done": True, "grown_mib": (data_bytes() - before) >> 20}))


class _Log(logging.Handler):
    """Keeps what is logged until it is sent."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._kept = [*self._kept[: MOST_LOGGED - 1], self.format(record)[-LOGGED_CHARS:]]

    def taken(self) -> list[str]:
        """What was logged since the last time."""
        kept, self._kept = self._kept, []
        return kept


def _prepare(limits: AssessLimits) -> _Log:
    gc.freeze()  # what belongs to the grader is not taken down here
    log = _Log()
    logging.root.handlers[:] = [log]
    warnings.simplefilter("ignore")
    _keep_memory()
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
    limits.confine()
    return log


def _keep_memory() -> None:
    """Memory that was given back is used again: asking the system for it anew takes a tenth of the time of a replay."""
    with suppress(OSError, AttributeError):  # where the C library is not the GNU one
        library = ctypes.CDLL(None)
        library.mallopt(M_TRIM_THRESHOLD, KEPT_BYTES)
        library.mallopt(M_MMAP_THRESHOLD, MOST_OF_HEAP)


def answers(assignment: Assignment, request: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The messages about one submission."""
    try:
        evidence = saved_evidence.load(Path(request["evidence"]))
    except (OSError, ValueError) as error:
        yield {"unreadable": str(error)[:1000]}
        return
    yield {"read": True}
    findings: dict[str, Finding] = {}
    with allowance() as work, keeping(evidence, request["worked_out"]) as worked_out:
        for criterion in assignment.rubric:
            if criterion.id in request["criteria"]:
                findings[criterion.id] = found = assess_in(assignment, criterion, evidence)
                yield _message(criterion.id, found, stopped=work.exhausted or found.message == OUT_OF_MEMORY)
    for name, finding in with_code(findings, evidence).items():
        yield _message(name, finding) | {"with_code": True}
    if worked_out.new:
        yield {"worked_out": worked_out.new}


def _message(criterion: str, finding: Finding, *, stopped: bool = False) -> dict[str, Any]:
    """A finding as it is sent; in place of one that cannot be, that a person has to look."""
    try:
        message = {"criterion": criterion, "finding": wire.plain(finding)}
        wire.encoded(message)
    except Exception as error:  # noqa: BLE001 - what a check returns may be anything
        return {"criterion": criterion, "finding": wire.plain(failed(error))}
    return message | {"stopped": stopped}
