"""Building a network from the submission's blocks, through its own `ConvolutionalNetwork` if it has one."""

from __future__ import annotations

import ast
import contextlib
import difflib
import inspect
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import torch
from mlp_framework_given.model_architectures import ConvolutionalDimensionalityReductionBlock, ConvolutionalNetwork
from torch import nn

from inside.block_looks import Look, blocks_in, look_at
from inside.command_lines import compared_with
from inside.noted_constructors import ConstructorCall
from inside.passes import set_mode
from inside.raised import class_name, last_line
from inside.source import tree

from . import files, recorded
from .command_lines import command_lines
from .recorded import Outcome
from .variants import CHANNELS, SHAPE, SIZE, Variant, arguments, classes, flags_of, is_network, look, variants

_SETTINGS = {
    "input_shape": ("shape", "^inp"),
    "num_output_classes": ("class", "^out", "num_output"),
    "num_filters": ("filter", "width", "chan"),
    "num_blocks_per_stage": ("blocks", "per_stage"),
    "num_stages": ("stage",),
    "use_bias": ("bias",),
    "dimensionality_reduction_block_type": ("reduc", "dim", "down"),
    "processing_block_type": ("process", "block_type", "block"),
}
_SIZES = ("input_shape", "num_output_classes", "num_filters")
MAX_WORDS, MAX_OTHERS = 6, 8
GIVEN = ("ConvolutionalProcessingBlock", "ConvolutionalDimensionalityReductionBlock", "EmptyBlock")


class NoBlocks(Exception):
    """The submission has no network to build. The message is for the student."""


@dataclass(frozen=True)
class Choice:
    """The blocks of a network. `command` is the submission's command line that builds it, None if it has none; `others`
    are the blocks of the networks that its other command lines build.

    `chosen` is the processing block and the reduction block (None: the given one), or the call of a network's class
    that the command line made.
    """

    names: list[str]
    command: str | None
    chosen: tuple[Variant, Variant | None] | ConstructorCall
    others: tuple[tuple[str, ...], ...] = ()


def choose(session: Any, wanted: str) -> Choice:
    """The network for `batch_norm` or `residual` that the submission's own command lines build. Raises NoBlocks.

    Only without a command line that builds a network of the submission's blocks are they paired here.
    """
    seed = session.request["seed"]
    looks = {variant: look(variant, seed) for variant in variants(session.load_file)}
    lines = outcomes(session)
    wired = [(outcome, call, *_blocks_of(call)) for outcome in lines for call in outcome.calls]
    own = [part for part in wired if _is_own(part[2])]
    if not own:
        return _paired(looks, wanted, _stopped(lines, wired))
    outcome, call, blocks, _ = max(own, key=lambda part: _rank(part, wanted))
    if not _serves(blocks, wanted) and (left := _unwired(looks, own, wanted)):
        raise NoBlocks(_not_wired(left, lines))
    others = dict.fromkeys(tuple(name for name, _ in part[2]) for part in own if part[1] is not call)
    return Choice([name for name, _ in blocks], outcome.line.words, call, tuple(others)[:MAX_OTHERS])


@lru_cache(maxsize=1)
def outcomes(session: Any) -> list[Outcome]:
    """Every command line of the submission, run until the network is built."""
    names = {class_name(kind) for _, kind, _ in classes(session.load_file)[0] if is_network(kind)}
    return [recorded.outcome(session, line) for line in command_lines(names | {"ConvolutionalNetwork"})]


Blocks = list[tuple[str, Look]]
Wired = tuple[Outcome, ConstructorCall, Blocks, bool]


def _blocks_of(call: ConstructorCall) -> tuple[Blocks, bool]:
    """The processing and the reduction block of a network, and whether it could be built."""
    if call.network is not None:
        found = blocks_in(call.network, SHAPE)
        return [part for ratio in (1, 0.5) for part in sorted(_of_ratio(found, ratio), key=_is_a_layer)[:1]], True
    kinds = [_variant(value) for value in call.arguments.values() if callable(value)]
    reduction = _named(call, "dimensionality_reduction_block_type") or ""
    kinds.sort(key=lambda variant: bool(reduction) and variant.kind is _variant(call.arguments[reduction]).kind)
    return [(variant.name, look_at(partial(variant.make, CHANNELS, SIZE, 0), SHAPE)) for variant in kinds], False


def _of_ratio(found: Blocks, ratio: float) -> Blocks:
    return [one for one in found if one[1].ratio == ratio]


def _is_a_layer(block: tuple[str, Look]) -> bool:
    """Whether it is one convolution with what belongs to it: a part that blocks are made of, and more frequent."""
    return bool(block[1].convolutions < 2)


def _variant(value: Any) -> Variant:
    if isinstance(value, partial):
        return Variant("", value.func, value.keywords)  # type: ignore[arg-type]
    return value if isinstance(value, Variant) else Variant("", value)


