"""What is loaded before a program's time begins: what its box is asked for, and what homework is going to need.

Told by what files and questions name, never by running them. Homework that names nothing of PyTorch gets none: that is
1.3 CPU seconds of a batch, and half of what a copy of its warm parent costs. What is not foreseen is loaded in the box.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grader.inside
from grader.sandbox.protocol import Command

STUDENTS, TIMED = "student", "timed"  # the programs that run a submission
TORCH, OF_TORCH = "torch", "inside.with_torch"
WITHOUT_TORCH = ("numpy.random",)  # which homework without PyTorch needs all the same
NAMES_OF_TORCH = (b"torch", b"keras", b"tensorflow", b"lightning", b"DLStudio")  # in code that will load it
# Half a CPU second where something is drawn, and two where there is an optimizer, which asks for the compiler.
DRAWING, COMPILER = "matplotlib.pyplot", "torch._dynamo"
NAMES_OF_DRAWING = (b"matplotlib", b"pylab", b"seaborn")
TABLES, DRAWN_TABLES = b"pandas", (b".plot", b".hist", b".boxplot")  # which draw with matplotlib, and do not name it
# Of `inside/asked/`, what answers without PyTorch where a case does not ask for it.
ASKED_WITHOUT_TORCH = frozenset(
    ("answer_functions", "called_names", "calls", "draws", "gradients", "predictions", "sources", "steps", "written")
)
_ASSIGNMENTS_OWN = "assignment_inside/"


@dataclass(frozen=True)
class Beforehand:
    """`packages` that a box is asked for, our `own` modules in it, and `more` that homework is going to load."""

    packages: tuple[str, ...]
    own: tuple[str, ...] = ()
    more: tuple[str, ...] = ()

    @property
    def warm(self) -> tuple[str, ...]:
        """All that a box has imported when it is ready, without `more`."""
        return (*self.packages, *self.own)


def beforehand(command: Command, warm: Sequence[str]) -> Beforehand:
    """What to load for a command in a sandbox that is asked for `warm`."""
    wanted = tuple(warm if command.warm is None else command.warm)
    own = _own_program(command.program)
    if command.program not in (STUDENTS, TIMED):
        return Beforehand(wanted, own)
    texts = list(_texts(command))
    if not needs_torch(command, texts):
        kept = [name for name in wanted if not name.startswith(TORCH)]
        drawing = (DRAWING,) if _draws(texts) else ()
        return Beforehand((*kept, *WITHOUT_TORCH), own, drawing)
    if command.program == TIMED:
        return Beforehand(wanted, own)
    both = (DRAWING, COMPILER) if draws_or_optimizes(texts) else ()
    return Beforehand(tuple(dict.fromkeys((*wanted, TORCH))), (*own, OF_TORCH), both)


def needs_torch(command: Command, texts: Sequence[bytes]) -> bool:
    """Whether a submission's code, the assignment's or what is asked needs PyTorch, as far as names tell."""
    if _any_named(NAMES_OF_TORCH, texts):
        return True
    own = (content for path, content in command.support.items() if path.startswith(_ASSIGNMENTS_OWN))
    if any(b"inside" in content for content in own):  # it may use any part of our half that does
        return True
    probes = command.request.get("probes")
    if probes is None:
        return _names_torch(command.request)
    return any(map(_probe_needs_torch, probes))


def _probe_needs_torch(probe: Mapping[str, Any]) -> bool:
    kind, module = probe["kind"], probe.get("module")
    if kind == "ask" and probe.get("library") and module not in ASKED_WITHOUT_TORCH:
        return True
    if module == "called_names":  # imports can be watched of what is not there
        return any(_names_torch(case["calls"]) for case in probe["cases"])
    return kind not in ("ask", "call") or _names_torch(probe["cases"])


def _names_torch(value: object) -> bool:
    """Whether data has PyTorch's name in it, or says yes to it."""
    match value:
        case str():
            return TORCH in value
        case Mapping():
            return any((TORCH in str(key) and bool(part)) or _names_torch(part) for key, part in value.items())
        case list() | tuple():
            return any(map(_names_torch, value))
    return False


def _own_program(program: str) -> tuple[str, ...]:
    """The module to import for a program that is not the assignment's but ours."""
    ours = Path(grader.inside.__file__).with_name(f"{program}.py")
    return (f"inside.{program}",) if ours.is_file() else ()


def _texts(command: Command) -> Iterator[bytes]:
    """The code of a submission, and what the assignment has beside it."""
    for files in (command.files, command.support):
        yield from (content for path, content in files.items() if path.endswith((".py", ".ipynb")))


def draws_or_optimizes(texts: Sequence[bytes]) -> bool:
    """Whether a homework with PyTorch is going to load matplotlib or the compiler; where one is, both are."""
    return _any_named((b"optim",), texts) or _draws(texts)


def _draws(texts: Sequence[bytes]) -> bool:
    """Whether something is drawn, by matplotlib's name or by a table."""
    tables = [text for text in texts if TABLES in text]
    return _any_named(NAMES_OF_DRAWING, texts) or _any_named(DRAWN_TABLES, tables)


def _any_named(names: Sequence[bytes], texts: Sequence[bytes]) -> bool:
    return any(name in text for text in texts for name in names)
