"""Stand-ins for parts of PyTorch and of what is made with it; they take effect once it is imported."""

from __future__ import annotations

import multiprocessing

import torch

from . import compiled, cuda, dlstudio, torchvision
from .elsewhere import Elsewhere


def install(elsewhere: Elsewhere, threads: str | None) -> None:
    """Everything but devices. PyTorch runs with so many `threads` from now on."""
    if threads is not None:
        torch.set_num_threads(int(threads))
    torch.set_num_threads = _keep_threads
    # Threads in place of processes, as there already.
    torch.multiprocessing.Pool = multiprocessing.Pool
    torch.save = elsewhere.saving(torch.save)
    torch.load = elsewhere.looking(torch.load)
    compiled.install()
    dlstudio.install()
    torchvision.install()


def install_devices(sources: str, *, gpu: bool) -> None:
    """A CPU in place of the devices that a submission's texts ask for and that are not here."""
    if cuda.is_hard_coded(sources, gpu=gpu):
        cuda.install(gpu=gpu)


def _keep_threads(nthreads: int) -> None:
    """Boxes share the machine: the supervisor decides how many threads one gets."""
