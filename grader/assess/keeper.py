"""A process that makes assessing processes: a copy of the grader, taken before it has worked on any submission.

It does nothing but wait, so that a new copy of it is as good as new. It ends with the grader, and its copies with it.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
from contextlib import suppress
from typing import NoReturn

from grader.assess.assess_limits import AssessLimits
from grader.assess.assessing import serve
from grader.assignment import Assignment
from grader.inside.confine import die_with
from grader.inside.descriptors import receive_message, send_message


def keep(assignment: Assignment, word: socket.socket, limits: AssessLimits) -> NoReturn:
    """In a process just forked: make an assessing process whenever `word` asks for one, until it is hung up."""
    status = 1
    try:
        _leave_the_grader(word)
        while receive_message(word)[0] is not None:
            _one_worker(assignment, word, limits)
        status = 0
    finally:
        os._exit(status)


def _leave_the_grader(word: socket.socket) -> None:
    """Hold nothing of the grader's open: locks and pipes would otherwise outlive it. A terminal's Ctrl-C is for it."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(nothing, standard)
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115, PTH123 - their locks may be held by a thread
    keep = sorted({word.fileno(), sys.stdout.fileno()})
    for low, high in zip([2, *keep], [*keep, os.sysconf("SC_OPEN_MAX")], strict=True):
        os.closerange(low + 1, high)


def _one_worker(assignment: Assignment, word: socket.socket, limits: AssessLimits) -> None:
    """Make a process, hand over its end of a socket, wait for its end and say how it was."""
    ours, theirs = socket.socketpair()
    alive, held = os.pipe()
    keeper, pid = os.getpid(), os.fork()
    if pid == 0:
        theirs.close()
        word.close()
        _work(assignment, ours, limits, keeper)
    os.close(held)
    send_message(word, {"started": pid}, [theirs.fileno()])
    ours.close()
    theirs.close()
    select.select([alive, word.fileno()], [], [])  # its end, or the grader's
    with suppress(ProcessLookupError):
        if not select.select([alive], [], [], 0)[0]:
            os.kill(pid, signal.SIGKILL)
    os.close(alive)
    _, status = os.waitpid(pid, 0)
    with suppress(OSError):
        send_message(word, {"ended": os.waitstatus_to_exitcode(status)})


def _work(assignment: Assignment, talk: socket.socket, limits: AssessLimits, keeper: int) -> NoReturn:
    status = 1
    try:
        die_with(keeper)
        serve(assignment, talk, limits)
        status = 0
    except (BrokenPipeError, ConnectionResetError):
        status = 0  # nobody is there to be told
    finally:
        os._exit(status)
