"""The reference: masked attention with several heads, and a transformer block that normalises first."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn


def scaled_dot_product_attention(q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Values (… × K × D) weighted by how well queries (… × Q × D) fit keys (… × K × D); and the weights.

    `mask` (… × Q × K) is true where a query may look at a key.
    """
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    weights = scores.softmax(dim=-1)
    return weights @ v, weights


def causal_mask(n: int) -> Tensor:
    """n × n truth values: position i may look at positions 0 to i."""
    return torch.ones(n, n, dtype=torch.bool).tril()


class MultiHeadAttention(nn.Module):
    """Attention with `num_heads` heads of d_model / num_heads numbers each."""

    def __init__(self, d_model: int, num_heads: int) -> None:
        super().__init__()
        self.num_heads = num_heads
        self.q_proj, self.k_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)
        self.v_proj, self.out_proj = nn.Linear(d_model, d_model), nn.Linear(d_model, d_model)

    def split(self, x: Tensor) -> Tensor:
        """Batch × length × d_model as batch × heads × length × a head's size."""
        n, length, _ = x.shape
        return x.view(n, length, self.num_heads, -1).transpose(1, 2)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """What each head gives."""
        return scaled_dot_product_attention(q, k, v, mask)[0]

    def join(self, heads: Tensor) -> Tensor:
        """Batch × heads × length × a head's size as batch × length × d_model."""
        return heads.transpose(1, 2).flatten(2)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        q, k, v = (self.split(layer(x)) for layer in (self.q_proj, self.k_proj, self.v_proj))
        projected: Tensor = self.out_proj(self.join(self.attend(q, k, v, mask)))
        return projected


class TransformerBlock(nn.Module):
    """x + attention(norm(x)), then x + feed-forward(norm(x)), with GELU."""

    def __init__(self, d_model: int, num_heads: int, d_ff: int) -> None:
        super().__init__()
        self.norm1, self.attention = nn.LayerNorm(d_model), MultiHeadAttention(d_model, num_heads)
        self.norm2 = nn.LayerNorm(d_model)
        self.up, self.down = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        x = x + self.attention(self.norm1(x), mask)
        fed: Tensor = x + self.down(nn.functional.gelu(self.up(self.norm2(x))))
        return fed
