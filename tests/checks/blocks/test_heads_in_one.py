"""Attention whose heads share an array, or have one each: however the weights are stored, the function is compared."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import ClassVar

import pytest
import torch
from asking import found
from torch import nn

from grader.checks import normal, same_module
from grader.checks.blocks import carried
from grader.finding import Outcome

SIZES = [(8, 2, 2, 5), (12, 3, 1, 7), (6, 1, 3, 4)]
CASES = [{"width": width, "heads": heads, "x": normal(n, length, width)} for width, heads, n, length in SIZES]


def attend(q, k, v, scale=None):
    """Of each head (batch × heads × length × numbers)."""
    return (q @ k.mT * (scale or q.shape[-1] ** -0.5)).softmax(-1) @ v


class Attention(nn.Module):
    """The reference: four layers."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.q, self.k, self.v = nn.Linear(width, width), nn.Linear(width, width), nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x):
        q, k, v = (layer(x).unflatten(-1, (self.heads, -1)).transpose(1, 2) for layer in (self.q, self.k, self.v))
        return self.out(attend(q, k, v).transpose(1, 2).flatten(2))


class Net(nn.Module):
    """The reference: a layer that normalises before the attention, and one as wide as it after."""

    attention = Attention

    def __init__(self, width, heads):
        super().__init__()
        self.norm, self.attend = nn.LayerNorm(width), self.attention(width, heads)
        self.last = nn.Linear(width, 2 * width + 1)

    def forward(self, x):
        return self.last(x + self.attend(self.norm(x)))