def _is_own(blocks: Blocks) -> bool:
    """Whether a block is one of the student's, by name or by what it does."""
    return any(name not in GIVEN or found.normalised or found.shortcut for name, found in blocks)


def _rank(part: Wired, wanted: str) -> tuple[float, ...]:
    _, _, blocks, is_built = part
    best = blocks[0][1] if blocks else Look()
    normal = best.normalised / max(1, best.convolutions)
    all_normal = all(found.normalised >= found.convolutions for _, found in blocks)  # the reduction block's as well
    if wanted == "batch_norm":
        return normal == 1, is_built, all_normal, not best.shortcut, normal
    return best.shortcut, is_built, normal, all_normal


def _serves(blocks: Blocks, wanted: str) -> bool:
    """Whether the processing block is one of the wanted kind; one that could not be tried may be."""
    best = blocks[0][1] if blocks else Look()
    return bool(best.error or (best.shortcut if wanted == "residual" else best.normalised))


def _unwired(looks: Mapping[Variant, Look], own: Sequence[Wired], wanted: str) -> str | None:
    """A block of the wanted kind that no command line builds a network of."""
    used = {name for _, _, blocks, _ in own for name, _ in blocks}
    left = [
        variant.name
        for variant, found in looks.items()
        if found.ratio == 1
        and found.convolutions
        and variant.name not in used
        and _serves([(variant.name, found)], wanted)
    ]
    return left[0] if left else None


def _not_wired(name: str, lines: Sequence[Outcome]) -> str:
    if stopped := next((outcome for outcome in lines if outcome.error and not outcome.calls), None):
        return f"{name} is not reached: {stopped.line.words} raises {stopped.error}"
    tried = "; ".join(outcome.line.words for outcome in lines if outcome.calls)
    return f"no command line builds a network of {name} (tried: {tried})"[:600]


def _stopped(lines: Sequence[Outcome], wired: Sequence[Wired]) -> str | None:
    """Why a command line builds no network although another one of the same script builds the given one."""
    working = {outcome.line.script for outcome, *_ in wired}
    failed = [outcome for outcome in lines if outcome.error and not outcome.calls and outcome.line.script in working]
    return next((f"{outcome.line.words} raises {outcome.error}" for outcome in failed), None)


def _paired(looks: Mapping[Variant, Look], wanted: str, stopped: str | None) -> Choice:
    """The likeliest blocks, where no command line says which belong together."""
    processing = [variant for variant, found in looks.items() if found.ratio == 1 and found.convolutions]
    if not processing:
        raise NoBlocks(f"expected block classes that keep their input's shape, found none among {len(looks)} classes")
    best = max(processing, key=lambda variant: _fits(looks[variant], wanted))
    if stopped and _is_own([(best.name, looks[best])]):
        raise NoBlocks(stopped)
    partner = _partner(best, looks)
    return Choice([best.name, partner.name if partner else "(given)"], None, (best, partner))


def _fits(found: Look, wanted: str) -> tuple[float, ...]:
    normal = found.normalised / found.convolutions
    several = found.convolutions > 1  # one that has a single convolution may be a part of blocks
    return (normal == 1, several, not found.shortcut) if wanted == "batch_norm" else (found.shortcut, several, normal)


def _partner(best: Variant, looks: Mapping[Variant, Look]) -> Variant | None:
    """The reduction block that scripts of the submission name together with it, else the likest and most normalised.

    One that cannot be made is not passed over for another one.
    """
    together = {frozenset(pair) for pair in wired()}
    marked = _mark(best.name)
    reductions = [variant for variant, found in looks.items() if _may_reduce(variant, found)]

    def rank(variant: Variant) -> tuple[Any, ...]:
        found = looks[variant]
        likeness = difflib.SequenceMatcher(None, marked, _mark(variant.name)).ratio()
        is_used = frozenset((best.name, variant.name)) in together
        hoped = 1.0 if found.error else found.normalised / found.convolutions
        return is_used, hoped, variant.file == best.file, likeness

    return max(reductions, key=rank, default=None)


def _may_reduce(variant: Variant, found: Look) -> bool:
    if found.error:
        return bool(re.search(r"reduc|down|dim", variant.name, re.IGNORECASE))
    return bool(found.ratio == 0.5 and found.convolutions > 0)


def _mark(name: str) -> str:
    """What is left of a class's name without the words of the given ones."""
    return re.sub(r"convolutional|conv|processing|dimensionality|dim|reduction|block", "", name, flags=re.IGNORECASE)


def wired() -> Iterator[tuple[str, str]]:
    """Pairs of class names that belong together, as training scripts say for `--block_type`."""
    for source in files.sources():
        if "block_type" not in source.text:
            continue
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.walk(tree(source.text)):
                yield from _pairs(node)


