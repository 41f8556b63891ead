"""Blocks of later courses that a trace has to hold: recurrent layers, attention, masks, indices, upsampling.

Each takes images N × 3 × 8 × 8; as a sequence those are N × 3 × 64, as words N × 3 numbers below 9.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Of(nn.Module):
    """A function of the images and of some layers."""

    def __init__(self, forward: Callable[..., Tensor], *layers: nn.Module) -> None:
        super().__init__()
        self.function, self.layers = forward, nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        return self.function(x, *self.layers)


def words(x: Tensor) -> Tensor:
    return (x[:, :, 0, 0].abs() * 100).long() % 9


def causal(x: Tensor) -> Tensor:
    x = x.flatten(2)
    scores = x @ x.transpose(-2, -1) / 8
    mask = torch.tril(torch.ones(3, 3, device=x.device))
    return scores.masked_fill(mask == 0, float("-inf")).softmax(dim=-1) @ x


def masked_by_boolean(x: Tensor) -> Tensor:
    x = x.flatten(2)
    above = torch.triu(torch.ones(3, 3, dtype=torch.bool), diagonal=1)
    return F.scaled_dot_product_attention(x, x, x, attn_mask=~above)


def positions(x: Tensor, words_in: nn.Module, places: nn.Module) -> Tensor:
    found = words(x)
    return words_in(found) + places(torch.arange(found.shape[1], device=x.device))[None]


def looked_up(x: Tensor) -> Tensor:
    x = x.flatten(2)
    best = x.argmax(dim=2, keepdim=True)
    first = x.topk(4, dim=-1).values + x.sort(dim=-1).values[..., :4] + x[..., x.argsort(-1)[0, 0]][..., :4]
    return x.gather(2, best) + first + x[:, [2, 0, 1]][..., :4] + x.index_select(1, torch.tensor([1, 1, 0]))[..., :4]


def compared(x: Tensor) -> Tensor:
    inside = (x < 1) & (x >= -1) | ~(x != 0)
    return (
        torch.where(inside, x, 0.1 * x)
        + torch.where(x > 0, 1.0, 0.0)
        + inside.float().cumsum(-1)
        + (x <= 0).any(1, True)
    )


def written_where_masked(x: Tensor) -> Tensor:
    y = x.clone()
    y[y > 0] = 0.5
    y[:, [0, 2]] *= 2
    y.diagonal(dim1=2, dim2=3).add_(1)
    y.narrow(3, 2, 3).mul_(-1)
    y.movedim(1, 3).add_(torch.arange(3))
    y.swapaxes(1, 2).sub_(0.25)
    return y.masked_fill_(y < -1, 0)


def padded_everywhere(x: Tensor) -> Tensor:
    modes = [F.pad(x, (1, 2, 2, 1), mode=mode) for mode in ("reflect", "replicate", "circular", "constant")]
    return torch.stack(modes).sum(0)


def enlarged(x: Tensor) -> Tensor:
    soft = F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True)
    sharp = F.interpolate(x, size=(16, 16), mode="bicubic") + F.interpolate(x, scale_factor=2)
    return soft + sharp + F.pixel_shuffle(F.pixel_unshuffle(F.interpolate(x, size=16, mode="bilinear"), 4), 4)


def joined(x: Tensor) -> Tensor:
    again = x.repeat(1, 2, 1, 1) + x.tile(1, 2, 1, 1) + x.repeat_interleave(2, 1)
    turned = torch.cat([x.flip(-1), x.roll(1, -1)], 1) + torch.cat(x.tensor_split(2, -1) + x.split([3, 5], -1), -1)[
        ..., 8:
    ].repeat(1, 2, 1, 1)
    return again + turned + torch.einsum("nchw,nchw->nc", x, x).repeat(1, 2)[..., None, None] + x.unfold(2, 2, 2).sum()


def in_doubles_and_back(x: Tensor) -> Tensor:
    whole = x.to(torch.int32).float() + x.double().float()
    return whole + F.one_hot(words(x), 9).float().mean() + torch.eye(8)[0] + torch.linspace(0, 1, 8)


def first(x: Tensor, layer: nn.Module) -> Tensor:
    return layer(x.flatten(2))[0]


def activated(x: Tensor) -> Tensor:
    functions = (F.logsigmoid, F.hardsigmoid, F.softshrink, F.hardshrink, F.tanhshrink, F.softsign)
    return F.glu(x) + torch.stack([function(x[..., :4]) for function in functions]).sum(0)


def with_gradients(x: Tensor, *layers: nn.Module) -> Tensor:
    """As a network does that computes gradients on its way: PyTorch then records what its operations are made of."""
    with torch.inference_mode(False), torch.enable_grad():
        x = x.clone()
        for layer in layers:
            x = layer(x)
        return F.scaled_dot_product_attention(x, x, x).detach()


def attention(training: bool, **flags: bool) -> nn.Module:
    block = nn.MultiheadAttention(64, 4, batch_first=True)
    return Of(lambda x, layer: layer(*[x.flatten(2)] * 3, **flags)[0], block).train(training)


BLOCKS: dict[str, Callable[[], nn.Module]] = {
    "lstm": lambda: Of(first, nn.LSTM(64, 5, 2, batch_first=True)),
    "lstm in both directions": lambda: Of(first, nn.LSTM(64, 5, bidirectional=True)),
    "gru": lambda: Of(first, nn.GRU(64, 5)),
    "recurrent": lambda: Of(first, nn.RNN(64, 5, nonlinearity="relu")),
    "cells": lambda: Of(
        lambda x, a, b, c: a(x.flatten(1))[0] + b(x.flatten(1)) + c(x.flatten(1)),
        nn.LSTMCell(192, 4),
        nn.GRUCell(192, 4),
        nn.RNNCell(192, 4),
    ),
    "attention with weights": lambda: attention(True, need_weights=True),
    "attention in evaluation": lambda: attention(False, need_weights=False),
    "encoder": lambda: Of(
        lambda x, layer: layer(x.flatten(2)), nn.TransformerEncoderLayer(64, 4, 16, dropout=0, batch_first=True)
    ),
    "encoder in evaluation": lambda: Of(
        lambda x, layer: layer(x.flatten(2)), nn.TransformerEncoderLayer(64, 4, 16, batch_first=True)
    ).eval(),
    "decoder": lambda: Of(
        lambda x, layer: layer(x.flatten(2), x.flatten(2)), nn.TransformerDecoderLayer(64, 4, 16, dropout=0)
    ),
    "causal attention by hand": lambda: Of(causal),
    "attention with a mask of true and false": lambda: Of(masked_by_boolean),
    "causal attention": lambda: Of(lambda x: F.scaled_dot_product_attention(x, x, x, is_causal=True)),
    "words and places": lambda: Of(positions, nn.Embedding(9, 4, padding_idx=0), nn.Embedding(3, 4)),
    "looked up": lambda: Of(looked_up),
    "compared": lambda: Of(compared),
    "written where masked": lambda: Of(written_where_masked),
    "padded everywhere": lambda: Of(padded_everywhere),
    "enlarged": lambda: Of(enlarged),
    "joined": lambda: Of(joined),
    "in doubles and back": lambda: Of(in_doubles_and_back),
    "transposed": lambda: Of(
        lambda x, one, two: two(one(x).relu()), nn.ConvTranspose2d(3, 4, 2, 2), nn.ConvTranspose2d(4, 2, 3, groups=2)
    ),
    "in three dimensions": lambda: Of(
        lambda x, *layers: nn.Sequential(*layers)(x[:, None]),
        nn.Conv3d(1, 2, 3, padding=1),
        nn.BatchNorm3d(2),
        nn.MaxPool3d((1, 2, 2)),
        nn.AvgPool3d((3, 2, 2)),
    ),
    "weights normalised": lambda: Of(
        lambda x, layer: layer(x), nn.utils.parametrizations.weight_norm(nn.Conv2d(3, 4, 3))
    ),
    "root mean squares": lambda: Of(lambda x, layer: layer(x), nn.RMSNorm(8)),
    "with gradients": lambda: Of(
        with_gradients, nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.GroupNorm(2, 4), nn.LayerNorm(6)
    ),
    "more activations": lambda: Of(activated),
}
