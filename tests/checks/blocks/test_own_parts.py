"""A function that calls another one, which is wrong, is judged by what that one gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from asking import answered, found

from grader.checks import normal, same_as_reference
from grader.evidence import MissingEvidence
from grader.finding import Outcome


def softmax(x):
    """The reference: of each row."""
    grown = np.exp(x - x.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)


def attention(q, k, v):
    """The reference: values weighted by how well a query fits a key."""
    return softmax(q @ k.T / np.sqrt(q.shape[-1])) @ v


STEPS = ("softmax(x) -> p", "attention(q, k, v) -> out")
ATTENTION = same_as_reference(
    *STEPS,
    reference={"softmax": softmax, "attention": attention},
    cases=[{"x": normal(3, 4), "q": normal(3, 5), "k": normal(4, 5), "v": normal(4, 2)}],
)
PARTS = {
    "of columns": "grown = np.exp(x - x.max()); return grown / grown.sum(axis=0)",
    "not divided": "return np.exp(x)",
    "over all": "grown = np.exp(x); return grown / grown.sum()",
}
CALLERS = {
    "as the reference": "return softmax(q @ k.T / np.sqrt(q.shape[1])) @ v",
    "in steps": "scores = q.dot(k.T); weights = softmax(x=scores / q.shape[1] ** 0.5); return np.dot(weights, v)",
    "row by row": "return np.einsum('ij,jk->ik', softmax(np.einsum('id,jd->ij', q, k) * q.shape[1] ** -0.5), v)",
}
WRONG_CALLERS = {
    "not scaled": "return softmax(q @ k.T) @ v",
    "scaled twice": "return softmax(q @ k.T / q.shape[1]) @ v",
    "halved": "p = softmax(q @ k.T / np.sqrt(q.shape[1])); return p / 2 @ v",
    "other values": "return softmax(q @ k.T / np.sqrt(q.shape[1])) @ k[:, :2]",
    "not used": "softmax(q @ k.T / np.sqrt(q.shape[1])); return np.tanh(q @ k.T) @ v",
    "its input changed": "s = q @ k.T / np.sqrt(q.shape[1]); p = softmax(s); v *= 2; return p @ v / 2",
}


def submission(part, caller):
    """A module of a student's, in which one function calls the other."""
    text = f"import numpy as np\ndef softmax(x):\n    {part}\ndef attention(q, k, v):\n    {caller}\n"
    names: dict[str, Any] = {}
    exec(compile(text, "work.py", "exec"), names)  # noqa: S102 - written above
    return {name: names[name] for name in ("softmax", "attention")}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("caller", CALLERS)
def test_a_function_that_calls_a_wrong_one_is_judged_by_what_that_gives(part, caller):
    work = submission(PARTS[part], CALLERS[caller])

    finding = found(ATTENTION["attention"], **work)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert "attention is right for what softmax gives it, which differs" in finding.details
    assert found(ATTENTION["softmax"], **work).outcome is Outcome.FAILED


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("caller", WRONG_CALLERS)
def test_a_wrong_part_excuses_no_mistake_of_what_calls_it(part, caller):
    finding = found(ATTENTION["attention"], **submission(PARTS[part], WRONG_CALLERS[caller]))

    if caller == "its input changed":
        assert finding.credit == 0.5
    else:
        assert finding.outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "part", ["return 0 * x", "return 0 * x + 1", "return 0 * x + 0.25", "return x[:2]", "return 1"]
)
def test_a_part_whose_results_would_hide_mistakes_excuses_nothing(part):
    assert found(ATTENTION["attention"], **submission(part, CALLERS["in steps"])).outcome is Outcome.FAILED


def test_a_wrong_function_with_a_right_part_stays_wrong_and_a_right_one_right():
    right = "grown = np.exp(x - x.max(-1, keepdims=True)); return grown / grown.sum(-1, keepdims=True)"

    assert found(ATTENTION, **submission(right, CALLERS["in steps"])).outcome is Outcome.PASSED
    for caller in ("not scaled", "other values", "not used"):
        work = submission(right, WRONG_CALLERS[caller])
        assert found(ATTENTION["attention"], **work).outcome is Outcome.FAILED


def test_what_a_part_is_said_to_give_has_to_have_been_asked_as_the_reference_asks_it():
    """A part that is called with other numbers, or with settings that the handout has not, is no excuse."""
    text = "import numpy as np\ndef softmax(x, axis=0):\n    grown = np.exp(x); return grown / grown.sum(axis)\n"
    text += "def attention(q, k, v):\n    return softmax(q @ k.T / np.sqrt(q.shape[1]), 0) @ v\n"
    names: dict[str, Any] = {}
    exec(compile(text, "work.py", "exec"), names)  # noqa: S102 - written above

    finding = found(ATTENTION["attention"], softmax=names["softmax"], attention=names["attention"])

    assert finding.outcome is Outcome.FAILED


TWICE = same_as_reference(
    *STEPS,
    reference={"softmax": softmax, "attention": attention},
    cases=[
        {"x": normal(3, 4)},
        {"x": normal(5, 2), "q": normal(3, 5), "k": normal(4, 5), "v": normal(4, 2)},
        {"q": normal(2, 3), "k": normal(6, 3), "v": normal(6, 2)},
    ],
)


