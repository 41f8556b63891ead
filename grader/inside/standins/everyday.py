"""Keyboard, command line, notebook, downloads: absent, and saying so."""

from __future__ import annotations

import builtins
import sys
import urllib.request
from typing import Any, NoReturn

import torch


def install(entry: str) -> None:
    """Run as `python entry` without arguments, without a keyboard and without a network."""
    sys.argv = [entry]
    torch.set_num_threads = _keep_threads
    builtins.input = _no_keyboard
    for name in ("urlopen", "urlretrieve"):
        setattr(urllib.request, name, _no_download)
    vars(builtins)["get_ipython"] = _Shell
    vars(builtins)["display"] = print


def _keep_threads(nthreads: int) -> None:
    """Boxes share the machine: the supervisor decides how many threads one gets."""


def _no_keyboard(prompt: object = "") -> NoReturn:
    raise EOFError(f"input({str(prompt)[:80]!r}): nobody is at the keyboard when work is graded")


def _no_download(url: object, *_: Any, **__: Any) -> NoReturn:
    raise OSError(f"download of {str(url)[:200]}: there is no network when work is graded")


class _Shell:
    """Enough of IPython's shell for notebooks that were exported as scripts."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None
