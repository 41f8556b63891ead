"""`network_as_described`: a function makes the network of a handout, layer by layer, for every size that is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.catalog import Hidden
from grader.checks.made import MadeNetwork, made_network
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.probes import MakeNetwork
from grader.rubric import Block
from grader.sandbox.protocol import Array

if TYPE_CHECKING:
    from torch import nn

    from grader.checks.layerwise.judged_network import JudgedNetwork


@dataclass(frozen=True, kw_only=True)
class DescribedNetwork:
    """A function (or class) that makes a network: `asked` with `arguments` in each case of its `probe`.

    `batches` gives a case's inputs by seed, `outputs` the shapes of what comes out for each of them. `gives` says of
    right shapes what they are, for students who check their own work. `kind` names the exhibits.
    """

    kind: str
    asked: str
    probe: MakeNetwork
    arguments: Mapping[str, tuple[Any, ...]]
    batches: Callable[[int, str], Sequence[Array]]
    outputs: Mapping[str, Sequence[tuple[int, ...]]]
    gives: str
    words: Mapping[str, str] | None = None

    def call(self, case: str) -> str:
        """A case as one writes it."""
        if self.words is not None:
            return self.words[case]
        return f"{self.asked}({', '.join(map(str, self.arguments[case]))})"

    def made(self, evidence: Evidence, case: str) -> MadeNetwork:
        """What came back. Raises MissingEvidence."""
        return made_network(evidence, self.probe.id, case, self.call(case), len(self.outputs[case]))

    def right_shapes(self, evidence: Evidence) -> Finding:
        """What students may know: that outputs have the right shapes, and are finite numbers."""
        problems = [problem for case in self.arguments for problem in self._shape_problems(evidence, case)]
        if problems:
            return Finding.failed(problems[0], details=tuple(problems[1:]))
        return Finding.passed(self.gives)

    def _shape_problems(self, evidence: Evidence, case: str) -> list[str]:
        made, what = self.made(evidence, case), self.call(case)
        if not made.parameters:
            raise MissingEvidence(f"not attempted: {what} makes a network without layers")
        problems = []
        for mode, done in made.passes.items():
            if done.error:
                problems.append(f"{what} raises in {mode} mode {done.error.strip().splitlines()[-1][:200]}")
                continue
            for output, shape in zip(done.outputs, self.outputs[case], strict=True):
                if output is None or output.shape != shape:
                    found = "nothing" if output is None else " × ".join(map(str, output.shape))
                    problems.append(f"{what}: expected an output of {' × '.join(map(str, shape))}, found {found}")
                elif not np.isfinite(output).all():
                    problems.append(f"{what}: expected finite numbers, found others")
        return list(dict.fromkeys(problems))


def network_as_described(
    task: DescribedNetwork,
    reference: Callable[..., nn.Module],
    *,
    hints: Sequence[tuple[str, str]] = (),
    sizes: str = "sizes",
    counted: tuple[str, str] | None = None,
) -> Block:
    """A network gives the outputs of the reference's with the same weights, and has as many parameters.

    `reference` makes the right network with the case's arguments. Accepted: any names, modules or functions, layers in
    any form that computes the same. Caught, and named by the first layer that differs: other layers, widths, kernels,
    activations, dropout, a module that is used twice, outputs of another shape; half of the points are left where only
    the number of parameters differs (biases left out, layers that nothing uses). What is made without any layers counts
    as not attempted. Parameters are counted in the case `counted` (its id, and what it is in words), else the first.
    """

    def check(evidence: Evidence) -> Finding:
        from grader.checks.layerwise.network_verdict import wrong_network

        found = [_judged(evidence, task, reference, case) for case in task.arguments]
        wrong = [judged for judged in found if not judged.right]
        if wrong and all(not judged.rows and judged.parameters == (0, 0) for judged in wrong):
            _raise_if_empty(evidence, task)
        if wrong:
            return wrong_network(wrong, len(found), task.kind, hints)
        case, at = counted or (next(iter(task.arguments)), "the first")
        return _right(task, found, found[list(task.arguments).index(case)], f"for {len(found)} {sizes}", at)

    return Block(
        check,
        (task.probe,),
        entry={rf"(?:def|class)\s+{task.asked}\b": 2},
        hidden=isinstance(reference, Hidden),
        preview=task.right_shapes,
    )


def _judged(
    evidence: Evidence, task: DescribedNetwork, reference: Callable[..., nn.Module], case: str
) -> JudgedNetwork:
    from grader.checks.layerwise.judged_network import NetworkTask, judge_network

    made = task.made(evidence, case)
    right = {"": reference(*task.arguments[case])}
    batches = list(task.batches(evidence.seed, case))
    return judge_network(made, NetworkTask(task.call(case), right, batches, evidence.seed, whole=True))


def _raise_if_empty(evidence: Evidence, task: DescribedNetwork) -> None:
    if not any(task.made(evidence, case).parameters for case in task.arguments):
        raise MissingEvidence(f"not attempted: {task.asked} makes a network without layers")


def _right(task: DescribedNetwork, found: Sequence[JudgedNetwork], one: JudgedNetwork, sizes: str, at: str) -> Finding:
    """What computes the right outputs: with as many parameters, or not."""
    from grader.checks.layerwise.layer_differences import deviation_table, layer_table
    from grader.checks.layerwise.network_verdict import power_shown

    shown = power_shown(found)
    own, right = one.parameters
    if own != right:
        why, hint = _why_other_count(one)
        return Finding.partial(
            Fraction(1, 2),
            f"expected {right:,} parameters, found {own:,}: what is computed is right, but {why}",
            hint,
            exhibits=(layer_table(one, f"{task.kind}-layers"),),
        )
    remarks = dict.fromkeys(remark for judged in found for remark in judged.remarks)
    return Finding.passed(
        f"the same outputs as the reference with the same weights, {sizes}, {own:,} parameters for {at}",
        details=(shown.words, *(f"name accepted: {remark}" for remark in remarks)),
        exhibits=(deviation_table(found, f"{task.kind}-outputs"),),
    )


def _why_other_count(judged: JudgedNetwork) -> tuple[str, str]:
    if judged.unused:
        are = "are" if len(judged.unused) > 1 else "is"
        return f"{', '.join(judged.unused[:4])} {are} never used", "remove layers that the forward pass does not use"
    return "layers have no biases", "keep the biases"
