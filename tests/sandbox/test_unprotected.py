"""No sandbox: the same conversation, no protection, and only what every system has."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from boxes import command, run

from grader.sandbox import unprotected
from grader.sandbox.protocol import UNPROTECTED, Command, Execution, Status, wall_of
from grader.sandbox.unprotected import NoSandbox
from grader.sandbox.usage import NoMeter

NONE = NoSandbox(warm=())


def test_it_says_that_it_is_no_wall():
    assert wall_of(NONE) == UNPROTECTED == "none"


def test_a_program_gets_request_arrays_and_files_and_answers():
    source = b"""
import pathlib, course
def main(request, arrays, send):
    send({"n": request["n"], "file": pathlib.Path("sub/a.txt").read_text(), "course": course.NAME}, arrays)
"""
    sent = {"x": np.arange(6.0).reshape(2, 3)}
    asked = Command(
        "program", {"n": 3}, sent, {"sub/a.txt": b"hello"}, {"program.py": source, "course.py": b"NAME = 'DLC'"}
    )

    (frame,) = NONE.run(asked).frames

    assert frame.header == {"n": 3, "file": "hello", "course": "DLC"}
    np.testing.assert_array_equal(frame.arrays["x"], sent["x"], strict=True)


@pytest.mark.parametrize(
    ("source", "status", "says"),
    [
        ("def main(*_): raise ValueError('bad shape')", Status.RAISED, "raised ValueError: bad shape"),
        ("def main(*_): sys.exit(3)", Status.RAISED, "SystemExit: 3"),
        ("os._exit(3)", Status.NO_RESULT, "exit status 3"),
        ("def main(*_): ctypes.string_at(0)", Status.NO_RESULT, "SIGSEGV"),
        ("def main(*_): input('grade? ')", Status.RAISED, "EOFError"),
        ("def main(*_): forge(b'\\xff' * 4096); time.sleep(9)", Status.BAD_RESULT, "header claims"),
        ("def main(*_):\n  while True: os.write(1, b'A' * 65536)", Status.TOO_MUCH_OUTPUT, "printed more than 1 MiB"),
        ("def main(*_): time.sleep(100)", Status.TIMED_OUT, "limit 1.0 s"),
    ],
)
def test_what_goes_wrong_is_told_as_behind_a_wall(source: str, status: Status, says: str):
    execution = run(NONE, source, **({"wall_s": 1.0} if status is Status.TIMED_OUT else {}))

    assert (execution.status, says in execution.reason) == (status, True), execution


@pytest.mark.parametrize(
    ("source", "status"),
    [
        ("def main(*_):\n  while True: pass", Status.CPU_EXCEEDED),
        ("def main(*_):\n  held = []\n  while True: held.append(b'x' * (20 << 20))", Status.OUT_OF_MEMORY),
    ],
)
def test_limits_hold_where_the_system_has_them(source: str, status: Status):
    assert run(NONE, source, cpu_s=1.0).status is status


def test_console_text_is_stdout_and_stderr():
    source = (
        "def main(*_): print('out', flush=True); print('err', file=sys.stderr, flush=True); os.system('echo shell')"
    )

    assert run(NONE, source).console.splitlines() == ["out", "err", "shell"]


def test_files_named_like_modules_of_the_grader_are_the_authors_own():
    asked = command("def main(request, arrays, send): sys.path.append('.'); import batch; send({'n': batch.N}, {})")

    execution = NONE.run(replace(asked, files={"batch.py": b"N = 7"}))

    assert execution.frames[0].header == {"n": 7}


def test_its_files_are_removed_again():
    (frame,) = run(NONE, "def main(request, arrays, send): send({'here': os.getcwd()}, {})").frames

    assert not Path(frame.header["here"]).exists()


def test_a_module_that_cannot_be_warmed_is_the_graders_failure():
    execution = NoSandbox(warm=("no_such_module",)).run(command("def main(*_): pass"))

    assert execution.status is Status.SANDBOX_FAILED
    assert "No module named 'no_such_module'" in execution.reason


def test_a_program_left_behind_does_not_hold_up_the_end():
    source = "def main(*_):\n    if os.fork() == 0: time.sleep(1000)\n    os._exit(0)\n"

    execution = run(NONE, source)

    assert execution.status is Status.NO_RESULT


def test_where_nothing_can_be_measured_wall_time_still_holds(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(unprotected, "_pid", lambda _: None)

    execution = run(NONE, "def main(*_): time.sleep(100)", wall_s=1.0)

    assert execution.status is Status.TIMED_OUT
    assert execution.usage.cpu_s == 0.0


def test_a_meter_that_sees_nothing_goes_on():
    meter = NoMeter()
    before = meter.due

    assert (meter.read(1).memory, meter.cpu_s, meter.peak) == (0, 0.0, 0)
    assert meter.due > before


OTHER_SYSTEM = """
import sys
for name in ("resource", "fcntl", "pwd", "grp", "termios"):
    sys.modules[name] = None
import ctypes, os, signal, socket
real = ctypes.CDLL
ctypes.CDLL = lambda name, *a, **k: real(name, *a, **k) if name else 1 / 0
for name in ("pidfd_open", "memfd_create", "killpg", "sched_getaffinity"):
    if hasattr(os, name): delattr(os, name)
for name in ("pidfd_send_signal",):
    if hasattr(signal, name): delattr(signal, name)
socket.socketpair = None
"""


def test_neither_side_needs_what_only_linux_has():
    """On the outside; inside as far as a program can be robbed of it before the harness is loaded."""
    code = (
        OTHER_SYSTEM
        + """
from grader.sandbox import unprotected
from grader.sandbox.protocol import Command
unprotected._pid = lambda _: None
unprotected._START = OTHER + unprotected._START
source = b"def main(request, arrays, send): send({'answer': 42}, {})"
execution = unprotected.NoSandbox(warm=()).run(Command("program", {}, support={"program.py": source}))
print(execution.status, execution.reason, [frame.header for frame in execution.frames])
""".replace("OTHER +", f"{OTHER_SYSTEM!r} +")
    )
    root = str(Path(__file__).parents[2])

    said = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {root!r})\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.stdout.strip() == "exited ran to its end [{'answer': 42}]", said.stderr + said.stdout


def test_a_failure_of_ours_is_not_the_authors(monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> Execution:
        raise RuntimeError("no")

    monkeypatch.setattr(NoSandbox, "_run", broken)

    assert NONE.run(command("")).status is Status.SANDBOX_FAILED
