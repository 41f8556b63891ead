"""The doctor attacks the sandbox: every attack of `inside/self_attack.py`, tried from inside a box."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from grader.doctor.diagnosis import Diagnosis, Severity, note, strong, weak
from grader.sandbox.attack import attack
from grader.sandbox.probe import with_hint
from grader.sandbox.protocol import Execution, Sandbox, Status
from grader.sandbox.start import BoxSettings
from grader.sandbox.warm_parents import warm_parents

AREA = "wall"
BUILT = "built"
SCRATCH_MIB = 16
REPORT = "do not grade here: use another machine, and please report this with the output of `grader doctor --json`"


def attacked(sandbox: Sandbox) -> Iterator[Diagnosis]:
    """Whether a box can be built, then one diagnosis for each attack.

    The attacker runs twice, each time in a new box: so what the first one leaves can be found by the second.
    """
    first = attack(sandbox)
    yield _built(first)
    if (results := _results(first)) is None:
        return
    second = _results(attack(sandbox)) or {}
    for name in results:
        yield _diagnosis(name, worked=any(found.get(name) is not False for found in (results, second)))


def cannot_be_built(found: Diagnosis) -> bool:
    """Whether `found` says that no box could be built."""
    return (found.area, found.name, found.level) == (AREA, BUILT, Severity.WEAK)


def copies() -> Diagnosis:
    """Whether boxes can be copies of a warm parent, which is attacked in the same ways before it is used."""
    name = "copies of a warm parent"
    settings = BoxSettings((), 1, "cpu", SCRATCH_MIB)
    if reason := warm_parents().refusal(settings):
        return note(AREA, name, f"not used, boxes are started one by one: {reason}")
    return strong(AREA, name, "attacked in the same ways, all refused: used for the CPU")


def _built(execution: Execution) -> Diagnosis:
    if _results(execution) is not None:
        return strong(AREA, BUILT, f"a box starts in {execution.usage.start_cpu_s:.2f} s of CPU time")
    reason, _, fix = with_hint(execution.reason).partition("\nhint: ")
    return weak(AREA, BUILT, f"no box can be built: {reason}", fix)


def _results(execution: Execution) -> Mapping[str, Any] | None:
    sent = execution.frames
    return sent[0].header if execution.status is Status.EXITED and len(sent) == 1 and sent[0].header else None


def _diagnosis(name: str, *, worked: bool) -> Diagnosis:
    if worked:
        return weak(AREA, name, "a program in the sandbox can do that", REPORT)
    return strong(AREA, name, "tried and refused")
