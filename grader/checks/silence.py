"""What a block does, seen from outside: its skip path once its weights are silent, normalisations written by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from grader.checks import replay
from grader.checks.graph import branch, is_convolution, is_norm, sums
from grader.checks.operations import Network, Node

Tensors = Mapping[str, Tensor]
Values = dict[int, Tensor]  # by their numbers in the network
NEUTRAL = (1.0, 0.0, 0.0, 1.0)  # scale, shift, running mean and variance of a batch normalization
STEP, NEAR, PART = 1e-3, 0.02, 0.1  # of the input; of a step; of the numbers that no activation cuts off
NOTICED = 1e-3  # of the largest output
FAR = 0.05  # of what a convolution adds to the output: a normalisation's epsilon moves it by less


def silent(network: Network, tensors: Tensors, names: Collection[str], *, neutral: bool = False) -> dict[str, Tensor]:
    """The tensors with those of `names` set to zero.

    With `neutral`, batch normalizations let everything through as it is, in evaluation mode.
    """
    found = {name: torch.zeros_like(value) if name in names else value for name, value in tensors.items()}
    return _with_neutral(network, found, filter(is_norm, network.reached() if neutral else ()))


def _with_neutral(network: Network, tensors: Tensors, norms: Iterable[Node]) -> dict[str, Tensor]:
    """The tensors with such numbers for these batch normalizations that they let everything through as it is."""
    found = dict(tensors)
    for node in norms:
        for part, value in zip(node.args[1:5], NEUTRAL, strict=False):
            name = network.name_of(part["value"]) if isinstance(part, dict) else None
            if name in found:
                found[name] = torch.full_like(found[name], value)
    return found


def _past_sums(network: Network, tensors: Tensors) -> dict[str, Tensor]:
    """The tensors, exact, with batch normalizations neutral that come after an addition: they scale what was added."""
    norms = [node for node in network.reached() if is_norm(node) and sums(branch(network, node.inputs[0]))]
    return _with_neutral(network, _exact(network, tensors), norms)


def slope(left: Tensor, x: Tensor) -> float | None:
    """What negative numbers of `x` were multiplied by on the way to `left`: from 0 (a ReLU) to 1 (nothing was done).

    None unless positive ones came through as they are.
    """
    if left.shape != x.shape:
        return None
    up, down = x > 0, x < 0
    if not alike(left[up], x[up]):
        return None
    found = (left[down] / x[down]).median()
    is_slope = bool(-1e-3 <= found <= 1 + 1e-3) and alike(left[down], found * x[down])
    return float(found) if is_slope else None


def comes_back(left: Tensor, x: Tensor) -> bool:
    """Whether the gradient of what is `left` of `x` comes back to it undiminished, where `x` is positive."""
    if not left.requires_grad:
        return False
    (gradient,) = torch.autograd.grad(left.sum(), x, allow_unused=True)
    passed = gradient[x > 0] if gradient is not None else torch.zeros(1)
    return torch.allclose(passed, torch.ones_like(passed), rtol=1e-2, atol=1e-2)


def alike(left: Tensor, right: Tensor) -> bool:
    """Whether two outputs are the same up to the rounding of float32."""
    return left.shape == right.shape and torch.allclose(left, right, rtol=1e-3, atol=1e-4)


def adds_input(network: Network, tensors: Tensors, x: Tensor) -> bool:
    """Whether the output follows the input, step for step, while the convolutions give what they gave.

    So with the weights as they are: a block may add its input only where its convolutions give nothing. The step is
    zero on average over each channel of each sample: gates that are computed from such averages stay as they are.
    """
    followed = _followed(network, _past_sums(network, tensors), x)
    return followed is not None and float(followed.double().mean()) >= PART


def _followed(network: Network, exact: Tensors, x: Tensor) -> Tensor | None:
    """Where the output follows the input step for step, while the convolutions give what they gave."""
    values = _values(network, exact, x)
    step = _step(x.shape)
    moved = _values(network, exact, x.double() + step, _given(network, values))[network.output]
    change = moved - values[network.output]
    return (change - step).abs() <= NEAR * step.abs() if change.shape == step.shape else None


def adds_what_convolutions_give(network: Network, tensors: Tensors, x: Tensor) -> bool:
    """Whether the output follows a convolution in places where it follows the input: a sum, and not at each place the
    one or the other, as their maximum is. So with the weights as they are. True where it follows the input nowhere.
    """
    exact = _past_sums(network, tensors)
    followed = _followed(network, exact, x)
    if followed is None or not followed.any():
        return True
    values = _values(network, exact, x)
    given = _given(network, values)
    reached = torch.zeros_like(followed)
    for number, value in given.items():
        stepped = given | {number: value + _step(value.shape) * value.abs().max()}
        reached |= _values(network, exact, x, stepped)[network.output] != values[network.output]
    return not reached.any() or float(reached[followed].double().mean()) >= PART


def _given(network: Network, values: Values) -> Values:
    """What the convolutions give."""
    return {number: values[number] for node in _convolutions(network) for number in node.out if number in values}


def _step(shape: Sequence[int]) -> Tensor:
    """A small step at each place, zero on average over each channel of each sample; `shape` is N × C × places."""
    step = torch.randn(tuple(shape), generator=torch.Generator().manual_seed(7), dtype=torch.float64)
    return STEP * (step - step.flatten(2).mean(2).reshape(*shape[:2], *(1 for _ in shape[2:])))


def idle_convolutions(network: Network, tensors: Tensors, x: Tensor) -> int:
    """How many convolutions the output would hardly miss: it is the same when they give zeros."""
    exact = _exact(network, tensors)
    values = _values(network, exact, x)
    out, idle = values[network.output], 0
    for node in _convolutions(network):
        zeros = {number: torch.zeros_like(values[number]) for number in node.out if number in values}
        without = _values(network, exact, x, zeros)[network.output]
        idle += bool((out - without).abs().max() <= NOTICED * out.abs().max())
    return idle


def _convolutions(network: Network) -> list[Node]:
    return [node for node in network.reached() if is_convolution(node)]


def _exact(network: Network, tensors: Tensors) -> dict[str, Tensor]:
    """Those that the network uses, in float64."""
    used = {name: tensors[name] for name in network.used if name in tensors}
    return {name: value.double() if value.is_floating_point() else value for name, value in used.items()}


def _values(network: Network, tensors: Tensors, x: Tensor, known: Mapping[int, Tensor] | None = None) -> Values:
    """Everything that is computed on the way to the output, which is among it; what is `known` is not computed."""
    values = dict(known or {})
    nodes = tuple(replace(node, out=()) if values.keys() & set(node.out) else node for node in network.nodes)
    with torch.no_grad():
        output = replay.run(replace(network, nodes=nodes), tensors, x.double(), values=values)
    return values | {network.output: output}


def is_scale_invariant(network: Network, tensors: Tensors, x: Tensor, names: Iterable[str]) -> bool:
    """Whether making a convolution's output larger changes nothing: a normalisation behind it, however it is written.

    `names` are those of the convolution's weights. What it adds to the output is compared, in double precision: small
    weights add little.
    """
    exact = _exact(network, tensors)
    own = [name for name in names if name in exact]
    as_it_is, larger, without = (
        replay.output(network, exact | {name: factor * exact[name] for name in own}, x.double()) for factor in (1, 8, 0)
    )
    added = (as_it_is - without).abs().max()
    return bool(added > 0) and torch.allclose(larger, as_it_is, rtol=0.0, atol=float(FAR * added))


def other_samples(x: Tensor) -> Tensor:
    """The first sample of `x` beside others than its own."""
    return torch.cat([x[:1], 3 * x[1:].flip(0) + 1])


def takes_samples_alone(network: Network, tensors: Tensors, x: Tensor) -> bool:
    """Whether a sample's output is the same beside any other samples: then nothing is normalised over the batch."""
    own, mixed = (replay.output(network, tensors, batch)[:1] for batch in (x, other_samples(x)))
    return alike(own, mixed)


