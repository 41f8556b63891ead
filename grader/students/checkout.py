"""The instructor's checkout: the wheel built from it, and an assignment's whole folder."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from grader.errors import UserError

CHECKOUT = Path(__file__).resolve().parents[2]
_PARTS = ("grader", "templates", "reference", "pyproject.toml", "setup.py", "README.md", "LICENSE")


class CheckoutError(UserError):
    """Nothing can be exported from here. The message is for the instructor."""


def is_checkout() -> bool:
    """Whether this is a checkout, and no installed package."""
    return (CHECKOUT / "setup.py").exists()


def wheel() -> tuple[str, bytes]:
    """File name and content of the wheel of this checkout. Raises CheckoutError when this is no checkout."""
    if not is_checkout():
        raise CheckoutError(
            f"expected a checkout of grader to build its wheel from, found an installed package in {CHECKOUT}\n"
            "hint: run the command with the checkout's own .venv/bin/grader"
        )
    return _built()


@cache
def _built() -> tuple[str, bytes]:
    with tempfile.TemporaryDirectory(prefix="grader-wheel-") as space:
        # From a copy: building leaves folders behind.
        for part in _PARTS:
            _copy(CHECKOUT / part, Path(space) / part)
        build = "import setuptools.build_meta as b; print(b.build_wheel('.'))"
        done = subprocess.run([sys.executable, "-c", build], cwd=space, capture_output=True, text=True, check=False)
        if done.returncode:
            raise CheckoutError(f"the wheel cannot be built: {done.stderr.strip().splitlines()[-1][:300]}")
        built = Path(space) / done.stdout.splitlines()[-1]
        return built.name, built.read_bytes()


def requirements() -> bytes:
    """The pinned packages, without those that only tests need."""
    return (CHECKOUT / "requirements.lock").read_bytes()


def system_packages() -> bytes:
    """The script that installs the Debian packages."""
    return (CHECKOUT / ".ci" / "system-packages").read_bytes()


def whole_folder(folder: Path) -> dict[str, bytes]:
    """Every file of an assignment, the hidden ones too, by path."""
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        shutil.copy(source, target)
