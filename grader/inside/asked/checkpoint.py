"""A trained network that was handed in: loaded, run on inputs that are served, and written down as operations.

Loading runs whatever code is in the file. No label comes in here; what goes back are operations, weights and outputs.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..aliases import NotTraceable
from ..arrays import numbers
from ..cause import their_objects, told
from ..known_operations import ALLOWED, bare_name
from ..loading import Deadline
from ..passes import set_mode
from ..raised import class_name, mark
from ..seeding import seed_all
from ..served import ARRAYS, Array
from ..tracing import Trace, trace
from ..weights_files import BrokenFile, chosen, config_beside, read
from ..weights_found import Contents, Fit, beside_weights, contents, fit, put
from .modules import made

Header = dict[str, Any]
WALL_S = 150.0  # a file that sleeps when it is read
SLOW_S = 1.5  # a batch that takes so long may be too large to be run again
EVERY = 6
MOST_CLASSES = 12
MOST_WRITTEN = 900_000  # bytes of operations: what fits into a header
FACTORY = re.compile(r"(?:build|make|create|get|load|init)?_?\w*(?:net|model)\w*", re.IGNORECASE)
OUTPUTS = ("logits", "scores", "output", "outputs", "out", "pred", "prediction", "reconstruction", "recon", "x_hat")
WRAPPED = {"DataParallel": "module", "DistributedDataParallel": "module", "OptimizedModule": "_orig_mod"}


class Config(dict[str, Any]):
    """Settings by name and by attribute, as constructors want them."""

    def __getattr__(self, name: str) -> Any:
        """A setting."""
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


class Whole(nn.Module):
    """A network with what it wants done to its inputs before it, and of what it gives the scores alone."""

    def __init__(self, network: nn.Module, prepare: Callable[..., Any] | None) -> None:
        super().__init__()
        self.it, self.prepare = network, prepare

    def forward(self, inputs: Tensor) -> Tensor:
        """The first tensor of the result, or the one that is called the logits. Raises TypeError."""
        return scores_of(self.it(self.prepare(inputs) if self.prepare else inputs))


def answer(session: Any, case: dict[str, Any]) -> tuple[Header, dict[str, Array]]:
    """Find the file, load it, and ask the network in it."""
    paths = sorted(path.relative_to(Path.cwd()).as_posix() for path in Path.cwd().rglob("*") if path.is_file())
    files, remark = chosen(paths, case["file"])
    header: Header = {"files": files, "remark": remark}
    if not files:
        return header, {}
    try:
        return _loaded(session, case, header)
    except BrokenFile as error:
        return header | {"broken": str(error)}, {}


def _loaded(session: Any, case: dict[str, Any], header: Header) -> tuple[Header, dict[str, Array]]:
    value: Any = {}
    for path in header["files"]:
        with Deadline(WALL_S, "wall"):
            header["format"], part = read(Path(path), session.namespace)
        value = {**value, **part} if len(header["files"]) > 1 and isinstance(part, Mapping) else part
    inside = contents(value)
    inside.config = config_beside(Path(header["files"][0])) | inside.config
    if inside.modules:
        network = unwrapped(inside.modules[0])
    elif inspect.isroutine(value):
        name = getattr(value, "__name__", "")
        raise BrokenFile(f"holds a function ({name[:60]}), and not what it gives: are its brackets missing?")
    else:
        found = _by_class(session, case, inside, header)
        if found is None:
            return header, {}
        network = found
    with their_objects():
        network = nn.Module.float(nn.Module.cpu(network))
    known = {tuple(part.shape) for part in [*network.parameters(), *network.buffers()]}
    header["beside"] = [] if isinstance(network, torch.jit.ScriptModule) else list(beside_weights(value, known))
    return _asked(session, case, network, header)


def unwrapped(network: nn.Module) -> nn.Module:
    """The network in what spreads or compiles it."""
    while (inner := WRAPPED.get(class_name(type(network)))) is not None:
        network = getattr(network, inner)
    return network


def _by_class(session: Any, case: Mapping[str, Any], inside: Contents, header: Header) -> nn.Module | None:
    """A network of the submission's or the course's class, with the weights in it; None if nothing fits."""
    if not inside.states:
        raise BrokenFile(
            "holds no weights: expected a dictionary of tensors by name, as net.state_dict() gives, or a network"
        )
    first: BaseException | None = None
    best: Fit | None = None
    makers = list(_makers(session, case))
    for maker in makers:
        try:
            network = _made(session, case, maker, inside.config)
        except (TimeoutError, MemoryError):
            raise
        except Exception as error:  # noqa: BLE001 - student code
            first = first or error
            continue
        found = fit(network, inside.states.values())
        if not found.problems:
            header |= {
                "class": class_name(type(network)),
                "fit": found.remark,
                "left": [name[:120] for name in found.left[:20]],
            }
            put(network, found)
            return network
        if best is None:
            best = found
            header["class"] = class_name(type(network))
    if best is not None:
        header |= {
            "lacks": list(best.missing[:50]),
            "shapes": list(best.shapes[:50]),
            "left": [name[:120] for name in best.left[:50]],
        }
    elif first is not None:
        raise first
    else:
        header["missing"] = case["asked"]
    return None


def _makers(session: Any, case: Mapping[str, Any]) -> Iterator[Callable[..., Any]]:
    """The class that is asked for, then others of the submission that may be it under another name."""
    if case["course"]:
        yield getattr(importlib.import_module(case["course"]), case["asked"])
        return
    names = session.namespace
    if callable(names.get(case["asked"])):
        yield names[case["asked"]]
    classes = [part for part in names.values() if isinstance(part, type) and _is_own(part)]
    functions = [part for name, part in names.items() if inspect.isfunction(part) and FACTORY.fullmatch(name)]
    makers: list[Callable[..., Any]] = [*reversed(classes), *functions]
    for part in makers[:MOST_CLASSES]:
        if part is not names.get(case["asked"]):
            yield part


def _is_own(kind: type) -> bool:
    return issubclass(kind, nn.Module) and not str(kind.__module__).startswith(("torch.", "torchvision."))


def _made(session: Any, case: Mapping[str, Any], maker: Callable[..., Any], config: Mapping[str, Any]) -> nn.Module:
    seed_all(7, torch=True)
    maker = _given_first(maker, case.get("first") or [])
    takes = list(inspect.signature(maker).parameters.values())
    needed = [part.name for part in takes if part.default is part.empty and part.kind is not part.VAR_KEYWORD]
    given = {part.name: config[part.name] for part in takes if part.name in config}
    if config and len(needed) == 1 and re.fullmatch(r"\w*(?:config|cfg|args|hparams|params|opt)", needed[0]):
        given = {needed[0]: Config(config)}
    return made(session, case, functools.partial(maker, **given) if given else maker)


def _given_first(maker: Callable[..., Any], values: list[Any]) -> Callable[..., Any]:
    """With the values that the assignment's call has; without them where it takes none."""
    given = functools.partial(maker, *values)
    try:
        inspect.signature(given)
    except (TypeError, ValueError):
        return maker
    return given if values else maker


