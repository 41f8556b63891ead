"""What is asked of a function that plots how much gradient reaches each layer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.checks.gradient_flow.layer_gradients import MEAN_ABSOLUTE, FlowFigure, LayerGradients, drawn_gradients
from grader.errors import AssignmentError
from grader.probes import Ask, weights_seed
from grader.sandbox.protocol import Array

OWN = ("shallow", "deep")  # networks of grader/inside/flow_networks.py


@dataclass(frozen=True, kw_only=True)
class FlowTask:
    """A function (or method) that gets `model.named_parameters()` after a backward pass and plots a figure
    of each layer's gradient (its mean absolute value, or its norm), in the network's order, with the layers' names.

    `values` and `names` are what the handout calls the lists that it collects; `plotter` is the function of the
    course's that they go to (`plotter(values, names)`), if it does not plot by itself. `place` says what is looked
    for, and `hint` what to do where it is not found. Where the plot `is_returned`, a function that gives nothing
    back is told so, which costs nothing. The networks are small ones of the grader's; where `layers` is given they are
    the assignment's own, by name and seed, and `asked` is the probe that has them.
    """

    function: str = "plot_grad_flow"
    figure: FlowFigure = MEAN_ABSOLUTE
    pattern: str = r"\w*(?:grad\w*flow|flow\w*grad|plot\w*grad)\w*"
    values: str = "ave_grads"
    names: str = "layers"
    plotter: str | None = None
    place: str = "a function plot_grad_flow"
    hint: str | None = None
    is_returned: bool = False
    networks: Sequence[str] = OWN
    layers: Callable[[str, int], LayerGradients] | None = None
    asked: Ask | None = None

    def __post_init__(self) -> None:
        """Raises AssignmentError for networks that nobody makes."""
        if (self.layers is None) != (self.asked is None):
            raise AssignmentError(f"{self.function}: expected layers and asked together")
        if self.layers is None and (odd := sorted(set(self.networks) - set(OWN))):
            raise AssignmentError(f"{self.function}: expected networks of {', '.join(OWN)}, found {', '.join(odd)}")

    @property
    def probe(self) -> Ask:
        """What goes into the sandbox: a case for each network."""
        if self.asked is not None:
            return self.asked
        asked = {"pattern": self.pattern, "plotter": self.plotter}
        return Ask(
            "gradient_flow", "gradient_flow", [{"id": name, **asked} for name in self.networks], 15.0, library=True
        )

    def data(self, seed: int) -> Mapping[str, Array]:
        """The gradients of every parameter, as they are served."""
        if self.layers is not None:
            return {}
        return {
            f"gradients.{name}.{index}": gradient
            for name in self.networks
            for index, gradient in enumerate(self.of(name, seed).gradients)
        }

    def of(self, network: str, seed: int) -> LayerGradients:
        """A network's layers in a batch with this seed."""
        return self.layers(network, seed) if self.layers else own_layers(network, seed)


def own_layers(network: str, seed: int) -> LayerGradients:
    """A network of the grader's, with weights as the box makes them, and drawn gradients."""
    import numpy as np

    from grader.inside import flow_networks

    made = flow_networks.network(network, weights_seed(seed))
    weights = {name: parameter.detach().numpy() for name, parameter in made.named_parameters()}
    random = np.random.default_rng([seed, OWN.index(network), 38])
    gradients = drawn_gradients(random, [array.shape for array in weights.values()])
    return LayerGradients(network, tuple(weights), tuple(gradients), tuple(weights.values()))
