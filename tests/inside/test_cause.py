"""What an exception in the sandbox comes from: a package that is not here, a stand-in, a call, a student's object."""

from __future__ import annotations

import sys
import types

import pytest
import torch
from torch import nn

from grader.inside import cause as causes
from grader.inside.aliases import NotTraceable
from grader.inside.building import CannotCall
from grader.inside.cause import cause, remember_imports, their_objects, told
from grader.inside.loading import Deadline
from grader.inside.raised import mark


def raised(run, *args):
    with pytest.raises(BaseException) as caught:
        run(*args)
    return caught.value


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """The student's folder; tests lie in another one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(causes, "_NOT_DEFINED", {})


def student(tmp_path, text):
    """A module of the submission."""
    module = types.ModuleType("submission")
    module.__file__ = str(tmp_path / "work.py")
    (tmp_path / "work.py").write_text(text)
    sys.modules["submission"] = module
    exec(compile(text, module.__file__, "exec"), vars(module))  # noqa: S102
    return module


def test_a_students_own_exception_has_no_cause_but_their_line(tmp_path):
    fails = student(tmp_path, "def fails():\n    raise ValueError('no')\n").fails

    assert told(raised(fails)) == {"error": "ValueError: no", "in_student_code": True}


@pytest.mark.parametrize(("name", "found"), [("fvcore", "package"), ("fvcore.nn", "package"), ("my_layers", None)])
def test_a_known_package_that_is_not_installed_is_told_from_a_file_that_was_not_handed_in(name, found):
    assert cause(raised(__import__, name)) == found


def test_a_students_file_of_a_packages_name_is_theirs(tmp_path):
    (tmp_path / "fvcore.py").write_text("")

    assert not causes.is_absent("fvcore")


def test_a_name_that_was_to_come_from_an_absent_package_is_the_packages(tmp_path):
    import ast

    remember_imports(ast.parse("from fvcore.nn import flops as count\nimport fvcore\nfrom os import path\n"))
    uses = student(tmp_path, "def one():\n    return count\n\ndef two():\n    return cuont\n")

    assert (cause(raised(uses.one)), cause(raised(uses.two))) == ("package", None)


def test_what_a_student_raises_while_handling_our_gap_is_still_our_gap(tmp_path):
    tried = "    try:\n        import fvcore\n    except ImportError:\n        raise RuntimeError('install it')\n"

    assert cause(raised(student(tmp_path, f"def fails():\n{tried}").fails)) == "package"


def test_an_operation_that_cannot_be_written_down_is_ours_also_in_a_students_line():
    with pytest.raises(NotTraceable) as caught, their_objects():
        raise NotTraceable("a constant")

    assert cause(caught.value) == "operation"


def test_a_call_that_a_students_signature_does_not_take_is_theirs(tmp_path):
    made = student(
        tmp_path, "def two(a, b): pass\n\nclass Net:\n    pass\n\nclass Deep:\n    def __init__(self, n): pass\n"
    )

    assert [cause(raised(call, 1, 2, 3)) for call in (made.two, made.Net, made.Deep)] == ["call"] * 3


def test_a_call_of_the_assignments_own_that_fails_has_no_cause():
    def own(a):
        return a

    assert told(raised(own))["in_student_code"] is False
    assert cause(raised(own)) is None


def test_a_signature_without_a_place_for_what_is_asked_is_theirs_unless_nobody_asked_for_it():
    assert cause(CannotCall("no parameter")) == "call"
    assert cause(mark(CannotCall("no parameter"), "unknown")) == "unknown"


def test_a_network_of_pytorchs_own_layers_that_fails_is_the_students():
    network = nn.Sequential(nn.Linear(3, 2), nn.Linear(3, 2))

    def runs():
        with their_objects():
            network(torch.zeros(1, 3))

    assert cause(raised(runs)) == "object"


def test_time_that_is_up_is_told():
    def waits():
        with Deadline(0.05, "cpu"):
            while True:
                pass

    assert cause(raised(waits)) == "time"


def test_what_a_stand_in_does_not_have_is_ours(tmp_path):
    from grader.inside.standins.datasets import _Datasets

    made = student(
        tmp_path, "def uses(kind):\n    return kind('datasets').no_such_thing\n\ndef typo(x):\n    return x.shpae\n"
    )

    assert cause(raised(made.uses, _Datasets)) == "stand-in"
    assert cause(raised(made.typo, torch.zeros(1))) is None


class Odd(Exception):
    @property
    def __cause__(self):
        raise KeyError("cause")

    __context__ = __dict__ = property(lambda self: 1 / 0)


def test_an_exception_with_code_of_its_own_is_looked_at_without_harm():
    assert cause(raised(lambda: (_ for _ in ()).throw(Odd()))) is None
    mark(Odd(), "object")


def test_a_chain_that_leads_back_to_itself_ends():
    one, two = ValueError(), ValueError()
    one.__cause__, two.__cause__ = two, one

    assert cause(one) is None
