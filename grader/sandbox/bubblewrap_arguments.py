"""The arguments of bubblewrap: what a box sees, has and is called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from grader.sandbox.host import Tree

BOX_ID = "65534"
PASSWD = b"student:x:65534:65534::/tmp:/bin/false\n"
SCRATCH = "/tmp"  # noqa: S108 - a path in the box
MATPLOTLIB_FOLDER = f"{SCRATCH}/mpl"
START = "import gc, sys; gc.disable(); sys.path.insert(0, '/harness'); from inside.box import main; main({})"
# The code of a warm parent comes to it on a socket, so that no box sees it in a command line.
START_PARENT = "import os; exec(os.read({}, 1 << 16))"
_PARENT = """
import gc
gc.disable()
found = {{}}
exec(compile(open({folder!r} + "/from_host.py").read(), "/harness/inside/from_host.py", "exec"), found)
found["install"]({folder!r})
from inside.warm_parent import main
main({arguments})
"""

_NAMESPACES = (
    *("--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
    *("--unshare-cgroup-try", "--disable-userns", "--uid", BOX_ID, "--gid", BOX_ID, "--hostname", "box"),
    *("--new-session", "--die-with-parent", "--clearenv"),
)
_SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/fonts", "/etc/alternatives")


@dataclass(frozen=True)
class Descriptors:
    """Open file descriptors that bubblewrap inherits; `fonts` is a ready-made matplotlib font cache."""

    status: int
    seccomp: int
    passwd: int
    fonts: int | None = None


@dataclass(frozen=True)
class BoxPlan:
    """Everything that shapes a box. `staged` maps the root of a tree to where it is found now."""

    trees: tuple[Tree, ...]
    staged: Mapping[str, str]
    descriptors: Descriptors
    scratch_mib: int
    threads: int = 1
    gpu_nodes: tuple[str, ...] = ()
    gpu_libraries: str | None = None
    fonts_name: str = ""


def box_arguments(plan: BoxPlan) -> list[str]:
    """The options of bwrap for `plan`; the last ones make what was built read-only."""
    fds = plan.descriptors
    arguments = [*_NAMESPACES, *_system(), "--ro-bind-data", str(fds.passwd), "/etc/passwd"]
    arguments += ["--proc", "/proc", "--dev", "/dev", *_scratch(plan.scratch_mib), *_gpu(plan.gpu_nodes)]
    for tree in plan.trees:
        arguments += _tree(tree, plan.staged.get(tree.root, tree.root))
    if fds.fonts is not None:
        arguments += ["--file", str(fds.fonts), f"{MATPLOTLIB_FOLDER}/{plan.fonts_name}"]
    for name, value in box_environment(plan.threads).items():
        arguments += ["--setenv", name, value]
    if plan.gpu_libraries:
        arguments += ["--setenv", "LD_LIBRARY_PATH", plan.gpu_libraries]
    arguments += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", SCRATCH]
    return [*arguments, "--seccomp", str(fds.seccomp), "--json-status-fd", str(fds.status)]


def start_code(channel: int, warm: Sequence[str], threads: int, device: str) -> str:
    """The Python code a box starts with."""
    return START.format(f"{channel}, {list(warm)!r}, {threads}, {device!r}")


def parent_code(inside: str, control: int, settings: tuple[Sequence[str], int], user: int | None, scratch: str) -> str:
    """The Python code of a warm parent; `inside` is the host's folder of that package."""
    warm, threads = settings
    arguments = f"{control}, {list(warm)!r}, {threads}, {user!r}, {scratch!r}"
    return _PARENT.format(folder=inside, arguments=arguments)


def _system() -> list[str]:
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib64"):
        path = Path("/") / name
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    for file in _SYSTEM_FILES:
        arguments += ["--ro-bind-try", file, file]
    return arguments


def _scratch(mib: int) -> list[str]:
    folders = ("/dev/shm", SCRATCH)  # noqa: S108
    sized = [["--size", str(mib << 20), "--tmpfs", folder] for folder in folders]
    return [*chain.from_iterable(sized), "--dir", MATPLOTLIB_FOLDER]


def _gpu(nodes: Sequence[str]) -> list[str]:
    if not nodes:
        return []
    arguments = ["--ro-bind", "/sys", "/sys", "--ro-bind-try", "/usr/lib/wsl", "/usr/lib/wsl"]
    for node in nodes:
        arguments += ["--dev-bind-try", node, node]
    return arguments


def _tree(tree: Tree, source: str) -> list[str]:
    if not tree.entries:
        return ["--ro-bind", source, tree.target]
    arguments: list[str] = []
    for entry in tree.entries:
        original = Path(tree.root) / entry
        if original.is_symlink():
            arguments += ["--symlink", str(original.readlink()), f"{tree.target}/{entry}"]
        else:
            arguments += ["--ro-bind", f"{source}/{entry}", f"{tree.target}/{entry}"]
    return arguments


def box_environment(threads: int) -> dict[str, str]:
    """All environment variables of a box."""
    libraries = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {
        "HOME": SCRATCH,
        "TMPDIR": SCRATCH,
        "USER": "student",
        "LOGNAME": "student",
        "PATH": "/usr/bin",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": MATPLOTLIB_FOLDER,
        "TORCHINDUCTOR_CACHE_DIR": f"{SCRATCH}/inductor",
        "PYTHONDONTWRITEBYTECODE": "1",
    } | dict.fromkeys(libraries, str(threads))
