"""The operations of a network's forward pass, read from untrusted JSON into frozen types.

Everything is checked here once: types, sizes, and that each operation uses only values made before it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

MAX_NODES = 20_000
MAX_CALLS = 5_000
MAX_LEAVES = 10_000  # numbers and texts among one operation's arguments
MAX_NESTING = 6
MAX_TEXT = 500
# A module's nodes belong to its parents too; looking at every call's nodes must stay quick.
MAX_NODES_OF_CALLS = 20 * MAX_NODES


class NotReplayable(Exception):
    """The operations are malformed, unknown or too large. The message is for the student."""


class UnknownOperation(NotReplayable):
    """An operation that may be right and that the grader cannot run: a person has to look."""


@dataclass(frozen=True)
class Node:
    """One operation: `aten.conv2d.default` on numbered values and constants."""

    op: str
    args: tuple[Any, ...]
    kwargs: Mapping[str, Any]
    out: tuple[int | None, ...]

    @cached_property
    def name(self) -> str:
        """`conv2d` for `aten.conv2d.default`; an in-place `relu_` is a `relu`."""
        name = self.op.partition(".")[2].partition(".")[0]
        return name if name.startswith("_") or not name.endswith("_") else name[:-1]

    @cached_property
    def inputs(self) -> list[int]:
        """Numbers of the values that go in."""
        return list(_values((*self.args, *self.kwargs.values())))

    @property
    def is_times_nothing(self) -> bool:
        """Whether it multiplies by the number 0."""
        return self.name == "mul" and any(type(part) in (int, float) and part == 0 for part in self.args)

    @cached_property
    def templates(self) -> dict[Any, Any]:
        """By precision, what is the same whenever it runs (`operation_arguments.Template`)."""
        return {}


@dataclass(frozen=True)
class Call:
    """A sub-module's call: nodes `first` to `end`."""

    path: str
    kind: str
    input: int | None
    output: int | None
    first: int
    end: int


@dataclass(frozen=True)
class Network:
    """The operations of one forward pass. `names` numbers parameters, buffers, constants and inputs."""

    nodes: tuple[Node, ...]
    names: Mapping[str, int]
    calls: tuple[Call, ...]
    input: int
    output: int
    first: int = 0
    end: int | None = None

    def reached(self) -> list[Node]:
        """The nodes that the output depends on, in order, from the input on."""
        return list(self._reached)

    def counting(self) -> list[Node]:
        """Those of them that make a difference to the output: what is multiplied by 0 makes none."""
        return self._back_from_output(lambda node: [] if node.is_times_nothing else node.inputs)

    @cached_property
    def _reached(self) -> list[Node]:
        return self._back_from_output(lambda node: node.inputs)

    def _back_from_output(self, inputs: Callable[[Node], Iterable[int]]) -> list[Node]:
        wanted, kept = {self.output}, []
        for node in reversed(self.nodes[self.first : self.end]):
            if wanted & {number for number in node.out if number is not None}:
                kept.append(node)
                wanted |= set(inputs(node))
        return kept[::-1]

    @cached_property
    def used(self) -> Mapping[str, int]:
        """Those of `names` that the output depends on."""
        wanted = {self.output, *(number for node in self._reached for number in node.inputs)}
        return {name: number for name, number in self.names.items() if number in wanted}

    def part(self, call: Call) -> Network:
        """One sub-module as a network of its own. Raises NotReplayable if it has no tensor in or out."""
        if call.input is None or call.output is None:
            raise NotReplayable(f"{call.path or 'the network'}: expected a tensor in and a tensor out")
        if call not in self._parts:
            found = replace(self, input=call.input, output=call.output, first=call.first, end=call.end)
            vars(found)["_named"] = self._named  # looked up for every part anew, it takes longer than the rest
            self._parts[call] = found
        return self._parts[call]

    @cached_property
    def _parts(self) -> dict[Call, Network]:
        return {}

    def name_of(self, number: int) -> str | None:
        """The parameter, buffer or input of that number."""
        return self._named.get(number)

    @cached_property
    def _named(self) -> Mapping[int, str]:
        return {number: name for name, number in self.names.items()}


def _values(parts: Iterable[Any]) -> Iterator[int]:
    for part in parts:
        if isinstance(part, dict) and "value" in part:
            yield part["value"]
        elif isinstance(part, list):
            yield from _values(part)


