"""Where the residual blocks of a network are, read off its operations."""

from __future__ import annotations

from dataclasses import dataclass

from grader.checks import replay


@dataclass(frozen=True)
class Block:
    """A residual block of a network: its convolutions' weights, by parameter name, in order of execution."""

    call: replay.Call
    convolutions: tuple[str, ...]


def blocks(network: replay.Network, kind: str | None) -> list[Block]:
    """The residual blocks in order of execution: calls of class `kind`, else of the class repeated most."""
    calls = [call for call in network.calls if call.path and call.input is not None and call.output is not None]
    found = [Block(call, names) for call in calls if len(names := convolutions(network, call)) >= 2]
    kinds = [block.call.kind for block in found]
    own = [name for name in kinds if name != "Sequential"] or kinds
    wanted = kind if kind in kinds else max(own, key=own.count, default=None)
    return [block for block in found if block.call.kind == wanted]


def convolutions(network: replay.Network, call: replay.Call) -> tuple[str, ...]:
    """Names of the convolution weights that run inside a call and that its output depends on."""
    nodes = [node for node in network.part(call).reached() if node.name in replay.CONVOLUTIONS]
    names = [network.name_of(node.inputs[1]) for node in nodes if len(node.inputs) > 1]
    return tuple(name for name in names if name)
