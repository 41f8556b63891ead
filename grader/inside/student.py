"""The program of a box: load a submission and answer the probes of an assignment with raw data.

Nothing here knows what is right. Frames are sent as soon as they exist, so that a later crash loses little.
"""

from __future__ import annotations

import importlib
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import loading, newer_files, served, standins, uses_seen
from .cause import told
from .function_probe import FunctionCalls
from .hidden_weights import hidden_digest
from .outbox import Outbox, Send
from .plots import FigureLog
from .raised import class_name
from .served import Array
from .spread_out import SpreadNames
from .torch_there import is_network_class, is_there, once_imported, torch

if TYPE_CHECKING:
    from torch import nn

DRAWING = ("build", "ask")  # kinds of probes for which weights are drawn


def main(request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:
    """Answer one request: `entry`, `mode` (run or definitions), `record`, `probes`, `seed`, `gpu`."""
    served.ARRAYS.update(arrays)
    Session(request, arrays, send).answer()


class Session:
    """One submission in one box."""

    def __init__(self, request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:
        self.request, self.arrays = request, arrays
        self.outbox = Outbox(send, request.get("result_mib", 64))
        self.calls = FunctionCalls(self)
        self.recorder = self.calls.recorder
        self.figures = FigureLog()
        self.namespace: Mapping[str, Any] = {}  # wherever in the submission a name is defined
        self.main_names: dict[str, Any] = {}  # of the main file alone
        self.broken: set[str] = set()  # names whose definition is no Python
        self.uses = uses_seen.WatchedNames((), ())

    def answer(self) -> None:
        """Say what has to be known before any student code can say anything; load; then every probe in order."""
        if any(probe["kind"] in DRAWING for probe in self.request["probes"]):
            self.outbox.post({"kind": "drawn", "weights": hidden_digest(self.request["seed"])}, {})
        if self.request["entry"] and (why := newer_files.needed_by(self.request["entry"], Path.cwd())):
            self.outbox.post({"kind": "newer_python", "why": why}, {})
        texts = "\n".join(
            path.read_bytes().decode("utf-8", "replace")
            for path in Path.cwd().rglob("*")
            if path.suffix in (".py", ".ipynb") and path.is_file()
        )
        standins.install(self.request["entry"], texts, self.request.get("gpu", False))
        once_imported(lambda: _of_torch("watched_networks").WatchedNetworks(self.recorder).install())
        self.figures.install()
        self.watch_uses(texts)
        with self.uses.following():
            self.load()
        if is_there():
            torch.set_grad_enabled(True)
        cases = [(probe, case) for probe in self.request["probes"] for case in probe["cases"]]
        for number, (probe, case) in enumerate(cases):
            if number < self.request.get("answered", 0):
                continue
            if self.request["mode"] == "definitions":
                self.outbox.post({"kind": "asking", "number": number, "probe": probe["id"], "case": case["id"]}, {})
            with self.uses.following():
                self.ask(probe, case)
        self.outbox.post_first()

    def watch_uses(self, texts: str) -> None:
        """Watch what a block forbids; what is seen of it leaves before any answer does."""
        self.uses = uses_seen.of_probes(self.request["probes"], texts)
        if self.uses.calls or self.uses.imports:
            self.uses.install()
            self.outbox.post(self.uses.watched(), {})
            self.outbox.first = self.uses.pending

    def ask(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """One case of one probe. Whatever it meets, the next case is asked as well; only memory may run out."""
        try:
            answer = {"build": self.ask_class, "call": self.calls.answer, "ask": self.ask_own, "make": self.ask_made}
            answer[probe["kind"]](probe, case)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - student code runs in there, wherever its objects are touched
            kind = "ask" if probe["kind"] == "make" else probe["kind"]
            about = {"kind": kind, "probe": probe["id"], "case": case["id"], "phase": "direct"}
            self.outbox.post(about | told(error), {})

    def ask_class(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Make a class of the student's, and run it."""
        _of_torch("class_probe").answer(self, probe, case)

    def ask_own(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Let the assignment's own code answer, or a block's; what it returns is posted as the answer."""
        home = f"{__package__}.asked" if probe.get("library") else "assignment_inside"
        self.answer_with(importlib.import_module(f"{home}.{probe['module']}").answer, probe, case)

    def ask_made(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Make a network by a class or a function of the student's, and run it in both modes."""

        def answer(session: Session, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
            header, arrays = _of_torch("made").answer(session, case)
            unsure = "missing" in header and not probe.get("proven")
            callables = [name for name, value in self.namespace.items() if _is_own_network(value)] + self.functions()
            return header | ({"others": sorted(set(callables))[:20]} if unsure else {}), arrays

        self.answer_with(answer, probe, case)

    def answer_with(self, answer: Callable[..., Any], probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Post what `answer(session, case)` returns within the probe's CPU time."""
        with loading.Deadline(probe["seconds"], "cpu"):
            found = answer(self, case)
        if found is not None:
            header, arrays = found
            self.outbox.post({"kind": "ask", "probe": probe["id"], "case": case["id"], **header}, arrays)

    def load_file(self, entry: str, leave_out: Collection[int] = ()) -> loading.Loaded:
        """The definitions of another file of the submission, in a namespace of their own.

        `leave_out` are places of top-level statements that are not executed.
        """
        watch = loading.Recording(self.is_recorded, self.recorder.wrap)
        loaded = loading.load(entry, "definitions", watch, self.long_running(), leave_out)
        self.uses.notice(loaded.namespace, self.asked_names())
        return loaded

    def asked_names(self) -> str:
        """A text with the names in it that the cases ask for."""
        return " ".join(
            str(probe["cases"]) for probe in self.request["probes"] if probe.get("module") != uses_seen.MODULE
        )

    def long_running(self) -> list[str]:
        """The functions that are not called while definitions are taken."""
        return [*(spec["function"] for spec in self.request["record"]), *self.request.get("long_running", ())]

    def load(self) -> None:
        """Execute the main file, if there is one, and report what happened and what it drew."""
        if not self.request["entry"]:
            return
        watch = loading.Recording(self.is_recorded, self.recorder.wrap)
        loaded = loading.load(self.request["entry"], self.request["mode"], watch, self.long_running())
        self.main_names, self.broken = loaded.namespace, loaded.broken
        self.uses.notice(loaded.namespace, self.asked_names())
        self.namespace = SpreadNames(loaded, self.request["entry"], self.load_file)
        classes = sorted({class_name(kind) for kind in self.classes()})
        self.outbox.post(
            {
                "kind": "loaded",
                "mode": loaded.mode,
                "errors": loaded.errors[:50],
                "finished": loaded.finished,
                "functions": sorted(self.recorder.functions)[:500],
                "classes": classes[:500],
            },
            {},
        )
        if loaded.mode == "run":
            self.outbox.try_post(self.drawn, {"kind": "figures", "curves": []})

    def drawn(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """The frame of all figures."""
        curves, arrays = self.figures.collect()
        return {"kind": "figures", "curves": curves}, arrays

    def is_recorded(self, name: str) -> bool:
        """Whether a function of this name is one that the assignment asks for."""
        return any(self.matches(spec, name) for spec in self.request["record"])

    @staticmethod
    def matches(spec: Mapping[str, Any], name: str) -> bool:
        """Whether a student's name for something is one of the expected ones."""
        return any(re.search(pattern, name, re.IGNORECASE) for pattern in spec["patterns"])

    def classes(self) -> list[type[nn.Module]]:
        """The submission's own network classes, nested ones included once they have been used."""
        values = [*self.namespace.values(), *self.recorder.seen.values()]
        return list({id(kind): kind for kind in values if _is_own_network(kind)}.values())

    def unproven(self, probe: Mapping[str, Any], others: Iterable[str]) -> dict[str, Any]:
        """The patterns, none of which fits; and what else there is, if nobody saw one of them fit anything."""
        unsure = {} if probe.get("proven") else {"others": sorted(set(others))[:20]}
        return {"patterns": list(probe["patterns"])} | unsure

    def take_fitting(self, patterns: Collection[str]) -> bool:
        """Take what fits from files that the main file does not import; whether there is any."""
        return isinstance(self.namespace, SpreadNames) and self.namespace.take_fitting(patterns)

    def functions(self) -> list[str]:
        """The names of the submission's functions."""
        return [name for name, value in self.namespace.items() if type(value) is types.FunctionType]


def _of_torch(module: str) -> Any:
    """A module of this package that imports PyTorch."""
    return importlib.import_module(f"{__package__}.{module}")


def _is_own_network(value: Any) -> bool:
    """Whether a value is a class of networks that is not PyTorch's."""
    if not is_network_class(value):
        return False
    try:
        return not str(value.__module__).startswith(("torch.", "torchvision."))
    except BaseException:  # noqa: BLE001 - a metaclass may do anything
        return True
