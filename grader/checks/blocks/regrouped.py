"""Heads that take every n-th channel, as in `(d h)`, where the reference's lie one after the other, as in `(h d)`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from grader.checks.blocks.pieces import Arrays, Piece, Take, layer
from grader.sandbox.protocol import Array

LEAST = 3  # layers of one square shape: what makes heads, and what mixes them again


def regrouped(view: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Layers of square matrices give their channels in another order, and one of them, the last one first, takes them
    so.
    """
    shapes = Counter(piece.shape for piece in view if len(piece.shape) == 2 and piece.shape[0] == piece.shape[1])
    for shape in (shape for shape, count in shapes.items() if count >= LEAST):
        square = [piece for piece in view if piece.shape == shape]
        for heads in (heads for heads in range(2, shape[0]) if shape[0] % heads == 0):
            for mixing in reversed(square):
                giving = {layer(piece.name) for piece in square if piece is not mixing}
                yield [
                    _regrouped(piece, heads, 1)
                    if piece is mixing
                    else _regrouped(piece, heads, 0)
                    if layer(piece.name) in giving
                    else piece
                    for piece in view
                ]


def _regrouped(piece: Piece, heads: int, axis: int) -> Piece:
    return Piece(piece.name, piece.shape, partial(_taken, piece.take, heads, axis))


def _taken(take: Take, heads: int, axis: int, given: Arrays) -> Array:
    whole = np.moveaxis(take(given), axis, 0)
    by_head = whole.reshape(-1, heads, *whole.shape[1:]).swapaxes(0, 1).reshape(whole.shape)
    return np.ascontiguousarray(np.moveaxis(by_head, 0, axis))
