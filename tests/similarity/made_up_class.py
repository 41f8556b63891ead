"""A class of programs that its students wrote on their own: functions in several styles, names of their own."""
# ruff: noqa: E501 - code as students write it

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence

from grader.similarity import Program, program_of
from grader.submission import SubmittedFile

TEMPLATE = '''
"""Homework: a small classifier. Fill in what is missing."""
import numpy as np
import matplotlib.pyplot as plt
import torch
from torch import nn


def load_data(path, normalise=True):
    """Images and labels of a file."""
    with np.load(path) as archive:
        images, labels = archive["images"], archive["labels"]
    if normalise:
        images = (images - images.mean()) / images.std()
    return torch.from_numpy(images).float(), torch.from_numpy(labels).long()


def batches(images, labels, size):
    """Batches of a size, in order."""
    for begin in range(0, len(images), size):
        yield images[begin : begin + size], labels[begin : begin + size]


def main():
    images, labels = load_data("train.npz")
    net = Net(images.shape[1], 10)
    for epoch in range(10):
        print(epoch, train(net, batches(images, labels, 64)))
    print("accuracy", accuracy(net, batches(images, labels, 64)))
'''
# Several ways to write each function, parted by `---`; of «one|another» a student takes one, `{a}` is a name of theirs.
FUNCTIONS = """
class Net(nn.Module):
    def __init__(self, {a}, {b}):
        super().__init__()
        self.{c} = nn.Linear({a}, «32|64|100|256»)
        self.{d} = nn.Linear(«32|64|100|256», {b})

    def forward(self, {e}):
        {e} = «torch.relu|torch.tanh|nn.functional.relu|nn.functional.gelu»(self.{c}({e}))
        return self.{d}(«{e}|nn.functional.dropout({e})|{e}.flatten(1)»)
---
class Net(nn.Module):
    def __init__(self, {a}, {b}):
        super().__init__()
        {d} = «nn.ReLU()|nn.Tanh()|nn.GELU()»
        self.{c} = nn.Sequential(nn.Linear({a}, «128|200»), {d}, «nn.Dropout(0.2)|nn.BatchNorm1d(128)», nn.Linear(128, {b}))

    def forward(self, {e}):
        «return self.{c}({e}.flatten(1))|return self.{c}({e})|{e} = {e}.reshape(len({e}), -1); return self.{c}({e})»
---
def Net({a}, {b}):
    {c} = [nn.Linear({a}, 100), nn.Tanh()]
    for {d} in range(«2|3|4»):
        {c} += [nn.Linear(100, 100), «nn.Tanh()|nn.ReLU()»]
    return nn.Sequential(*{c}, nn.Linear(100, {b}))
===
def train({a}, {b}):
    {c} = torch.optim.«Adam|SGD|AdamW»({a}.parameters(), lr=«0.1|0.01|0.001|1e-4»)
    {d} = «0.0|0»
    for {e}, {f} in {b}:
        {c}.zero_grad()
        {g} = nn.functional.cross_entropy({a}({e}), {f})
        {g}.backward()
        {c}.step()
        {d} += {g}.item()«| * len({e})»
    return {d}
---
def train({a}, {b}):
    {c} = torch.optim.SGD({a}.parameters(), lr=«0.1|0.05», momentum=«0.9|0.8»)
    {d} = nn.CrossEntropyLoss(«|label_smoothing=0.1»)
    {a}.train()
    {e} = []
    for {f}, {g} in {b}:
        {h} = {d}({a}({f}), {g})
        {c}.zero_grad(«|set_to_none=True»)
        {h}.backward()
        {c}.step()
        {e}.append(«float({h})|{h}.item()|{h}.detach().numpy()»)
    return «sum({e}) / len({e})|np.mean({e})|{e}[-1]»
---
def train({a}, {b}):
    {d} = None
    for {e}, {f} in {b}:
        {g} = {a}({e})
        {d} = -torch.log_softmax({g}, «1|dim=-1»)[torch.arange(len({f})), {f}].mean()
        {a}.zero_grad()
        {d}.backward()
        with torch.no_grad():
            for {h} in {a}.parameters():
                {h} -= «0.05|0.1|0.01» * {h}.grad
    return {d}
===
def accuracy({a}, {b}):
    {c} = {d} = 0
    with torch.no_grad():
        for {e}, {f} in {b}:
            {c} += ({a}({e}).argmax(«1|dim=1|-1») == {f}).sum().item()
            {d} += «len({f})|{f}.size(0)|{f}.shape[0]»
    return «{c} / {d}|100 * {c} / {d}|round({c} / {d}, 4)»
---
@torch.no_grad()
def accuracy({a}, {b}):
    {a}.eval()
    {c} = []
    for {e}, {f} in {b}:
        {g} = torch.max({a}({e}), «1|dim=1»)[1]
        {c}.«extend(({g} == {f}).tolist())|append(({g} == {f}).float().mean())|append(float(torch.mean(({g} == {f}) * 1.0)))»
    return «np.mean({c})|sum({c}) / len({c})»
===
def confusion({a}, {b}, {c}):
    {d} = np.zeros(({c}, {c})«|, dtype=int|, dtype=np.int64»)
    for {e}, {f} in zip({a}, {b}):
        {d}[{e}, {f}] += 1
    return {d}«|.T|.astype(float)»
---
def confusion({a}, {b}, {c}):
    {d} = {c} * «np.asarray({a})|np.array({a})|{a}» + «np.asarray({b})|np.array({b})|{b}»
    return np.bincount({d}, minlength={c} ** 2).reshape(«{c}, {c}|({c}, {c})|{c}, -1»)
---
def confusion({a}, {b}, {c}):
    {h} = []
    for {f} in range({c}):
        {h}.append([sum(1 for {d}, {e} in zip({a}, {b}) if «{d} == {f} and {e} == {g}|({d}, {e}) == ({f}, {g})») for {g} in range({c})])
    return «np.array({h})|torch.tensor({h})»
===
def softmax({a}):
    {b} = np.exp({a} - {a}.max(«axis=1|1|-1», keepdims=True))
    return {b} / {b}.sum(«axis=1|1|-1», keepdims=True)
---
def softmax({a}):
    {b} = []
    for {c} in {a}:
        {d} = [np.exp({e} - «max({c})|np.max({c})|{c}.max()») for {e} in {c}]
        {b}.append([{e} / «sum({d})|np.sum({d})» for {e} in {d}])
    return np.«array|stack|asarray»({b})
===
def smooth({a}, {b}):
    return np.convolve({a}, np.ones({b}) / {b}, «mode='valid'|'valid'|mode='same'»)
---
def smooth({a}, {b}):
    {c} = np.cumsum(«np.insert({a}, 0, 0)|np.concatenate(([0.0], {a}))|{a}»)
    return ({c}[{b}:] - {c}[:-{b}]) / {b}
---
def smooth({a}, {b}):
    {c} = []
    for {d} in range(len({a}) - {b} + 1):
        {c}.append(«sum({a}[{d} : {d} + {b}]) / {b}|np.mean({a}[{d}:{d} + {b}])|float(sum({a}[{d}:{d} + {b}])) / float({b})»)
    return «{c}|np.array({c})»
===
def plot_losses({a}, {b}=None):
    {c}, {d} = plt.subplots(«|figsize=(6, 4)|figsize=(8, 5)|1, 1»)
    {d}.plot({a}«|, label='train'|, 'o-'»)
    «{d}.set_xlabel('epoch')|{d}.set(xlabel='epoch', ylabel='loss')|{d}.grid(True)|{d}.set_yscale('log')»
    {c}.savefig(«{b} or 'loss.png'|{b}|'loss.pdf'»)
---
def plot_losses({a}):
    plt.figure(«|figsize=(10, 4)»)
    plt.«plot|semilogy»(range(len({a})), {a}«|, color='red'»)
    «plt.title('Loss')|plt.xlabel('epoch'); plt.ylabel('loss')|plt.grid()»
    plt.«show()|savefig('loss.png')|tight_layout()»
===
def split({a}, {b}, {c}=«0.1|0.2|0.25»):
    {d} = np.random.«permutation(len({a}))|RandomState(0).permutation(len({a}))|default_rng(1).permutation(len({a}))»
    {e} = int(len({a}) * «{c}|(1 - {c})»)
    return {a}[{d}[{e}:]], {b}[{d}[{e}:]], {a}[{d}[:{e}]], {b}[{d}[:{e}]]
---
def split({a}, {b}):
    {c} = «len({a}) // 5|len({a}) // 10|int(0.8 * len({a}))|1000»
    {d} = torch.randperm(len({a}))
    {e}, {f} = {d}[:{c}], {d}[{c}:]
    return ({a}[{f}], {b}[{f}]), ({a}[{e}], {b}[{e}])
"""
STYLES = [[way.strip("\n") + "\n" for way in function.split("\n---\n")] for function in FUNCTIONS.split("\n===\n")]
EXTRAS = (
    "print({a!r})\n",
    "torch.manual_seed({n})\n",
    "{a} = [{n}, {n} + 1, {n} * 2]\n",
    "assert smooth([1, 2, 3, {n}], 2) is not None\n",
    "{a} = {'lr': 0.{n}, 'epochs': {n}}\n",
    "def {a}({b}):\n    return {b} ** 2 + {n} * {b}\n",
    "for {a} in range({n}):\n    if {a} % 3 == 0:\n        print({a})\n",
    "def {a}({b}, {c}=None):\n    if {c} is None:\n        {c} = {b}.shape[0]\n    return {b}[:{c}] - {n}\n",
    "# {a} {b} {n}\n",
)
SYLLABLES = ("ba", "de", "fi", "go", "hu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "zu")


def name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=chance.randint(1, 3))) + chance.choice(("", "_x", "1", "_all"))


