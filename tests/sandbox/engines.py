"""The stand-in for a container engine, on PATH."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

from grader.sandbox.container import ENGINES

HERE = Path(__file__).parent


def install_fake_engines(folder: Path) -> None:
    """Make programs called podman and docker in `folder`."""
    state = folder / "state"
    state.mkdir(mode=0o777)
    root = HERE.parents[1]
    for name in ENGINES:
        setting = ["env", f"PYTHONPATH={root}", f"FAKE_ENGINE={name}"]
        run = shlex.join(["exec", *setting, sys.executable, str(HERE / "fake_engine.py"), str(state)])
        program = folder / name
        program.write_text(f'#!/bin/sh\n{run} "$@"\n')
        program.chmod(0o755)


def first_on_path(folder: Path) -> str:
    """PATH with `folder` before all others."""
    return f"{folder}{os.pathsep}{os.environ['PATH']}"
