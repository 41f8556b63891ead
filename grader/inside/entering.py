"""How a copy of the warm parent gets into a box of its own.

The copy starts bubblewrap with a program that only waits, joins the new box's namespaces, and forks the
process that will run student code; itself it stays in the host's pid namespace, where nothing in the box
can see it, and tells how that process ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from . import box, confine, from_host
from .descriptors import send_message

_CHANNEL = 3
_MAX_DESCRIPTORS = 1 << 16


def enter(request: Mapping[str, Any], descriptors: Sequence[int], parent: int, to_reset: Sequence[int]) -> NoReturn:
    """Serve one request of the warm parent `parent`; never returns.

    `request` has the `command` that makes a box whose program echoes what it reads, the `numbers` that it
    expects its descriptors to have, and `status`, the number for bubblewrap's status. `descriptors` are the
    channel, the console, the report socket, the system call filter, then those for the command. `to_reset` are the
    parent's `signals_to_reset`.
    """
    channel, console, report_fd, filter_fd, *inherited = descriptors
    report = socket.socket(fileno=report_fd)
    try:
        given = dict(zip(request["numbers"], inherited, strict=True))
        launcher, first, first_fd = _start_box(request["command"], given, request["status"], console)
        seccomp_filter = os.pread(filter_fd, 1 << 20, 0)
        confine.join_namespaces(first, first_fd)
        # The change of rights has undone it.
        confine.die_with(parent)
        program = os.fork()
    except BaseException as error:  # noqa: BLE001 - the supervisor has to hear of it, whatever it is
        _tell(report, {"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    if program == 0:
        _become_program(channel, console, seccomp_filter, to_reset)
    for descriptor in (channel, console, filter_fd, *inherited):
        os.close(descriptor)
    _tell(report, {"first": first, "program": program, "cpu_s": time.process_time()}, first_fd)
    _wait(program, launcher, report)


def _start_box(
    command: Sequence[str], given: Mapping[int, int], status_number: int, console: int
) -> tuple[int, int, int]:
    """Pid of bubblewrap, pid and pidfd of the box's first process, once all of the box is built."""
    (status, status_end), (answer, answer_end), (question_end, question) = os.pipe(), os.pipe(), os.pipe()
    numbers = {0: question_end, 1: answer_end, 2: console, **given, status_number: status_end}
    # First to numbers that are nobody's target, as one target may be another's source.
    spare = 1 + max(*numbers, *numbers.values())
    actions = [(os.POSIX_SPAWN_DUP2, source, spare + n) for n, source in enumerate(numbers.values())]
    actions += [(os.POSIX_SPAWN_DUP2, spare + n, number) for n, number in enumerate(numbers)]
    closing = [(os.POSIX_SPAWN_CLOSE, spare + n) for n in range(len(numbers))]
    default = (signal.SIGPIPE, signal.SIGXFSZ)  # which Python ignores
    launcher = os.posix_spawn(
        command[0], list(command), {}, file_actions=[*actions, *closing], setpgroup=0, setsigdef=default
    )
    for descriptor in (status_end, answer_end, question_end):
        os.close(descriptor)
    os.write(question, b"?")
    if not os.read(answer, 1):
        raise RuntimeError("bubblewrap could not make the box")
    with os.fdopen(status, "rb", closefd=False) as lines:
        first = int(json.loads(lines.readline())["child-pid"])
    first_fd = os.pidfd_open(first)
    # Bubblewrap is our child and not waited for: this parentage cannot be anybody else's.
    if _parent_of(first) != launcher:
        raise RuntimeError("the box ended while it was starting")
    return launcher, first, first_fd


def _parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def _become_program(channel: int, console: int, seccomp_filter: bytes, to_reset: Sequence[int]) -> NoReturn:
    """In the box: be as bare as a process that was started there, and serve the channel."""
    try:
        confine.die_with(0)  # a parent outside the pid namespace
        os.setsid()
        os.chdir("/tmp")  # noqa: S108 - the box's own
        _keep_only(channel, console)
        confine.drop_every_right(seccomp_filter)
        _forget(to_reset)
        box.serve(socket.socket(fileno=_CHANNEL), box.Surroundings("cpu"))
    except BaseException as error:  # noqa: BLE001 - told on the console, as by a box that does not start
        os.write(2, f"{type(error).__name__}: {error}\n".encode())
        os._exit(1)


def _keep_only(channel: int, console: int) -> None:
    """Standard streams and the channel, in that order, and no other descriptor."""
    nothing = os.open("/dev/null", os.O_RDWR)
    spare = 1 + max(channel, console, nothing, _CHANNEL)
    for number, source in enumerate((nothing, console, console, channel)):
        os.dup2(source, spare + number, inheritable=False)
    for number in (0, 1, 2):
        os.dup2(spare + number, number, inheritable=True)
    os.dup2(spare + _CHANNEL, _CHANNEL, inheritable=False)
    os.closerange(_CHANNEL + 1, _MAX_DESCRIPTORS)


def signals_to_reset() -> tuple[int, ...]:
    """Signals that this process handles or ignores, though a program that has just started would not."""
    left_alone = {signal.SIGKILL, signal.SIGSTOP, signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ}  # Python's own
    others = (int(number) for number in set(signal.Signals) - left_alone)
    return tuple(number for number in others if signal.getsignal(number) is not signal.SIG_DFL)


def _forget(to_reset: Sequence[int]) -> None:
    """What copies of one parent share though separate programs would not."""
    for number in to_reset:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    from_host.enter_box()
    tempfile.tempdir = None
    random.seed()
    numpy_random: Any = sys.modules.get("numpy.random")
    if numpy_random is not None:
        numpy_random.seed()


def _tell(report: socket.socket, message: Mapping[str, Any], *descriptors: int) -> None:
    with contextlib.suppress(OSError):
        send_message(report, message, descriptors)


def _wait(program: int, launcher: int, report: socket.socket) -> NoReturn:
    """Tell how the program ended; reap it, and bubblewrap, when the supervisor has measured it.

    A dead first process of a pid namespace stays until every other one has been waited for.
    """
    ended = os.waitid(os.P_PID, program, os.WEXITED | os.WNOWAIT)
    code = ended.si_status if ended is not None else 0
    by_signal = ended is not None and ended.si_code != os.CLD_EXITED
    _tell(report, {"exit": -code if by_signal else code})
    with contextlib.suppress(OSError):
        report.recv(1)
    os.waitpid(program, 0)
    os.waitpid(launcher, 0)
    os._exit(0)
