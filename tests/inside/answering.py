"""Small submissions in a real box, on small data, and what came back by kind of frame.

Importing torch takes most of a box's time, so `answers` puts several submissions into one: each runs the
program `student` in a folder and a process of its own, forked from the box's first one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from textwrap import dedent
from typing import Any

import numpy as np

from grader.probes import Argument, BuildNetwork, CallFunction, Case, Probe, request
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.loaded_beforehand import COMPILER, DRAWING, draws_or_optimizes
from grader.sandbox.protocol import Array, Command, Frame, Limits, Status

LIMITS = Limits(wall_s=120.0, cpu_s=60.0, memory_mib=2048, processes=64)
SEED = 7
HIDDEN = "hidden.input"
STATS = CallFunction("get_stats", ("get_?stats",), [Case("on", (Argument("skip", True, ("^s",)),))])
NET = BuildNetwork("net", ("^Net$", "Net"), [Case("plain", ())], (HIDDEN,))


def small_data() -> dict[str, Array]:
    """20 CIFAR-10 and 12 MNIST images for training, 10 and 6 for testing, and 2 × 3 × 8 × 8 hidden numbers."""
    random = np.random.default_rng(SEED)
    arrays: dict[str, Array] = {HIDDEN: random.standard_normal((2, 3, 8, 8)).astype(np.float32)}
    for name, shape, sizes in (("cifar10", (32, 32, 3), (20, 10)), ("mnist", (28, 28), (12, 6))):
        for half, size in zip(("train", "test"), sizes, strict=True):
            arrays[f"{name}.{half}.images"] = random.integers(256, size=(size, *shape)).astype(np.uint8)
            arrays[f"{name}.{half}.labels"] = random.integers(10, size=size).astype(np.int64)
    return arrays


@dataclass(frozen=True)
class Submission:
    """Files by path, or the text of `entry` alone; how it is loaded and what it is asked."""

    files: Mapping[str, str | bytes] | str
    entry: str = "work.py"
    mode: str = "run"
    probes: Sequence[Probe] = (STATS,)

    def contents(self) -> dict[str, bytes]:
        """Files as bytes; indented texts are moved to the left."""
        named = {self.entry: self.files} if isinstance(self.files, str) else self.files
        return {name: dedent(text).encode() if isinstance(text, str) else text for name, text in named.items()}

    def request(self) -> dict[str, Any]:
        """What the program `student` is told."""
        return {"entry": self.entry, "gpu": False, **request(self.probes, mode=self.mode, seed=SEED)}


@dataclass(frozen=True)
class Answer:
    """What one submission's process sent and printed, and how it ended."""

    frames: tuple[Frame, ...]
    console: str
    end: str

    def of_kind(self, kind: str) -> list[Frame]:
        """The frames of one kind, oldest first."""
        return [frame for frame in self.frames if frame.header["kind"] == kind]

    @property
    def loaded(self) -> Mapping[str, Any]:
        """The header that tells how loading went."""
        return self.of_kind("loaded")[0].header

    @property
    def errors(self) -> list[dict[str, Any]]:
        """What went wrong while loading."""
        return list(self.loaded["errors"])

    @property
    def curves(self) -> list[tuple[Mapping[str, Any], list[float], list[float]]]:
        """What was drawn: header, x, y."""
        frame = self.of_kind("figures")[0]
        return [
            (header, frame.arrays[f"curve.{n}.x"].tolist(), frame.arrays[f"curve.{n}.y"].tolist())
            for n, header in enumerate(frame.header["curves"])
        ]

    def calls(self, phase: str) -> list[Frame]:
        """Recorded calls of one phase."""
        return [frame for frame in self.of_kind("call") if frame.header.get("phase") == phase]

    def build(self, probe: str = "net") -> Frame:
        """The one answer to a `BuildNetwork` probe."""
        (frame,) = [frame for frame in self.of_kind("build") if frame.header["probe"] == probe]
        return frame

    @property
    def facts(self) -> dict[str, Any]:
        """What the submission told with `fact(name, value)`."""
        lines = [line.removeprefix("FACT ") for line in self.console.splitlines() if line.startswith("FACT ")]
        return dict(map(json.loads, lines))


