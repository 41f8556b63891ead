"""`forbidden` in a box: what runs is judged, whatever it is called; what does not run costs nothing."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from answering import Answer, Submission, answers
from core_examples import evidence, execution, record
from programs_with_forbidden_names import (
    BEGIN,
    OF_NUMPY_RIGHT,
    OF_NUMPY_WRONG,
    OTHERS,
    RIGHT,
    UNSURE,
    WRONG,
)

from grader.assess import assess_one
from grader.checks import forbidden
from grader.evidence import FileRecord
from grader.finding import Finding, Outcome
from grader.probes import Ask
from grader.rubric import Block, Criterion
from grader.sandbox.protocol import Frame

TORCH = forbidden(
    imports=("torch.optim", "sklearn", "tiktoken", "wsgiref"),
    calls=(
        "torch.nn.functional.softmax",
        "torch.nn.MultiheadAttention",
        "torch.nn.Linear",
        "torch.nn.functional.linear",
        "torch.Tensor.backward",
        "torch.matmul",
    ),
)
NUMPY = forbidden(calls=("numpy.linalg.inv", "numpy.dot", "numpy.add", "numpy.convolve"))
WITHIN = forbidden(calls=("torch.nn.functional.softmax",), within=("mine",))
BLOCKS = {"torch": TORCH, "numpy": NUMPY, "within": WITHIN}
STEPS = {"id": "0", "steps": [["mine", ["n"], ["y"], ""]], "plain": {"n": 3}, "arrays": {}, "opaque": [], "seed": 1}
CALLED = Ask("called", "calls", [STEPS], library=True)

TOLD = "torch.nn.functional.softmax in work.py, line 6"


@pytest.fixture(scope="module")
def came() -> dict[str, Answer]:
    groups = (WRONG, RIGHT, OF_NUMPY_WRONG, OF_NUMPY_RIGHT, UNSURE, OTHERS)
    texts = {name: BEGIN + text for group in groups for name, text in group.items()}
    asked = [*{id(probe): probe for block in BLOCKS.values() for probe in block.probes}.values()]
    read, *watched = sorted(asked, key=lambda probe: str(probe.id))
    probes = [read, *(probe for probe in watched if probe != read), CALLED]
    modes = {"within_right": "run"}
    return answers(
        {
            name: Submission({"work.py": text}, mode=modes.get(name, "definitions"), probes=probes)
            for name, text in texts.items()
        }
    )


def judged(came: dict[str, Answer], name: str, block: Block, *, watched: bool = True) -> Finding:
    answer = came[name]
    files = [frame for frame in answer.of_kind("ask") if frame.header["probe"] == "sources"]
    content = files[0].arrays["work.py"].tobytes()
    listed = (FileRecord("work.py", len(content), sha256(content).hexdigest()),)
    frames = [Frame(dict(one.header), one.arrays) for one in answer.frames]
    if not watched:
        frames = [one for one in frames if one.header["kind"] not in ("watched", "used")]
    mode = "run" if name == "within_right" else "definitions"
    found = replace(
        evidence(*frames), submission=record(files=listed, entry="work.py"), executions=(execution(mode=mode),)
    )
    return assess_one(Criterion("it", "It", 1, block), found)


@pytest.mark.parametrize("name", [*WRONG, *OF_NUMPY_WRONG])
def test_what_ran_is_rejected_whatever_it_is_called(came, name):
    finding = judged(came, name, TORCH if name in WRONG else NUMPY)

    assert finding.outcome is Outcome.FAILED, (finding, [one.header for one in came[name].of_kind("used")])


@pytest.mark.parametrize("name", [*RIGHT, *OF_NUMPY_RIGHT])
def test_what_did_not_run_or_is_a_librarys_own_costs_nothing(came, name):
    answer = came[name].of_kind("ask")[-1].header
    assert "error" not in answer["steps"]["mine"], answer

    finding = judged(came, name, TORCH if name in RIGHT else NUMPY)

    assert finding.outcome is Outcome.PASSED, (finding, [one.header for one in came[name].of_kind("used")])


@pytest.mark.parametrize("name", UNSURE)
def test_what_running_did_not_show_is_a_persons_where_code_could_hide_it(came, name):
    finding = judged(came, name, TORCH)

    assert finding.outcome is Outcome.UNGRADED, finding


def test_only_what_is_asked_for_counts_within(came):
    assert judged(came, "within_wrong", WITHIN).outcome is Outcome.FAILED
    assert judged(came, "within_right", WITHIN).outcome is Outcome.PASSED


def test_the_line_that_called_is_named(came):
    assert TOLD in judged(came, "alias", TORCH).message
    assert "did not run" in judged(came, "dead_function", TORCH).message


def test_without_a_word_on_what_ran_the_text_decides(came):
    assert judged(came, "dead_function", TORCH, watched=False).outcome is Outcome.FAILED
    assert judged(came, "own", TORCH, watched=False).outcome is Outcome.PASSED
