"""What is there for GPUs, as far as it can be tried without one. With one: `pytest -m gpu`, see test_on_gpu.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from boxes import command

from grader.sandbox import bubblewrap, gpu
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.gpu import gpus, held_by, one_gpu
from grader.sandbox.host import driver_libraries, gpu_nodes
from grader.sandbox.limits import Consumption, exceeded
from grader.sandbox.protocol import Command, Execution, Frame, Limits, Status

PROGRAM = "def main(request, arrays, send): pass"


@pytest.fixture
def nodes(tmp_path: Path) -> tuple[Path, ...]:
    """Stand-ins for the device nodes of eleven GPUs and of what they share."""
    for name in (*(f"nvidia{number}" for number in range(11)), "nvidiactl", "nvidia-uvm", "nvidia-caps"):
        (tmp_path / name).touch()
    return gpus(tmp_path)


def test_gpus_are_the_numbered_nodes_in_order(nodes: tuple[Path, ...]):
    assert [node.name for node in nodes] == [f"nvidia{number}" for number in range(11)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"CUDA_VISIBLE_DEVICES": "3"}, ["nvidia3"]),
        ({"CUDA_VISIBLE_DEVICES": "0", "SLURM_JOB_GPUS": "5,2"}, ["nvidia2", "nvidia5"]),  # the job sees it as 0
        ({"CUDA_VISIBLE_DEVICES": "GPU-8932f937"}, [f"nvidia{number}" for number in range(11)]),
    ],
)
def test_only_what_a_scheduler_gave_is_used(nodes, monkeypatch, given, expected):
    for name, value in given.items():
        monkeypatch.setenv(name, value)

    assert [node.name for node in gpus(nodes[0].parent)] == expected


def test_each_gpu_is_given_to_one_box_at_a_time(nodes: tuple[Path, ...]):
    with one_gpu(nodes[:3]) as first, one_gpu(nodes[:3]) as second, one_gpu(nodes[:3]) as third:
        assert {first, second, third} == set(nodes[:3])
        descriptor = os.open(nodes[0], os.O_RDONLY)
        assert gpu._locked({nodes[0]: descriptor}) is None
    assert gpu._locked({nodes[0]: descriptor}) == nodes[0]
    os.close(descriptor)


def test_a_gpu_is_free_again_after_a_box_that_failed(nodes: tuple[Path, ...]):
    with pytest.raises(ZeroDivisionError), one_gpu(nodes[:1]):
        raise ZeroDivisionError
    with one_gpu(nodes[:1]) as again:
        assert again == nodes[0]


def test_without_numbered_nodes_nothing_is_locked():
    with one_gpu(()) as found:
        assert found is None


def test_a_box_sees_no_other_gpu_than_its_own(nodes: tuple[Path, ...]):
    assert [path for path in gpu_nodes(nodes[4]) if "nvidia" in path and path[-1].isdigit()] == [str(nodes[4])]


def test_a_driver_that_only_a_variable_names_is_found_below_usr(tmp_path: Path):
    driver, elsewhere = tmp_path / "usr/local/nvidia/lib64", tmp_path / "home/lib"
    for folder in (driver, elsewhere):
        folder.mkdir(parents=True)
        (folder / "libcuda.so.1").touch()
    named = {"LD_LIBRARY_PATH": f"/nowhere:{elsewhere}:{driver}:"}

    assert driver_libraries(named, tmp_path / "usr") == str(driver)
    assert driver_libraries({}, tmp_path / "usr") is None


def test_gpu_memory_is_summed_over_the_processes_of_a_box():
    said = "101, 2048\n102, 512\n999, 4096\n103, [N/A]\n\n"

    assert held_by((101, 102, 103, 104), said) == 2560 << 20


def test_where_nobody_can_tell_gpu_memory_is_unknown(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gpu, "_QUERY", ("/nowhere/nvidia-smi",))

    assert gpu.gpu_memory((1,)) is None


def test_gpu_memory_over_its_limit_is_told_as_such():
    used = Consumption(wall_s=12, cpu_s=3, memory=0, console=0, files=0, gpu_memory=9 << 30)

    assert exceeded(used, Limits()) is None
    ending = exceeded(used, Limits(gpu_memory_mib=8192))
    assert ending is not None
    assert (ending.status, ending.reason) == (
        Status.OUT_OF_MEMORY,
        "used 9.0 GiB of GPU memory, limit 8.0 GiB, after 12 s",
    )


class Answered(BubblewrapSandbox):
    """Runs nothing: programs end as `ended`, the look at the GPU's health as `health`."""

    ended = Execution(Status.TIMED_OUT, "ran for 61 s, limit 60 s")
    health = Execution(Status.EXITED, "ran to its end", (Frame({"healthy": True}),))

    def _run(self, command: Command, gpu: Path | None) -> Execution:
        return self.health if command.program == "gpu_health" else self.ended


@pytest.fixture
def answered(nodes: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch) -> Answered:
    monkeypatch.setattr(bubblewrap, "gpus", lambda: nodes[:1])
    return Answered()


def on_gpu(sandbox: Answered) -> Execution:
    return sandbox.run(Command("program", {}, support=command(PROGRAM).support, device="cuda"))


def test_a_program_that_was_stopped_on_a_healthy_gpu_was_stopped_for_its_own_fault(answered: Answered):
    assert on_gpu(answered) == Answered.ended


@pytest.mark.parametrize(
    "health",
    [
        Execution(Status.TIMED_OUT, "ran for 120 s"),
        Execution(Status.RAISED, "raised RuntimeError: CUDA error"),
        Execution(Status.EXITED, "ran to its end", (Frame({"healthy": False}),)),
        Execution(Status.SANDBOX_FAILED, "the box did not start"),
    ],
)
def test_a_gpu_that_does_not_work_any_more_is_no_students_fault(
    answered: Answered, health: Execution, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Answered, "health", health)

    execution = on_gpu(answered)

    assert execution.status is Status.SANDBOX_FAILED
    assert "nvidia0 does not work any more" in execution.reason
    assert "ran for 61 s" in execution.reason


def test_the_health_of_a_gpu_is_not_looked_at_after_a_program_that_ended_well(
    answered: Answered, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(Answered, "ended", Execution(Status.EXITED, "ran to its end"))
    monkeypatch.setattr(Answered, "health", Execution(Status.TIMED_OUT, "would be noticed"))

    assert on_gpu(answered).status is Status.EXITED
