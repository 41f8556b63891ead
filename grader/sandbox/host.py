"""What of the host a box may read: the system's /usr, the Python installation and `grader/inside`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import grader.inside
from grader.inside.box import is_packages

_PYTHON_ENTRIES = ("bin", "lib", "lib64", "include", "pyvenv.cfg")
_GPU_NODES = ("nvidiactl", "nvidia-uvm", "nvidia-uvm-tools", "nvidia-modeset", "dxg", "kfd")


@dataclass(frozen=True)
class Tree:
    """A host folder and its entries that appear at `target` in the box; no entries means the whole folder."""

    root: str
    target: str
    entries: tuple[str, ...] = ()


@cache
def visible_trees() -> tuple[Tree, ...]:
    """The folders a box needs beside /usr, outermost first.

    Of a Python prefix only the installation is shown: a virtual environment may have been made in the very
    folder that holds the reference solutions.
    """
    prefixes = {sys.base_prefix, sys.prefix, os.path.realpath(sys.base_prefix)}
    prefixes.add(str(Path(sys.executable).resolve().parent.parent))
    pythons = [Tree(path, path, _entries(path)) for path in sorted(prefixes) if not _below(path, "/usr")]
    borrowed = [Tree(path, path) for path in _borrowed_packages(sys.path, ["/usr", *prefixes])]
    inside = str(Path(grader.inside.__file__).parent)
    return (*pythons, *borrowed, Tree(inside, "/harness/inside"))


def _borrowed_packages(paths: Sequence[str], prefixes: Sequence[str]) -> list[str]:
    """Folders of packages that a `.pth` file takes from another Python installation.

    A checkout that is on the path as well is none: it may hold the reference solutions.
    """
    folders = [path for path in dict.fromkeys(paths) if is_packages(path) and Path(path).is_dir()]
    return [path for path in folders if not any(_below(path, prefix) for prefix in prefixes)]


def gpu_nodes(only: Path | None = None) -> tuple[str, ...]:
    """Device nodes a CUDA or ROCm program opens, as far as this machine has them; of numbered ones `only` that."""
    devices = Path("/dev")
    numbered = [only] if only else sorted(path for path in devices.glob("nvidia[0-9]*"))
    named = [devices / name for name in _GPU_NODES]
    folders = [devices / "nvidia-caps", devices / "dri"]
    return tuple(str(path) for path in (*numbered, *named, *folders) if path.exists())


def has_gpu(devices: Path = Path("/dev")) -> bool:
    """Whether the machine has a GPU that computes: a screen alone (`/dev/dri`) or a driver without a GPU is none."""
    return any(devices.glob("nvidia[0-9]*")) or any((devices / name).exists() for name in ("dxg", "kfd"))


def driver_libraries(variables: Mapping[str, str], system: Path = Path("/usr")) -> str | None:
    """The folder of the GPU's driver below /usr, where only `LD_LIBRARY_PATH` names it: a box has none of its own."""
    folders = [Path(name) for name in variables.get("LD_LIBRARY_PATH", "").split(":") if name]
    found = [folder for folder in folders if _below(str(folder), str(system)) and (folder / "libcuda.so.1").exists()]
    return str(found[0]) if found else None


def _entries(prefix: str) -> tuple[str, ...]:
    return tuple(name for name in _PYTHON_ENTRIES if os.path.lexists(Path(prefix) / name))


def _below(path: str, folder: str) -> bool:
    return Path(path).is_relative_to(folder)
