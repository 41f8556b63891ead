"""All of this package that a submission's program needs PyTorch for: imported beforehand where PyTorch is."""

from __future__ import annotations

from . import class_probe, made, watched_networks
from .standins import lightning, of_torch

__all__ = ["class_probe", "lightning", "made", "of_torch", "watched_networks"]
