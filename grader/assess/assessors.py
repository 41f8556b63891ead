"""Processes that assess, as the grader sees them: a submission's evidence goes in, findings come back.

Whatever evidence does to such a process, the grader goes on: the criterion at which it ended is `ungraded` with the
reason, and the criteria that are left are tried once more.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import warnings
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

from grader.assess import wire
from grader.assess.assess_limits import AssessLimits
from grader.assess.failure import OUR_FAULT, failed
from grader.assess.keeper import keep
from grader.assignment import Assignment
from grader.finding import Finding
from grader.inside.descriptors import receive_message, send_message
from grader.readings.kept import WorkedOut

LOG = logging.getLogger("grader")
MOST_GROWN_MIB = 512  # a process that holds on to more than that is replaced
TRIES = 2
LIMITS = AssessLimits()
AGAIN = f"{OUR_FAULT}; `grader regrade` tries again"


class AssessorLost(OSError):
    """A process that makes processes that assess is gone."""


class Interrupted(BaseException):
    """The batch has ended early. Not an error: nothing may be made of it."""


class UnreadableEvidence(ValueError):
    """Saved evidence that cannot be read."""


@dataclass
class Assessed:
    """A submission's findings by criterion. `stopped`: the process was ended, or memory ran out, at one of them.

    `raw` are those that checks made, before the lines about a program's first error were put to one of them.
    `worked_out` is what is new of that which may be kept.
    """

    findings: dict[str, Finding] = field(default_factory=dict)
    stopped: bool = False
    unreadable: str = ""
    raw: dict[str, Finding] = field(default_factory=dict)
    worked_out: WorkedOut = field(default_factory=dict)

    def give_up(self, criteria: Sequence[str], reason: str) -> None:
        """A person has to look at these."""
        finding = Finding.ungraded(f"the grader could not assess this: {reason}", AGAIN)
        self.findings |= dict.fromkeys(criteria, finding)
        self.stopped = True


class Assessors:
    """`count` processes that assess for one batch. Use as a context manager; several threads may ask.

    They are copies of this process: make them before it runs operations of PyTorch on more than one thread.
    """

    def __init__(self, assignment: Assignment, count: int, limits: AssessLimits = LIMITS) -> None:
        self._criteria = [criterion.id for criterion in assignment.rubric]
        self._all = [_Assessor(assignment, limits) for _ in range(max(1, count))]
        self._free: SimpleQueue[_Assessor] = SimpleQueue()
        for one in self._all:
            self._free.put(one)

    def __enter__(self) -> Assessors:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._all:
            one.interrupted = error is not None
        self.close()

    def close(self) -> None:
        """End the processes that assess."""
        for one in self._all:
            one.close()

    def assess(self, evidence: Path, criteria: Sequence[str] | None = None, kept: WorkedOut | None = None) -> Assessed:
        """The findings that evidence saved in a folder leads to: for all criteria, or for these.

        `kept` is what was worked out of this very evidence before, by the same code.

        Raises UnreadableEvidence, and AssessorLost if the system has ended what makes the processes.
        """
        assessed, left, assessor = Assessed(), list(criteria or self._criteria), self._free.get()
        try:
            for _ in range(TRIES):
                reached, ended = assessor.ask(evidence, left, assessed, kept or {})
                if assessed.unreadable:
                    raise UnreadableEvidence(assessed.unreadable)
                if ended is None:
                    return assessed
                left = [name for name in left if name not in assessed.findings]
                # Without its evidence nothing can be assessed; else one criterion need not cost the others.
                assessed.give_up(left[:1] if reached else left, ended)
                left = left[1:] if reached else []
            assessed.give_up(left, "assessing another criterion was ended twice")
        finally:
            self._free.put(assessor)
        return assessed


class _Assessor:
    """One keeper and the process that it keeps, if there is one."""

    def __init__(self, assignment: Assignment, limits: AssessLimits) -> None:
        self.limits, self.interrupted = limits, False
        self.talk: socket.socket | None = None
        self.word, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with warnings.catch_warnings():
            # Python 3.12 and later: this process has threads. The copy uses none of what they may hold.
            warnings.simplefilter("ignore", DeprecationWarning)
            self.pid = os.fork()
        if self.pid == 0:
            keep(assignment, theirs, limits)
        theirs.close()

    def ask(
        self, evidence: Path, criteria: Sequence[str], assessed: Assessed, kept: WorkedOut
    ) -> tuple[bool, str | None]:
        """Assess `criteria`. Whether the evidence was read, and why the process ended; None if it did not.

        Raises Interrupted if it was closed meanwhile.
        """
        reached = False
        try:
            talk = self._ready()
            asked = {"evidence": str(evidence), "criteria": list(criteria), "worked_out": kept}
            talk.sendall(wire.encoded(asked))
            while (message := wire.receive(talk)) is not None:
                if message.get("done") is True:
                    self._rest(message)
                    return True, None
                reached = True
                take(message, assessed)
        except (wire.NotUnderstood, ConnectionError) as error:
            LOG.warning("%s: %s", evidence.parent.name, error)
        finally:
            if self.interrupted:
                raise Interrupted
        return reached, self.limits.words(self._dismiss())

    def close(self) -> None:
        """End the process, and what keeps it."""
        for end in (self.talk, self.word):
            if end is not None:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)  # which wakes a thread that waits for an answer
                end.close()
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def _ready(self) -> socket.socket:
        if self.talk is None:
            try:
                send_message(self.word, {"start": True})
                started, descriptors = receive_message(self.word)
            except OSError as error:
                raise AssessorLost("the process that makes assessing processes was ended") from error
            if started is None:
                raise AssessorLost("the process that makes assessing processes was ended")
            self.talk = socket.socket(fileno=descriptors[0])
        return self.talk

    def _rest(self, message: Mapping[str, Any]) -> None:
        grown = message.get("grown_mib")
        if not isinstance(grown, int) or grown > MOST_GROWN_MIB:
            self._dismiss()

    def _dismiss(self) -> int:
        """Let the process end; how it did."""
        if self.talk is not None:
            self.talk.close()
            self.talk = None
        message, _ = receive_message(self.word)
        return int(message["ended"]) if message is not None else -signal.SIGKILL


def take(message: Mapping[str, Any], assessed: Assessed) -> None:
    """Put a finding where it belongs, and log what was logged."""
    for line in message.get("log", ()):
        LOG.error("%s", line)
    if isinstance(words := message.get("unreadable"), str):
        assessed.unreadable = words
    assessed.worked_out |= wire.worked_out_of(message.get("worked_out"))
    if isinstance(name := message.get("criterion"), str):
        try:
            assessed.findings[name] = wire.finding_of(message.get("finding"))
        except wire.NotUnderstood as error:
            assessed.findings[name] = failed(error)
        if message.get("with_code") is not True:
            assessed.raw[name] = assessed.findings[name]
        assessed.stopped |= message.get("stopped") is True
