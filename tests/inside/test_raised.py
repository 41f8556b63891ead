from __future__ import annotations

import pytest

from grader.inside.raised import class_name, last_line, line_in, message, report


class Unprintable(Exception):
    def __str__(self) -> str:
        raise SystemExit(1)


class OddCause(Exception):
    @property
    def __cause__(self) -> BaseException:
        raise KeyError("cause")


class OddTraceback(Exception):
    @property
    def __traceback__(self) -> str:
        return "not a traceback"


class Meta(type):
    @property
    def __name__(cls) -> str:
        raise RuntimeError("nameless")


class Nameless(Exception, metaclass=Meta):
    pass


def raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_an_ordinary_exception_is_told_as_python_tells_it():
    error = raised(ValueError("two words"))

    assert message(error) == "two words"
    assert last_line(error) == "ValueError: two words"
    assert report(error).startswith("Traceback (most recent call last)")
    assert report(error).endswith("ValueError: two words\n")
    assert line_in(error, __file__) == raised.__code__.co_firstlineno + 2
    assert line_in(error, "elsewhere.py") is None


def test_a_syntax_error_has_its_line():
    with pytest.raises(SyntaxError) as caught:
        compile("x = 1\nx = = 2", "work.py", "exec")

    assert line_in(caught.value, "work.py") == 2


ODD = {"Unprintable": Unprintable, "OddCause": OddCause, "OddTraceback": OddTraceback, "Nameless": Nameless}


@pytest.mark.parametrize("name", ODD)
def test_an_exception_with_code_of_its_own_is_told_without_harm(name: str):
    error = ODD[name]("x").with_traceback(raised(ValueError()).__traceback__)

    assert class_name(type(error)) == name
    for text in (message(error), last_line(error), report(error)):
        assert isinstance(text, str)
        assert text
    assert line_in(error, "elsewhere.py") is None


def test_long_messages_are_cut():
    error = raised(ValueError("x" * 10_000))

    assert len(message(error)) == 1000
    assert len(last_line(error)) == 1000
    assert len(report(error)) == 4000


def test_the_package_that_stands_for_the_submission_is_not_named():
    error = ModuleNotFoundError("No module named 'handed_in.layers'")
    assert last_line(error) == "ModuleNotFoundError: No module named '.layers'"
    assert message(error) == "No module named '.layers'"
