"""Python environments among a submission's files (`venv`, conda, `site-packages`), known by what is in them.

Only what an installer puts there is left out: a script that lies in the folder of an environment is still work.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from grader.intake.names import SOURCE_SUFFIXES

_PACKAGES = ("site-packages", "dist-packages")
_MARKS = ("pyvenv.cfg", "conda-meta")
_LIBRARY = re.compile(r"(?:^|/)(?:(?:local/)?lib(?:64)?/(?:python|pypy)\d[\d.]*t?|lib)$", re.IGNORECASE)
_INSTALLED = re.compile(
    r"(?:local/)?(?:lib(?:64)?/(?:python|pypy)\d|lib/|lib64|conda-meta|condabin|pkgs|compiler_compat|dlls|library|"
    r"\.?pyvenv\.cfg$)",
    re.IGNORECASE,
)
# Folders of an environment whose names students use too.
_SHARED = re.compile(r"(?:bin|scripts|include|share|etc|man|ssl|var)/", re.IGNORECASE)


class Environments:
    """The folders of the environments met so far."""

    def __init__(self) -> None:
        self.found: set[str] = set()

    def root_of(self, parts: Sequence[str]) -> str | None:
        """The folder of the environment that a path belongs to; None for a path that is not installed."""
        path = "/".join(parts)
        if (known := next((root for root in self.found if is_installed(path, root)), None)) is not None:
            return known
        root = _root(parts)
        return root if root is not None and is_installed(path, root) else None


def is_installed(path: str, root: str) -> bool:
    """Whether a path below the environment `root` is one that installers make."""
    if root and not path.startswith(f"{root}/"):
        return False
    if root.rpartition("/")[2] in _PACKAGES:
        return True
    inside = path[len(root) + 1 :] if root else path
    if _INSTALLED.match(inside):
        return True
    return _SHARED.match(inside) is not None and not inside.lower().endswith(SOURCE_SUFFIXES)


def _root(parts: Sequence[str]) -> str | None:
    for at, part in enumerate(parts):
        if part in _MARKS:
            return "/".join(parts[:at])
        if part in _PACKAGES and at + 1 < len(parts):
            above = "/".join(parts[:at])
            library = _LIBRARY.search(above)
            return f"{above}/{part}".lstrip("/") if library is None else above[: library.start()]
    return None
