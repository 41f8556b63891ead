"""What student code finds here in place of the world outside: data sets, a GPU, a screen, a keyboard."""

from __future__ import annotations

from . import cuda, dlstudio, everyday, keras, packages, torchvision

__all__ = ["install"]


def install(entry: str, sources: str, gpu: bool) -> None:
    """Prepare the interpreter for the submission whose main file is `entry` and whose texts are `sources`."""
    everyday.install(entry)
    packages.install()
    dlstudio.install()
    torchvision.install()
    if keras.is_asked_for(sources):
        keras.install()
    if not gpu and cuda.is_hard_coded(sources):
        cuda.install()
