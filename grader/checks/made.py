"""What came back of a network that `inside/made.py` made for a `MakeNetwork` probe, checked field by field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from grader.checks import operations
from grader.checks.hidden import hidden_statistics, hidden_weights
from grader.evidence import Evidence, MissingEvidence
from grader.readings import answers
from grader.readings.faults import fault, untouched
from grader.readings.fields import Shapes, own_arrays, shapes, text, texts, vector
from grader.readings.fields import numbers as as_numbers
from grader.sandbox.protocol import Array, Frame

MAX_PARAMETERS, MAX_WEIGHTS = 500, 5_000_000
# Operations whose results have no gradient, whatever goes in: `torch.zeros_like(x)` even detaches what it makes.
_WITHOUT_GRADIENTS = """
zeros_like ones_like full_like empty_like rand_like randn_like randint_like new_zeros new_ones new_full new_empty
new_empty_strided zero eq ne lt le gt ge isnan isinf isfinite isclose argmax argmin argsort sign sgn signbit
floor ceil round trunc bernoulli logical_and logical_or logical_not logical_xor nonzero bucketize
"""
WITHOUT_GRADIENTS = frozenset(_WITHOUT_GRADIENTS.split())


@dataclass(frozen=True)
class Pass:
    """A network's forward passes in one mode: its operations for the first batch, an output for each batch.

    `graded` is the output for the first batch in a pass with gradients; `detached` says that none came through it.
    `gradients` has a number for each parameter that got one (None where nothing is known), `by_input` is the input's.
    """

    error: str | None
    network: operations.Network | None
    untraced: str | None
    outputs: tuple[Array | None, ...]
    constants: Mapping[str, Array]
    graded: Array | None = None
    detached: bool = False
    gradients: Mapping[str, float] | None = None
    by_input: Array | None = None


@dataclass(frozen=True)
class MadeNetwork:
    """A student's network: what its parameters are called and what it did.

    `kept` are parameters that do not learn and kept their own values: constants, and no layer's weights.
    """

    name: str
    remarks: tuple[str, ...]
    parameters: Shapes
    frozen: tuple[str, ...]
    buffers: Shapes
    passes: Mapping[str, Pass]
    kept: Mapping[str, Array] = field(default_factory=dict)

    def values(self, seed: int) -> dict[str, Array]:
        """What the box gave the parameters and running statistics, and the constants; `seed` is the evidence's."""
        return hidden_weights(self.parameters, seed) | hidden_statistics(self.buffers, seed) | dict(self.kept)

    def cuts_gradients_off(
        self, mode: str, batch: Array, seed: int, *, of_inputs: bool, of: Collection[str] | None = None
    ) -> bool:
        """Whether gradients of weights, or `of_inputs` too, are cut off on the way, as by `detach()` or `no_grad()`.

        Of all weights that learn, or of those named by `of`.

        `batch` is the first that it ran on, and `seed` the evidence's: with them its operations are run again, and give
        all the gradients that there are.
        """
        done = self.passes[mode]
        weights = {name for name, _ in self.parameters if name not in self.frozen} if of is None else set(of)
        if done.detached and weights:
            return True
        wanted = {*weights, "input.0"} if of_inputs else weights
        if done.network is None:
            return False
        return _cut_off(done.network, wanted) or _loses(self, done, batch, seed, weights, of_inputs=of_inputs)


def _cut_off(network: operations.Network, names: Collection[str]) -> bool:
    """Whether a `detach` on a path of gradients from the output holds back what depends on the named values."""
    carrying = {number for name, number in network.names.items() if name in names}
    held: set[int] = set()
    for node in network.nodes:
        if carrying & set(node.inputs) and node.name not in WITHOUT_GRADIENTS:
            (held if node.name == "detach" else carrying).update(number for number in node.out if number is not None)
    wanted = {network.output}
    for node in reversed(network.nodes):
        if wanted & {number for number in node.out if number is not None} and node.name not in WITHOUT_GRADIENTS:
            wanted |= set(node.inputs)
    return bool(wanted & held)


def _loses(
    made: MadeNetwork, done: Pass, batch: Array, seed: int, weights: Collection[str], *, of_inputs: bool
) -> bool:
    import torch

    from grader.checks import replay
    from grader.checks.lost_gradients import loses_gradients

    if done.network is None or done.gradients is None or done.graded is None:
        return False
    try:
        tensors = replay.weights({**made.values(seed), **done.constants}, dtype=torch.float64)
    except operations.NotReplayable:
        return False
    gradients = {name: done.gradients.get(name) for name, _ in made.parameters if name in weights}
    by_input = done.by_input if of_inputs else None
    return loses_gradients(done.network, tensors, batch, done.graded, gradients, by_input)


def made_network(evidence: Evidence, probe: str, case: str, what: str, inputs: int) -> MadeNetwork:
    """The network of a case; `what` is it in words, and `inputs` how many batches it ran on. Raises MissingEvidence."""
    if missing := untouched(evidence):
        raise missing
    frame = answers(evidence, probe, what)[case]
    parameters, buffers = (
        shapes(frame.header.get(name), most=MAX_PARAMETERS, numbers=MAX_WEIGHTS) for name in ("parameters", "buffers")
    )
    if parameters is None or buffers is None:
        raise MissingEvidence(f"{what}: its parameters could not be written down")
    return MadeNetwork(
        text(frame.header.get("name")) or "",
        texts(frame.header.get("remarks"), 20, 200),
        parameters,
        texts(frame.header.get("frozen"), MAX_PARAMETERS, 200),
        buffers,
        {mode: _pass(frame, mode, what, inputs) for mode in ("evaluation", "training")},
        _kept(frame, parameters),
    )


def _kept(frame: Frame, parameters: Shapes) -> dict[str, Array]:
    found = {name: as_numbers(array) for name, array in own_arrays(frame, "constant/").items()}
    return {
        name: array.astype(np.float32)
        for name, shape in parameters
        if (array := found.get(name)) is not None and array.shape == tuple(shape)
    }


def _pass(frame: Frame, mode: str, what: str, inputs: int) -> Pass:
    header = frame.header.get(mode)
    header = header if isinstance(header, dict) else {}
    if (raised := fault(header)) and (raised.ours or raised.unattempted):
        raise raised.as_missing(what)
    network, problem = None, text(header.get("trace_error"))
    if "trace" in header:
        try:
            network = operations.parse(header["trace"])
        except operations.NotReplayable as error:
            problem = str(error)
    found = [frame.arrays.get(f"{mode}.output.{index}") for index in range(inputs)]
    return Pass(
        text(header.get("error")),
        network,
        problem,
        tuple(array if array is not None and array.dtype.kind in "biuf" else None for array in found),
        {
            name.removeprefix(f"{mode}."): array
            for name, array in frame.arrays.items()
            if name.startswith(f"{mode}.constant.")
        },
        frame.arrays.get(f"{mode}.graded"),
        header.get("detached") is True,
        _gradients(header, frame.arrays.get(f"{mode}.gradients")),
        as_numbers(frame.arrays.get(f"{mode}.gradient")),
    )


def _gradients(header: Mapping[str, object], sums: Array | None) -> Mapping[str, float] | None:
    names, sums = texts(header.get("learning"), MAX_PARAMETERS, 200), vector(sums)
    return None if sums is None or len(sums) != len(names) else dict(zip(names, sums.tolist(), strict=True))
