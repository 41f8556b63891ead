import torch
from torch import nn
from torch.nn import Parameter


def causal_mask(n):
    mask = torch.zeros(n, n, dtype=torch.bool)
    for i in range(n):
        mask[i, : i + 1] = True
    return mask


def scaled_dot_product_attention(q, k, v, mask=None):
    s = (q @ k.mT) / (k.shape[-1] ** 0.5)
    if mask is not None:
        s = s + torch.zeros_like(s).masked_fill(torch.logical_not(mask), float("-inf"))
    a = torch.softmax(s, -1)
    return a @ v, a


class MultiHeadAttention(nn.Module):
    """Plain matrices, multiplied from the right."""

    def __init__(self, d_model, num_heads):
        super().__init__()
        self.num_heads = num_heads
        for name in "qkvo":
            setattr(self, f"W{name}", Parameter(torch.randn(d_model, d_model) / d_model**0.5))
            setattr(self, f"b{name}", Parameter(torch.zeros(d_model)))

    def forward(self, x, mask=None):
        n, t, d = x.shape
        h = self.num_heads
        q, k, v = ((x @ getattr(self, f"W{i}") + getattr(self, f"b{i}")).reshape(n, t, h, d // h) for i in "qkv")
        heads = [scaled_dot_product_attention(q[:, :, i], k[:, :, i], v[:, :, i], mask)[0] for i in range(h)]
        return torch.cat(heads, -1) @ self.Wo + self.bo


class TransformerBlock(nn.Module):
    def __init__(self, d_model, num_heads, d_ff):
        super().__init__()
        self.norms = nn.ModuleList([nn.LayerNorm(d_model), nn.LayerNorm(d_model)])
        self.attention = MultiHeadAttention(d_model, num_heads)
        self.fc1, self.fc2 = nn.Linear(d_model, d_ff), nn.Linear(d_ff, d_model)

    def forward(self, x, mask=None):
        residual = x
        x = self.attention(self.norms[0](x), mask=mask) + residual
        residual = x
        x = self.fc2(nn.functional.gelu(self.fc1(self.norms[1](x))))
        return x + residual
