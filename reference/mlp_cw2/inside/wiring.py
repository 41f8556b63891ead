"""Building a network from the submission's blocks, through its own `ConvolutionalNetwork` if it has one."""

from __future__ import annotations

import ast
import contextlib
import difflib
import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from mlp_framework_given.model_architectures import ConvolutionalDimensionalityReductionBlock, ConvolutionalNetwork
from torch import nn

from inside.raised import class_name, last_line

from . import files
from .looks import Look, look
from .variants import Variant, arguments, classes, flags_of, is_network, set_mode, variants

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


MAX_WORDS = 6


class NoBlocks(Exception):
    """The submission has no block to build from. The message is for the student."""


@dataclass(frozen=True)
class Pair:
    """The blocks of a network. `reduction` is None if only the given one is left."""

    processing: Variant
    reduction: Variant | None

    @property
    def names(self) -> list[str]:
        """The classes, for the record."""
        return [self.processing.name, self.reduction.name if self.reduction else "(given)"]


def choose(session: Any, wanted: str) -> Pair:
    """The likeliest blocks for `batch_norm` or `residual`, as the submission pairs them. Raises NoBlocks."""
    seed = session.request["seed"]
    looks = {variant: look(variant, seed) for variant in variants(session.load_file)}
    processing = [variant for variant, found in looks.items() if found.ratio == 1 and found.convolutions]
    if not processing:
        raise NoBlocks(f"expected block classes that keep their input's shape, found none among {len(looks)} classes")
    best = max(processing, key=lambda variant: _fits(looks[variant], wanted))
    reductions = [variant for variant, found in looks.items() if found.ratio == 0.5 and found.convolutions]
    return Pair(best, _partner(best, reductions, looks))


def _fits(found: Look, wanted: str) -> tuple[float, ...]:
    normal = found.normalised / found.convolutions
    return (normal == 1, not found.shortcut, normal) if wanted == "batch_norm" else (found.shortcut, normal)


def _partner(best: Variant, reductions: Sequence[Variant], looks: dict[Variant, Look]) -> Variant | None:
    """The reduction block that scripts of the submission use together with it, else the likest and most normalised."""
    together = {frozenset(pair) for pair in wired()}
    marked = _mark(best.name)

    def rank(variant: Variant) -> tuple[Any, ...]:
        found = looks[variant]
        likeness = difflib.SequenceMatcher(None, marked, _mark(variant.name)).ratio()
        is_used = frozenset((best.name, variant.name)) in together
        return is_used, found.normalised / found.convolutions, variant.file == best.file, likeness

    return max(reductions, key=rank, default=None)


def _mark(name: str) -> str:
    """What is left of a class's name without the words of the given ones."""
    return re.sub(r"convolutional|conv|processing|dimensionality|dim|reduction|block", "", name, flags=re.IGNORECASE)


def wired() -> Iterator[tuple[str, str]]:
    """Pairs of class names that belong together, as training scripts say for `--block_type`."""
    for source in files.sources():
        if "block_type" not in source.text:
            continue
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.walk(ast.parse(source.text)):
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
        names = [_named(part) for part in group if isinstance(part, ast.Name | ast.Attribute)]
        if len(names) == 2:
            yield names[0], names[1]


def _named(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def build(session: Any, pair: Pair, settings: dict[str, Any]) -> tuple[nn.Module, str]:
    """VGG_38 of these blocks in training mode, and whose `ConvolutionalNetwork` it is.

    Several network classes are tried; one that uses the block wins. Raises what the last of them raises.
    """
    failure: BaseException = NoBlocks("no network could be built")
    fallback: tuple[nn.Module, str] | None = None
    tries = [(file, kind, word) for file, kind in _networks(session, pair) for word in _words(kind)]
    for file, kind, word in tries:
        try:
            network = _make(session, kind, pair, settings | ({"processing_block_type": word} if word else {}))
        except MemoryError:
            raise
        except BaseException as error:  # noqa: BLE001 - constructors are student code
            failure = error
            continue
        if any(type(part) is pair.processing.kind for part in network.modules()):
            return network, f"{file}: {class_name(kind)}"
        fallback = fallback or (network, f"{file}: {class_name(kind)}")
    if fallback is None:
        raise failure
    return fallback


def _networks(session: Any, pair: Pair) -> list[tuple[str, type[nn.Module]]]:
    found = [(file, kind) for file, kind, _ in classes(session.load_file)[0] if is_network(kind)]
    found.sort(key=lambda part: (part[0] != pair.processing.file, class_name(part[1]) != "ConvolutionalNetwork"))
    named = [part for part in found if any("stage" in name for name in inspect.signature(part[1]).parameters)]
    return named[:4] or [("given", ConvolutionalNetwork)]


def _words(kind: type[nn.Module]) -> list[str | None]:
    """The texts that a network class compares its type of block with, if it takes a text; else only None."""
    parameters = inspect.signature(kind).parameters.values()
    taken = any(isinstance(part.default, str) or (part.default is part.empty and part.name == "block_type")
                for part in parameters)  # fmt: skip
    words = [*_compared(class_name(kind))][:MAX_WORDS] if taken else []
    return [*words] or [None]


def _compared(name: str) -> Iterator[str]:
    for source in files.sources():
        if f"class {name}" not in source.text:
            continue
        with contextlib.suppress(SyntaxError, ValueError, RecursionError):
            for node in ast.walk(ast.parse(source.text)):
                if isinstance(node, ast.ClassDef) and node.name == name:
                    yield from dict.fromkeys(_texts(node))


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        parts: list[Any] = []
        if isinstance(node, ast.Compare):
            parts = [node.left, *node.comparators]
        elif isinstance(node, ast.Dict):
            parts = node.keys
        elif isinstance(node, ast.MatchValue):
            parts = [node.value]
        yield from (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))


def _make(session: Any, kind: type[nn.Module], pair: Pair, settings: dict[str, Any]) -> nn.Module:
    values = {"use_bias": False, "processing_block_type": pair.processing,
              "dimensionality_reduction_block_type": pair.reduction or ConvolutionalDimensionalityReductionBlock,
              **settings}  # fmt: skip
    torch.manual_seed(session.request["seed"])
    wanted = {flag for flag, name in flags_of(pair.processing.kind).items() if pair.processing.flags.get(name)}
    own = {name: flag in wanted for flag, name in flags_of(kind).items()}
    network = kind(**{**own, **arguments(partial(kind, **own), values, _SETTINGS)})
    return set_mode(network.float(), training=True)


def describe(error: BaseException) -> str:
    """Why a network could not be built, as the record shows it."""
    return str(error) if isinstance(error, NoBlocks) else last_line(error)[:500]
