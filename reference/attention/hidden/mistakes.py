"""Usual mistakes in both modules, by what they do: students whose module does the same are told so."""

from __future__ import annotations

import math

from torch import Tensor, nn

from . import solution


class SplitWithoutSwapping(solution.MultiHeadAttention):
    """Heads are rows that lie one behind the other."""

    def split(self, x: Tensor) -> Tensor:
        """Batch × length × d_model as batch × heads × length × a head's size."""
        n, length, _ = x.shape
        return x.view(n, self.num_heads, length, -1)


class JoinedWithoutSwapping(solution.MultiHeadAttention):
    """What heads give is put together as it lies."""

    def join(self, heads: Tensor) -> Tensor:
        """Batch × heads × length × a head's size as batch × length × d_model."""
        n, _, length, _ = heads.shape
        return heads.reshape(n, length, -1)


class OneHead(solution.MultiHeadAttention):
    """One head does it all."""

    def split(self, x: Tensor) -> Tensor:
        """Batch × length × d_model as batch × 1 × length × d_model."""
        return x[:, None]


class ScaledByModel(solution.MultiHeadAttention):
    """Divided by the root of d_model."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """What each head gives."""
        return super().attend(q / math.sqrt(self.num_heads), k, v, mask)


class LooksBack(solution.MultiHeadAttention):
    """Masked, whether a mask is given or not."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        return super().forward(x, solution.causal_mask(x.shape[1]))


class NormalisesSums(solution.TransformerBlock):
    """norm(x + attention(x)), then norm(x + feed-forward(x)), as in the first transformer."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        x = self.norm1(x + self.attention(x, mask))
        fed: Tensor = self.norm2(x + self.down(nn.functional.gelu(self.up(x))))
        return fed


class Relu(solution.TransformerBlock):
    """ReLU in the feed-forward part."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        x = x + self.attention(self.norm1(x), mask)
        fed: Tensor = x + self.down(self.up(self.norm2(x)).relu())
        return fed


class AddsOnce(solution.TransformerBlock):
    """Only the feed-forward part is not added to its input."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        x = x + self.attention(self.norm1(x), mask)
        fed: Tensor = self.down(nn.functional.gelu(self.up(self.norm2(x))))
        return fed


class NoMask(solution.TransformerBlock):
    """Every position looks at all others."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        return super().forward(x)


HEADS = {
    "splits into heads without swapping axes": SplitWithoutSwapping,
    "puts heads together without swapping axes back": JoinedWithoutSwapping,
    "has one head for all": OneHead,
    "divides by the root of d_model and not of a head's size": ScaledByModel,
    "looks back only, whether there is a mask or not": LooksBack,
}
BLOCK = {
    "normalises behind the additions": NormalisesSums,
    "has ReLU in place of GELU": Relu,
    "does not add x to what the feed-forward part gives": AddsOnce,
    "does not hand on the mask": NoMask,
}
