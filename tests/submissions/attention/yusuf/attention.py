import torch
from torch import nn


def scaled_dot_product_attention(q, k, v, mask=None):
    scores = torch.einsum("...qd,...kd->...qk", q, k) * q.shape[-1] ** -0.5
    if mask is not None:
        scores = torch.where(mask, scores, torch.tensor(-1e9))
    weights = torch.softmax(scores, dim=-1)
    return torch.einsum("...qk,...ke->...qe", weights, v), weights


def causal_mask(n):
    rows = torch.arange(n)
    return rows[:, None] >= rows[None, :]


class MultiHeadAttention(nn.Module):
    """The weights of all heads lie in one tensor for queries, keys and values, and in one that mixes the heads."""

    def __init__(self, d_model, num_heads):
        super().__init__()
        d_head = d_model // num_heads
        self.w_out = nn.Parameter(torch.empty(num_heads, d_head, d_model))
        self.w_in = nn.Parameter(torch.empty(3, num_heads, d_model, d_head))
        self.b_in = nn.Parameter(torch.zeros(3, num_heads, 1, d_head))
        nn.init.xavier_uniform_(self.w_in)
        nn.init.xavier_uniform_(self.w_out)

    def forward(self, x, mask=None):
        q, k, v = torch.einsum("bld,chde->cbhle", x, self.w_in) + self.b_in[:, None]
        heads, _ = scaled_dot_product_attention(q, k, v, mask)
        return torch.einsum("bhle,hed->bld", heads, self.w_out)


class Norm(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(size))
        self.shift = nn.Parameter(torch.zeros(size))

    def forward(self, x):
        centred = x - x.mean(dim=-1, keepdim=True)
        variance = (centred**2).mean(dim=-1, keepdim=True)
        return self.scale * centred / (variance.sqrt() + 1e-6) + self.shift


class TransformerBlock(nn.Module):
    def __init__(self, d_model, num_heads, d_ff):
        super().__init__()
        self.attention = MultiHeadAttention(d_model, num_heads)
        self.feed_forward = nn.Sequential(nn.Linear(d_model, d_ff), nn.GELU(), nn.Linear(d_ff, d_model))
        self.before_attention, self.before_feeding = Norm(d_model), Norm(d_model)

    def forward(self, x, mask=None):
        x = x + self.attention(self.before_attention(x), mask)
        return x + self.feed_forward(self.before_feeding(x))
