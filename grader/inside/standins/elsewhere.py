"""Folders of somebody else's machine (`/content`, `/kaggle`, a home): what is written there goes to a folder here, and
what the course handed out is found under any path that a student keeps it at.
"""

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
    """Files of other machines, below one folder; the work is in another, and `course` has what the course gave."""

    def __init__(self, folder: Path, work: Path, course: Path) -> None:
        self.folder, self.work, self.course = folder, work, course

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
        """The path to read: what was written elsewhere, or the file of that name that was handed in, or handed out."""
        text = _text(path)
        if text is None or _real_exists(text):
            return path
        is_whole, name = WHOLE_PATH.match(text) is not None, ntpath.basename(text)
        place = self.place(path) if is_whole else None
        if place is not None and _real_exists(place):
            return place
        beside = [self.work / name] if is_whole else [self.course / text]
        return next((str(one) for one in (*beside, self.course / name) if name and _real_exists(one)), path)


def _text(path: Any) -> str | None:
    """A path as text; None for a number, bytes or an open file."""
    if type(path) is str:
        return path
    return os.fspath(path) if isinstance(path, Path) else None
