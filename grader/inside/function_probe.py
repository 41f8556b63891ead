"""The answer to a `CallFunction`: a student's function is recorded, called by the student's own code or else by us."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from . import building, recorder
from .arrays import as_array, digest, shape_of
from .cause import told
from .raised import message, report
from .served import Array

if TYPE_CHECKING:
    from .student import Session

MAX_RESULT = 1_000_000  # numbers that a recorded call may return


class FunctionCalls:
    """The recorded calls of one submission; `used` and `roots` are classes of networks that ran in them, by identity:
    a metaclass may have an `__eq__` of its own.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.recorder = recorder.Recorder(self.report)
        self.sent: set[str] = set()
        self.used: set[int] = set()
        self.roots: set[int] = set()
        self.covered: set[tuple[str, str]] = set()

    def matching(self, probe: Mapping[str, Any]) -> dict[str, Callable[..., Any]]:
        """The functions that may be the one asked for."""
        return {name: f for name, f in self.recorder.functions.items() if self.session.matches(probe, name)}

    def answer(self, probe: dict[str, Any], case: dict[str, Any]) -> None:
        """Call a function with the case's arguments: up to its first forward pass, and whole unless that is known."""
        functions = self.matching(probe)
        if not functions and self.session.take_fitting(probe["patterns"]):
            functions = self.matching(probe)
        if not functions:
            missing = {"kind": "call", "probe": probe["id"], "case": case["id"], "missing": True}
            self.session.outbox.post(missing | self.session.unproven(probe, self.session.functions()), {})
            return
        name, function = list(functions.items())[-1]
        about = {"probe": probe["id"], "case": case["id"], "function": name}
        try:
            arguments, remarks = building.bind(function, building.roles(case["roles"]), self.session.namespace)
        except Exception as error:  # noqa: BLE001 - a signature may be an object of the student's
            problem = told(error) | {"kind": "call", "phase": "direct", "error": message(error), "unbound": True}
            self.session.outbox.post(about | problem, {})
            return
        self.session.outbox.post(about | {"kind": "bound", "arguments": sorted(arguments), "remarks": remarks}, {})
        self._invoke(function, arguments, "peek", stop=True)
        if (name, case["id"]) not in self.covered:
            self._invoke(function, arguments, "direct", stop=False)

    def _invoke(self, function: Callable[..., Any], arguments: dict[str, Any], phase: str, *, stop: bool) -> None:
        """One recorded call that the grader makes; what it raises is part of the record."""
        self.recorder.phase, self.recorder.stop = phase, stop
        args, kwargs = building.positional_only(function, arguments)
        try:
            self.recorder.wrap(function)(*args, **kwargs)
        except MemoryError:
            raise
        except BaseException:  # noqa: BLE001, S110 - as above
            pass

    def report(self, call: recorder.SeenCall) -> None:
        """Send one recorded call: arguments, result, networks, samples."""
        about = {"kind": "call", "function": call.function, "phase": call.phase, "case": None}
        new = {digest(batch): batch for _, batch in call.samples}
        new = {name: batch for name, batch in new.items() if name not in self.sent}
        header: dict[str, Any] = {}

        def make() -> tuple[dict[str, Any], dict[str, Array]]:
            made, arrays = self._frame(call)
            header.update(made)
            return made, arrays if call.stop else arrays | {f"sample.{name}": batch for name, batch in new.items()}

        if self.session.outbox.try_post(make, about, running=call.phase == "run") and not call.stop:
            self.sent |= set(new)
            if header["complete"] and call.error is None:
                self.covered.add((call.function, header["case"]))

    def _frame(self, call: recorder.SeenCall) -> tuple[dict[str, Any], dict[str, Array]]:
        """A recorded call as data, without its samples' numbers."""
        case, complete = self._case_of(call)
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
            record, state = seen.record()
            header["networks"].append(record)
            arrays |= {f"network.{index}.{name}": value for name, value in state.items()}
        if not call.stop:
            header["samples"] = [
                {"network": index, "array": digest(batch), "count": len(batch)} for index, batch in call.samples
            ]
            if call.outputs:
                header["outputs"], arrays["outputs"] = list(call.outputs), np.stack(list(call.outputs.values()))
        return header, arrays

    def _case_of(self, call: recorder.SeenCall) -> tuple[str | None, bool]:
        """Which case of the assignment a call was, and whether its optional arguments were the asked ones too."""
        function = self.recorder.functions[call.function]
        for probe in self.session.request["probes"]:
            if probe["kind"] != "call" or not self.session.matches(probe, call.function):
                continue
            for case in probe["cases"]:
                try:
                    chosen = building.assign(function, building.roles(case["roles"]), self.session.namespace)
                except Exception:  # noqa: BLE001, S112 - a signature may be an object of the student's
                    continue
                if _agree({name: role.value for name, role in chosen.items() if not role.optional}, call.arguments):
                    asked = _agree({name: role.value for name, role in chosen.items()}, call.arguments)
                    return case["id"], asked and building.defaults_kept(function, chosen, call.arguments)
        return None, False


def _agree(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    return all(name in found and found[name] == value for name, value in wanted.items())
