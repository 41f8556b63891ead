"""Reports in processes of their own: one that dies or hangs costs one report, not the batch."""

from __future__ import annotations

import math
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import threading
import warnings
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import resource_tracker
from multiprocessing.context import BaseContext
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import TypeVar

from grader.files import write_atomically
from grader.gradebook.results import page_of
from grader.report.model import ClassReport, FeedbackReport, ReportError
from grader.report.stamp import identity

MARKING = "marking.html"
R = TypeVar("R", FeedbackReport, ClassReport)

MEMORY = 2 * 2**30  # bytes of address space
CPU_S = 60  # of one report; a large class takes 10
WALL_S = 300.0
NICE = 5
REPORTS_PER_WORKER = 200  # WeasyPrint leaks a little


def render_feedback(report: FeedbackReport, path: Path) -> None:
    """Write a student's PDF to `path` and its page for browsers beside it, whole or not at all. Raises ReportError.

    `marking.html` beside them is for the person who grades: it also shows what helps to do so.
    """
    from grader.report.page.web import standalone
    from grader.report.student import feedback

    _write(feedback.feedback_html, feedback.pdf_of, report, path)
    if any(mark.manual for mark in report.grade.marks):
        write_atomically(path.with_name(MARKING), standalone(*feedback.marking_html(report), identity(report)))


def render_class(report: ClassReport, path: Path) -> None:
    """Write the class PDF to `path` and its page for browsers beside it, whole or not at all. Raises ReportError."""
    from grader.report.cohort import class_report

    _write(class_report.class_html, class_report.pdf_of, report, path)


def _write(
    make: Callable[[R], tuple[str, dict[str, bytes]]],
    to_pdf: Callable[[R, str, dict[str, bytes]], bytes],
    report: R,
    path: Path,
) -> None:
    from grader.report.page.web import standalone

    try:
        html, figures = make(report)
        pdf = to_pdf(report, html, figures)
        page = standalone(html, figures, identity(report), sortable=isinstance(report, ClassReport))
    except ReportError:
        raise
    except Exception as error:
        raise ReportError(f"{path.name}: {type(error).__name__}: {error}") from error
    try:
        write_atomically(path, pdf)
        write_atomically(page_of(path), page)  # last: it says which report the two are
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror}") from error


def _prepare() -> None:
    """Limit this worker and load what every report needs."""
    os.nice(NICE)
    warnings.simplefilter("ignore")  # they may quote what a student chose
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    soft = MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
    threading.Thread(target=_follow_parent, daemon=True).start()


def _limited(render: Callable[[R, Path], None], report: R, path: Path, cpu_s: int) -> None:
    """Render with a limit on CPU time, which no exception handler of a library can swallow."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used.ru_utime + used.ru_stime) + cpu_s, hard))
    render(report, path)


def _follow_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)  # a killed batch leaves no workers behind


def _block_ctrl_c() -> None:
    """The batch answers Ctrl-C; its workers, which inherit this thread's mask, must not fill the screen too."""
    # Python's resource tracker cleans up after a batch that is ended early, and need not say so.
    os.environ.setdefault("PYTHONWARNINGS", "ignore:resource_tracker")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # each thread's buffers count against the limit of memory
    resource_tracker.ensure_running()  # which would undo the mask if it came later
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _copying() -> BaseContext:
    """Workers are copies of one process, which has made once what every report needs, and seen no report."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["grader.report.prepared"])
    return context


class _Worker:
    """One process at a time; a new one takes the place of one that died."""

    def __init__(self, wall_s: float, cpu_s: int) -> None:
        self.wall_s, self.cpu_s = wall_s, cpu_s
        self.pool: ProcessPoolExecutor | None = None

    def run(self, render: Callable[[R, Path], None], report: R, path: Path) -> None:
        """Render in the process. Raises ReportError also for a process that died or took too long."""
        try:
            pool = self._ready()
            pid = pool.submit(os.getpid).result()
            pool.submit(_limited, render, report, path, self.cpu_s).result(timeout=self.wall_s)
        except TimeoutError as error:
            os.kill(pid, signal.SIGKILL)
            self.close()
            raise ReportError(f"{path.name}: not done after {self.wall_s:g} s") from error
        except BrokenProcessPool as error:
            self.close()
            raise ReportError(f"{path.name}: the process that made it died") from error
        except MemoryError as error:
            raise ReportError(f"{path.name}: needed more than {MEMORY // 2**20} MiB") from error

    def _ready(self) -> ProcessPoolExecutor:
        if self.pool is None:
            self.pool = ProcessPoolExecutor(
                1, mp_context=_copying(), initializer=_prepare, max_tasks_per_child=2 * REPORTS_PER_WORKER
            )
        return self.pool

    def close(self) -> None:
        """End the process."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
            self.pool = None


class ReportWorkers:
    """`count` processes that make reports. Use as a context manager; leaving it waits for every report."""

    def __init__(self, count: int, wall_s: float = WALL_S, cpu_s: int = CPU_S) -> None:
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        self._workers = [_Worker(wall_s, cpu_s) for _ in range(count)]
        for worker in self._workers:
            self._free.put(worker)
        self._threads = ThreadPoolExecutor(count, thread_name_prefix="report", initializer=_block_ctrl_c)

    def __enter__(self) -> ReportWorkers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def submit_feedback(self, report: FeedbackReport, path: Path) -> Future[None]:
        """Make a student's report. The future raises ReportError if it could not be made."""
        return self._threads.submit(self._run, render_feedback, report, path)

    def submit_class(self, report: ClassReport, path: Path) -> Future[None]:
        """Make the class report. The future raises ReportError if it could not be made."""
        return self._threads.submit(self._run, render_class, report, path)

    def close(self) -> None:
        """Wait for every report and end the processes."""
        self._threads.shutdown()
        for worker in self._workers:
            worker.close()

    def _run(self, render: Callable[[R, Path], None], report: R, path: Path) -> None:
        worker = self._free.get()
        try:
            worker.run(render, report, path)
        finally:
            self._free.put(worker)
