"""A package that is not installed where work is graded costs a student nothing; a mistake of their own does."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from grader.checks.chosen.absent_packages import excuse_absent
from grader.evidence import MissingEvidence

EINOPS = {
    "kind": "ModuleNotFoundError",
    "message": "No module named 'einops'",
    "code": ("from einops import rearrange",),
}


@dataclass
class Loaded:
    """What came back of a script."""

    found: list = field(default_factory=list)

    def errors(self):
        return self.found


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([EINOPS], "NameError: name 'rearrange' is not defined"),
        ([EINOPS], "ModuleNotFoundError: No module named 'einops'"),
        (
            [],
            "ModuleNotFoundError: torchmetrics.Accuracy is used, but the package is not installed where work is graded",
        ),
    ],
)
def test_an_absent_package_is_left_to_a_person(errors, said):
    with pytest.raises(MissingEvidence) as raised:
        excuse_absent(Loaded(errors), None, said)

    assert raised.value.ours


@pytest.mark.parametrize(
    ("errors", "said"),
    [
        ([EINOPS], "NameError: name 'skip' is not defined"),
        ([], "NameError: name 'rearrange' is not defined"),
        ([EINOPS | {"message": "No module named 'my_utils'"}], "NameError: name 'rearrange' is not defined"),
        ([EINOPS], "RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
    ],
)
def test_a_mistake_is_not_excused(errors, said):
    excuse_absent(Loaded(errors), said)
