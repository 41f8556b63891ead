"""The commonest real mistakes in `plot_grad_flow`: message and hint name each, and right ways to write it pass."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from textwrap import dedent, indent
from types import SimpleNamespace

import pytest
from core_examples import SEED, evidence

from grader.assess import assess_one
from grader.checks import GRADIENT_NORM, FlowTask, plotted_gradients
from grader.errors import AssignmentError
from grader.finding import Finding
from grader.inside import flow_calls
from grader.inside.asked import gradient_flow
from grader.inside.plots import FigureLog
from grader.probes import weights_seed
from grader.rubric import Criterion
from grader.sandbox.protocol import Frame

FILE = "experiment_builder.py"
CLASS = """
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn


class ExperimentBuilder(nn.Module):
    def plot_func_def(self, all_grads, layers):
        plt.plot(all_grads, alpha=0.3, color="b")
        plt.hlines(0, 0, len(all_grads) + 1, linewidth=1, color="k")
        plt.xticks(range(0, len(all_grads), 1), layers, rotation="vertical")
        return plt

    def plot_grad_flow(self, named_parameters):
        all_grads, layers = [], []
"""
CALL = "return self.plot_func_def(all_grads, layers)"


class Figures(FigureLog):
    """Those that pyplot has open."""

    @property
    def figures(self):
        from matplotlib import pyplot as plt

        return [plt.figure(number) for number in plt.get_fignums()]

    @figures.setter
    def figures(self, _):
        """There are none to begin with."""


@pytest.fixture(scope="module", autouse=True)
def _without_windows():
    import matplotlib as mpl

    mpl.use("agg")


TASK = FlowTask(
    values="all_grads",
    plotter="plot_func_def",
    place="a method plot_grad_flow of ExperimentBuilder",
    hint="hand in experiment_builder.py with the method filled in",
)


def said(finding: Finding) -> str:
    """All that is said, in one text."""
    return " / ".join((finding.message, *finding.details, f"hint: {finding.hint}"))


def found_for(task: FlowTask, text: str) -> Finding:
    """What the criterion comes to for a file."""
    namespace = {"__name__": "submission"}
    exec(compile(text, FILE, "exec"), namespace)  # noqa: S102 - the text is ours
    frames = []
    for case in task.probe.cases:
        session = SimpleNamespace(
            request={"seed": weights_seed(SEED), "entry": FILE},
            namespace=namespace,
            arrays=task.data(SEED),
            figures=Figures(),
        )
        with warnings.catch_warnings(action="ignore"):  # a box shows them to nobody
            header, arrays = gradient_flow.answer(session, dict(case))
        told = {"kind": "ask", "probe": task.probe.id, "case": case["id"], **json.loads(json.dumps(header))}
        frames.append(Frame(told, arrays))
    return assess_one(Criterion("it", "It", 1, plotted_gradients(task)), evidence(*frames))


def finding_of(body: str, call: str = CALL) -> Finding:
    """What the criterion comes to for this body of `plot_grad_flow`."""
    return found_for(TASK, CLASS + indent(dedent(body).strip() + f"\n{call}\n", " " * 8))


def loop(value: str, name: str = "name", test: str = "'bias' not in name", head: str = "name, param") -> str:
    return f"""
        for {head} in named_parameters:
            if {test}:
                layers.append({name})
                all_grads.append({value})
    """


MEAN = "param.grad.abs().mean().item()"
MISTAKES = {
    "no absolute value": (loop("param.grad.mean().item()"), "the mean without absolute values", "absolute value first"),
    "absolute value last": (loop("param.grad.mean().abs().item()"), "the absolute value of the mean", "value first"),
    "the largest": (loop("param.grad.abs().max().item()"), "the largest absolute value of each gradient", "then the"),
    "the norm": (loop("param.grad.norm().item()"), "the L2 norm of each gradient", "param.grad.abs().mean()"),
    "the squares": (loop("(param.grad ** 2).mean().item()"), "the mean of the squares", "param.grad.abs().mean()"),
    "the sum": (loop("param.grad.abs().sum().item()"), "the sum of the absolute values", "then the mean"),
    "the weights": (loop("param.abs().mean().item()"), "of the weights, not of their gradients", "use param.grad"),
    "sorted": (
        loop(MEAN) + "\n        all_grads.sort()",
        "the values are right, but not in the network's order",
        "order of named_parameters",
    ),
    "turned round": (
        loop(MEAN) + "\n        all_grads.reverse(); layers.reverse()",
        "not in the network's order",
        "keep the order of named_parameters",
    ),
    "biases only": (loop(MEAN, test="'bias' in name"), "the biases alone are plotted", "leave the biases out"),
    "divided by the largest": (
        loop(MEAN) + "\n        all_grads = [value / max(all_grads) for value in all_grads]",
        "but all are multiplied by",
        "each value as it is",
    ),
    "the first convolutions only": (
        loop(MEAN, test="'bias' not in name and 'conv2' not in name"),
        "6 values for shallow, of only some of its layers: conv2.weight is missing",
        "every layer's weight",
    ),
    "the linear layer only": (
        loop(MEAN, test="param.dim() == 2"),
        "1 value in all",
        "for every layer",
    ),
    "no names": (
        loop(MEAN).replace("layers.append(name)", "pass"),
        "the layers' names are missing",
        "append a layer's name",
    ),
    "fewer names": (
        loop(MEAN).replace("layers.append(name)", "layers.append(name) if 'conv2' not in name else None"),
        "there are 6 names for 7 values",
        "for every value in all_grads",
    ),
    "item too early": (loop("param.grad.abs().item()"), "it raises RuntimeError: a Tensor with", "the mean first"),
    "a condition that is never true": (loop(MEAN, test="name == 'conv'"), "nothing is collected", "its condition hold"),
    "one name for all": (loop(MEAN, "'layer'"), "the names do not tell the layers apart", "append a layer's name"),
    "names turned round": (
        loop(MEAN) + "\n        layers.reverse()",
        "which is another layer",
        "append a layer's name",
    ),
    "no detach before numpy": (loop("np.abs(param.numpy()).mean()"), "it raises RuntimeError: Can't call", "detach()"),
    "a misspelt name": (loop("parm.grad.abs().mean().item()"), "it raises NameError: name 'parm'", "misspelt"),
    "an index too far": (loop(MEAN, "name.split('.')[9]"), "it raises IndexError", "has fewer parts"),
    "pairs not taken apart": (
        loop("param.grad.abs().mean()", "str(param)", "True", "param"),
        "it raises AttributeError: 'tuple' object has no attribute 'grad'",
        "for name, param in named_parameters",
    ),
    "gone through twice": (
        "layers = [name for name, _ in named_parameters]\nall_grads = [p.grad.mean() for _, p in named_parameters]",
        "all_grads is empty, and layers is not",
        "can be gone through once only",
    ),
    "as a dictionary": (
        "for name, param in named_parameters.items():\n    all_grads.append(1)",
        "has no attribute 'items'",
        "gives pairs and is no dictionary",
    ),
    "called as a function": (
        "for name, param in named_parameters():\n    all_grads.append(1)",
        "'generator' object is not callable",
        "without the brackets",
    ),
    "the gradient's gradient": (loop("param.grad.grad.abs().mean()"), "'NoneType' object", "param.grad"),
}


@pytest.mark.parametrize("kind", MISTAKES)
def test_a_usual_mistake_in_the_gradient_flow_is_named(kind):
    body, message, hint = MISTAKES[kind]

    found = finding_of(body)

    assert found.outcome.value == "failed", said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


CALLS = {
    "not called": ("return plt", "nothing is plotted and plot_func_def is not called", "hand all_grads and layers"),
    "the lists left empty": (
        "return self.plot_func_def([], [])",
        "nothing is collected",
        "the lists that the loop fills",
    ),
    "swapped": ("return self.plot_func_def(layers, all_grads)", "the names where the values belong", "values first"),
    "names left out": ("return self.plot_func_def(all_grads)", "missing 1 required positional argument", "takes both"),
    "a name used before its value": (
        "plt.yscale('log')\nplt = self.plot_func_def(all_grads, layers)\nreturn plt",
        "it raises UnboundLocalError",
        "name that value otherwise",
    ),
    "not the method": ("return plot_func_def(all_grads, layers)", "it raises NameError", "self.…"),
}


@pytest.mark.parametrize("kind", CALLS)
def test_a_usual_mistake_in_the_call_of_plot_func_def_is_named(kind):
    call, message, hint = CALLS[kind]

    found = finding_of(loop(MEAN), call)

    assert found.outcome.value == "failed", said(found)
    assert message in found.message, said(found)
    assert hint in (found.hint or ""), said(found)


def test_the_gap_of_the_template_is_not_attempted():
    found = finding_of("")

    assert found.message.startswith("Not attempted"), said(found)
    assert "param.grad.abs().mean()" in (found.hint or "")


def test_biases_among_the_layers_are_part_of_the_points():
    found = finding_of(loop(MEAN, test="param.requires_grad"))

    assert found.outcome.value == "partial"
    assert "biases among them" in found.message
    assert "leave the biases out" in (found.hint or "")


RIGHT = {
    "as usual": loop(MEAN),
    "without batch normalization": loop(MEAN, test="'bias' not in name and 'norm' not in name"),
    "logarithms": loop("np.log10(param.grad.abs().mean().item())"),
    "tensors": loop("param.grad.abs().mean()"),
    "detached": loop("param.grad.detach().cpu().abs().mean().numpy()"),
    "numpy": loop("np.abs(param.grad.numpy()).mean()"),
    "the mean of absolute values by hand": loop("float(torch.sum(torch.abs(param.grad)) / param.grad.numel())"),
    "short names": loop(MEAN, "name.replace('layer_dict.', '').replace('.weight', '')"),
    "numbers for names": loop(MEAN, "len(layers) + 1"),
    "a list first": "for name, param in list(named_parameters):\n    if 'bias' not in name:\n"
    "        layers.append(name); all_grads.append(param.grad.abs().mean().item())",
    "arrays": loop(MEAN) + "\n        all_grads, layers = np.array(all_grads), np.array(layers)",
    "a dictionary of its own": "found = {n: p.grad.abs().mean() for n, p in named_parameters if 'bias' not in n}\n"
    "all_grads, layers = list(found.values()), list(found)",
}


@pytest.mark.parametrize("kind", RIGHT)
def test_a_right_way_to_write_it_passes(kind):
    found = finding_of(RIGHT[kind])

    assert found.outcome.value == "passed", said(found)


@pytest.mark.parametrize("call", ["plt.bar(range(len(all_grads)), all_grads)", "plt.semilogy(all_grads, 'o-')"])
def test_a_plot_of_the_students_own_passes(call):
    found = finding_of(loop(MEAN), f"{call}\nplt.xticks(range(len(all_grads)), layers)\nreturn plt")

    assert found.outcome.value == "passed", said(found)


@pytest.mark.parametrize(
    ("call", "is_told"), [(CALL, False), (CALL.removeprefix("return "), True), (f"return {CALL[7:]}.gcf()", False)]
)
def test_a_plot_that_is_not_returned_is_told_where_that_is_asked_and_costs_nothing(call, is_told):
    body = CLASS + indent(dedent(loop(MEAN)).strip() + f"\n{call}\n", " " * 8)
    found = found_for(replace(TASK, is_returned=True), body)

    assert found.outcome.value == "passed", said(found)
    assert ("plot_grad_flow returns nothing" in said(found)) is is_told
    assert "returns nothing" not in said(found_for(TASK, body))


BY_ITSELF = """
from matplotlib import pyplot as plt


