"""Memory groups: where one may be made, and what a program that the kernel stopped is told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from boxes import command, honest_box_works
from implementations import IMPLEMENTATIONS

from grader.sandbox import memory_groups as module
from grader.sandbox.limits import group_limit, overrun
from grader.sandbox.memory_groups import V1, V2, MemoryGroup, MemoryGroups, memory_groups
from grader.sandbox.protocol import Limits, Status

needs_groups = pytest.mark.skipif(memory_groups() is None, reason="no memory group may be made on this machine")
# Shared memory of two processes, in which neither is over its own limit of data.
SHARED = """
def main(request, arrays, send):
    held = mmap.mmap(-1, 1 << 30)
    for i in range(0, 1 << 30, 1 << 20): held[i:i + (1 << 20)] = b"x" * (1 << 20)
    time.sleep(100)
"""
OTHERS_CHILD = """
def main(request, arrays, send):
    if os.fork() == 0:
        held = mmap.mmap(-1, 1 << 30)
        for i in range(0, 1 << 30, 1 << 20): held[i:i + (1 << 20)] = b"x" * (1 << 20)
    os.wait()
"""


@needs_groups
@pytest.mark.parametrize("name", ["bubblewrap", "copies"])
@pytest.mark.parametrize("source", [SHARED, OTHERS_CHILD], ids=["the program", "a child that it outlives"])
def test_what_the_kernel_stops_is_told_as_memory(name: str, source: str, monkeypatch: pytest.MonkeyPatch):
    """With a group's limit so far below the polled one that the kernel is always first."""
    monkeypatch.setattr("grader.sandbox.bubblewrap.group_limit", lambda _: 64 << 20)

    execution = IMPLEMENTATIONS[name].run(command(source, memory_mib=2048))

    assert execution.status is Status.OUT_OF_MEMORY
    assert execution.reason.startswith("used 64 MiB of memory and files, limit 2.0 GiB of memory and 32 MiB of files")


@needs_groups
@pytest.mark.parametrize("name", ["bubblewrap", "copies"])
def test_full_scratch_folders_fit_beside_full_memory(name: str):
    source = """
def main(request, arrays, send):
    held = b"x" * (160 << 20)
    for folder in ("/tmp", "/dev/shm"):
        with open(folder + "/full", "wb") as file: file.write(bytes(15 << 20))
    send({}, {})
"""
    assert IMPLEMENTATIONS[name].run(command(source)).status is Status.EXITED


@needs_groups
def test_no_group_is_left_when_its_box_is_gone():
    groups = memory_groups()
    assert groups is not None
    before = list(groups.folder.glob("grader-*"))

    assert honest_box_works(IMPLEMENTATIONS["copies"])
    assert [folder for folder in groups.folder.glob("grader-*") if folder not in before and _is_ours(folder)] == []


def _is_ours(folder: Path) -> bool:
    return folder.name.startswith(f"grader-{os.getpid()}-")


def test_boxes_do_without_where_none_can_be_made(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("grader.sandbox.bubblewrap.memory_groups", lambda: MemoryGroups(Path("/proc/nowhere"), V2))

    assert honest_box_works(IMPLEMENTATIONS["copies"])


def test_a_group_that_the_kernel_has_not_touched_says_nothing(tmp_path: Path):
    (tmp_path / "memory.events").write_text("low 0\nhigh 0\nmax 12\noom 1\noom_kill 0\noom_group_kill 0\n")

    assert MemoryGroup(tmp_path, V2).overrun() is None


@pytest.mark.parametrize(
    ("kind", "events"), [(V1, "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n"), (V2, "max 3\noom 1\noom_kill 2\n")]
)
def test_a_kill_is_told_with_the_peak(tmp_path: Path, kind: module.Kind, events: str):
    (tmp_path / kind.events).write_text(events)
    (tmp_path / kind.peak).write_text("1073741824\n")

    assert MemoryGroup(tmp_path, kind).overrun() == 1 << 30


def test_kernels_without_a_peak_still_tell_of_the_kill(tmp_path: Path):
    (tmp_path / "memory.events").write_text("oom_kill 1\n")

    assert MemoryGroup(tmp_path, V2).overrun() == 0
    assert overrun(Limits(), 0, 3.0).reason.startswith("used more memory than allowed, limit 3.0 GiB")


def test_the_groups_that_may_limit_memory_are_found(tmp_path: Path):
    (tmp_path / "user").mkdir()
    (tmp_path / "user/cgroup.controllers").write_text("cpu memory pids\n")

    assert list(module._candidates("4:memory:/a/b\n3:cpuset:/\n", tmp_path)) == [
        MemoryGroups(tmp_path / "memory/a/b", V1)
    ]
    assert list(module._candidates("0::/user\n", tmp_path)) == [MemoryGroups(tmp_path / "user", V2)]
    assert list(module._candidates("0::/\n", tmp_path)) == []


def test_a_second_version_group_is_made_with_every_limit(tmp_path: Path):
    group = MemoryGroups(tmp_path, V2).make(1 << 30)

    assert {file.name: file.read_text() for file in group.folder.iterdir()} == {
        "memory.max": str(1 << 30),
        "memory.swap.max": "0",
        "memory.oom.group": "1",
    }


def test_our_process_moves_down_before_groups_beside_it_can_limit_memory(tmp_path: Path):
    (tmp_path / "cgroup.subtree_control").write_text("")
    module._delegate(tmp_path)

    assert (tmp_path / "grader/cgroup.procs").read_text() == str(os.getpid())
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory"


def test_what_a_killed_grader_left_is_swept(tmp_path: Path):
    nobody, ourselves = 1 << 30, os.getpid()
    for name in (f"grader-{nobody}-0", f"grader-{ourselves}-7", "other"):
        (tmp_path / name).mkdir()
    (tmp_path / f"grader-{nobody}-1").mkdir()
    (tmp_path / f"grader-{nobody}-1/still-in-use").touch()

    MemoryGroups(tmp_path, V2).sweep()

    assert sorted(folder.name for folder in tmp_path.iterdir()) == sorted(
        [f"grader-{ourselves}-7", f"grader-{nobody}-1", "other"]
    )


def test_a_group_counts_memory_and_both_scratch_folders():
    assert group_limit(Limits(memory_mib=1024, scratch_mib=512)) == 2 << 30
