from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from grader.batch.threads import run_threads


def test_every_piece_of_work_comes_back_with_its_result():
    assert dict(run_threads(lambda number: number**2, range(50), 4)) == {number: number**2 for number in range(50)}


def test_no_work_is_done_at_once():
    assert list(run_threads(lambda number: number, (), 4)) == []


def test_as_many_pieces_run_at_a_time_as_there_are_jobs():
    together = threading.Barrier(3, timeout=20)

    assert len(list(run_threads(lambda _: together.wait(), range(3), 3))) == 3


@pytest.mark.parametrize("jobs", [0, 1])
def test_with_one_job_nothing_overlaps(jobs):
    running = threading.Lock()

    def alone(number: int) -> bool:
        free = running.acquire(blocking=False)
        if free:
            running.release()
        return free

    assert all(free for _, free in run_threads(alone, range(30), jobs))


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Set when the pool has been told to begin nothing more, and before what runs is waited for."""
    event = threading.Event()

    class Pool(ThreadPoolExecutor):
        def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
            super().shutdown(wait=False, cancel_futures=cancel_futures)
            event.set()
            super().shutdown(wait=wait)

    monkeypatch.setattr("grader.batch.threads.ThreadPoolExecutor", Pool)
    return event


def test_a_piece_that_raises_is_told_and_what_has_not_begun_is_not_begun(shut: threading.Event):
    begun: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number == 0:
            raise ValueError("the first")
        shut.wait(60)

    with pytest.raises(ValueError, match="the first"):
        list(run_threads(work, range(1000), 1))

    # The only thread may have taken one more, whichever was next.
    assert begun[0] == 0
    assert len(begun) <= 2


def test_a_caller_that_stops_early_waits_for_what_runs(shut: threading.Event):
    begun: list[int] = []
    ended: list[int] = []

    def work(number: int) -> None:
        begun.append(number)
        if number:
            shut.wait(60)
        ended.append(number)

    results = run_threads(work, range(1000), 2)

    next(results)
    results.close()

    assert not [thread for thread in threading.enumerate() if thread.name.startswith("grader")]
    assert sorted(ended) == sorted(begun)
    assert 1 <= len(ended) <= 3


def test_ctrl_c_does_not_wait_for_what_runs():
    release, running = threading.Event(), threading.Event()
    ended: list[int] = []

    def work(number: int) -> None:
        if number:
            running.set()
            release.wait(20)
        ended.append(number)

    results = run_threads(work, [0, 1], 2)
    next(results)
    running.wait(20)
    with pytest.raises(KeyboardInterrupt):
        results.throw(KeyboardInterrupt)

    assert ended == [0]
    release.set()
