"""What is said of a wrong block, in the words of the coursework's framework."""

from __future__ import annotations

import pytest
from coursework import part

from grader.finding import advice


@pytest.mark.parametrize(
    ("criterion", "problem", "hint"),
    [
        ("batch_norm", "the result of one batch normalization is thrown away", "self.layer_dict['bn_0'](out)"),
        ("batch_norm", "no processing block beside the given one", "write one like the given one"),
        ("batch_norm", "1 of 2 batch normalizations are not registered: they are made anew", "in build_module"),
        ("batch_norm", "1 of 2 convolutions have a batch normalization", "as well as in build_module"),
        ("residual", "a projection, not the identity", "in a processing block"),
        ("residual", "no command line builds a network of MyBlock", "--block_type"),
    ],
)
def test_hints_name_what_the_framework_calls_it(criterion, problem, hint):
    assert hint in (advice(problem, part(criterion)._HINTS) or "")