def plot_grad_flow(named_parameters):
    ave_grads, layers = [], []
    for name, param in named_parameters:
        if param.requires_grad and "bias" not in name:
            layers.append(name)
            ave_grads.append(VALUE)
    plt.bar(range(len(ave_grads)), ave_grads)
    plt.xticks(range(len(layers)), layers, rotation=90)
"""


def by_itself(value: str) -> str:
    return BY_ITSELF.replace("VALUE", value)


def test_a_function_that_plots_by_itself_is_judged_by_its_plot():
    right, wrong = (found_for(FlowTask(), by_itself(value)) for value in (MEAN, "param.grad.norm().item()"))

    assert right.outcome.value == "passed", said(right)
    assert "the L2 norm of each gradient" in wrong.message, said(wrong)


def test_the_norm_may_be_what_is_asked_for():
    task = FlowTask(figure=GRADIENT_NORM)
    right, wrong = (found_for(task, by_itself(value)) for value in ("param.grad.norm().item()", MEAN))

    assert "plots the gradient norm of each layer" in right.message, said(right)
    assert "the mean absolute value of each gradient" in wrong.message, said(wrong)
    assert "param.grad.norm()" in (wrong.hint or "")


def test_nothing_drawn_and_nothing_defined_are_told():
    empty = found_for(FlowTask(), "def plot_grad_flow(named_parameters):\n    pass\n")
    missing = found_for(FlowTask(), "x = 1\n")

    assert "nothing is plotted" in empty.message
    assert "expected a function plot_grad_flow, found none" in missing.message


@pytest.mark.parametrize(
    ("call", "form"),
    [
        ("self.plot_grad_flow(self.model.named_parameters())", "generator"),
        ("plot_grad_flow(list(net.named_parameters()))", "list"),
        ("plot_grad_flow(dict(net.named_parameters()))", "dict"),
        ("plot_grad_flow(self.model)", "model"),
        ("plot_grad_flow(", "generator"),
    ],
)
def test_the_function_is_called_as_the_file_calls_it(call, form):
    assert flow_calls.called_with(call, FlowTask().pattern) == form


def test_networks_that_nobody_makes_are_refused():
    with pytest.raises(AssignmentError, match="expected networks of shallow, deep"):
        FlowTask(networks=("VGG_08",))
    with pytest.raises(AssignmentError, match="layers and asked"):
        FlowTask(layers=lambda network, seed: None)
