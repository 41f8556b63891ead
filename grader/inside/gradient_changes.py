"""What a training loop does with gradients between the backward pass and the step: clipping, most of all."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor, nn

Change = tuple[float, float, bool]  # the norm as it was made, the norm now, whether all were shortened alike


class MadeGradients:
    """The gradients of weights as the last backward pass left them."""

    def __init__(self, weights: Iterable[nn.Parameter]) -> None:
        self.weights = list(weights)
        self._made: dict[int, Tensor] = {}
        for place, weight in enumerate(self.weights):
            weight.register_post_accumulate_grad_hook(partial(self._note, place))  # type: ignore[no-untyped-call]

    def _note(self, place: int, weight: Tensor) -> None:
        if weight.grad is not None:
            self._made[place] = weight.grad.detach().clone()

    def changed(self) -> Change | None:
        """What has become of them since; None if they are as they were."""
        made, self._made = self._made, {}
        pairs = [(made[place], weight.grad) for place, weight in enumerate(self.weights) if place in made]
        known = [(before, now.detach()) for before, now in pairs if now is not None and now.shape == before.shape]
        if not known:
            return None
        before, now = (torch.cat([pair[side].flatten().double() for pair in known]) for side in (0, 1))
        if torch.allclose(before, now, rtol=1e-4, atol=1e-12):
            return None
        norms = before.norm().item(), now.norm().item()
        alike = norms[0] > 0 and torch.allclose(before * (norms[1] / norms[0]), now, rtol=1e-3, atol=1e-5 * norms[1])
        return (*norms, alike)
