"""Tests in several processes that are copies of one: what all of them need is imported and collected once.

`python -m pytest -p tests.side_by_side --copies 3`: whichever copy is free takes the next tests of a file, what takes
long first, so that all copies are busy to the end.
"""

from __future__ import annotations

import atexit
import gc
import os
import signal
import threading
import traceback
from collections.abc import Iterator, Sequence
from itertools import groupby
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, NoReturn
from warnings import WarningMessage

import pytest

MOST = 16  # tests of a file that are taken at once: they share what is made for the file
NUMBER = 4  # bytes of a part's number
HOLDS = 1 << 16  # bytes that a pipe holds


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--copies", type=int, default=1, help="processes that test side by side")


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> bool | None:
    config = session.config
    if config.getoption("--copies") < 2 or config.option.collectonly or session.testsfailed:
        return None
    if (terminal := config.pluginmanager.getplugin("terminalreporter")) is not None:
        terminal.showfspath = False  # the next line is not of the same file
    _SideBySide(session).run(config.getoption("--copies"))
    return True


def parts(items: Sequence[pytest.Item]) -> list[list[pytest.Item]]:
    """What a copy takes at once, in the order in which it is taken."""
    found = []
    for _, tests in groupby(items, key=lambda item: (item.path, _turn(item))):
        several = list(tests)
        found += [several[first : first + MOST] for first in range(0, len(several), MOST)]
    return sorted(found, key=lambda several: _turn(several[0]))


def _turn(item: pytest.Item) -> int:
    """What takes longest comes first."""
    names = {mark.name for mark in item.iter_markers()}
    return 0 if "whole_sample" in names else 1 if "costly" in names else 2


class _SideBySide:
    """Starts the copies and reports what they tell as if the tests had run here."""

    def __init__(self, session: pytest.Session) -> None:
        self.session, self.config, self.hook = session, session.config, session.config.hook
        self.left = {item.nodeid for item in session.items}
        self.copies: dict[Connection[Any, Any], int] = {}
        self.running: dict[int, tuple[str, Any]] = {}

    def run(self, count: int) -> None:
        """Run all tests; once more those of which a copy that was ended had taken note."""
        while waiting := [item for item in self.session.items if item.nodeid in self.left]:
            tests = parts(waiting)
            queue = _queue(len(tests))
            gc.freeze()  # what all copies have is not looked through, and so not copied, in each of them
            try:
                for _ in range(count):
                    self._start(tests, queue)
                while self.copies:
                    for end in wait(list(self.copies)):
                        self._hear(end)
                    self._stop_if_asked()
            finally:
                os.close(queue)
                for pid in self.copies.values():
                    os.kill(pid, signal.SIGTERM)

    def _start(self, tests: Sequence[list[pytest.Item]], queue: int) -> None:
        ours, theirs = Pipe(duplex=False)
        pid = os.fork()
        if pid == 0:
            _copy(self.config, _taken(tests, queue), theirs)
        theirs.close()
        self.copies[ours] = pid

    def _hear(self, end: Connection[Any, Any]) -> None:
        pid = self.copies[end]
        try:
            getattr(self, f"_{(message := end.recv())[0]}")(pid, *message[1:])
        except EOFError:
            del self.copies[end]
            self._ended(pid, os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))

    def _began(self, pid: int, *test: Any) -> None:
        self.running[pid] = test

    def _reported(self, _pid: int, data: dict[str, Any]) -> None:
        report = self.hook.pytest_report_from_serializable(config=self.config, data=data)
        self.hook.pytest_runtest_logreport(report=report)

    def _warned(self, _pid: int, warning: WarningMessage, *where: Any) -> None:
        when, nodeid, location = where
        told = {"warning_message": warning, "when": when, "nodeid": nodeid, "location": location}
        self.hook.pytest_warning_recorded.call_historic(kwargs=told)

    def _done(self, pid: int, nodeid: str) -> None:
        self.left.discard(nodeid)
        self.running.pop(pid, None)

    def _broke(self, _pid: int, trace: str) -> None:
        raise RuntimeError(f"a copy failed outside of its tests\n{trace}")

    def _ended(self, pid: int, status: int) -> None:
        if pid not in self.running:
            return
        (nodeid, location), words = self.running[pid], f"the process that ran it ended with status {status}"
        report = pytest.TestReport(nodeid, location, {}, "failed", words, "call")
        self.hook.pytest_runtest_logreport(report=report)
        self._done(pid, nodeid)

    def _stop_if_asked(self) -> None:
        if self.session.shouldfail:
            raise self.session.Failed(self.session.shouldfail)
        if self.session.shouldstop:
            raise self.session.Interrupted(self.session.shouldstop)


def _queue(count: int) -> int:
    """The numbers of all parts, to be read from a pipe: the system gives each to one reader."""
    assert count * NUMBER <= HOLDS, f"expected fewer parts, found {count}"
    queue, filled = os.pipe()
    os.write(filled, b"".join(number.to_bytes(NUMBER, "little") for number in range(count)))
    os.close(filled)
    return queue


def _taken(tests: Sequence[list[pytest.Item]], queue: int) -> Iterator[pytest.Item]:
    while number := os.read(queue, NUMBER):
        yield from tests[int.from_bytes(number, "little")]


def _copy(config: pytest.Config, items: Iterator[pytest.Item], end: Connection[Any, Any]) -> NoReturn:
    """In a process just forked: run these tests, and tell what comes of them."""
    try:
        capture = config.pluginmanager.getplugin("capturemanager")
        capture.stop_global_capturing()  # its files are everybody's
        capture.start_global_capturing()
        config.pluginmanager.unregister(name="terminalreporter")
        telling = _Telling(config, end)
        config.pluginmanager.register(telling)  # which tells it of earlier warnings
        telling.began = True
        _run(items)
    except BaseException:  # noqa: BLE001 - it is told where it is seen
        end.send(("broke", traceback.format_exc()))
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
        os._exit(0)


def _run(items: Iterator[pytest.Item]) -> None:
    item = next(items, None)
    while item is not None:
        following = next(items, None)
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        item = following


class _Telling:
    """The hooks by which a copy tells how far it is."""

    def __init__(self, config: pytest.Config, end: Connection[Any, Any]) -> None:
        self.config, self.end, self.began = config, end, False

    def pytest_runtest_logstart(self, nodeid: str, location: Any) -> None:
        self.end.send(("began", nodeid, location))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        data = self.config.hook.pytest_report_to_serializable(config=self.config, report=report)
        self.end.send(("reported", data))

    def pytest_warning_recorded(self, warning_message: WarningMessage, when: str, nodeid: str, location: Any) -> None:
        if not self.began:
            return
        told = pytest.PytestWarning(f"{warning_message.category.__name__}: {warning_message.message}")
        where = (warning_message.filename, warning_message.lineno)
        self.end.send(("warned", WarningMessage(told, pytest.PytestWarning, *where), when, nodeid, location))

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.end.send(("done", nodeid))
