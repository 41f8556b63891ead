"""Where student code runs: a GPU that does not work in the sandbox must not become the students' fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.commands.options import find_device
from grader.errors import UserError
from grader.sandbox import host
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Command, Execution, Frame, Status

HEALTHY = Execution(Status.EXITED, "ran to its end", (Frame({"healthy": True}),))
BROKEN = Execution(Status.SANDBOX_FAILED, "the box did not start: ...\nAssertionError: no CUDA")


class Answering:
    """A sandbox whose programs all end in the same way."""

    wall = "nothing"

    def __init__(self, execution: Execution) -> None:
        self.execution, self.asked = execution, 0

    def run(self, command: Command) -> Execution:
        assert command.device == "cuda"
        self.asked += 1
        return self.execution


@pytest.fixture
def with_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host, "has_gpu", lambda: True)


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_a_gpu_that_computes_is_used(with_gpu: None, wanted: str):
    assert find_device(wanted, Answering(HEALTHY)) == "cuda"


def test_the_cpu_is_used_when_it_is_asked_for(with_gpu: None):
    sandbox = Answering(HEALTHY)

    assert find_device("cpu", sandbox) == "cpu"
    assert sandbox.asked == 0


def test_a_gpu_that_does_not_work_is_passed_over_and_said_so(with_gpu: None, capsys: pytest.CaptureFixture[str]):
    assert find_device("auto", Answering(BROKEN)) == "cpu"
    assert "the GPU cannot be used in the sandbox: AssertionError: no CUDA" in capsys.readouterr().err


def test_a_gpu_that_was_asked_for_and_does_not_work_is_refused():
    with pytest.raises(UserError, match="no CUDA\nhint: grade with --device cpu"):
        find_device("cuda", Answering(BROKEN))


def test_without_a_gpu_nothing_is_tried(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(host, "has_gpu", lambda: False)
    sandbox = Answering(BROKEN)

    assert find_device("auto", sandbox) == "cpu"
    assert sandbox.asked == 0


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        (["nvidia0"], True),
        (["nvidia3", "nvidiactl"], True),
        (["kfd"], True),
        (["dxg"], True),
        (["dri"], False),
        (["nvidiactl", "nvidia-uvm"], False),
        ([], False),
    ],
)
def test_only_what_computes_is_a_gpu(tmp_path: Path, nodes: list[str], expected: bool):
    for node in nodes:
        (tmp_path / node).touch()

    assert host.has_gpu(tmp_path) is expected


@pytest.mark.skipif(host.has_gpu(), reason="this machine has a GPU")
def test_a_box_for_a_gpu_that_is_not_there_does_not_start_a_program():
    program = {"program.py": b"def main(request, arrays, send): send({}, {})"}

    execution = BubblewrapSandbox(warm=("torch",)).run(Command("program", {}, support=program, device="cuda"))

    assert execution.status is Status.SANDBOX_FAILED
