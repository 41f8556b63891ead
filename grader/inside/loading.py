"""Executing a submission's main file: as the course runs it, or only what it defines."""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import importlib
import importlib.machinery
import importlib.util
import linecache
import signal
import sys
import time
import types
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from . import needed, notebook_lines, own_modules, own_package, source
from .cause import cause, remember_imports, remember_lost
from .raised import class_name, line_in, mark, message, report

DECORATOR = "_grader_recorded"
MAX_LOST = 300  # names
SHOWN_LINES = 4  # before and after an error
STATEMENT_S = 20.0  # longer than any definition takes on a busy machine
STATEMENTS_S, LEAST_S = 20.0, 0.01
MAX_BROKEN = 20


@dataclass
class Loaded:
    """A namespace made from a submission, and what went wrong while making it."""

    namespace: dict[str, Any]
    mode: str
    future: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    finished: bool = False
    broken: set[str] = field(default_factory=set)  # names that lines which are no Python would have given a value
    skipped: set[str] = field(default_factory=set)  # names that statements which were left out would have given a value
    waiting: list[tuple[ast.stmt, str]] = field(default_factory=list)  # definitions that named something not there yet
    last_of_ours: str = ""  # the module that was imported last before the submission's own could be
    # CPU seconds for statements that only change what definitions need
    left_s: float = field(default_factory=lambda: STATEMENTS_S)


@dataclass(frozen=True)
class Recording:
    """Which functions are recorded when called: `matches` by name, `wrap` does it."""

    matches: Callable[[str], bool]
    wrap: Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class _Part:
    """A script, or a cell of a notebook: what of it can be parsed, and what cannot."""

    name: str
    body: list[ast.stmt]
    problems: list[dict[str, Any]]
    broken: frozenset[str]  # names that the broken lines would have defined


def load(
    entry: str,
    mode: str,
    recording: Recording,
    long_running: Collection[str],
    leave_out: Collection[int] = (),
) -> Loaded:
    """Execute `entry` (a path in the working folder); `mode` is `run` or `definitions`.

    A script stops at its first error, as Python does; after that, and in `definitions` mode, what remains
    is asked for its definitions only. A notebook goes on with the next cell, as a person would. `leave_out` are places
    of top-level statements, counted over all cells, that are not executed.
    """
    last_of_ours = next(reversed(sys.modules))
    module = types.ModuleType("__main__" if mode == "run" else "submission")
    module.__file__ = str(Path(entry).absolute())
    sys.modules[module.__name__] = module  # dataclasses, for one, look up the module of a class
    setattr(builtins, DECORATOR, recording.wrap)
    import_siblings(Path.cwd(), Path(entry).absolute().parent, recording)
    module.__package__ = own_package.package_of(Path(entry).absolute(), Path.cwd())
    loaded = Loaded(vars(module), mode, last_of_ours=last_of_ours)
    parts = list(_parts(entry, recording, loaded, leave_out))
    kept = needed.kept([ast.Module(part.body, []) for part in parts], long_running)
    for part, definitions in zip(parts, kept, strict=True):
        loaded.errors += part.problems
        loaded.broken |= part.broken
        loaded.future |= _future_flags(part.body)
        may_run = not part.problems if entry.endswith(".ipynb") else not loaded.errors
        reached = _execute(part.body, part.name, loaded) if mode == "run" and may_run else 0
        rest = [node for place, node in definitions if place >= reached]
        given = {name for node in rest for name in source.defined(node)}
        skipped = {name for node in part.body[reached:] for name in source.defined(node)} - given
        loaded.skipped |= skipped
        if mode == "run" and loaded.errors:  # what an error kept from running is missing because of it
            _lose(loaded.errors[0], skipped)
        _define(rest, part.name, loaded)
    _define_late(loaded)
    loaded.finished = not loaded.errors
    return loaded


def _parts(entry: str, recording: Recording, loaded: Loaded, leave_out: Collection[int]) -> Iterator[_Part]:
    count, whole = 0, ""
    with contextlib.suppress(OSError):
        whole = source.decode(Path(entry).read_bytes())
    for chunk in _with_files_run(_chunks(entry, loaded), loaded):
        _remember_lines(chunk)
        try:
            tree, broken = source.usable(chunk)
        except (ValueError, RecursionError, MemoryError) as error:
            loaded.errors.append(_problem(chunk.name, error) | {"lost": source.defined_in_text(chunk.text)})
            continue
        remember_imports(tree)
        tree = own_modules.meant(tree, f"{whole}\n{chunk.text}")
        if chunk.name.startswith(entry):  # and is no other file that a cell runs
            places = range(count, count := count + len(tree.body))
            tree.body = [node for place, node in zip(places, tree.body, strict=True) if place not in leave_out]
        names = frozenset(name for part in broken for name in part.names)
        problems = [_problem(chunk.name, part.error) | {"lost": sorted(part.names)} for part in broken[:MAX_BROKEN]]
        yield _Part(chunk.name, source.decorated(tree, recording.matches, DECORATOR).body, problems, names)


