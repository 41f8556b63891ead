"""A submission's scripts and notebooks: which there are, and how modules beside one are found."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

SUFFIXES = (".py", ".ipynb")
MAX_FILES, MAX_BYTES = 300, 1_000_000


@dataclass(frozen=True)
class ScriptFile:
    """A script or notebook, by its path in the submission."""

    path: str
    content: bytes

    @cached_property
    def text(self) -> str:
        """Its text, whatever its bytes are."""
        return self.content.decode("utf-8", "replace")


def script_paths(folder: Path) -> list[Path]:
    """The scripts and notebooks below a folder, by their paths from there."""
    found = (path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted(path.relative_to(folder) for path in found)


def script_files(folder: Path) -> tuple[ScriptFile, ...]:
    """All of them that are not too large."""
    small = [path for path in script_paths(folder) if (folder / path).stat().st_size <= MAX_BYTES][:MAX_FILES]
    return tuple(ScriptFile(str(path), (folder / path).read_bytes()) for path in small)


@contextlib.contextmanager
def importable(path: str, package: str = "") -> Iterator[None]:
    """Meanwhile modules beside a script are found first, and the submission's modules are imported anew.

    So are those of the course's `package` that lie beside it.
    """
    folder = str((Path.cwd() / path).parent)
    sys.path.insert(1, folder)
    given = sys.modules.get(package)
    if given is not None:
        given.__path__ = [folder, *(other for other in given.__path__ if other != folder)]
    for name in [name for name in sys.modules if (package and name.startswith(f"{package}.")) or _is_own(name)]:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.path.remove(folder)


def _is_own(name: str) -> bool:
    path = getattr(sys.modules.get(name), "__file__", None)
    return isinstance(path, str) and name not in ("__main__", "submission") and Path(path).is_relative_to(Path.cwd())
