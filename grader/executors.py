"""Running many independent pieces of work at once, here on local threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Work = TypeVar("Work")
Result = TypeVar("Result")


def run_threads(function: Callable[[Work], Result], work: Sequence[Work], jobs: int) -> Iterator[tuple[Work, Result]]:
    """Yield each piece of work with its result as soon as it is done; `jobs` run at a time.

    When the caller stops early, what has not begun is not begun.
    """
    with ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="grader") as pool:
        futures = {pool.submit(function, piece): piece for piece in work}
        try:
            for future in as_completed(futures):
                yield futures[future], future.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
