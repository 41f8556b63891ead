"""Keyboard, command line, notebook, downloads, folders of one's own machine: absent, and saying so where it matters."""

from __future__ import annotations

import builtins
import concurrent.futures
import multiprocessing
import multiprocessing.pool
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any, NoReturn

from ..raised import mark
from .elsewhere import WHOLE_PATH

_change_folder = os.chdir


def install(entry: str) -> None:
    """Run as `python entry` without arguments, without a keyboard and without a network."""
    sys.argv = [entry]
    builtins.input = _no_keyboard
    os.chdir = _change_folder_if_here
    # Threads in place of processes: what other processes compute is seen by nobody.
    multiprocessing.Pool = _pool
    multiprocessing.context.BaseContext.Pool = lambda _, *args, **kwargs: _pool(*args, **kwargs)  # type: ignore[method-assign]
    concurrent.futures.ProcessPoolExecutor = _Executor  # type: ignore[assignment, misc]
    for name in ("urlopen", "urlretrieve"):
        setattr(urllib.request, name, _no_download)
    vars(builtins)["get_ipython"] = _Shell
    vars(builtins)["display"] = print


def _change_folder_if_here(path: Any) -> None:
    """Go to a folder; if it is one of the student's own machine (or Drive), stay: the work's files are here."""
    try:
        _change_folder(path)
    except OSError as error:
        if not WHOLE_PATH.match(str(path)):
            raise
        print(f"os.chdir: {error}; going on in {Path.cwd()}", file=sys.stderr)


def _pool(
    processes: int | None = None, initializer: Any = None, initargs: Any = (), *_: Any, **__: Any
) -> multiprocessing.pool.ThreadPool:
    return multiprocessing.pool.ThreadPool(processes, initializer, initargs)


class _Executor(concurrent.futures.ThreadPoolExecutor):
    """`ProcessPoolExecutor` with threads."""

    def __init__(
        self, max_workers: Any = None, mp_context: Any = None, initializer: Any = None, initargs: Any = (), **_: Any
    ) -> None:
        super().__init__(max_workers, "", initializer, initargs)


def _no_keyboard(prompt: object = "") -> NoReturn:
    raise EOFError(f"input({str(prompt)[:80]!r}): nobody is at the keyboard when work is graded")


def _no_download(url: object, *_: Any, **__: Any) -> NoReturn:
    raise mark(OSError(f"download of {str(url)[:200]}: there is no network when work is graded"), "stand-in")


class _Shell:
    """Enough of IPython's shell for notebooks that were exported as scripts."""

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        """What a command prints: nothing."""
        return []

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None
