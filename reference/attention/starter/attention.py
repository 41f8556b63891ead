import torch
from torch import nn


def scaled_dot_product_attention(q, k, v, mask=None):
    """q: ... x Q x D, k: ... x K x D, v: ... x K x E, mask: ... x Q x K. Returns out (... x Q x E) and weights."""
    raise NotImplementedError


def causal_mask(n):
    """n x n truth values."""
    raise NotImplementedError


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        raise NotImplementedError

    def forward(self, x, mask=None):
        """x: batch x length x d_model; so is the result."""
        raise NotImplementedError


class TransformerBlock(nn.Module):
    def __init__(self, d_model, num_heads, d_ff):
        super().__init__()
        raise NotImplementedError

    def forward(self, x, mask=None):
        """x: batch x length x d_model; so is the result."""
        raise NotImplementedError
