"""What every sandbox has to do; `IMPLEMENTATIONS` in conftest.py lists them."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest
from boxes import PRELUDE, command, run

from grader.sandbox.protocol import Command, Execution, Sandbox, Status

DTYPES = ("bool", "uint8", "int32", "int64", "float32", "float64")


def test_a_program_gets_its_request_and_sends_back_frames_in_order(sandbox: Sandbox):
    source = """
def main(request, arrays, send):
    for n in range(request["count"]): send({"n": n, "ä": None}, {})
"""
    execution = run(sandbox, source, {"count": 3})

    assert execution.status is Status.EXITED
    assert [frame.header for frame in execution.frames] == [{"n": n, "ä": None} for n in range(3)]


@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 4), (2, 3)])
def test_arrays_come_back_as_they_were_sent(sandbox: Sandbox, shape: tuple[int, ...]):
    sent = {dtype: np.arange(np.prod(shape), dtype="int64").reshape(shape).astype(dtype) for dtype in DTYPES}
    asked = replace(command("def main(request, arrays, send): send({}, arrays)"), arrays=sent)

    (frame,) = sandbox.run(asked).frames

    assert set(frame.arrays) == set(sent)
    for name, array in sent.items():
        assert frame.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(frame.arrays[name], array, strict=True)


def test_not_a_number_and_infinity_come_back(sandbox: Sandbox):
    source = "def main(request, arrays, send): send({}, {'y': np.array([np.nan, np.inf, -np.inf])})"

    (frame,) = run(sandbox, source).frames

    np.testing.assert_array_equal(frame.arrays["y"], [np.nan, np.inf, -np.inf])


def test_arrays_that_come_back_are_ours_to_change(sandbox: Sandbox):
    (frame,) = run(sandbox, "def main(request, arrays, send): send({}, {'y': np.zeros(3)})").frames

    frame.arrays["y"][0] = 1.0

    assert frame.arrays["y"].tolist() == [1.0, 0.0, 0.0]


def test_files_lie_in_the_working_folder_and_support_can_be_imported(sandbox: Sandbox):
    source = b"""
import pathlib, course
def main(request, arrays, send):
    found = {str(p): p.read_text() for p in pathlib.Path().rglob("*") if p.is_file()}
    send({"files": found, "course": course.NAME}, {})
"""
    files = {"net.py": b"x = 1", "data/a b/\xc3\xa4.txt".encode().decode("latin-1"): b"", "sub/net.py": b"y"}
    support = {"program.py": source, "course/__init__.py": b"NAME = 'DLC'"}

    (frame,) = sandbox.run(Command("program", {}, files=files, support=support)).frames

    assert frame.header == {"files": {name: text.decode() for name, text in files.items()}, "course": "DLC"}


def test_files_named_like_modules_do_not_harm_the_box(sandbox: Sandbox):
    poison = dict.fromkeys(("json.py", "numpy.py", "torch.py", "inside.py", "safetensors.py"), b"raise SystemExit")
    asked = command("def main(request, arrays, send): send({}, {'y': np.ones(1)})")

    assert sandbox.run(replace(asked, files=poison)).status is Status.EXITED


def test_results_sent_before_a_crash_are_kept(sandbox: Sandbox):
    source = "def main(request, arrays, send): send({'step': 1}, {}); ctypes.string_at(0)"

    execution = run(sandbox, source)

    assert execution.status is Status.NO_RESULT
    assert [frame.header for frame in execution.frames] == [{"step": 1}]


def test_an_exception_is_reported_with_its_last_line_and_its_traceback(sandbox: Sandbox):
    execution = run(sandbox, "def main(request, arrays, send): raise ValueError('bad shape')")

    assert execution.status is Status.RAISED
    assert execution.reason == "raised ValueError: bad shape"
    assert "Traceback (most recent call last)" in execution.console


def test_console_text_is_stdout_and_stderr_in_order(sandbox: Sandbox):
    source = """
def main(request, arrays, send):
    for n in range(3):
        print(n, flush=True, file=sys.stderr if n == 1 else sys.stdout)
    os.system("echo from a shell")
"""

    assert run(sandbox, source).console.splitlines() == ["0", "1", "2", "from a shell"]


def test_of_much_console_text_the_first_and_the_last_part_are_kept(sandbox: Sandbox):
    console = run(sandbox, "def main(request, arrays, send): print('first' + 'x' * 600_000 + 'last')").console

    assert console.startswith("firstx")
    assert console.endswith("xlast")
    assert "bytes left out" in console


def test_two_boxes_share_nothing(sandbox: Sandbox):
    source = """
def main(request, arrays, send):
    folders = ("/tmp", "/tmp/work", "/dev/shm")
    send({"found": [name for f in folders for name in os.listdir(f) if "trace" in name]}, {})
    for folder in folders:
        open(f"{folder}/trace", "w").close()
"""
    executions = [run(sandbox, source) for _ in range(2)]

    assert [execution.frames[0].header for execution in executions] == [{"found": []}] * 2


def test_several_threads_can_run_commands_at_once(sandbox: Sandbox):
    executions: dict[int, Execution] = {}

    def work(n: int) -> None:
        source = "def main(request, arrays, send): send({'n': request['n']}, {})"
        executions[n] = run(sandbox, source, {"n": n})

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {n: execution.frames[0].header["n"] for n, execution in executions.items()} == {n: n for n in range(6)}


def test_usage_is_measured_outside(sandbox: Sandbox):
    source = """
def main(request, arrays, send):
    held = b"x" * (100 << 20)
    while time.process_time() < 0.5: pass
    time.process_time = lambda: 0.0
"""
    usage = run(sandbox, source).usage

    assert usage.cpu_s >= 0.3
    assert usage.wall_s >= 0.3
    assert 100 <= usage.peak_mib < 256
    assert usage.start_cpu_s > 0


@pytest.mark.parametrize("name", ["../escape.py", "/etc/escape", ""])
def test_a_file_outside_the_working_folder_is_the_graders_failure(sandbox: Sandbox, name: str):
    asked = replace(command("def main(request, arrays, send): pass"), files={name: b""})

    execution = sandbox.run(asked)

    assert execution.status is Status.SANDBOX_FAILED
    assert "expected a path inside the folder" in execution.reason


def test_an_unknown_program_is_the_graders_failure(sandbox: Sandbox):
    execution = sandbox.run(Command("no_such_program", {}))

    assert execution.status is Status.SANDBOX_FAILED
    assert "no program 'no_such_program'" in execution.reason


def test_a_request_that_cannot_be_sent_is_the_graders_failure(sandbox: Sandbox):
    asked = replace(command("def main(request, arrays, send): pass"), arrays={"x": np.zeros(1, "complex64")})

    execution = sandbox.run(asked)

    assert execution.status is Status.SANDBOX_FAILED
    assert "complex64" in execution.reason


def test_files_too_big_for_the_scratch_are_the_graders_failure(sandbox: Sandbox):
    asked = replace(command("def main(request, arrays, send): pass"), files={"big": bytes(17 << 20)})

    execution = sandbox.run(asked)

    assert execution.status is Status.SANDBOX_FAILED
    assert "No space left on device" in execution.reason


def test_a_program_that_cannot_be_imported_has_raised(sandbox: Sandbox):
    execution = sandbox.run(Command("program", {}, support={"program.py": PRELUDE.encode() + b"\n1 / 0\n"}))

    assert execution.status is Status.RAISED
    assert execution.reason == "raised ZeroDivisionError: division by zero"
