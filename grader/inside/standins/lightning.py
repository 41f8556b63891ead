"""What homework takes of Lightning, which is not installed."""

from __future__ import annotations

from typing import Any

import torch


class LightningModule(torch.nn.Module):
    """Lightning's base class of networks: a network whose own training loop is not run."""

    def log(self, *_: Any, **__: Any) -> None:
        """Take a value that is logged, and keep nothing."""

    log_dict = save_hyperparameters = log