def _with_files_run(chunks: Iterable[source.Chunk], loaded: Loaded) -> Iterator[source.Chunk]:
    """The chunks, before each the files that it runs; files that it writes are written."""
    ran: set[str] = set()
    for chunk in chunks:
        _write_files(chunk)
        for name in notebook_lines.files_run(chunk.text):
            if name not in ran and _is_beside(name) and Path(name).is_file():
                ran.add(name)
                yield from _chunks(name, loaded)
        yield chunk


def _write_files(chunk: source.Chunk) -> None:
    with contextlib.suppress(OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        for name, text, added in source.files_written(chunk):
            if _is_beside(name):
                Path(name).parent.mkdir(parents=True, exist_ok=True)
                with Path(name).open("a" if added else "w", encoding="utf-8") as file:
                    file.write(text)
                importlib.invalidate_caches()


def _is_beside(name: str) -> bool:
    """Whether a name is that of a file among the submission's, and not the name of one elsewhere."""
    path = Path(name)
    return not path.is_absolute() and ".." not in path.parts


def _chunks(entry: str, loaded: Loaded) -> list[source.Chunk]:
    try:
        return source.chunks(entry, Path(entry).read_bytes())
    except source.SourceError as error:
        loaded.errors.append({"where": entry, "kind": "SourceError", "message": str(error), "line": None})
        return []


def _execute(body: list[ast.stmt], name: str, loaded: Loaded) -> int:
    """Run statement by statement; the index of the first one that was not reached."""
    for index, statement in enumerate(body):
        if not _run(statement, name, loaded):
            return index + 1
    return len(body)


def _define(body: list[ast.stmt], name: str, loaded: Loaded) -> None:
    for statement in body:
        if source.is_definition(statement, ()):
            with Deadline(STATEMENT_S):
                _run(statement, name, loaded)
        elif loaded.left_s > LEAST_S:
            started, deadline = time.process_time(), Deadline(loaded.left_s, "cpu")
            _run(statement, name, loaded, deadline)
            used = time.process_time() - started
            # The timer counts whole ticks, and may ring before this clock says that the time is over.
            loaded.left_s = 0.0 if deadline.rang else loaded.left_s - used


def _define_late(loaded: Loaded) -> None:
    """Once more what named something that a later cell defines: cells are moved about after they were run."""
    waiting, loaded.waiting = loaded.waiting, []
    known = len(loaded.errors)
    for statement, name in waiting:
        if not source.defined(statement) & set(loaded.namespace):
            _define([statement], name, loaded)
    del loaded.errors[known:]  # said already


def _run(statement: ast.stmt, name: str, loaded: Loaded, deadline: Deadline | None = None) -> bool:
    try:
        code = compile(ast.Module([statement], []), name, "exec", loaded.future, dont_inherit=True)
        with deadline or contextlib.nullcontext():
            exec(code, loaded.namespace)  # noqa: S102 - that is the job
    except BaseException as error:  # noqa: BLE001 - student code may raise anything, SystemExit included
        if isinstance(error, NameError) and loaded.mode == "definitions":
            loaded.waiting.append((statement, name))
        if not _is_ordinary_exit(error) and not _misses(error, loaded.skipped):
            loaded.errors.append(_problem(name, error))
            _lose(loaded.errors[-1], source.defined(statement))
        return False
    return True


def _lose(problem: dict[str, Any], names: Collection[str]) -> None:
    """Note which names have no value because of an error."""
    remember_lost(names, problem.get("cause"))
    problem["lost"] = sorted({*problem.get("lost", ()), *names})[:MAX_LOST]


def _misses(error: BaseException, skipped: Collection[str]) -> bool:
    """Whether it is our doing: a name whose statement was left out."""
    return type(error) is NameError and type(error.name) is str and error.name in skipped


def _is_ordinary_exit(error: BaseException) -> bool:
    """`sys.exit()` or `sys.exit(0)`: the program ended as it wanted to."""
    return type(error) is SystemExit and (error.code is None or (type(error.code) is int and error.code == 0))


def _future_flags(body: Iterable[ast.stmt]) -> int:
    names = {
        alias.name
        for node in body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    }
    known = names & set(__future__.all_feature_names)
    return sum({getattr(__future__, name).compiler_flag for name in known})


def _problem(where: str, error: BaseException) -> dict[str, Any]:
    line = line_in(error, where)
    return {
        "where": where,
        "kind": class_name(type(error)),
        "message": message(error),
        "line": line,
        "traceback": report(error),
        "around": _around(where, line),
        "cause": cause(error),
        "undefined": error.name if type(error) is NameError and type(error.name) is str else None,
    }


def _around(where: str, line: int | None) -> dict[str, Any] | None:
    """The lines about an error, for the report: the number of the first one, and their texts."""
    lines = linecache.getlines(where)
    if line is None or not 1 <= line <= len(lines):
        return None
    first = max(1, line - SHOWN_LINES)
    return {"first": first, "lines": [text.rstrip("\n")[:240] for text in lines[first - 1 : line + SHOWN_LINES]]}


def _remember_lines(chunk: source.Chunk) -> None:
    """Let tracebacks and `inspect.getsource` find the code of cells."""
    lines = chunk.text.splitlines(keepends=True)
    linecache.cache[chunk.name] = (len(chunk.text), None, lines, chunk.name)


class Deadline:
    """Raise TimeoutError in the main thread after some seconds of wall or CPU time; only between bytecodes.

    Inside another one, the outer one's time goes on.
    """

    def __init__(self, seconds: float, clock: Literal["wall", "cpu"] = "wall") -> None:
        self.seconds, self.clock = seconds, clock
        self.rang = False
        self.can_ring = hasattr(signal, "setitimer")  # not on Windows: there only the limits from outside hold

    def __enter__(self) -> None:
        if self.can_ring:
            timers = {"wall": (signal.ITIMER_REAL, signal.SIGALRM), "cpu": (signal.ITIMER_PROF, signal.SIGPROF)}
            self.timer, self.signal = timers[self.clock]
            self.outer = signal.signal(self.signal, self._ring)
            self.outer_left = signal.setitimer(self.timer, self.seconds)[0]

    def __exit__(self, *_: object) -> None:
        if self.can_ring:
            left = signal.setitimer(self.timer, 0)[0]
            signal.signal(self.signal, self.outer)
            if self.outer_left:
                signal.setitimer(self.timer, max(0.001, self.outer_left - (self.seconds - left)))

    def _ring(self, *_: object) -> None:
        self.rang = True
        words = f"took longer than {self.seconds:g} s{' of CPU time' * (self.clock == 'cpu')}"
        raise mark(TimeoutError(words), "time")


class _SiblingLoader(importlib.machinery.SourceFileLoader):
    recording: Recording

    def source_to_code(self, data: Any, path: Any, *, _optimize: int = -1) -> types.CodeType:  # type: ignore[override]
        text = data if isinstance(data, str) else source.decode(bytes(data))
        tree, broken = source.usable(source.Chunk(str(path), text))
        if broken and not tree.body:
            raise broken[0].error
        remember_imports(tree)
        tree = source.decorated(own_modules.meant(tree, text), self.recording.matches, DECORATOR)
        return compile(tree, str(path), "exec", dont_inherit=True, optimize=_optimize)


def import_siblings(folder: Path, beside: Path, recording: Recording) -> None:
    """Let the submission import its own files, those `beside` the main file first; installed packages come before,
    but for what only the own file has.
    """
    _SiblingLoader.recording = recording
    make_finder = importlib.machinery.FileFinder.path_hook((_SiblingLoader, [".py"]))

    def find_below(path: str) -> Any:
        if not Path(path).absolute().is_relative_to(folder):
            raise ImportError("not the submission's", path=path)
        return make_finder(path)

    sys.path_hooks.insert(0, find_below)
    # Those of installed packages stay: throwing them away takes longer than a short program.
    for path in [path for path in sys.path_importer_cache if not path.startswith("/") or path.startswith(str(folder))]:
        del sys.path_importer_cache[path]
    own = list(dict.fromkeys(str(path) for home in (beside, folder) for path in (home, home / "src")))
    sys.path = [path for path in sys.path if path not in own] + own
    own_modules.look_in(own)
