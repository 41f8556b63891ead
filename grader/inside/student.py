"""The program of a box: load a submission and answer the probes of an assignment with raw data.

Nothing here knows what is right. Frames are sent as soon as they exist, so that a later crash loses little.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from . import building, loading, recording, served, standins
from .plots import FigureLog
from .served import Array
from .tracing import trace

Send = Callable[[dict[str, Any], dict[str, Array]], None]


def main(request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:
    """Answer one request: `entry`, `mode` (run or definitions), `record`, `probes`, `seed`, `gpu`."""
    served.ARRAYS.update(arrays)
    Session(request, arrays, send).answer()


class Session:
    """One submission in one box."""

    def __init__(self, request: dict[str, Any], arrays: dict[str, Array], send: Send) -> None:
        self.request, self.arrays, self.send = request, arrays, send
        self.recorder = recording.Recorder(self.report_call)
        self.figures = FigureLog()
        self.namespace: dict[str, Any] = {}
        self.sent: set[str] = set()
        self.used: set[type] = set()
        self.roots: set[type] = set()
        self.covered: set[tuple[str, str]] = set()

    def answer(self) -> None:
        """Load, then every probe in order."""
        texts = "\n".join(path.read_bytes().decode("utf-8", "replace") for path in Path.cwd().rglob("*")
                          if path.suffix in (".py", ".ipynb") and path.is_file())  # fmt: skip
        standins.install(self.request["entry"], texts, self.request.get("gpu", False))
        self.recorder.install()
        self.figures.install()
        self.load()
        torch.set_grad_enabled(True)
        for probe in self.request["probes"]:
            for case in probe["cases"]:
                {"build": self.build, "call": self.call}[probe["kind"]](probe, case)

    def load(self) -> None:
        """Execute the main file and report what happened and what it drew."""
        watch = loading.Recording(self.is_recorded, self.recorder.wrap)
        names = [spec["function"] for spec in self.request["record"]]
        loaded = loading.load(self.request["entry"], self.request["mode"], watch, names)
        self.namespace = loaded.namespace
        self.send({"kind": "loaded", "mode": loaded.mode, "errors": loaded.errors[:50], "finished": loaded.finished,
                   "functions": sorted(self.recorder.functions),
                   "classes": sorted({kind.__name__ for kind in self.classes()})}, {})  # fmt: skip
        if loaded.mode == "run":
            headers, arrays = self.figures.collect()
            self.send({"kind": "figures", "curves": headers}, arrays)

    def is_recorded(self, name: str) -> bool:
        """Whether a function of this name is one that the assignment asks for."""
        return any(self.matches(spec, name) for spec in self.request["record"])

    @staticmethod
    def matches(spec: Mapping[str, Any], name: str) -> bool:
        """Whether a student's name for something is one of the expected ones."""
        return any(re.search(pattern, name, re.IGNORECASE) for pattern in spec["patterns"])

    def classes(self) -> list[type[nn.Module]]:
        """The submission's own network classes, nested ones included once they have been used."""
        values = [*self.namespace.values(), *self.recorder.seen]
        found = [kind for kind in values if isinstance(kind, type) and issubclass(kind, nn.Module)]
        return [kind for kind in dict.fromkeys(found) if not kind.__module__.startswith(("torch.", "torchvision."))]

    def candidates(self, probe: Mapping[str, Any]) -> list[type[nn.Module]]:
        """Classes that may be the one asked for: by the best pattern that fits, the likeliest last."""
        refused = probe.get("not", ())
        left = [kind for kind in self.classes() if not any(re.search(p, kind.__name__, re.IGNORECASE) for p in refused)]
        for pattern in probe["patterns"]:
            if found := [kind for kind in left if re.search(pattern, kind.__name__, re.IGNORECASE)]:
                return sorted(found, key=lambda kind: (kind in self.roots, kind in self.used))
        return []

    def case_of(self, call: recording.Call) -> tuple[str | None, bool]:
        """Which case of the assignment a call was, and whether its optional arguments were the asked ones too."""
        function = self.recorder.functions[call.function]
        for probe in self.request["probes"]:
            if probe["kind"] != "call" or not self.matches(probe, call.function):
                continue
            for case in probe["cases"]:
                try:
                    chosen = building.assign(function, building.roles(case["roles"]), self.namespace)
                except (building.CannotCall, TypeError, ValueError):
                    continue
                if _agree({name: role.value for name, role in chosen.items() if not role.optional}, call.arguments):
                    asked = _agree({name: role.value for name, role in chosen.items()}, call.arguments)
                    return case["id"], asked and building.defaults_kept(function, chosen, call.arguments)
        return None, False

    def report_call(self, call: recording.Call) -> None:
        """Send one recorded call: arguments, result, networks, samples."""
        case, complete = self.case_of(call)
        header: dict[str, Any] = {
            "kind": "call", "function": call.function, "phase": call.phase, "case": case, "complete": complete,
            "arguments": call.arguments, "forward_passes": call.count, "cpu_s": call.cpu_s,
            "networks_made": len(call.networks) + self.recorder.made, "networks": [], "samples": [],
        }  # fmt: skip
        self.recorder.made = 0
        arrays: dict[str, Array] = {}
        if call.error is not None:
            header["error"] = "".join(traceback.format_exception(call.error))[-4000:]
        elif not call.stop:
            result, header["result_kind"] = recording.as_array(call.result)
            if result is not None and result.size <= 1_000_000:
                arrays["result"] = result
            if case is not None and complete:
                self.covered.add((call.function, case))
        for index, seen in enumerate(call.networks[:2]):
            self.used |= {type(part) for part in seen.network.modules()}
            self.roots.add(type(seen.network))
            record, state = recording.network_record(seen)
            header["networks"].append(record)
            arrays |= {f"network.{index}.{name}": value for name, value in state.items()}
        for index, batch in call.samples if not call.stop else []:
            name = recording.digest(batch)
            header["samples"].append({"network": index, "array": name, "count": len(batch)})
            if name not in self.sent:
                self.sent.add(name)
                arrays[f"sample.{name}"] = batch
        self.send(header, arrays)

    def build(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Make a class's object with the case's arguments and hidden weights; run it; write down what it does."""
        header: dict[str, Any] = {"kind": "build", "probe": probe["id"], "case": case["id"]}
        arrays: dict[str, Array] = {}
        candidates = self.candidates(probe)
        if not candidates:
            self.send(header | {"missing": True}, {})
            return
        header["class"] = candidates[-1].__name__
        try:
            wanted = building.roles(case["roles"])
            arguments, header["remarks"] = building.bind(candidates[-1], wanted, self.namespace)
            args, kwargs = building.positional_only(candidates[-1], arguments)
            torch.manual_seed(self.request["seed"])
            network = candidates[-1](*args, **kwargs).cpu().float().train()
            header["parameters"] = building.fill(network, self.request["seed"])
            inputs = [torch.from_numpy(self.arrays[name]) for name in probe["inputs"]]
            found = trace(network, *inputs)
            header["trace"] = found.header()
            arrays |= found.constants
            result, header["result_kind"] = recording.as_array(network(*inputs))
            if result is not None:
                arrays["output"] = result
        except BaseException as error:  # noqa: BLE001 - constructors and forward passes are student code
            header["error"] = _last_line(error)
        self.send(header, arrays)

    def call(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Call a function with the case's arguments: up to its first forward pass, and whole unless that is known."""
        functions = {name: f for name, f in self.recorder.functions.items() if self.matches(probe, name)}
        if not functions:
            self.send({"kind": "call", "probe": probe["id"], "case": case["id"], "missing": True}, {})
            return
        name, function = list(functions.items())[-1]
        try:
            arguments, remarks = building.bind(function, building.roles(case["roles"]), self.namespace)
        except (building.CannotCall, TypeError, ValueError) as error:
            self.send({"kind": "call", "probe": probe["id"], "function": name, "case": case["id"], "phase": "direct",
                       "error": str(error), "unbound": True}, {})  # fmt: skip
            return
        self.send({"kind": "bound", "probe": probe["id"], "case": case["id"], "function": name,
                   "arguments": sorted(arguments), "remarks": remarks}, {})  # fmt: skip
        self.invoke(function, arguments, "peek", stop=True)
        if (name, case["id"]) not in self.covered:
            self.invoke(function, arguments, "direct", stop=False)

    def invoke(self, function: Callable[..., Any], arguments: dict[str, Any], phase: str, *, stop: bool) -> None:
        """One recorded call of ours; what it raises is part of the record."""
        self.recorder.phase, self.recorder.stop = phase, stop
        args, kwargs = building.positional_only(function, arguments)
        try:
            self.recorder.wrap(function)(*args, **kwargs)
        except BaseException as error:
            if isinstance(error, MemoryError):
                raise


def _agree(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return all(name in found and found[name] == value for name, value in wanted.items())


def _last_line(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()[-1000:]
