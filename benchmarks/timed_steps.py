"""Steps of a measurement, each with its own time: one that fails or hangs is recorded, and the rest goes on."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LAST_CHARS = 3000
DYING_S = 5.0


@dataclass(frozen=True)
class Step:
    """A piece of the measurement: what it finds is a dictionary that JSON can hold. It may take `seconds`."""

    name: str
    seconds: float
    work: Callable[[], dict[str, Any]]


def run_alone(step: Step) -> None:
    """In a process of its own: do the work and print what it finds, on one line of its own."""
    print(f"\n{json.dumps(step.work())}")


def run_steps(steps: Sequence[Step], command: Sequence[str], out: Path, most_s: float) -> dict[str, Any]:
    """Run each step by `command` and its name; `out` is written after each. After `most_s` seconds none begins."""
    end = time.monotonic() + most_s
    found: dict[str, Any] = {}
    for step in steps:
        seconds = min(step.seconds, end - time.monotonic())
        found[step.name] = _outcome([*command, step.name], seconds) if seconds > 1 else {"failed": "no time was left"}
        out.write_text(f"{json.dumps(found, indent=1)}\n")
        print(f"{step.name}: {_told(found[step.name])}", flush=True)
    return found


def _outcome(command: Sequence[str], seconds: float) -> dict[str, Any]:
    began = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        said, complaint = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return {"failed": f"not done after {seconds:.0f} s", "seconds": round(seconds, 1), "said": _end_of(process)}
    took = round(time.monotonic() - began, 1)
    if process.returncode == 0:
        with contextlib.suppress(ValueError, IndexError):
            return {"found": json.loads(said.splitlines()[-1]), "seconds": took}
    return {"failed": f"exit status {process.returncode}", "seconds": took, "said": (said + complaint)[-LAST_CHARS:]}


def _end_of(process: subprocess.Popen[str]) -> str:
    """End a step and all that it started; its last words. What a driver holds may never end: that is left alone."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    try:
        said, complaint = process.communicate(timeout=DYING_S)
    except subprocess.TimeoutExpired:
        return "it did not end when it was killed"
    return (said + complaint)[-LAST_CHARS:]


def _told(outcome: Mapping[str, Any]) -> str:
    words = f"failed: {outcome['failed']}" if "failed" in outcome else "done"
    return f"{words} after {outcome.get('seconds', 0)} s"


def module(name: str, *arguments: str) -> list[str]:
    """The command that runs a module with this very Python."""
    return [sys.executable, "-m", name, *arguments]
