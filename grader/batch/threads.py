"""Running many independent pieces of work at once, here on local threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


def run_threads(function: Callable[[Work], Result], work: Sequence[Work], jobs: int) -> Iterator[tuple[Work, Result]]:
    """Yield each piece of work with its result as soon as it is done; `jobs` run at a time.

    When the caller stops early or a piece raises, what has not begun is not begun and what runs is waited
    for. After Ctrl-C nothing is waited for.
    """
    pool = ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="grader")
    wait = True
    try:
        futures = {pool.submit(function, piece): piece for piece in work}
        for future in as_completed(futures):
            yield futures[future], future.result()
    except KeyboardInterrupt:
        wait = False
        raise
    finally:
        pool.shutdown(wait=wait, cancel_futures=True)