def written(style: str, chance: random.Random) -> str:
    chosen = re.sub("«([^»]*)»", lambda found: chance.choice(found[1].split("|")), style)
    names = {letter: f"{name(chance)}_{letter}" for letter in "abcdefgh"}
    return re.sub(r"\{([a-hn])(?:!r)?\}", lambda found: names.get(found[1], str(chance.randint(2, 9))), chosen)


def own_parts(chance: random.Random) -> list[str]:
    """What a student adds to the template: each function in one of its styles, and some lines of their own."""
    parts = [written(chance.choice(styles), chance) for styles in STYLES]
    return parts + [written(chance.choice(EXTRAS), chance) for _ in range(chance.randint(4, 10))]


def script(student: str, parts: Sequence[str], *, template: str = TEMPLATE) -> Program:
    return program_of(student, [SubmittedFile("hw.py", "\n\n".join((template, *parts)).encode())])


def notebook(student: str, cells: Sequence[str]) -> Program:
    made = [{"cell_type": "code", "source": cell, "outputs": [], "execution_count": None} for cell in cells]
    return program_of(student, [SubmittedFile("hw.ipynb", json.dumps({"cells": made, "nbformat": 4}).encode())])


def renamed(parts: Sequence[str], chance: random.Random) -> list[str]:
    """Other names for all that the student named, other comments, other texts."""
    new: dict[str, str] = {}

    def other(found: re.Match[str]) -> str:
        return new.setdefault(found[0], f"{name(chance)}_{len(new)}")

    return [f"# {name(chance)}\n" + re.sub(r"\b\w+_[a-h]\b", other, part) for part in parts]


def shuffled(parts: Sequence[str], chance: random.Random) -> list[str]:
    return chance.sample(list(parts), len(parts))
