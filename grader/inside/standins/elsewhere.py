"""Folders of somebody else's machine (`/content`, `/kaggle`, a home): what is written there goes to a folder here."""

from __future__ import annotations

import builtins
import functools
import io
import ntpath
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

# A folder's whole path: on a server, in one's home, on Windows.
WHOLE_PATH = re.compile(r"[/~]|[A-Za-z]:[/\\]")
_real_exists, _real_access, _real_makedirs = os.path.exists, os.access, os.makedirs


class Elsewhere:
    """Files of other machines, below one folder."""

    def __init__(self, folder: Path, work: Path) -> None:
        self.folder, self.work = folder, work

    def install(self) -> None:
        """Take effect for `open`, `os.makedirs`, `os.mkdir` and what looks for files."""
        opened = self._opening(io.open)
        builtins.open = io.open = opened
        os.makedirs, os.mkdir = self._making(os.makedirs), self._making(os.mkdir)
        os.listdir = self.looking(os.listdir)
        for name in ("exists", "isfile", "isdir", "getsize"):
            setattr(os.path, name, self.looking(getattr(os.path, name)))

    def _opening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def opened(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
            writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
            return original(self.to_write(file) if writes else self.to_read(file), mode, *args, **kwargs)

        return opened

    def saving(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A function that takes what it saves, and then a path."""

        @functools.wraps(original)
        def save(obj: Any, f: Any, *args: Any, **kwargs: Any) -> Any:
            return original(obj, self.to_write(f), *args, **kwargs)

        return save

    def _making(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def made(name: Any, *args: Any, **kwargs: Any) -> Any:
            place = self.place(name)
            if place is None:
                return original(name, *args, **kwargs)
            return _real_makedirs(place, exist_ok=True)

        return made

    def looking(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A function that takes the path of what it looks at."""

        @functools.wraps(original)
        def look(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
            return original(self.to_read(path), *args, **kwargs)

        return look

    def place(self, path: Any) -> str | None:
        """Where a file of another machine lies here; None for a path that can be used as it is."""
        text = _text(path)
        if text is None or not WHOLE_PATH.match(text) or not text.startswith(("/", "~")):
            return None
        whole = os.path.abspath(os.path.expanduser(text))  # noqa: PTH100, PTH111 - a Path would not do the same
        above = whole
        while not _real_exists(above):
            above = os.path.dirname(above)  # noqa: PTH120
        if _real_access(above, os.W_OK):
            return None
        return str(self.folder / whole.lstrip("/"))

    def to_write(self, path: Any) -> Any:
        """The path to write to; folders of another machine are there."""
        place = self.place(path)
        if place is None:
            return path
        _real_makedirs(os.path.dirname(place), exist_ok=True)  # noqa: PTH120
        return place

    def to_read(self, path: Any) -> Any:
        """The path to read: what was written elsewhere, or the file of that name that was handed in."""
        text = _text(path)
        if text is None or not WHOLE_PATH.match(text) or _real_exists(text):
            return path
        place = self.place(path)
        if place is not None and _real_exists(place):
            return place
        beside = self.work / ntpath.basename(text)
        return str(beside) if ntpath.basename(text) and _real_exists(beside) else path


def _text(path: Any) -> str | None:
    """A path as text; None for a number, bytes or an open file."""
    if type(path) is str:
        return path
    return os.fspath(path) if isinstance(path, Path) else None
