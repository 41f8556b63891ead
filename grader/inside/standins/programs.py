"""Programs and settings of the student's machine that are not here: they do nothing, and say nothing."""

from __future__ import annotations

import functools
import locale
import os
import shlex
import shutil
import subprocess
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

NOTHING = "/bin/true"
_INSTALL = ("pip", "pip3", "conda", "apt", "apt-get", "uv")


def install() -> None:
    """Take effect for `subprocess`, `os._exit` and `locale`."""
    os._exit = _leave(os._exit, os.getpid())  # type: ignore[assignment]
    locale.setlocale = _if_it_is_known(locale.setlocale)
    subprocess.Popen.__init__ = _started(subprocess.Popen.__init__)  # type: ignore[method-assign]


def _leave(original: Callable[[int], NoReturn], owner: int) -> Callable[[int], NoReturn]:
    """End like `sys.exit`: what was drawn and computed until then is kept. Other processes end for good."""

    def leave(status: int) -> NoReturn:
        if os.getpid() != owner:
            original(status)
        raise SystemExit(status)

    return leave


def _if_it_is_known(original: Any) -> Any:
    @functools.wraps(original)
    def setlocale(category: int, wanted: Any = None) -> Any:
        try:
            return original(category, wanted)
        except locale.Error:
            return original(category)

    return setlocale


def _started(original: Any) -> Any:
    @functools.wraps(original)
    def start(process: Any, args: Any, *more: Any, **options: Any) -> None:
        if _does_nothing(args):
            args = NOTHING if isinstance(args, str | bytes) else [NOTHING]
        original(process, args, *more, **options)

    return start


def _does_nothing(args: Any) -> bool:
    """Whether a command installs packages, or is a program that is not here."""
    words = _words(args)
    if not words:
        return False
    program = os.path.basename(words[0])  # noqa: PTH119 - it may be the name alone
    if "install" in words and (program in _INSTALL or "pip" in words):
        return True
    return program in ("nvidia-smi", "rocm-smi", "git", "wget", "curl", "unzip") and shutil.which(words[0]) is None


def _words(args: Any) -> Sequence[str]:
    try:
        return shlex.split(args) if isinstance(args, str) else [str(word) for word in args]
    except (TypeError, ValueError):
        return []