def test_cases_of_the_part_may_be_others():
    work = submission(PARTS["not divided"], CALLERS["in steps"])

    assert found(TWICE["attention"], **work).outcome is Outcome.PASSED
    assert found(TWICE["softmax"], **work).credit == 0


@pytest.mark.parametrize(
    "part",
    [
        "import sys; own = sys._getframe(1).f_code.co_name == 'attention'; p = right(x); return np.eye(*x.shape) + own",
        "p = right(x); return p if len(x) == 5 else np.exp(x)",
        "p = right(x); return p if x.shape == (3, 4) and np.abs(x).max() < 9 else 2 * p",
    ],
)
def test_a_part_that_is_right_where_it_is_asked_itself_excuses_nothing(part):
    """Else it could give what makes any answer right, and cost nothing."""
    text = "import numpy as np\ndef right(x):\n    g = np.exp(x - x.max(-1, keepdims=True))\n"
    text += f"    return g / g.sum(-1, keepdims=True)\ndef softmax(x):\n    {part}\n"
    own = defined(text + "def attention(q, k, v):\n    return softmax(q @ k.T / np.sqrt(q.shape[1])) @ v + 1\n")

    assert found(TWICE["attention"], softmax=own["softmax"], attention=own["attention"]).outcome is Outcome.FAILED


def test_a_part_that_is_wrong_in_some_cases_alone_excuses_nothing():
    part = "import math; grown = np.exp(x - x.max(-1, keepdims=True)); rows = grown.sum(-1, keepdims=True)"
    part += "; return grown / (rows if len(x) == 5 else 2 * rows)"
    work = submission(part, CALLERS["in steps"])

    assert found(TWICE["softmax"], **work).outcome is Outcome.PARTIAL
    assert found(TWICE["attention"], **work).outcome is Outcome.FAILED


def test_functions_are_as_they_were_after_their_calls_were_noted():
    work = submission(PARTS["not divided"], CALLERS["in steps"])
    found(ATTENTION, **work)

    assert work["attention"].__globals__["softmax"] is work["softmax"]


def defined(text):
    """What a text defines."""
    names: dict[str, Any] = {}
    exec(compile(text, "work.py", "exec"), names)  # noqa: S102 - written in this file
    return names


WHOLE = "def whole(x, v):\n    return part(0.5 * x) @ v\n"
OWN_PART = "def part(x):\n    return x.exp()\n"


@pytest.mark.parametrize("gradients", [(), ("v",)])
def test_tensors_are_handed_on_too_and_their_gradients_are_no_evidence(gradients):
    right = defined("def part(x):\n    return x.softmax(-1)\n" + WHOLE)
    block = same_as_reference(
        "part(x) -> p",
        "whole(x, v) -> out",
        reference={name: right[name] for name in ("part", "whole")},
        cases=[{"x": normal(3, 4), "v": normal(4, 2)}],
        torch=True,
        gradients=gradients,
    )
    own = defined(OWN_PART + WHOLE)
    work = {name: own[name] for name in ("part", "whole")}

    assert found(block["part"], **work).outcome is Outcome.FAILED
    assert found(block["whole"], **work).outcome is (Outcome.FAILED if gradients else Outcome.PASSED)


def test_what_comes_back_of_such_calls_is_small_and_of_the_first_ones_alone():
    often = "def softmax(x):\n    return x + 1\ndef attention(q, k, v):\n"
    often += "    return sum(softmax(q @ k.T) for _ in range(50)) @ v\n"
    own = defined("import numpy as np\n" + often)

    evidence = answered(ATTENTION, {name: own[name] for name in ("softmax", "attention")})

    (frame,) = evidence.frames
    assert len(frame.header["steps"]["attention"]["calls"]) == 6
    assert sum(name.startswith("its calls of others: ") for name in frame.arrays) == 12
    assert "calls" not in frame.header["steps"]["softmax"]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("raise NotImplementedError", "attention calls softmax, which still raises NotImplementedError"),
        ("return np.log(x, nothing=1)", "attention calls softmax, which raised TypeError"),
        ("return x.nothing", "attention calls softmax, which raised AttributeError"),
    ],
)
def test_what_a_part_raises_is_not_said_of_the_function_that_calls_it(part, words):
    work = submission(part, CALLERS["in steps"])

    finding = found(ATTENTION["attention"], **work)

    assert finding.outcome is Outcome.FAILED
    assert words in finding.message
    assert "attempted" not in finding.message


def test_what_the_caller_raises_itself_is_its_own():
    caller = "try: softmax(q)\n    except NotImplementedError: pass\n    return q.nothing"

    finding = found(ATTENTION["attention"], **submission("raise NotImplementedError", caller))

    assert "attention raised AttributeError" in finding.message


def test_a_template_is_said_to_be_one_of_itself_alone():
    work = submission("raise NotImplementedError", "raise NotImplementedError")

    with pytest.raises(MissingEvidence, match="not attempted: attention still raises"):
        ATTENTION["attention"].check(answered(ATTENTION["attention"], work))
