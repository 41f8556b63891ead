"""Every implementation of `Sandbox` that has a wall: one entry each, and each has to pass contract and attacks."""

from __future__ import annotations

from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.container import ENGINES, ContainerSandbox
from grader.sandbox.protocol import Sandbox

# This engine is the stand-in of fake_engine.py.
ENGINE = "podman"
IMPLEMENTATIONS: dict[str, Sandbox] = {
    "bubblewrap": BubblewrapSandbox(warm=(), copies=False),
    "copies": BubblewrapSandbox(warm=()),
    ENGINE: ContainerSandbox(ENGINE, warm=()),
}
# The same with engines as they are installed here, if they are.
REAL: dict[str, Sandbox] = {f"real {engine}": ContainerSandbox(engine, warm=()) for engine in ENGINES}
