"""Every implementation of `Sandbox` that has a wall: one entry each, and each has to pass contract and attacks."""

from __future__ import annotations

from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.container import ContainerSandbox
from grader.sandbox.protocol import Sandbox

# The engine is the stand-in of fake_engine.py.
ENGINE = "podman"
IMPLEMENTATIONS: dict[str, Sandbox] = {
    "bubblewrap": BubblewrapSandbox(warm=(), copies=False),
    "copies": BubblewrapSandbox(warm=()),
    ENGINE: ContainerSandbox(ENGINE, warm=()),
}
