"""A control group from systemd, for those who may not make one themselves."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from grader.sandbox.memory_groups import memory_groups

# Set in the process that was started again, so that it is not started a third time.
_MARK = "GRADER_IN_SCOPE"
_ANSWER_S = 10.0
_SYSTEMD_RUN = "systemd-run"
_SCOPE = ("--scope", "--quiet", "--collect", "--property=Delegate=yes", "--")


def enter() -> None:
    """Start this program again in a scope of its own, if that is what lets boxes have memory groups.

    Returns where that is not needed or not possible. A scope is made around the program, which keeps its
    terminal, its descriptors and its pid.
    """
    if not _is_the_command(sys.argv[0]) or os.environ.get(_MARK) or memory_groups() is not None or not works():
        return
    os.environ[_MARK] = "1"
    command = in_scope([sys.executable, *sys.orig_argv[1:]])
    sys.stdout.flush()
    os.execvp(command[0], command)  # noqa: S606 - no shell is wanted


def _is_the_command(program: str) -> bool:
    """Whether this process is `grader` itself, and not a program that calls it."""
    path = Path(program)
    return path.name == "grader" or path.parts[-2:] == ("grader", "__main__.py")


def in_scope(command: Sequence[str]) -> list[str]:
    """`command` in a scope whose control group it may divide among its boxes."""
    whose = () if os.geteuid() == 0 else ("--user",)
    return [_SYSTEMD_RUN, *whose, *_SCOPE, *command]


def works() -> bool:
    """Whether systemd answers, root's or the user's own: not without a login session, nor in most containers."""
    if shutil.which(_SYSTEMD_RUN) is None:
        return False
    try:
        done = subprocess.run(in_scope(["true"]), capture_output=True, timeout=_ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
