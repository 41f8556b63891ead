"""Folders of somebody else's machine (`/content`, `/kaggle`, a home): what is written there goes to a folder here, and
what the course handed out is found under any path that a student keeps it at. All ways to look for a file agree.
"""

from __future__ import annotations

import builtins
import functools
import genericpath
import glob
import io
import os
import posixpath
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from . import file_libraries

# A folder's whole path: on a server, in one's home, on Windows.
WHOLE_PATH = re.compile(r"[/~]|[A-Za-z]:[/\\]")
_real_stat, _real_access, _real_makedirs, _real_scan = os.stat, os.access, os.makedirs, os.scandir
MOST_FOLDERS = 8
OURS = str(Path(__file__).parents[1])
# One of each of Python's own modules.
_LOOKING = (Path.glob, glob.iglob, os.walk, posixpath.join, genericpath.isfile, shutil.copyfile)
_COPYING = ("copyfile", "copymode", "copystat", "copy", "copy2", "copytree")
_PASSED = frozenset((__file__, *(function.__code__.co_filename for function in _LOOKING)))


class Elsewhere:
    """Files of other machines, below one folder; the work is in another, and `course` has what the course gave."""

    def __init__(self, folder: Path, work: Path, course: Path) -> None:
        self.folder, self.work, self.course = folder, work, course
        self._files: dict[str, list[str]] | None = None

    def install(self) -> None:
        """Take effect for `open`, `os.makedirs`, `os.mkdir`, and what looks for files or copies them."""
        opened = self._opening(io.open)
        builtins.open = io.open = opened
        file_libraries.install(self, opened)
        os.makedirs, os.mkdir = self._making(os.makedirs), self._making(os.mkdir)
        for name, own in {"listdir": self.listed, "scandir": self.scanned}.items():
            setattr(os, name, own)
        os.stat, os.lstat = self._where_it_is(os.stat), self._where_it_is(os.lstat)
        os.access = self.looking(os.access)
        os.open, os.chdir = self._opening_low(os.open), self._going_into(os.chdir)
        for able in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            able |= {
                new for new in (os.stat, os.access, os.open, os.chdir) if getattr(new, "__wrapped__", None) in able
            }
        for name in ("exists", "lexists", "isfile", "isdir", "getsize"):
            setattr(os.path, name, self.looking(getattr(os.path, name)))
        for name in _COPYING:
            setattr(shutil, name, self._copying(getattr(shutil, name)))
        for name in ("exists", "is_file", "is_dir", "stat"):
            setattr(Path, name, self._looking_at(getattr(Path, name)))

    def _opening(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def opened(file: Any, mode: Any = "r", *args: Any, **kwargs: Any) -> Any:
            writes = isinstance(mode, str) and any(letter in mode for letter in "wax+")
            return original(self.to_write(file) if writes else self.to_open(file), mode, *args, **kwargs)

        return opened

    def _opening_low(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """For `os.open`, which opens what is there alone unless it may make a file."""

        @functools.wraps(original)
        def opened(path: Any, flags: int, *args: Any, **kwargs: Any) -> Any:
            is_plain = kwargs.get("dir_fd") is None and not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            return original(self.to_open(path) if is_plain else path, flags, *args, **kwargs)

        return opened

    def _going_into(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """For `os.chdir`: a folder that the course alone has is made, and what it holds is found there."""

        @functools.wraps(original)
        def gone(path: Any) -> Any:
            text = _text(path)
            given = self._given(text) if text and not _real_exists(text) else None
            if text and given and _real_is_folder(given):
                _real_makedirs(text, exist_ok=True)
            return original(path)

        return gone

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

    def _where_it_is(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A function that the grader itself uses, too; a path that is there is taken as it is."""

        @functools.wraps(original)
        def look(path: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return original(path, *args, **kwargs)
            except OSError:
                there = path if kwargs.get("dir_fd") is not None or self._is_ours() else self.to_read(path)
                if there is path:
                    raise
                return original(there, *args, **kwargs)

        return look

    def _copying(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A function that takes the path of what it copies, and that of the copy."""

        @functools.wraps(original)
        def copied(src: Any, dst: Any, *args: Any, **kwargs: Any) -> Any:
            return original(self.to_read(src), self.to_write(dst), *args, **kwargs)

        return copied

    def _looking_at(self, original: Callable[..., Any]) -> Callable[..., Any]:
        """A method of `Path`, which the grader itself uses for what was handed in alone."""

        @functools.wraps(original)
        def look(path: Path, *args: Any, **kwargs: Any) -> Any:
            there = self.to_read(path)
            return original(path if there is path or self._is_ours() else type(path)(there), *args, **kwargs)

        return look

    def listed(self, path: Any = ".") -> list[Any]:
        """For `os.listdir`: what a folder holds, and what the course has in the folder of that name."""
        with self.scanned(path) as entries:
            return [entry.name for entry in entries]

    def scanned(self, path: Any = ".") -> _Entries:
        """For `os.scandir`. Modules of the course are imported, and not listed."""
        if self._is_ours():
            return _Entries(_scan(path))
        found = _scan(self.to_read(path))
        text = _text(path)
        given = self._given(text) if text is not None and _real_is_folder(text) else None
        names = {entry.name for entry in found}
        more = _scan(given) if given and _real_is_folder(given) else []
        return _Entries(found + [one for one in more if one.name not in names and not _is_module(one.name)])

    def _given(self, text: str) -> str | None:
        """Where the course would have what lies at a path within the work; None for a path elsewhere."""
        if WHOLE_PATH.match(text) and not text.startswith("/"):
            return None
        whole = Path(os.path.abspath(text))  # noqa: PTH100 - links are left as they are
        return str(self.course / whole.relative_to(self.work)) if whole.is_relative_to(self.work) else None

    def _is_ours(self) -> bool:
        """Whether it is the grader that looks, and no student's program or a library for it."""
        frame = sys._getframe(1)
        while frame is not None and frame.f_code.co_filename in _PASSED:
            frame = frame.f_back  # type: ignore[assignment]
        return frame is None or frame.f_code.co_filename.startswith((OURS, f"{self.course}{os.sep}"))

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
        if not text or _real_exists(text):
            return path
        is_whole = WHOLE_PATH.match(text) is not None
        place = self.place(path) if is_whole else None
        if place is not None and _real_exists(place):
            return place
        given = [Path(inner)] if (inner := self._given(text)) else []
        homes = (self.work, self.course) if is_whole else (self.course,)
        beside = (home / end for home in homes for end in _ends(text))
        return next((str(one) for one in (*given, *beside) if _real_exists(one)), path)

    def to_open(self, path: Any) -> Any:
        """The path to read what a file holds from: where nothing else is found, the course's only file of that name.

        A student may keep `data/train.csv` beside the program. Those that look whether a file is there do not find it
        so: it may be one that the program is about to write.
        """
        there, text = self.to_read(path), _text(path)
        return there if there is not path or not text or _real_exists(text) else self._by_name(text) or path

    def _by_name(self, text: str) -> str | None:
        if self._files is None:
            self._files = _files_by_name(self.course)
        found = self._files.get(re.split(r"[/\\]", text)[-1], [])
        return found[0] if len(found) == 1 else None


class _Entries:
    """As `os.scandir` gives them: to be run through once, within `with` or not."""

    def __init__(self, found: list[os.DirEntry[Any]]) -> None:
        self._left = iter(found)

    def __iter__(self) -> Iterator[os.DirEntry[Any]]:
        return self._left

    def __next__(self) -> os.DirEntry[Any]:
        return next(self._left)

    def __enter__(self) -> _Entries:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._left = iter(())


def _ends(text: str) -> Iterator[str]:
    """What a path may be called where it begins elsewhere: all of it, without its first folder, …, its last part."""
    parts = [part for part in re.split(r"[/\\]+", text) if part not in ("", ".", "~")]
    above = max((place for place, part in enumerate(parts, 1) if part == ".."), default=0)
    yield from ("/".join(parts[place:]) for place in range(max(above, len(parts) - MOST_FOLDERS), len(parts)))


def _real_exists(path: str | Path) -> bool:
    return _mode(path) is not None


def _real_is_folder(path: str) -> bool:
    return stat.S_ISDIR(_mode(path) or 0)


def _mode(path: str | Path) -> int | None:
    """What kind of thing lies at a path, by the machine's own `stat`; None where nothing does."""
    try:
        return _real_stat(path).st_mode
    except (OSError, ValueError):
        return None


def _scan(path: Any) -> list[os.DirEntry[Any]]:
    with _real_scan(path) as entries:
        return list(entries)


def _files_by_name(folder: Path) -> dict[str, list[str]]:
    """The paths of all files below a folder but modules, of which there may be thousands."""
    found: dict[str, list[str]] = {}
    left = [str(folder)] if _real_is_folder(str(folder)) else []
    while left:
        for entry in _scan(left.pop()):
            if entry.is_dir(follow_symlinks=False):
                left.append(entry.path)
            elif not _is_module(entry.name):
                found.setdefault(entry.name, []).append(entry.path)
    return found


def _is_module(name: str) -> bool:
    return name.endswith(".py") or name == "__pycache__"


def _text(path: Any) -> str | None:
    """A path as text; None for a number, bytes or an open file."""
    if type(path) is str:
        return path
    return os.fspath(path) if isinstance(path, Path) else None
