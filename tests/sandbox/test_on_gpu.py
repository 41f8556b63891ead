"""Boxes on a GPU: `pytest -m gpu tests/sandbox/test_on_gpu.py`. Left out of every other run, and skipped without a GPU.

Nothing here has been run yet: docs/gpu.md says what is to be noted when it is.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from boxes import command

from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.gpu import gpus
from grader.sandbox.protocol import Execution, Status

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not gpus(), reason="this machine has no NVIDIA GPU")]
SANDBOX = BubblewrapSandbox(warm=("torch",))
HONEST = """
def main(request, arrays, send):
    import torch
    x = torch.arange(6.0, device="cuda").reshape(2, 3)
    send({"sum": (x @ x.T).sum().item(), "gpus": torch.cuda.device_count()}, {})
"""


def run(source: str, **limits: Any) -> Execution:
    generous = {"wall_s": 120.0, "cpu_s": 60.0, "memory_mib": 8192, "scratch_mib": 64, "open_files": 1024} | limits
    return SANDBOX.run(replace(command(source, **generous), device="cuda"))


def assert_the_next_one_works() -> None:
    execution = run(HONEST)
    assert execution.status is Status.EXITED, execution
    assert execution.frames[0].header["sum"] == 83.0


def test_an_honest_program_computes_on_the_one_gpu_it_sees():
    execution = run(HONEST)

    assert execution.status is Status.EXITED, execution
    assert execution.frames[0].header == {"sum": 83.0, "gpus": 1}


def test_an_endless_kernel_is_stopped():
    source = """
def main(request, arrays, send):
    import torch
    x = torch.randn(8192, 8192, device="cuda")
    while True:
        for _ in range(1000): x = x @ x
        torch.cuda.synchronize()
"""
    assert run(source, wall_s=10.0).status in {Status.TIMED_OUT, Status.CPU_EXCEEDED}
    assert_the_next_one_works()


def test_a_device_side_assert_is_the_programs_own():
    source = """
def main(request, arrays, send):
    import torch
    torch.zeros(3, device="cuda")[torch.tensor([7], device="cuda")].cpu()
"""
    assert run(source).status is Status.RAISED
    assert_the_next_one_works()


def test_taking_all_memory_is_stopped_or_raises():
    source = """
def main(request, arrays, send):
    import torch
    held = []
    while True: held.append(torch.ones(1 << 27, device="cuda"))
"""
    assert run(source).status in {Status.RAISED, Status.OUT_OF_MEMORY}
    assert_the_next_one_works()


def test_gpu_memory_over_its_limit_is_stopped():
    source = """
def main(request, arrays, send):
    import torch
    held = torch.ones(1 << 30, device="cuda"); time.sleep(60)
"""
    execution = run(source, gpu_memory_mib=2048)

    assert execution.status is Status.OUT_OF_MEMORY
    assert "of GPU memory, limit 2.0 GiB" in execution.reason
    assert_the_next_one_works()


def test_dying_in_the_middle_of_a_kernel_harms_nobody():
    source = """
def main(request, arrays, send):
    import torch
    x = torch.randn(8192, 8192, device="cuda")
    for _ in range(1000): x = x @ x
    os.kill(os.getpid(), 9)
"""
    assert run(source).status is Status.NO_RESULT
    assert_the_next_one_works()
