"""What is said of a wrong block, in the words of the coursework's framework."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from coursework import part

from grader.checks import BlockBehaviour
from grader.finding import advice


@pytest.mark.parametrize(
    ("criterion", "problem", "hint"),
    [
        ("batch_norm", "the result of one batch normalization is thrown away", "self.layer_dict['bn_0'](out)"),
        (
            "batch_norm",
            "no processing block beside the given one (Block: TypeError: super(type, obj): obj must be an instance)",
            "write super().__init__()",
        ),
        ("residual", "--block_type bn raises TypeError: super(type, obj): obj must be", "write super().__init__()"),
        ("batch_norm", "no processing block beside the given one", "write one like the given one"),
        (
            "batch_norm",
            "no reduction block beside the given one (Reduction: what its convolutions give does not reach its output)",
            "look at what forward returns",
        ),
        ("batch_norm", "1 of 2 batch normalizations are not registered: they are made anew", "in build_module"),
        ("batch_norm", "1 of 2 convolutions have a batch normalization", "as well as in build_module"),
        ("residual", "a projection, not the identity", "in a processing block"),
        ("residual", "no command line builds a network of MyBlock", "--block_type"),
    ],
)
def test_hints_name_what_the_framework_calls_it(criterion, problem, hint):
    assert hint in (advice(problem, part(criterion)._HINTS) or "")


@pytest.mark.parametrize(
    ("seen", "reason"),
    [
        (BlockBehaviour(ratio=1), "what its convolutions give does not reach its output"),
        (BlockBehaviour(convolutions=2, ratio=0.25), "half as wide, found 0.25 of its width"),
        (BlockBehaviour(convolutions=2, ratio=0.0), "as many dimensions and channels as its input"),
        (BlockBehaviour(problem="TypeError: no"), "TypeError: no"),
    ],
)
def test_a_class_that_is_neither_kind_of_block_is_named_with_its_reason(seen, reason):
    found = [part("blocks").Observed(SimpleNamespace(label="ReductionBN", file="models.py"), seen)]

    problem = part("batch_norm")._block_problem(found, "reduction", "halves_width")

    assert problem.startswith("no reduction block (ReductionBN in models.py: ")
    assert reason in problem