# What submissions import to tell what they see.
FACT = b"""
import json
def fact(name, value):
    print("FACT", json.dumps([name, value], default=str), flush=True)
def attempt(name, action):
    try:
        fact(name, action())
    except BaseException as error:
        fact(name, f"{type(error).__name__}: {error}")
"""


# Forks one process for each submission. Their frames take the way of all frames: through `send_frame`.
MANY = b"""
import os, shutil, socket, sys
from pathlib import Path

def main(request, arrays, send):
    for name, asked in request.items():
        near, far = socket.socketpair()
        child = os.fork()
        if not child:
            near.close()
            answer(name, asked, arrays, far)
        far.close()
        for header, found in frames(near):
            send({"submission": name, **header}, found)
        os.waitpid(child, 0)

def answer(name, asked, arrays, sock):
    from inside import student
    from inside.channel import send_frame
    end = "exited"
    try:
        os.chdir(name)
        output = os.open("../console." + name, os.O_CREAT | os.O_WRONLY)
        os.dup2(output, 1)
        os.dup2(output, 2)
        student.main(asked, arrays, lambda header, found: send_frame(sock, {"frame": header}, found))
    except BaseException as error:
        end = repr(error)
    sys.stdout.flush()
    console = Path("../console." + name).read_bytes().decode("utf-8", "replace")
    send_frame(sock, {"end": end, "console": console[:200_000]}, {})
    os._exit(0)

def frames(sock):
    from inside.channel import receive_frame
    try:
        while True:
            yield receive_frame(sock)
    except EOFError:
        return
"""


def answers(
    submissions: Mapping[str, Submission],
    support: Mapping[str, bytes] | None = None,
    warm: Sequence[str] | None = None,
) -> dict[str, Answer]:
    """Ask all submissions in one box; `warm` names what it imports once, before any of them, beside PyTorch.

    Without it that is what a submission's box has imported, if one of these is going to need it.
    """
    files = {
        f"{name}/{path}": content
        for name, submission in submissions.items()
        for path, content in submission.contents().items()
    }
    execution = BubblewrapSandbox(warm=("torch", *(_needed(files.values()) if warm is None else warm))).run(
        Command(
            "many",
            {name: submission.request() for name, submission in submissions.items()},
            small_data(),
            files,
            {"facts.py": FACT, "many.py": MANY, **(support or {})},
            LIMITS,
        )
    )
    assert execution.status is Status.EXITED, (execution.status, execution.reason, execution.console)
    return {
        name: _answer([frame for frame in execution.frames if frame.header["submission"] == name])
        for name in submissions
    }


def _needed(texts: Collection[bytes]) -> Iterator[str]:
    yield from ("inside.student", "inside.with_torch")
    if draws_or_optimizes(texts):
        yield from (DRAWING, COMPILER)


def _answer(frames: Sequence[Frame]) -> Answer:
    *sent, last = frames
    assert "end" in last.header, "its process died"
    return Answer(
        tuple(Frame(frame.header["frame"], frame.arrays) for frame in sent), last.header["console"], last.header["end"]
    )


def notebook(*cells: str, version: int = 4) -> str:
    """A notebook of code cells."""
    if version == 3:
        made: list[dict[str, Any]] = [{"cell_type": "code", "input": cell, "outputs": []} for cell in cells]
        return json.dumps({"nbformat": 3, "worksheets": [{"cells": made}]})
    made = [{"cell_type": "code", "source": cell.splitlines(keepends=True), "outputs": []} for cell in cells]
    return json.dumps({"nbformat": 4, "cells": [{"cell_type": "markdown", "source": ["# Title"]}, *made]})
