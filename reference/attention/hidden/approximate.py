"""The reference with the approximation of GELU by tanh, which papers and libraries call GELU as well."""

from __future__ import annotations

from torch import Tensor, nn

from . import solution


class TransformerBlock(solution.TransformerBlock):
    """x + attention(norm(x)), then x + feed-forward(norm(x)), with GELU by tanh."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """`x` is batch × length × d_model."""
        x = x + self.attention(self.norm1(x), mask)
        fed: Tensor = x + self.down(nn.functional.gelu(self.up(self.norm2(x)), approximate="tanh"))
        return fed
