"""The given experiment builder, as far as a submission's own files may lean on it."""

from __future__ import annotations

from typing import Any, NoReturn

from torch import nn


class ExperimentBuilder(nn.Module):
    """Trains a network for some epochs. `plot_grad_flow` is what the coursework asks for."""

    def __init__(
        self, network_model: nn.Module, experiment_name: str, num_epochs: int, *args: Any, **settings: Any
    ) -> None:
        super().__init__()
        self.model = network_model
        self.experiment_name = experiment_name
        self.num_epochs = num_epochs
        self.settings = settings

    def plot_func_def(self, all_grads: Any, layers: Any) -> Any:
        """Plot a value for each layer; returns matplotlib's `pyplot`."""
        from matplotlib import pyplot as plt

        plt.plot(all_grads, alpha=0.3, color="b")
        plt.hlines(0, 0, len(all_grads) + 1, linewidth=1, color="k")
        plt.xticks(range(len(all_grads)), layers, rotation="vertical")
        plt.xlim(xmin=0, xmax=len(all_grads))
        plt.xlabel("Layers")
        plt.ylabel("Average Gradient")
        plt.title("Gradient flow")
        plt.grid(visible=True)
        plt.tight_layout()
        return plt

    def plot_grad_flow(self, named_parameters: Any) -> Any:
        """Collects nothing: students fill it in."""
        return self.plot_func_def([], [])

    def run_experiment(self) -> NoReturn:
        """Training takes place in the course's framework, not here."""
        raise RuntimeError("the course's training loop does not run where work is graded")
