"""Functions called one after the other as their written signatures say; results and gradients come back as arrays."""

from __future__ import annotations

import functools
import inspect
import random
import sys
import traceback
import types
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np

from ..cause import their_objects, told
from ..raised import STEP
from ..seeding import other_numbers, seed_all
from ..served import ARRAYS, Array
from .held_generators import seed_anew
from .parts_called import Part, Raised, parts_noted
from .plain_values import unpacked
from .steps_taken import Step, assigned, names_used, of_case, taken
from .values import Kind, changed, copied, flat, grown, is_plain, results

NOT_COUNTED = (str(Path(__file__).parents[1]), str(Path(np.__file__).parents[1]), "<frozen")
MOST_KEPT = 10_000  # numbers, of which the weights in a sum are kept
MAX_LINES = 300_000  # counted of a function; more is "at least so many"
AFTER = "after the call, "  # of inputs that are changed in place
CALLS = "its calls of others: "
OBJECT = "an object"  # said of what holds no numbers: a later step looks into it
Header = dict[str, Any]


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Play a case: `steps` (name, inputs, outputs), `plain` values, `arrays` (input: served name), `torch`,
    `gradients` (names of inputs), `numpy` (those that are no tensors), `lines` (whether they are counted), `parts`
    (functions whose calls of each other are noted), `seed`; `drawn anew`: `steps` that get other random numbers, those
    of another `seed`.
    """
    given = {name: ARRAYS[served] for name, served in case["arrays"].items()}
    return play(names_used(case, session.namespace), case, given)


def play(
    namespace: Mapping[str, Any],
    case: Mapping[str, Any],
    arrays: Mapping[str, Array],
    steps: Sequence[Step] | None = None,
) -> tuple[Header, dict[str, Array]]:
    """A header by step, and arrays named `step/output`. The same for a student's functions and the reference's.

    `steps` are those of the case, where it is played more than once.
    """
    played = _Played(namespace, case, arrays, of_case(case) if steps is None else steps)
    played.run(())
    if case.get("gradients") and not played.stopped:
        played.run(case["gradients"])
    if case.get("lines") and not played.stopped:
        played.count()
    return {"steps": played.header}, played.arrays


class _Played:
    def __init__(
        self, namespace: Mapping[str, Any], case: Mapping[str, Any], arrays: Mapping[str, Array], steps: Sequence[Step]
    ) -> None:
        self.namespace, self.case, self.given, self.steps = namespace, case, arrays, steps
        self.header: dict[str, Header] = {step.name: {} for step in self.steps}
        self.arrays: dict[str, Array] = {}
        self.stopped = False
        self.noted = [Step(*part) for part in case.get("parts", ())]
        self.raised: list[Raised] = []  # by other functions that are called in the step that is taken
        self.failed: dict[str, str] = {}  # a step that raised, by the objects that it used
        self.places: dict[str, str] = {}  # where an input was assigned to, such as `layer.weight`

    @functools.cached_property
    def seeds(self) -> random.Random:
        """Those for the objects that are made in this play."""
        return random.Random(self.case["play"])  # noqa: S311 - for students' objects

    def inputs(self, gradients: Sequence[str]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Fresh inputs by name, and those of them that are differentiated by."""
        arrays: dict[str, Any] = {name: array.copy() for name, array in self.given.items()}
        leaves: dict[str, Any] = {}
        if self.case.get("torch"):
            import torch

            left = self.case.get("numpy", ())
            arrays = {n: array if n in left else torch.from_numpy(array) for n, array in arrays.items()}
            leaves = {name: arrays[name].requires_grad_() for name in gradients if name in arrays}
            arrays |= {name: leaf.clone() for name, leaf in leaves.items()}
        else:
            arrays = {name: array if array.ndim else array.item() for name, array in arrays.items()}
        return put_in(unpacked(self.case["plain"]), arrays), leaves

    def run(self, gradients: Sequence[str]) -> None:
        """All steps on fresh inputs; with `gradients`, only those are written down."""
        self.noted = [] if gradients else self.noted
        self.places = {}
        values, leaves = self.inputs(gradients)
        if self.case["seed"] is not None:
            seed_all(self.case["seed"], torch=self.case.get("torch", False))
        for step in self.steps:
            name = step.name
            if "error" in self.header[name] or "missing" in self.header[name]:
                continue
            try:
                outputs = self.step(step, values)
                if outputs is not None and gradients:
                    self.differentiate(name, outputs, leaves)
                elif outputs is not None:
                    self.write(name, outputs)
            except (TimeoutError, MemoryError) as error:
                self.header[name] |= told(error)
                self.stopped = True
                return
            except Exception as error:  # noqa: BLE001 - student code
                self.header[name] |= {"missing": lost} if (lost := self.not_defined(step, error)) else told(error)
                through = [called for called, raised in self.raised if raised is error]
                self.header[name] |= {"raised in": through[0]} if through else {}
                self.raised = []
                self.failed |= {part: name for part in step.needed if part in values and not is_plain(values[part])}

    def not_defined(self, step: Step, error: Exception) -> str:
        """Of an expression, the function that it calls and nobody defines."""
        name = error.name if type(error) is NameError else None
        here = [frame.f_code.co_filename for frame, _ in traceback.walk_tb(error.__traceback__)][-1:] == [STEP]
        return str(name) if here and name in step.called and name not in self.namespace else ""

    def step(self, step: Step, values: dict[str, Any]) -> dict[str, Any] | None:
        """Call one function; its outputs and changed inputs by name, which are added to `values` too."""
        name, outputs = step.name, step.outputs
        if step.is_defined and not callable(self.namespace.get(step.path)):
            self.header[name]["missing"] = step.path
            return None
        if lost := step.lost(values, self.namespace):
            self.header[name]["lost"] = lost
            return None
        if before := [self.failed[part] for part in step.needed if part in self.failed]:
            self.header[name]["failed before"] = before[0]
        # A cache may hold an input of an earlier function: what is changed there is seen too.
        known = [*step.inputs, *self.given, *self.case["plain"]]
        there = self.held(values)
        looked_at = [part for part in there if part in known and is_plain(there[part])]
        copies = {part: copied(there[part]) for part in looked_at if part not in self.case["opaque"]}
        with their_objects(), self.drawing(step) as drew, self.noting(step) as noted:
            result = taken(step, self.namespace, values)
        self.header[name] |= {"drew": drew} if drew else {}
        parts = results(result, len(outputs)) if outputs else []
        if len(parts) != len(outputs):
            self.header[name]["results"] = len(parts)
            return None
        found = dict(zip(outputs, parts, strict=True))
        there = self.held(values)
        self.header[name]["changed"] = changed(copies, there)
        self.header[name]["grown"] = grown(copies, there)
        self.note(name, noted)
        others = {f"{AFTER}{part}": there[part] for part in self.header[name]["changed"]}
        values |= found
        self.places |= assigned(step, values)
        # What an object draws goes on from play to play, where there are several.
        if "play" in self.case and (made := [value for value in found.values() if not is_plain(value)]):
            seed_anew(made, self.seeds)
        return {**found, **others}

    def drawing(self, step: Step) -> AbstractContextManager[list[int]]:
        """With other random numbers where the case asks for these."""
        anew = self.case.get("drawn anew")
        if anew is None or step.name not in anew["steps"]:
            return nullcontext([])
        return other_numbers(anew["seed"], torch=self.case.get("torch", False))

    def noting(self, step: Step) -> AbstractContextManager[list[Part]]:
        """The calls of other functions that the case asks for."""
        self.raised = []
        return parts_noted(step, self.noted, self.namespace, self.raised) if self.noted else nullcontext([])

    def held(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values; in place of an input that was assigned to an attribute, what the attribute holds now.

        So a new array in that attribute is a changed input, as much as other numbers in the old one.
        """
        held = dict(values)
        for name, place in self.places.items():
            try:
                now = eval(place, {**self.namespace, **values})  # noqa: S307 - the assignment's own text, in the sandbox
            except Exception:  # noqa: BLE001, S112 - student code: the attribute went, or raises
                continue
            if is_plain(now) and getattr(now, "shape", None) == getattr(values[name], "shape", ()):
                held[name] = now
        return held

    def write(self, name: str, outputs: Mapping[str, Any]) -> None:
        """Results as arrays; texts and None into the header."""
        said, kinds = dict[str, Any](), dict[str, str]()
        for part, value in outputs.items():
            if part in self.case["opaque"]:
                continue
            for key, array in flat(part, value).items():
                if isinstance(array, np.ndarray):
                    self.arrays[f"{name}/{key}"] = array
                else:
                    said[key] = OBJECT if isinstance(array, Kind) else array
                    kinds |= {key: str(array)} if isinstance(array, Kind) else {}
        self.header[name] |= {"said": said, "kinds": kinds}

    def note(self, name: str, noted: Sequence[Part]) -> None:
        """The calls of other functions as arrays `its calls of others: step/number/in/name`."""
        if noted:
            self.header[name]["calls"] = [part for part, _, _ in noted]
        for number, (_, given, found) in enumerate(noted):
            for where, arrays in (("in", given), ("out", found)):
                if given is not None and found is not None and arrays is not None:
                    self.arrays |= {f"{CALLS}{name}/{number}/{where}/{key}": part for key, part in arrays.items()}

    def differentiate(self, name: str, outputs: Mapping[str, Any], leaves: Mapping[str, Any]) -> None:
        """Gradients of the outputs, each number with a weight of its own, by the inputs."""
        import torch

        made = [value for part, value in outputs.items() if isinstance(value, torch.Tensor) and part not in leaves]
        loss = sum(weighted(value) for value in made if value.requires_grad and value.is_floating_point())
        if not isinstance(loss, torch.Tensor) or not leaves:
            self.header[name]["detached"] = True
            return
        found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True, retain_graph=True)
        for part, gradient in zip(leaves, found, strict=True):
            if gradient is not None:
                self.arrays[f"{name}/the gradient by {part}"] = gradient.detach().numpy().copy()

    def count(self) -> None:
        """How many lines of Python each function runs, in another run of all of them."""
        counts: dict[str, int] = {}
        names = {step.path for step in self.steps if inspect.isroutine(self.namespace.get(step.path))}
        counted = {name: _counted(self.namespace[name], name, counts) for name in names}
        again = _Played({**self.namespace, **counted}, {**self.case, "parts": []}, self.given, self.steps)
        again.run(())
        for name, lines in counts.items():
            if name in self.header:
                self.header[name]["lines"] = lines


def untouched(case: Mapping[str, Any], arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The inputs of a case as they would come back of a call that leaves them alone."""
    values, _ = _Played({}, case, arrays, ()).inputs(())
    parts = [flat(name, value) for name, value in values.items() if is_plain(value)]
    return {key: array for part in parts for key, array in part.items() if isinstance(array, np.ndarray)}


def put_in(values: dict[str, Any], arrays: Mapping[str, Any]) -> dict[str, Any]:
    """Plain values with arrays in them: `bn_param.running_mean` goes into the dictionary `bn_param`."""
    for name, array in arrays.items():
        outer, _, inner = name.partition(".")
        (values[outer] if inner else values)[inner or outer] = array
    return values


def weighted(value: Any) -> Any:
    """The sum with weights that differ from place to place, so that no error cancels out."""
    count = value.numel()
    weights = _kept_weights(count) if count <= MOST_KEPT else _weights(count)
    return (value * weights.reshape(value.shape).to(value.dtype)).sum()


def _weights(count: int) -> Any:
    import torch

    with torch.inference_mode(False):  # what is made in it is of no use where there are gradients, and it may be kept
        return torch.cos(torch.arange(count, dtype=torch.float64, device="cpu") * 1.7) + 0.2


_kept_weights = functools.lru_cache(maxsize=256)(_weights)  # one size comes again with each network and each mode


def _counted(function: Callable[..., Any], name: str, counts: dict[str, int]) -> Callable[..., Any]:
    """The function, which adds the lines that run to `counts`: those outside of packages, up to a limit."""

    def watch(frame: types.FrameType, event: str, _: Any) -> Any:
        if event == "call" and frame.f_code.co_filename.startswith(NOT_COUNTED):
            return None
        counts[name] += event == "line"
        return watch if counts[name] < MAX_LINES else None

    @functools.wraps(function, updated=())  # its parameters are looked at: arguments may be passed by name
    def call(*args: Any, **named: Any) -> Any:
        counts.setdefault(name, 0)
        before = sys.gettrace()
        sys.settrace(watch)
        try:
            return function(*args, **named)
        finally:
            sys.settrace(before)

    return call
