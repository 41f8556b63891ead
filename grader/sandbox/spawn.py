"""Starting the processes of a box, and giving up root first."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from grader.sandbox.host import Tree

# Outside the ranges of people, of services and of systemd's dynamic users.
BOX_HOST_UID = "59999"
_STAGES = ("/mnt", "/media", "/srv", "/opt", "/home")

_spawner_lock = threading.Lock()

# In a mount namespace of its own: bring the trees to where another user can reach them.
_STAGE = """
set -e
PATH=/usr/sbin:/usr/bin:/sbin:/bin
stage=$1; count=$2; shift 2
mount -t tmpfs -o mode=755 none "$stage"
n=0
while [ "$n" -lt "$count" ]; do
    mkdir "$stage/$n"
    mount --rbind "$1" "$stage/$n"
    n=$((n + 1)); shift
done
exec env -i "$@"
"""


def is_root() -> bool:
    """Whether we have to become somebody else: limits on processes do not hold for root."""
    return os.geteuid() == 0


def stage_of(trees: Sequence[Tree]) -> tuple[str, dict[str, str]]:
    """A host folder to cover, none of the trees below it, and where each tree's root is found there."""
    free = [s for s in _STAGES if os.path.isdir(s) and not any(t.root.startswith(f"{s}/") for t in trees)]  # noqa: PTH112
    if not free:
        raise OSError(f"the Python installation lies below each of {', '.join(_STAGES)}")
    return free[0], {tree.root: f"{free[0]}/{number}" for number, tree in enumerate(trees)}


def as_box_user(command: Sequence[str], trees: Sequence[Tree]) -> list[str]:
    """`command` run by an unprivileged user, with the trees staged as `stage_of` says."""
    drop = [tool("setpriv"), "--reuid", BOX_HOST_UID, "--regid", BOX_HOST_UID, "--clear-groups", "--"]
    return staged([*drop, *command], trees)


def staged(command: Sequence[str], trees: Sequence[Tree]) -> list[str]:
    """`command`, which may begin with variables for its environment, run where the trees are staged; needs root."""
    stage, _ = stage_of(trees)
    roots = [tree.root for tree in trees]
    script = [tool("sh"), "-c", _STAGE, "sh", stage, str(len(roots)), *roots]
    return [tool("unshare"), "--mount", "--propagation", "private", "--", *script, *command]


@cache
def tool(name: str) -> str:
    """Full path of a system program. Raises `OSError` with a hint when it is not installed."""
    path = shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin:/usr/local/bin") or shutil.which(name)
    if path is None:
        package = {"bwrap": "bubblewrap", "nice": "coreutils"}.get(name, "util-linux")
        raise OSError(f"{name} is not installed\nhint: install the package {package}")
    return path


def spawn(command: Sequence[str], inherited: Sequence[int], console: int) -> subprocess.Popen[bytes]:
    """Start `command` with an empty environment; stdout and stderr go to `console`."""
    return _spawner().submit(_popen, command, inherited, console).result()


def _popen(command: Sequence[str], inherited: Sequence[int], console: int) -> subprocess.Popen[bytes]:
    # bwrap's reaper keeps the environment it was started with readable in the box: it must be empty.
    return subprocess.Popen(
        command,
        env={},
        cwd="/",
        stdin=subprocess.DEVNULL,
        stdout=console,
        stderr=console,
        pass_fds=inherited,
        process_group=0,  # Ctrl-C in the terminal must not end a box: it would look like the program's own end
    )


def _spawner() -> ThreadPoolExecutor:
    # `--die-with-parent` follows the thread that spawned: it has to live as long as every box. A forked
    # process has none of its parent's threads and gets its own.
    with _spawner_lock:
        return _spawner_of(os.getpid())


@cache
def _spawner_of(_pid: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="box-spawner")
