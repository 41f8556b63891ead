"""The program of a box: load a submission and answer the probes of an assignment with raw data.

Nothing here knows what is right. Frames are sent as soon as they exist, so that a later crash loses little.
"""

from __future__ import annotations

import importlib
import re
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from . import building, loading, made, newer_files, recorder, served, standins, uses_seen
from .arrays import as_array, digest, shape_of
from .cause import their_objects, told
from .hidden_weights import hidden_digest
from .outbox import Outbox, Send
from .passes import passes
from .plots import FigureLog
from .raised import class_name, message, report
from .seen_networks import network_record
from .served import Array
from .spread_out import SpreadNames

MAX_RESULT = 1_000_000  # numbers that a recorded call may return

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
        self.recorder = recorder.Recorder(self.report_call)
        self.figures = FigureLog()
        self.namespace: Mapping[str, Any] = {}  # wherever in the submission a name is defined
        self.main_names: dict[str, Any] = {}  # of the main file alone
        self.broken: set[str] = set()  # names whose definition is no Python
        self.sent: set[str] = set()
        self.used: set[int] = set()  # classes by identity: a metaclass may have an __eq__ of its own
        self.roots: set[int] = set()
        self.covered: set[tuple[str, str]] = set()
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
        self.recorder.install()
        self.figures.install()
        self.watch_uses(texts)
        with self.uses.following():
            self.load()
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
            answer = {"build": self.build, "call": self.call, "ask": self.ask_own, "make": self.ask_made}
            answer[probe["kind"]](probe, case)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - student code runs in there, wherever its objects are touched
            kind = "ask" if probe["kind"] == "make" else probe["kind"]
            about = {"kind": kind, "probe": probe["id"], "case": case["id"], "phase": "direct"}
            self.outbox.post(about | told(error), {})

    def ask_own(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Let the assignment's own code answer, or a block's; what it returns is posted as the answer."""
        home = f"{__package__}.asked" if probe.get("library") else "assignment_inside"
        self.answer_with(importlib.import_module(f"{home}.{probe['module']}").answer, probe, case)

    def ask_made(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Make a network by a class or a function of the student's, and run it in both modes."""

        def answer(session: Session, case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Array]]:
            header, arrays = made.answer(session, case)
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

    def candidates(self, probe: Mapping[str, Any]) -> list[type[nn.Module]]:
        """Classes that may be the one asked for: by the best pattern that fits, the likeliest last."""
        refused = probe.get("not", ())
        left = [kind for kind in self.classes() if not any(_fits(pattern, kind) for pattern in refused)]
        for pattern in probe["patterns"]:
            if found := [kind for kind in left if _fits(pattern, kind)]:
                return sorted(found, key=lambda kind: (id(kind) in self.roots, id(kind) in self.used))
        return []

    def unproven(self, probe: Mapping[str, Any], others: Iterable[str]) -> dict[str, Any]:
        """The patterns, none of which fits; and what else there is, if nobody saw one of them fit anything."""
        unsure = {} if probe.get("proven") else {"others": sorted(set(others))[:20]}
        return {"patterns": list(probe["patterns"])} | unsure

    def take_fitting(self, patterns: Collection[str]) -> bool:
        """Take what fits from files that the main file does not import; whether there is any."""
        return isinstance(self.namespace, SpreadNames) and self.namespace.take_fitting(patterns)

    def recorded(self, probe: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
        """The functions that may be the one asked for."""
        return {name: f for name, f in self.recorder.functions.items() if self.matches(probe, name)}

    def functions(self) -> list[str]:
        """The names of the submission's functions."""
        return [name for name, value in self.namespace.items() if type(value) is types.FunctionType]

    def case_of(self, call: recorder.SeenCall) -> tuple[str | None, bool]:
        """Which case of the assignment a call was, and whether its optional arguments were the asked ones too."""
        function = self.recorder.functions[call.function]
        for probe in self.request["probes"]:
            if probe["kind"] != "call" or not self.matches(probe, call.function):
                continue
            for case in probe["cases"]:
                try:
                    chosen = building.assign(function, building.roles(case["roles"]), self.namespace)
                except Exception:  # noqa: BLE001, S112 - a signature may be an object of the student's
                    continue
                if _agree({name: role.value for name, role in chosen.items() if not role.optional}, call.arguments):
                    asked = _agree({name: role.value for name, role in chosen.items()}, call.arguments)
                    return case["id"], asked and building.defaults_kept(function, chosen, call.arguments)
        return None, False

    def report_call(self, call: recorder.SeenCall) -> None:
        """Send one recorded call: arguments, result, networks, samples."""
        about = {"kind": "call", "function": call.function, "phase": call.phase, "case": None}
        new = {digest(batch): batch for _, batch in call.samples}
        new = {name: batch for name, batch in new.items() if name not in self.sent}
        header: dict[str, Any] = {}

        def make() -> tuple[dict[str, Any], dict[str, Array]]:
            made, arrays = self.call_frame(call)
            header.update(made)
            return made, arrays if call.stop else arrays | {f"sample.{name}": batch for name, batch in new.items()}

        if self.outbox.try_post(make, about, running=call.phase == "run") and not call.stop:
            self.sent |= set(new)
            if header["complete"] and call.error is None:
                self.covered.add((call.function, header["case"]))

    def call_frame(self, call: recorder.SeenCall) -> tuple[dict[str, Any], dict[str, Array]]:
        """A recorded call as data, without its samples' numbers."""
        case, complete = self.case_of(call)
        header: dict[str, Any] = {
            "kind": "call",
            "function": call.function,
            "phase": call.phase,
            "case": case,
            "complete": complete,
            "arguments": call.arguments,
            "forward_passes": call.count,
            "cpu_s": call.cpu_s,
            "networks_made": len(call.networks) + self.recorder.made,
            "networks": [],
            "samples": [],
        }
        self.recorder.made = 0
        arrays: dict[str, Array] = {}
        if call.error is not None:
            header |= told(call.error) | {"error": report(call.error)}
        elif not call.stop:
            result, header["result_kind"] = as_array(call.result)
            if result is not None and result.size <= MAX_RESULT:
                arrays["result"] = result
            elif shape := shape_of(call.result):
                header["result_kind"] = f"{header['result_kind']} of {shape}"
        for index, seen in enumerate(call.networks[:2]):
            self.used |= {id(type(part)) for part in seen.network.modules()}
            self.roots.add(id(type(seen.network)))
            record, state = network_record(seen)
            header["networks"].append(record)
            arrays |= {f"network.{index}.{name}": value for name, value in state.items()}
        if not call.stop:
            header["samples"] = [
                {"network": index, "array": digest(batch), "count": len(batch)} for index, batch in call.samples
            ]
            if call.outputs:
                header["outputs"], arrays["outputs"] = list(call.outputs), np.stack(list(call.outputs.values()))
        return header, arrays

    def build(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Make a class's object with the case's arguments and hidden weights; run it; write down what it does."""
        header: dict[str, Any] = {"kind": "build", "probe": probe["id"], "case": case["id"]}
        arrays: dict[str, Array] = {}
        candidates = self.candidates(probe)
        if not candidates and self.take_fitting(probe["patterns"]):
            candidates = self.candidates(probe)
        if not candidates:
            self.outbox.post(header | {"missing": True} | self.unproven(probe, map(class_name, self.classes())), {})
            return
        header["class"] = class_name(candidates[-1])
        try:
            inputs = [torch.from_numpy(self.arrays[name].copy()) for name in probe["inputs"]]
            with their_objects():
                network, header["remarks"] = self.make(candidates[-1], case)
                header["parameters"] = building.fill(network, self.request["seed"])
                written, arrays = passes(network, *inputs)
                header |= written
                result, header["result_kind"] = as_array(network(*inputs))
            if result is not None:
                arrays["output"] = result
        except BaseException as error:  # noqa: BLE001 - constructors and forward passes are student code
            header |= told(error)
        self.outbox.post(header, arrays)

    def make(self, kind: type[nn.Module], case: Mapping[str, Any]) -> tuple[nn.Module, list[str]]:
        """An object of a class with the case's arguments, in training mode, and remarks on its parameters' names."""
        arguments, remarks = building.bind(kind, building.roles(case["roles"]), self.namespace)
        return made.network_of(kind, arguments, self.request["seed"], class_name(kind)), remarks

    def call(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Call a function with the case's arguments: up to its first forward pass, and whole unless that is known."""
        functions = self.recorded(probe)
        if not functions and self.take_fitting(probe["patterns"]):
            functions = self.recorded(probe)
        if not functions:
            missing = {"kind": "call", "probe": probe["id"], "case": case["id"], "missing": True}
            self.outbox.post(missing | self.unproven(probe, self.functions()), {})
            return
        name, function = list(functions.items())[-1]
        about = {"probe": probe["id"], "case": case["id"], "function": name}
        try:
            arguments, remarks = building.bind(function, building.roles(case["roles"]), self.namespace)
        except Exception as error:  # noqa: BLE001 - a signature may be an object of the student's
            problem = told(error) | {"kind": "call", "phase": "direct", "error": message(error), "unbound": True}
            self.outbox.post(about | problem, {})
            return
        self.outbox.post(about | {"kind": "bound", "arguments": sorted(arguments), "remarks": remarks}, {})
        self.invoke(function, arguments, "peek", stop=True)
        if (name, case["id"]) not in self.covered:
            self.invoke(function, arguments, "direct", stop=False)

    def invoke(self, function: Callable[..., Any], arguments: dict[str, Any], phase: str, *, stop: bool) -> None:
        """One recorded call that the grader makes; what it raises is part of the record."""
        self.recorder.phase, self.recorder.stop = phase, stop
        args, kwargs = building.positional_only(function, arguments)
        try:
            self.recorder.wrap(function)(*args, **kwargs)
        except MemoryError:
            raise
        except BaseException:  # noqa: BLE001, S110 - as above
            pass


def _agree(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return all(name in found and found[name] == value for name, value in wanted.items())


def _fits(pattern: str, kind: type) -> bool:
    return bool(re.search(pattern, class_name(kind), re.IGNORECASE))


def _is_own_network(value: Any) -> bool:
    """Whether a value is a class of networks that is not PyTorch's."""
    if not issubclass(type(value), type) or not issubclass(value, nn.Module):
        return False
    try:
        return not str(value.__module__).startswith(("torch.", "torchvision."))
    except BaseException:  # noqa: BLE001 - a metaclass may do anything
        return True
