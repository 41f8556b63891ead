"""Usual mistakes in both modules, by what they do: students whose module does the same are told so."""

from __future__ import annotations

import math

from torch import Tensor, nn

from . import solution


class SplitWithoutSwapping(solution.MultiHeadAttention):
    """Heads are rows that lie one behind the other."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        n, length, d = x.shape
        layers = (self.q_proj, self.k_proj, self.v_proj)
        q, k, v = (layer(x).view(n, self.num_heads, length, -1) for layer in layers)
        out, _ = solution.scaled_dot_product_attention(q, k, v, mask)
        projected: Tensor = self.out_proj(out.transpose(1, 2).reshape(n, length, d))
        return projected


class JoinedWithoutSwapping(solution.MultiHeadAttention):
    """What heads give is put together as it lies."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        n, length, d = x.shape
        layers = (self.q_proj, self.k_proj, self.v_proj)
        q, k, v = (layer(x).view(n, length, self.num_heads, -1).transpose(1, 2) for layer in layers)
        out, _ = solution.scaled_dot_product_attention(q, k, v, mask)
        projected: Tensor = self.out_proj(out.reshape(n, length, d))
        return projected


class OneHead(solution.MultiHeadAttention):
    """One head does it all."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        out, _ = solution.scaled_dot_product_attention(self.q_proj(x), self.k_proj(x), self.v_proj(x), mask)
        projected: Tensor = self.out_proj(out)
        return projected


class ScaledByModel(solution.MultiHeadAttention):
    """Divided by the root of d_model."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        n, length, d = x.shape
        layers = (self.q_proj, self.k_proj, self.v_proj)
        q, k, v = (layer(x).view(n, length, self.num_heads, -1).transpose(1, 2) for layer in layers)
        out, _ = solution.scaled_dot_product_attention(q / math.sqrt(self.num_heads), k, v, mask)
        projected: Tensor = self.out_proj(out.transpose(1, 2).reshape(n, length, d))
        return projected


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