def _asked(
    session: Any, case: Mapping[str, Any], network: nn.Module, header: Header
) -> tuple[Header, dict[str, Array]]:
    prepare = session.namespace.get(case["prepare"]) if case["prepare"] else None
    whole = Whole(network, prepare if callable(prepare) else None)
    header["prepared"] = whole.prepare is not None
    set_mode(whole, training=False)
    batches = _batches(torch.from_numpy(ARRAYS[case["inputs"]].copy()), case["batch"])
    state = [*network.named_parameters(), *network.named_buffers()]
    header["parameters"] = [[name, list(part.shape)] for name, part in network.named_parameters()]
    started = time.process_time()
    outputs = _outputs(whole, batches[:1])
    slow = time.process_time() - started > SLOW_S
    found, why = _traced(whole, batches[0], sum(part.numel() for _, part in state), case["most"])
    places = _places(len(batches), everything=slow or found is None or not is_plain(found))
    outputs += _outputs(whole, [batches[place] for place in places[1:]])
    header["places"] = places
    outputs[-1] = outputs[-1][: len(ARRAYS[case["inputs"]]) - (len(batches) - 1) * case["batch"]]
    arrays = {"outputs": np.concatenate(outputs)}
    if found is None:
        return header | {"untraced": why}, arrays
    written = found.header()
    written["values"] = {name.removeprefix("it."): number for name, number in written["values"].items()}
    arrays |= {f"state.{name}": numbers(part) for name, part in state} | found.constants
    return header | {"trace": written}, arrays


def _traced(whole: Whole, batch: Tensor, numbers_held: int, most: int) -> tuple[Trace | None, str]:
    """The operations, or why they cannot be written down."""
    if numbers_held > most:
        return None, f"it has more than {most:,} numbers"
    try:
        with their_objects():
            found = trace(whole, batch)
    except NotTraceable as error:
        return None, str(error)[:300]
    except (TimeoutError, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001 - it ran before, when nobody watched
        return None, str(told(error)["error"])[:300]
    if len(json.dumps(found.header())) > MOST_WRITTEN:
        return None, f"it runs {len(found.nodes):,} operations"
    return found, ""


def is_plain(found: Trace) -> bool:
    """Whether the operations can be run again outside, and nothing shows that others would run for other inputs: no
    number was read out of a tensor, none came from outside of the network, and none is drawn.
    """
    plain = all(bare_name(node["op"]) in ALLOWED and not _drops(node) for node in found.nodes)
    return plain and not found.constants


def _drops(node: Mapping[str, Any]) -> bool:
    """Whether dropout acts, though the network is in evaluation mode."""
    return "dropout" in node["op"] and any(part is True for part in node["args"])


def _places(count: int, *, everything: bool) -> list[int]:
    """The batches that are run here: all, or some of them to be compared with what comes out outside."""
    some = {0, *range(0, count, EVERY), count - 1}
    return list(range(count)) if everything else sorted(some)


def _batches(inputs: Tensor, size: int) -> list[Tensor]:
    """All of one size: the last one is filled up, and what is too much does not count."""
    return [torch.cat((some, inputs[: size - len(some)])) for some in torch.split(inputs, size)]


def _outputs(whole: nn.Module, batches: list[Tensor]) -> list[Array]:
    found: list[Array] = []
    with their_objects(), torch.no_grad():
        seed_all(7, torch=True)
        for batch in batches:
            output = whole(batch.clone())
            if output.ndim < 1 or len(output) != len(batch):
                raise mark(
                    TypeError(f"expected an output for each of {len(batch)} inputs, found {tuple(output.shape)}"),
                    "object",
                )
            found.append(numbers(output))
    return found


def scores_of(result: Any) -> Tensor:
    """The tensor that counts: the first of several, or what is called the logits. Raises TypeError."""
    if isinstance(result, Mapping):
        named = [result[name] for name in OUTPUTS if name in result]
        result = [*named, *result.values()]
    elif not isinstance(result, Tensor | tuple | list):
        result = [getattr(result, name) for name in OUTPUTS if hasattr(result, name)]
    if isinstance(result, tuple | list):
        result = next((part for part in result if isinstance(part, Tensor)), result)
    if not isinstance(result, Tensor):
        raise mark(TypeError(f"expected a tensor of scores, found {class_name(type(result))}"), "object")
    return result
