"""What student code finds here in place of the world outside: data sets, a GPU, a screen, a keyboard."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from ..torch_there import once_imported
from . import everyday, keras, packages, programs
from .elsewhere import Elsewhere

__all__ = ["install"]


def install(entry: str, sources: str, gpu: bool) -> None:
    """Prepare the interpreter for the submission whose main file is `entry` and whose texts are `sources`."""
    everyday.install(entry)
    programs.install()
    elsewhere = Elsewhere(Path.cwd().parent / "elsewhere", Path.cwd(), Path.cwd().parent / "support")
    elsewhere.install()
    packages.install()
    threads = os.environ.get("OMP_NUM_THREADS")
    once_imported(lambda: _of_torch().install(elsewhere, threads))
    if keras.is_asked_for(sources):
        keras.install()
    once_imported(lambda: _of_torch().install_devices(sources, gpu=gpu))


def _of_torch() -> Any:
    return importlib.import_module(f"{__name__}.of_torch")
