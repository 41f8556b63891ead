"""What a fingerprint does not see, and what it does."""

from __future__ import annotations

import pytest

from grader.similarity.fingerprints import fingerprints

CODE = """
def total(values, scale=2):
    result = 0
    for value in values:
        result += value * scale
    return result


class Net:
    def forward(self, x):
        return self.first(x) + self.second(x) * len(x)

    def backward(self, g):
        return [self.first(g), self.second(g), sum(g), max(g)]
"""


def prints(text: str) -> set[int]:
    return set(fingerprints(text).places)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("value", "v").replace("result", "out"),
        lambda text: text.replace("    result = 0\n", '    """Adds up."""\n    result = 0  # begins\n\n'),
        lambda text: text.replace("(x)", "( x )").replace("\n", "\r\n"),
        lambda text: "\n\n".join(reversed(text.strip().split("\n\n\n"))),
    ],
    ids=["names", "comments and documentation", "layout", "order of definitions"],
)
def test_what_makes_no_difference(change):
    assert prints(change(CODE)) == prints(CODE)


def test_the_order_of_methods_makes_no_difference():
    first, second = CODE.index("    def forward"), CODE.index("    def backward")
    other = CODE[:first] + CODE[second:] + "\n" + CODE[first:second]

    assert prints(other) == prints(CODE)


@pytest.mark.parametrize(("old", "new"), [("+= value", "-= value"), ("len(x)", "abs(x)"), ("scale=2", "scale=3")])
def test_what_the_program_does_makes_a_difference(old, new):
    assert prints(CODE.replace(old, new)) != prints(CODE)


def test_fingerprints_say_where_they_stand():
    places = [place for found in fingerprints(CODE).places.values() for place in found]

    assert min(first for first, _ in places) >= 1
    assert all(first <= last < CODE.count("\n") for first, last in places)


@pytest.mark.parametrize(
    "text",
    ["", "x", "def (:\n  'open\n", "\x00\ud800" * 30, '"""' + "a" * 99],
    ids=["empty", "short", "broken", "no text", "open"],
)
def test_what_is_no_python_has_fingerprints_too_or_none(text):
    assert isinstance(prints(text), set)