def _pairs(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Two names that are assigned in one branch, or stand together in a tuple, a list or a dictionary's values."""
    values: list[list[ast.expr | None]] = []
    if isinstance(node, ast.If):
        values = [[part.value for part in body if isinstance(part, ast.Assign)] for body in (node.body, node.orelse)]
    elif isinstance(node, ast.Tuple | ast.List):
        values = [[*node.elts]]
    elif isinstance(node, ast.Dict):
        values = [[*node.values]]
    for group in values:
        names = [_text_of(part) for part in group if isinstance(part, ast.Name | ast.Attribute)]
        if len(names) == 2:
            yield names[0], names[1]


def _text_of(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def build(session: Any, choice: Choice, settings: dict[str, Any]) -> tuple[nn.Module, str]:
    """The chosen network in training mode, and what it is made by. Raises what its class raises.

    A command line's network differs from it in nothing but the `settings`.
    """
    if isinstance(choice.chosen, tuple):
        processing, reduction = choice.chosen
        return _of_pair(session, processing, reduction, settings)
    return _again(session, choice.chosen, settings), f"{choice.command}: {class_name(choice.chosen.kind)}"


def _again(session: Any, call: ConstructorCall, settings: dict[str, Any]) -> nn.Module:
    if call.error is not None:
        raise call.error
    sizes = {name: settings[role] for role in _SIZES if (name := _named(call, role))}
    torch.manual_seed(session.request["seed"])
    network: nn.Module = call.kind(**{**call.arguments, **sizes})
    set_mode(nn.Module.float(network), training=True)
    return network


def _named(call: ConstructorCall, role: str) -> str | None:
    """What a network's class calls an argument: its own name, else the first that its patterns fit."""
    if role in call.arguments:
        return role
    free = [name for name in call.arguments if name not in _SETTINGS]
    return next((name for name in free if any(re.search(word, name) for word in _SETTINGS[role])), None)


def _of_pair(
    session: Any, processing: Variant, reduction: Variant | None, settings: dict[str, Any]
) -> tuple[nn.Module, str]:
    """VGG_38 of these blocks, and whose `ConvolutionalNetwork` it is.

    A class that takes its type of block as a text is tried with every text; one that uses the block wins.
    """
    failure: BaseException = NoBlocks("no network could be built")
    fallback: tuple[nn.Module, str] | None = None
    tries = [(file, kind, word) for file, kind in _networks(session, processing) for word in _words(kind)]
    for file, kind, word in tries:
        try:
            chosen = settings | ({"processing_block_type": word} if word else {})
            network = _make(session, kind, processing, reduction, chosen)
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - constructors are student code
            failure = error
            continue
        if any(type(part) is processing.kind for part in network.modules()):
            return network, f"{file}: {class_name(kind)}"
        fallback = fallback or (network, f"{file}: {class_name(kind)}")
    if fallback is None:
        raise failure
    return fallback


def _networks(session: Any, processing: Variant) -> list[tuple[str, type[nn.Module]]]:
    """The classes of networks beside the block, else those of other files: old copies do not stand in for them."""
    found = [(file, kind) for file, kind, _ in classes(session.load_file)[0] if is_network(kind)]
    found.sort(key=lambda part: class_name(part[1]) != "ConvolutionalNetwork")
    named = [part for part in found if any("stage" in name for name in inspect.signature(part[1]).parameters)]
    beside = [part for part in named if part[0] == processing.file]
    return (beside or named)[:4] or [("given", ConvolutionalNetwork)]


def _words(kind: type[nn.Module]) -> list[str | None]:
    """The texts that a network class compares its type of block with, if it takes a text; else only None."""
    parameters = inspect.signature(kind).parameters.values()
    taken = any(
        isinstance(part.default, str) or (part.default is part.empty and part.name == "block_type")
        for part in parameters
    )
    words = [*_compared(class_name(kind))][:MAX_WORDS] if taken else []
    return [*words] or [None]


def _compared(name: str) -> Iterator[str]:
    for source in files.sources():
        if f"class {name}" not in source.text:
            continue
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.walk(tree(source.text)):
                if isinstance(node, ast.ClassDef) and node.name == name:
                    yield from dict.fromkeys(_texts(node))


def _texts(tree: ast.AST) -> Iterator[str]:
    parts = (part for node in ast.walk(tree) for part in compared_with(node))
    return (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _make(
    session: Any, kind: type[nn.Module], processing: Variant, reduction: Variant | None, settings: dict[str, Any]
) -> nn.Module:
    values = {
        "use_bias": False,
        "processing_block_type": processing,
        "dimensionality_reduction_block_type": reduction or ConvolutionalDimensionalityReductionBlock,
        **settings,
    }
    torch.manual_seed(session.request["seed"])
    wanted = {flag for flag, name in flags_of(processing.kind).items() if processing.flags.get(name)}
    own = {name: flag in wanted for flag, name in flags_of(kind).items()}
    network: nn.Module = kind(**{**own, **arguments(partial(kind, **own), values, _SETTINGS)})
    set_mode(network.float(), training=True)
    return network


def describe(error: BaseException) -> str:
    """Why a network could not be built, as the record shows it."""
    return str(error) if isinstance(error, NoBlocks) else last_line(error)[:500]
