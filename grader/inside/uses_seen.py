"""Which functions of libraries a submission's own code calls, and what it imports, while it runs: the half of
`forbidden` (`grader/checks/blocks/forbidden.py`) that no text tells.

What is watched is replaced by twins that look at who calls them, so that what a library does for itself is told apart
from what a student's line does. Text is judged outside; what is said here can only add to that.
"""

from __future__ import annotations

import contextlib
import re
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .raised import is_students_file
from .twins import Twins, is_students

# Who calls: a line of the submission's; the grader, for the submission; or a library's function.
OWN, ASKED, INSIDE = "own", "asked", "inside"
MODULE = "called_names"  # of `asked/`: its cases say what is watched
HARNESS = str(Path(__file__).parent)
MAX_FRAMES, MAX_PARTS, LOOKED_AT, MAX_USES = 60, 40, 20, 500

Key = tuple[str, str, int, str]


class WatchedNames:
    """What is watched and what was seen of it. `calls` are functions and classes by their full names, `imports`
    modules; packages that nobody has loaded yet are loaded for it only if `texts` name them.
    """

    def __init__(self, calls: Iterable[str], imports: Iterable[str], texts: str = "") -> None:
        self.calls, self.imports = tuple(calls), tuple(imports)
        self.twins = Twins(self.note, texts)
        self.seen: dict[Key, set[str]] = {}
        self.counts: dict[Key, int] = {}
        self.unsent: set[Key] = set()
        self.given: dict[int, str] = {}  # twins that have a name of the submission's, by identity
        self.files: dict[str, bool] = {}

    def install(self) -> None:
        """Put twins in the places of all that is watched."""
        for name in self.calls:
            with contextlib.suppress(Exception):
                self.twins.watch(name)
        for name in self.imports:
            with contextlib.suppress(Exception):
                self.twins.watch_members(name)
        if self.imports:
            self.twins.watch_imports(self.imports)

    def watched(self) -> dict[str, Any]:
        """A frame that says what is watched, and where."""
        return {"kind": "watched", "places": {name: sorted(found) for name, found in self.twins.places.items()}}

    def pending(self) -> dict[str, Any] | None:
        """A frame of what was seen since the last one."""
        unsent, self.unsent = sorted(self.unsent), set()
        if not unsent:
            return None
        return {"kind": "used", "uses": [[*key, sorted(self.seen[key])[:MAX_PARTS]] for key in unsent]}

    def notice(self, namespace: Mapping[str, Any], asked: str) -> None:
        """What goes by a name that is `asked` for is the submission's own use of it, whoever calls it."""
        for name, value in list(namespace.items()):
            if self.twins.is_twin(value) and re.search(rf"\b{re.escape(str(name))}\b", asked):
                self.given[id(value)] = str(name)

    @contextlib.contextmanager
    def following(self) -> Iterator[None]:
        """While the submission's code runs: calls of arrays' methods."""
        if not self.twins.methods:
            yield
            return
        before = sys.getprofile()
        sys.setprofile(self._follow)
        try:
            yield
        finally:
            sys.setprofile(before)

    def _follow(self, frame: types.FrameType, event: str, called: Any) -> None:
        if event == "c_call" and called.__name__ in self.twins.methods:
            owner = getattr(called, "__self__", None)
            if issubclass(type(owner), np.ndarray):
                self.note(self.twins.methods[called.__name__], frame)

    def note(self, name: str, frame: types.FrameType | None, twin: object = None, own: str = "") -> None:
        """A call of `name` by a frame's code; `own` says what makes it the submission's, whoever calls."""
        who, home = self._who(frame)
        given = self.given.get(id(twin))
        if who == ASKED and given is not None:
            own = own or f"what is called {given}"
        where = (home.f_code.co_filename, home.f_lineno) if who == OWN and home is not None else (own, 0)
        key = (name, _beside(where[0]), where[1], OWN if own else who)
        count = self.counts[key] = self.counts.get(key, 0) + 1
        if count == 1 and len(self.seen) < MAX_USES:
            self.seen[key] = set()
            self.unsent.add(key)
        if count <= LOOKED_AT and key in self.seen and key[-1] == OWN:
            parts = self._parts(frame) | ({own.rpartition(" ")[2]} if own else set())
            if parts - self.seen[key]:
                self.seen[key] |= parts
                self.unsent.add(key)

    def _who(self, frame: types.FrameType | None) -> tuple[str, types.FrameType | None]:
        """Whose code a frame's is. What was made of a text is whoever's that runs it."""
        first, part = frame, frame
        while part is not None and part.f_code.co_filename.startswith("<"):
            if part.f_code.co_filename.startswith("<frozen"):
                return INSIDE, part
            part = part.f_back
        if part is None or self._is_own(part.f_code.co_filename):
            return OWN, part or first
        if part.f_code.co_filename.startswith(HARNESS):
            return (ASKED, part) if part is first else (OWN, first)
        return INSIDE, part

    def _is_own(self, name: str) -> bool:
        if name not in self.files:
            self.files[name] = is_students_file(name)
        return self.files[name]

    def _parts(self, frame: types.FrameType | None) -> set[str]:
        """The names of the submission's functions and classes that are running."""
        found: set[str] = set()
        for _ in range(MAX_FRAMES):
            if frame is None:
                break
            if self._is_own(frame.f_code.co_filename):
                found |= {part for part in frame.f_code.co_qualname.split(".") if part.isidentifier()}
                found |= _classes_of(frame)
            frame = frame.f_back
        return found


def of_probes(probes: Iterable[Mapping[str, Any]], texts: str) -> WatchedNames:
    """What the cases of `asked/called_names.py` want to be watched."""
    cases = [
        case for probe in probes if probe.get("library") and probe.get("module") == MODULE for case in probe["cases"]
    ]
    calls, imports = ([name for case in cases for name in case[what]] for what in ("calls", "imports"))
    return WatchedNames(dict.fromkeys(calls), dict.fromkeys(imports), texts)


def _beside(name: str) -> str:
    """A file's name as it is in the submission."""
    folder = f"{Path.cwd()}/"
    return name.removeprefix(folder)


def _classes_of(frame: types.FrameType) -> set[str]:
    """The names of the classes of the object whose method runs: a method may be a base class's."""
    code = frame.f_code
    if not code.co_argcount or code.co_varnames[0] != "self" or "self" not in frame.f_locals:
        return set()
    kinds = type.mro(type(frame.f_locals["self"]))
    return {str(vars(type)["__name__"].__get__(kind)) for kind in kinds if is_students(kind)}
