"""What student code finds here in place of the world outside: data sets, a GPU, a screen, a keyboard."""

from __future__ import annotations

from pathlib import Path

from . import compiled, cuda, dlstudio, everyday, keras, packages, programs, torchvision
from .elsewhere import Elsewhere

__all__ = ["install"]


def install(entry: str, sources: str, gpu: bool) -> None:
    """Prepare the interpreter for the submission whose main file is `entry` and whose texts are `sources`."""
    everyday.install(entry)
    programs.install()
    Elsewhere(Path.cwd().parent / "elsewhere", Path.cwd(), Path.cwd().parent / "support").install()
    packages.install()
    compiled.install()
    dlstudio.install()
    torchvision.install()
    if keras.is_asked_for(sources):
        keras.install()
    if cuda.is_hard_coded(sources, gpu=gpu):
        cuda.install(gpu=gpu)
