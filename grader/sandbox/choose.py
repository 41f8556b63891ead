"""Which sandbox commands run in. A weak one never takes the place of a strong one: it has to be asked for."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence

from grader.errors import UserError
from grader.sandbox.container import ENGINES, IMAGE, ContainerSandbox
from grader.sandbox.protocol import UNPROTECTED, Sandbox

AUTO, BUBBLEWRAP = "auto", "bubblewrap"
CHOICES = (AUTO, BUBBLEWRAP, *ENGINES, UNPROTECTED)
_ANSWER_S = 60.0


class NoWall(UserError):
    """The sandbox that was asked for cannot be built. The message has the reason and a hint."""


def choose(name: str, warm: Sequence[str]) -> Sandbox:
    """The sandbox called `name`, one of `CHOICES`; built once and attacked, unless it protects nothing.

    Raises `NoWall` if it cannot be built or does not hold.
    """
    sandbox = unproven(name, warm)
    if name == UNPROTECTED:
        return sandbox
    from grader.sandbox import probe

    if name in ENGINES:
        reason = engine_problem(name) or probe.strong_wall(sandbox)
        hints = "`grader doctor --sandbox " + name + "` tells all of it"
    else:
        reason = probe.strong_wall()
        hints = _other_ways()
    if reason:
        raise NoWall(f"the sandbox cannot be built: {reason}\nhint: {hints}")
    return sandbox


def unproven(name: str, warm: Sequence[str]) -> Sandbox:
    """The sandbox called `name`, whatever it is worth."""
    if name in ENGINES:
        return ContainerSandbox(name, warm)
    if name == UNPROTECTED:
        from grader.sandbox.unprotected import NoSandbox

        return NoSandbox(warm)
    from grader.sandbox.bubblewrap import BubblewrapSandbox

    return BubblewrapSandbox(warm=warm)


def engine_problem(engine: str) -> str | None:
    """Why `engine` cannot be used, with a `hint:`; None if it answers and has the image."""
    if shutil.which(engine) is None:
        return f"{engine} is not installed\nhint: install the package {_PACKAGES[engine]}"
    if said := _complaint(engine, "version"):
        return f"{engine} does not answer: {said}\nhint: {_HINTS[engine]}"
    if said := _complaint(engine, "image", "inspect", IMAGE):
        build = f"{engine} build --tag {IMAGE} --file Containerfile ."
        return f"{engine} has no image {IMAGE}: {said}\nhint: build it, in grader's checkout: {build}"
    return None


_PACKAGES = {"podman": "podman", "docker": "docker.io"}
_HINTS = {
    "podman": "see what `podman info` says",
    "docker": "start the daemon (sudo systemctl start docker) and join the group docker, or take podman",
}


def _complaint(*command: str) -> str | None:
    """What a command said last if it failed."""
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_ANSWER_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return None if ended.returncode == 0 else (ended.stderr.strip().splitlines() or ["it failed"])[-1]


def _other_ways() -> str:
    installed = [engine for engine in ENGINES if shutil.which(engine)]
    ways = "".join(f"; --sandbox {engine} uses containers instead" for engine in installed)
    return f"`grader doctor` tells all of it{ways}"