class Arrays(nn.Module):
    """Arrays of the shapes that `shapes` says (w width, h heads, k numbers of a head), put together by einsum."""

    shapes: ClassVar[dict[str, str]] = {}
    scale = None

    def __init__(self, width, heads):
        super().__init__()
        sizes = {"w": width, "h": heads, "k": width // heads, "1": 1, "3": 3, "4": 4, "a": 3 * width // heads}
        for name, axes in self.shapes.items():
            setattr(self, name, nn.Parameter(torch.zeros([sizes[axis] for axis in axes])))

    def forward(self, x):
        return self.mixed(attend(*self.made(x), self.scale))


class InputsFirst(Arrays):
    shapes: ClassVar = {"Wq": "hwk", "Wk": "hwk", "Wv": "hwk", "Wo": "hkw"}

    def made(self, x):
        return (torch.einsum("nlw,hwk->nhlk", x, one) for one in (self.Wq, self.Wk, self.Wv))

    def mixed(self, heads):
        return torch.einsum("nhlk,hkw->nlw", heads, self.Wo)


class InputsLast(InputsFirst):
    shapes: ClassVar = {"query": "hkw", "key": "hkw", "value": "hkw", "output": "hkw", "b_output": "w"}

    def made(self, x):
        return (torch.einsum("nlw,hkw->nhlk", x, one) for one in (self.query, self.key, self.value))

    def mixed(self, heads):
        return torch.einsum("nhlk,hkw->nlw", heads, self.output) + self.b_output


class AllInOne(InputsFirst):
    shapes: ClassVar = {"W": "3hwk", "b": "3hk", "W_out": "whk"}

    def made(self, x):
        return torch.einsum("nlw,chwk->cnhlk", x, self.W) + self.b[:, None, :, None]

    def mixed(self, heads):
        return torch.einsum("nhlk,whk->nlw", heads, self.W_out)


class HeadByHead(InputsFirst):
    shapes: ClassVar = {"kernel": "hwa", "bias": "h1a", "kernel_out": "ww"}

    def made(self, x):
        return (x[:, None] @ self.kernel + self.bias).chunk(3, dim=-1)

    def mixed(self, heads):
        return heads.transpose(1, 2).flatten(2) @ self.kernel_out


class OfInputs(InputsFirst):
    shapes: ClassVar = {"out_kernel": "hkw", "qkv": "w3hk", "qkv_b": "3hk", "out_bias": "w"}

    def made(self, x):
        return torch.einsum("nlw,wchk->cnhlk", x, self.qkv) + self.qkv_b[:, None, :, None]

    def mixed(self, heads):
        return (heads @ self.out_kernel).sum(1) + self.out_bias


class FourInOne(InputsFirst):
    shapes: ClassVar = {"W": "4ww", "b": "4w"}

    def made(self, x):
        return (self.layer(x, number).unflatten(-1, (self.count, -1)).transpose(1, 2) for number in range(3))

    def layer(self, x, number):
        return x @ self.W[number] + self.b[number]

    def mixed(self, heads):
        return self.layer(heads.transpose(1, 2).flatten(2), 3)

    def __init__(self, width, heads):
        super().__init__(width, heads)
        self.count = heads


class ListOfArrays(InputsFirst):
    def __init__(self, width, heads):
        super().__init__(0, 1)
        del self.Wq, self.Wk, self.Wv, self.Wo
        part = width // heads
        for name in ("q", "k", "v"):
            matrices = [nn.Parameter(torch.zeros(width, part)) for _ in range(heads)]
            setattr(self, f"W{name}", nn.ParameterList(matrices))
        self.Wo = nn.Parameter(torch.zeros(width, width))

    def made(self, x):
        return (torch.stack([x @ one for one in matrices], dim=1) for matrices in (self.Wq, self.Wk, self.Wv))

    def mixed(self, heads):
        return heads.transpose(1, 2).flatten(2) @ self.Wo


class ListsOfLayers(Arrays):
    """A layer for each head, there and back."""

    def __init__(self, width, heads):
        super().__init__(width, heads)
        part = width // heads
        for name, sizes in {"q": (width, part), "k": (width, part), "v": (width, part), "back": (part, width)}.items():
            setattr(self, name, nn.ModuleList(nn.Linear(*sizes) for _ in range(heads)))

    def made(self, x):
        return (torch.stack([layer(x) for layer in layers], dim=1) for layers in (self.q, self.k, self.v))

    def mixed(self, heads):
        return sum(layer(part) for layer, part in zip(self.back, heads.unbind(1), strict=True))


class HeadsLast(Attention):
    """Each head takes every n-th channel."""

    scale = None

    def forward(self, x):
        layers = (self.q, self.k, self.v)
        q, k, v = (layer(x).unflatten(-1, (-1, self.heads)).permute(0, 3, 1, 2) for layer in layers)
        return self.out(attend(q, k, v, self.scale).permute(0, 2, 3, 1).flatten(2))


class Interleaved(Attention):
    """One layer, whose queries, keys and values alternate from head to head."""

    scale = None

    def __init__(self, width, heads):
        nn.Module.__init__(self)
        self.heads, self.qkv, self.proj = heads, nn.Linear(width, 3 * width), nn.Linear(width, width)

    def forward(self, x):
        q, k, v = self.qkv(x).unflatten(-1, (self.heads, -1)).transpose(1, 2).chunk(3, dim=-1)
        return self.proj(attend(q, k, v, self.scale).transpose(1, 2).flatten(2))


STYLES = [
    InputsFirst,
    InputsLast,
    AllInOne,
    HeadByHead,
    OfInputs,
    FourInOne,
    ListOfArrays,
    ListsOfLayers,
    HeadsLast,
    Interleaved,
]
OPTIONAL = ("*q.bias", "*k.bias", "*v.bias", "*out.bias")
HEADS = same_module(
    "Attention(width, heads)", "(x) -> out", reference={"Attention": Attention}, cases=CASES, optional=OPTIONAL
)
NET = same_module("Net(width, heads)", "(x) -> out", reference={"Net": Net}, cases=CASES, optional=OPTIONAL)


@pytest.mark.parametrize("style", STYLES)
def test_however_the_weights_of_heads_are_stored_they_are_laid_out_over_the_references_layers(style, monkeypatch):
    monkeypatch.setattr(carried, "MAX_CANDIDATES", 60)  # right work is right under one of the first

    finding = found(HEADS, Attention=style)

    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize("style", STYLES)
def test_they_are_so_within_a_larger_module_that_makes_them_first(style):
    class Other(Net):
        attention = style

        def __init__(self, width, heads):
            nn.Module.__init__(self)
            self.mha, self.ln, self.fc = style(width, heads), nn.LayerNorm(width), nn.Linear(width, 2 * width + 1)

        def forward(self, x):
            return self.fc(x + self.mha(self.ln(x)))

    finding = found(NET, Net=Other)

    assert finding.outcome is Outcome.PASSED, finding.message


@pytest.mark.parametrize("style", STYLES)
def test_another_scale_is_caught_however_they_are_stored(style):
    finding = found(HEADS, Attention=type("Wrong", (style,), {"scale": math.sqrt(0.1)}))

    assert finding.outcome is Outcome.FAILED
    assert "out differs" in finding.message


class KeysForValues(InputsFirst):
    def made(self, x):
        q, k, _ = super().made(x)
        return q, k, k


class HeadsAveraged(InputsFirst):
    def mixed(self, heads):
        return super().mixed(heads) / heads.shape[1]


class OtherHeadsMixed(InputsFirst):
    def mixed(self, heads):
        return (heads.transpose(1, 2).flatten(2) @ self.Wo.transpose(0, 1).flatten(0, 1)).flip(0)


@pytest.mark.parametrize("wrong", [KeysForValues, HeadsAveraged, OtherHeadsMixed])
def test_other_functions_of_such_arrays_are_caught(wrong):
    assert found(HEADS, Attention=wrong).credit <= Fraction(1, 3)  # one head alone may be right
