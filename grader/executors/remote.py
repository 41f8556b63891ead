"""On a machine reached by ssh: a worker of Dask's, which ends when the other end of its pipe does.

The first line of its input has the scheduler's address and the keys.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from typing import Any

JOINED = "this worker has joined the scheduler"  # its first line of output


def main() -> None:
    """Work until the input ends, or the scheduler does."""
    told = json.loads(sys.stdin.readline() or "null")
    if told is None:
        raise SystemExit("expected a scheduler's address and keys, found nothing")
    threading.Thread(target=_end_with_input, daemon=True).start()
    asyncio.run(_work(told))
    os._exit(0)


def _end_with_input() -> None:
    sys.stdin.read()
    os._exit(0)  # the grading processes and boxes of this worker end with it


async def _work(told: dict[str, Any]) -> None:
    from distributed import Security, Worker

    from grader.executors.dask_cluster import GPU, settings
    from grader.sandbox.gpu import gpus

    slots = told["slots"] or len(os.sched_getaffinity(0))
    count = told["slots"] or len(gpus()) or 1
    security = Security(
        require_encryption=True, tls_ca_file=told["ca"], tls_worker_cert=told["cert"], tls_worker_key=told["key"]
    )
    with settings():
        async with Worker(
            told["address"],
            nthreads=count if told["gpu"] else slots,
            name=told["name"],
            security=security,
            resources={GPU: count} if told["gpu"] else None,
            memory_limit=0,
            dashboard=False,
        ) as worker:
            print(JOINED, flush=True)
            await worker.finished()


if __name__ == "__main__":
    main()
