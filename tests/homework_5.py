"""Homework 5 as its tests use it: its modules, and reports read without a box."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from grader.catalog import load_assignment
from grader.documents import Document, parse_frames, understand
from grader.inside import document
from grader.inside.chosen.meant_network import MeantNetwork
from grader.inside.chosen.ways_to_make import NetworkWay
from grader.probes import weights_seed
from grader.sandbox.protocol import Frame

ROOT = Path(__file__).parent.parent / "reference"


def part(name: str) -> Any:
    """A module of the assignment."""
    if "reference_ece60146_hw5" not in sys.modules:
        load_assignment("ece60146_hw5", ROOT)
    return importlib.import_module(f"reference_ece60146_hw5.{name}")


def about() -> Any:
    """Which network reports of homework 5 are about, and which they compare it with."""
    return part("words").ABOUT


def session_with(name: str, factory: Callable[[], Any], seed: int) -> Any:
    """A box's session in which the network that is meant is known: what the factory makes."""
    chosen = part("tasks").NETWORK
    way = NetworkWay(name, factory)
    return SimpleNamespace(
        request={"seed": weights_seed(seed), "gpu": False, "entry": "hw5.py"},
        arrays=part("settings").served(seed),
        namespace={},
        main_names={},
        chosen_networks={MeantNetwork.of(chosen.told): (way, [way])},
    )


def read(content: bytes, folder: Path) -> Document:
    """A PDF of our own as checks see it."""
    path = folder / "report.pdf"
    path.write_bytes(content)
    frames: list[Frame] = []
    document.main({"path": str(path)}, {}, lambda header, arrays: frames.append(Frame(header, arrays)))
    return understand(parse_frames(frames), "report.pdf")