def parse(header: object) -> Network:
    """Untrusted JSON as a network. Raises NotReplayable."""
    if header is None:
        raise NotReplayable("its forward pass could not be written down")
    try:
        return _network(_mapping(header))
    except (KeyError, TypeError, ValueError) as error:
        raise NotReplayable(f"its forward pass could not be written down: malformed ({str(error)[:100]})") from None


def _network(header: Mapping[str, Any]) -> Network:
    names = {_text(name): _number(number) for name, number in _mapping(header["values"]).items()}
    nodes = tuple(_node(part) for part in _list(header["nodes"], MAX_NODES, "operations"))
    _check_order(set(names.values()), len(names), nodes)
    listed = [_mapping(part) for part in _list(header["calls"], MAX_CALLS, "calls of modules")]
    calls = tuple(_call(part, len(nodes)) for part in listed if part.get("end") is not None)
    if sum(call.end - call.first for call in calls) > MAX_NODES_OF_CALLS:
        raise ValueError("its modules are nested too deep")
    if header["output"] is None:
        raise NotReplayable("its forward pass could not be written down: its result is no tensor that it computed")
    return Network(nodes, names, calls, names["input.0"], _number(header["output"]))


def _check_order(known: set[int], named: int, nodes: Iterable[Node]) -> None:
    """Every number is given to one value, and used only afterwards: no cycles, no values of the future."""
    if len(known) != named:
        raise ValueError("two values share a number")
    for node in nodes:
        if not known.issuperset(node.inputs):
            raise ValueError("an operation uses a value that is not there yet")
        made = [number for number in node.out if number is not None]
        if len(set(made)) != len(made) or not known.isdisjoint(made):
            raise ValueError("two values share a number")
        known.update(made)


def _node(part: object) -> Node:
    part = _mapping(part)
    args, kwargs = _list(part["args"]), _mapping(part["kwargs"])
    leaves = _check_argument([*args, *kwargs.values()], MAX_NESTING)
    if leaves > MAX_LEAVES:
        raise ValueError(f"an operation has more than {MAX_LEAVES} arguments")
    out = tuple(None if number is None else _number(number) for number in _list(part["out"]))
    return Node(_text(part["op"]), tuple(args), {_text(name): value for name, value in kwargs.items()}, out)


def _check_argument(part: Any, depth: int) -> int:
    """The number of leaves. Raises ValueError for what the recorder never writes."""
    match part:
        case list() if depth:
            return sum(_check_argument(item, depth - 1) for item in part)
        case {"value": number} if len(part) == 1:
            _number(number)
        case {"float": "inf" | "-inf" | "nan"} if len(part) == 1:
            pass
        case {"other": str(text)} if len(part) == 1:
            _text(text)
        case str():
            _text(part)
        case None | bool():
            pass
        case int() if -(2**63) <= part < 2**63:
            pass
        case float() if math.isfinite(part):
            pass
        case _:
            raise ValueError(f"an argument is a {type(part).__name__}")
    return 1


def _call(part: Mapping[str, Any], nodes: int) -> Call:
    ends = [part.get(name) for name in ("input", "output")]
    first, end = _number(part["first"]), _number(part["end"])
    if not first <= end <= nodes:
        raise ValueError("a module's operations are not there")
    numbers = [None if number is None else _number(number) for number in ends]
    return Call(_text(part["path"]), _text(part["class"]), numbers[0], numbers[1], first, end)


def _mapping(part: object) -> Mapping[str, Any]:
    if not isinstance(part, dict):
        raise TypeError(f"expected an object, found a {type(part).__name__}")
    return part


def _list(part: object, longest: int = MAX_LEAVES, what: str = "values") -> list[Any]:
    if not isinstance(part, list):
        raise TypeError(f"expected a list, found a {type(part).__name__}")
    if len(part) > longest:
        raise ValueError(f"more than {longest} {what}")
    return part


def _number(part: object) -> int:
    if not isinstance(part, int) or isinstance(part, bool) or not 0 <= part < 2**31:
        raise TypeError(f"expected the number of a value, found a {type(part).__name__}")
    return part


def _text(part: object) -> str:
    if not isinstance(part, str) or len(part) > MAX_TEXT:
        raise TypeError(f"expected a short text, found a {type(part).__name__}")
    return part