def instead_of_skip(network: Network) -> str:
    """What a block does in place of adding its input, in words; empty if nothing that can be named."""
    nodes = network.reached()
    if any(node.name == "cat" for node in nodes):
        return "it concatenates its input in place of adding it"
    if not (added := sums(nodes)):
        if any(node.name in ("sub", "rsub") and len(node.inputs) == 2 for node in nodes):
            return "it subtracts its input in place of adding it"
        product = any(node.name == "mul" and len(node.inputs) == 2 for node in nodes)
        return "it multiplies by its input in place of adding it" if product else "nothing is added in its forward pass"
    branches = [branch(network, number) for number in added[-1].inputs]
    lighter = min(branches, key=lambda part: sum(map(is_convolution, part)))
    if any(map(is_convolution, lighter)):
        heavier = branches[1] if lighter is branches[0] else branches[0]
        return _with_convolutions(*({id(node) for node in part if is_convolution(node)} for part in (lighter, heavier)))
    if any(map(is_norm, lighter)):
        return "the input is normalised before it is added"
    return "what is added is not the block's input as it came in"


def _with_convolutions(lighter: set[int], heavier: set[int]) -> str:
    """What is wrong where both values that are added went through these convolutions."""
    if lighter == heavier:
        return "what its convolutions give is added to what they give once more, not the block's input"
    if lighter < heavier:
        first = "first convolution gives" if len(lighter) == 1 else "first convolutions give"
        return f"what its {first} is added, not the block's input"
    return "there is a convolution on the path of the input: a projection, not the identity"
