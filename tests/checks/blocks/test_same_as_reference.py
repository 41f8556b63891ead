"""`same_as_reference`: what it accepts, what it catches, and what it says about it."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
import scipy.sparse
import torch
from asking import found

from grader.catalog import Hidden
from grader.checks import booleans, drawn, integers, lower_triangle, normal, same_as_reference
from grader.errors import AssignmentError
from grader.finding import Outcome
from grader.inside.asked.calls import weighted


def mean_square(x, w):
    """The reference: mean of the squared rows, weighted."""
    return (x**2).mean(axis=0) * w, x


def back(dout, cache):
    return 2 * cache * dout / len(cache)


REFERENCE = {"mean_square": mean_square, "back": back}
CHAIN = same_as_reference(
    "mean_square(x, w) -> out, cache",
    "back(dout, cache) -> dx",
    reference=REFERENCE,
    cases=[{"x": normal(6, 4), "w": normal(4), "dout": normal(4)}, {"x": normal(3, 4), "w": normal(4)}],
)


def forward(**others):
    return found(CHAIN["mean_square"], **{**REFERENCE, **others})


@pytest.mark.parametrize(
    "other",
    [
        lambda x, w: [(np.square(x).sum(0) / len(x) * w).tolist(), {"x": x}],
        lambda x, w: (np.einsum("nd,nd,d->d", x, x, w) / x.shape[0], None),
        lambda x, w: (np.array([w[j] * np.mean([v * v for v in x[:, j]]) for j in range(4)]), x),
        lambda x, w: ((x.astype(np.float32) ** 2).mean(axis=0) * w, x),
    ],
    ids=["lists", "einsum", "loops", "single precision"],
)
def test_other_ways_to_write_it_pass(other):
    assert forward(mean_square=other).outcome is Outcome.PASSED


LOSS = same_as_reference(
    "loss(p, y) -> loss",
    reference={"loss": lambda p, y: ((p - y) ** 2).sum()},
    cases=[{"p": normal(n), "y": normal(n)} for n in (1, 5)],
)


@pytest.mark.parametrize(
    "other",
    [
        lambda p, y: np.array([((p - y) ** 2).sum()]),
        lambda p, y: [float(((p - y) ** 2).sum())],
        lambda p, y: (p - y)[None] @ (p - y)[:, None],
    ],
)
def test_one_number_may_come_in_an_array_of_one(other):
    assert found(LOSS, loss=other).outcome is Outcome.PASSED


def test_of_several_numbers_none_is_the_one():
    finding = found(LOSS, loss=lambda p, y: (p - y) ** 2)

    assert finding.credit == Fraction(1, 2)  # of one prediction there is one
    assert "loss has shape 5, expected a single number" in finding.message


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda x, w: ((x**2).sum(axis=0) * w, x), "differs in 4 of 4 numbers"),
        (lambda x, w: (-((x**2).mean(axis=0)) * w, x), "the sign is the wrong way round"),
        (lambda x, w: ((x**2).mean(axis=0) * w * 3, x), "every number is 3 times"),
        (lambda x, w: ((x**2).mean(axis=0) * w + 2, x), "every number is 2 too large"),
        (lambda x, w: ((x**2).mean(axis=0)[None] * w, x), "has shape 1 × 4, expected 4"),
        (
            lambda x, w: (np.sort((x**2).mean(axis=0) * w)[[2, 0, 3, 1]], x),
            "the numbers are right and in another order",
        ),
        (lambda x, w: ((x**2).mean(axis=0)[1:] * w[1:], x), "holds 3 numbers, expected 4"),
        (lambda x, w: (np.zeros(4), x), "it is zero everywhere"),
        (lambda x, w: (np.full(4, np.nan), x), "out holds 4 numbers that are NaN or infinite, of 4"),
        (lambda x, w: (np.array([1, 2, np.inf, 3]), x), "out holds 1 number that is NaN or infinite, of 4"),
        (lambda x, w: (x**2).mean(axis=0) * w, r"expected 2 results \(out, cache\), found 1"),
        (lambda x, w: (None, x), "out is missing"),
        (lambda x: (x, x), "raised TypeError"),
        (lambda x, w: (np.random.default_rng().standard_normal(4), x), "differs in 4 of 4"),
    ],
)
def test_what_is_wrong_is_said(other, words):
    finding = forward(mean_square=other)

    assert finding.outcome is Outcome.FAILED
    assert re.search(words, finding.message)


def test_one_number_that_is_not_finite_is_said_with_the_right_one():
    block = same_as_reference("f(x) -> y", reference={"f": lambda x: (x**2).sum()}, cases=[{"x": normal(4)}])

    assert "y is NaN or infinite: found inf, expected " in found(block, f=lambda x: np.inf).message


def test_an_exception_in_one_case_costs_that_case():
    def picky(x, w):
        if len(x) == 3:
            raise ValueError("too few")
        return mean_square(x, w)

    finding = forward(mean_square=picky)

    assert finding.credit == Fraction(1, 2)
    assert "x 3 × 4, w 4: mean_square raised ValueError: too few" in finding.details


def test_all_or_nothing_is_one_argument():
    strict = same_as_reference(
        "mean_square(x, w) -> out, cache",
        reference=REFERENCE,
        per_case=False,
        cases=[{"x": normal(6, 4), "w": normal(4)}, {"x": normal(3, 4), "w": normal(4)}],
    )

    assert found(strict, mean_square=lambda x, w: mean_square(x, w if len(x) == 3 else 0 * w)).credit == 0


def test_an_input_changed_in_place_costs_half():
    def rough(x, w):
        x **= 2
        return x.mean(axis=0) * w, x

    finding = forward(mean_square=rough)

    assert finding.credit == Fraction(1, 2)
    assert "the input x is changed in place" in finding.message
    assert "copy" in (finding.hint or "")


def test_a_later_function_is_not_tried_without_what_it_needs():
    finding = found(CHAIN["back"], back=back, mean_square=lambda x, w: 1 / 0)

    assert "back was not tried: no earlier function gave cache" in finding.message


def needs_what_is_not_installed(x, w):
    import xgboost

    return xgboost.asarray(x) * w, x


def test_a_later_function_is_a_persons_where_the_earlier_one_needs_what_is_missing_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a folder of work, in which no file has the package's name
    for step in ("mean_square", "back"):
        finding = found(CHAIN[step], back=back, mean_square=needs_what_is_not_installed)

        assert finding.outcome is Outcome.UNGRADED
        assert "xgboost" in finding.message


def test_a_function_that_is_not_there_is_said_once():
    finding = found(CHAIN["back"], mean_square=mean_square)

    assert finding.message == "expected back, found no such definition"


def test_a_hole_of_the_template_is_not_attempted():
    def hole(x, w):
        raise NotImplementedError

    assert forward(mean_square=hole).message.startswith("Not attempted: mean_square")


def test_swapped_results_are_recognised():
    pair = same_as_reference(
        "both(x) -> low, high",
        reference={"both": lambda x: (x.min(0), x.max(0))},
        cases=[{"x": normal(5, 3)}],
    )

    finding = found(pair, both=lambda x: (x.max(0), x.min(0)))

    assert "low differs" in finding.message
    assert "it holds what high should be" in finding.message


def test_what_the_reference_writes_into_its_input_is_asked_for():
    def keep(state, x):
        state["mean"] = x.mean(axis=0)
        return x - x.mean(axis=0)

    kept = same_as_reference(
        "keep(state, x) -> out", reference={"keep": keep}, cases=[{"state": {}, "x": normal(5, 3)}]
    )

    assert found(kept, keep=keep).outcome is Outcome.PASSED
    finding = found(kept, keep=lambda state, x: x - x.mean(axis=0))
    assert "state['mean'] is left as it was" in finding.message


def test_inputs_that_show_nothing_leave_it_to_a_person():
    blind = same_as_reference("f(x) -> out", reference={"f": lambda x: 0 * x}, cases=[{"x": normal(4)}])

    finding = found(blind, f=lambda x: 0 * x)

    assert finding.outcome is Outcome.UNGRADED
    assert "out of f (one number for all samples, zeros)" in finding.message
    meant = same_as_reference(
        "f(x) -> out", reference={"f": lambda x: 0 * x}, cases=[{"x": normal(4)}], constant=("out",)
    )
    assert found(meant, f=lambda x: 0 * x).outcome is Outcome.PASSED


def test_loops_are_reported_and_cost_nothing():
    def slowly(x, w):
        out = np.zeros(4)
        for row in x:
            for _ in range(200):
                out += row**2 / 200
        return out / len(x) * w, x

    finding = forward(mean_square=slowly)

    assert finding.outcome is Outcome.PASSED
    assert any("lines of Python where the reference runs 1" in line for line in finding.details)


def test_constants_of_another_batch_earn_nothing():
    seen: dict[int, object] = {}

    def remember(x, w):
        return seen.setdefault(len(x), mean_square(x, w)[0]), x

    assert forward(mean_square=remember).outcome is Outcome.PASSED
    other = found(CHAIN["mean_square"], 99, mean_square=remember)
    assert other.outcome is not Outcome.PASSED


def attention(q, k, mask):
    scores = (q @ k.transpose(-1, -2)).masked_fill(~mask, -torch.inf)
    return scores.softmax(-1)


ATTENTION = same_as_reference(
    "attention(q, k, mask) -> weights",
    reference={"attention": attention},
    torch=True,
    gradients=("q", "k"),
    cases=[{"q": normal(4, 3), "k": normal(4, 3), "mask": lower_triangle(4)}],
)


def test_tensors_and_their_gradients_are_compared():
    assert found(ATTENTION, attention=attention).outcome is Outcome.PASSED
    detached = found(ATTENTION, attention=lambda q, k, mask: attention(q.detach(), k, mask))
    assert "no gradient reaches q" in detached.message
    assert "cut gradients off" in str(detached.hint)


def test_only_the_gradient_is_wrong():
    def straight(q, k, mask):
        out = attention(q, k, mask)
        return out.detach() + 2 * out - 2 * out.detach()

    finding = found(ATTENTION, attention=straight)

    assert "the gradient by q differs" in finding.message
    assert "2 times what it should be" in finding.message


def test_labels_and_masks_hold_all_kinds():
    rng = np.random.default_rng(3)

    assert set(integers(7, below=7).draw(rng)) == set(range(7))
    assert booleans(6, share=0.5).draw(rng).sum() == 3


def symmetric(rng):
    above = np.triu(rng.random((5, 5)) < 0.4, 1)
    return above | above.T


GRAPH = same_as_reference(
    "degrees(graph) -> degree",
    "lengths(boxes) -> sides",
    reference={"degrees": lambda graph: graph.sum(axis=1), "lengths": lambda boxes: boxes[:, 1] - boxes[:, 0]},
    cases=[
        {"graph": drawn(symmetric), "boxes": drawn(lambda rng: np.sort(rng.uniform(0, 9, (4, 2))))},
        {"graph": drawn(symmetric), "boxes": drawn(lambda rng: np.sort(rng.integers(0, 9, (6, 2))))},
    ],
)


def test_inputs_may_be_what_a_function_of_the_courses_makes():
    finding = found(
        GRAPH, degrees=lambda graph: graph.sum(axis=0), lengths=lambda boxes: abs(boxes[:, 0] - boxes[:, 1])
    )

    assert finding.outcome is Outcome.PASSED, finding.message
    served = GRAPH.data(3)
    graphs = [array for name, array in served.items() if name.endswith("graph")]
    assert all(array.dtype == bool and (array == array.T).all() for array in graphs)
    assert not np.array_equal(*graphs)
    assert sorted(array.dtype.name for name, array in served.items() if name.endswith("boxes")) == ["float64", "int64"]
    assert found(GRAPH["degrees"], degrees=lambda graph: graph[0] * 1, lengths=len).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda rng: "text", "expected a function that makes numbers"),
        (lambda rng: np.random.default_rng().random(3), "the same numbers of equal generators"),
        (lambda rng: rng.random(2 + int(rng.integers(100))), "expected one shape"),
    ],
)
def test_a_function_that_makes_no_inputs_is_a_slip(make, words):
    with pytest.raises(AssignmentError, match=words):
        drawn(make)


LARGE = same_as_reference(
    "large(x) -> places",
    "outer(x) -> products",
    reference={"large": lambda x: np.argsort(-x)[:3], "outer": lambda x: np.outer(x, np.arange(1, 4))},
    cases=[{"x": normal(8)}],
)


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (lambda x: np.argsort(-x)[:4], "holds 4 numbers, expected 3: [0-7] too many"),
        (lambda x: np.argsort(-x)[:1], "holds 1 number, expected 3: [0-7], [0-7] missing"),
        (lambda x: np.argsort(-x)[1:3], "holds 2 numbers, expected 3: [0-7] missing"),
        (lambda x: np.argsort(-x)[2:6], "4 numbers, expected 3: [0-7], [0-7], [0-7] too many; [0-7], [0-7] missing"),
        (lambda x: np.argsort(-x)[:3][::-1], "the numbers are right and in another order"),
        (lambda x: np.argsort(x)[:3], r"differs in 3 of 3 numbers, most at \[\d\]: found \d, expected \d$"),
        (lambda x: x[np.argsort(-x)[:3]][:, None], "has shape 3 × 1, expected 3"),
    ],
)
def test_what_is_wrong_with_a_list_of_places_is_said(other, words):
    finding = found(LARGE["large"], large=other, outer=lambda x: np.outer(x, np.arange(1, 4)))

    assert re.search(words, finding.message), finding.message


def test_rows_in_another_order_are_recognised():
    finding = found(LARGE["outer"], large=lambda x: x, outer=lambda x: np.outer(x[::-1], np.arange(1, 4)))

    assert "the rows are right and in another order" in finding.message


@pytest.mark.parametrize(
    ("signatures", "cases", "words"),
    [
        (["f x"], [{}], "expected a signature"),
        (["f(x, x) -> y"], [{}], "each name once"),
        (["f(x) -> y"], [{"z": normal(2)}], "no case gives all of its inputs"),
        (["g(x) -> y"], [{"x": normal(2)}], "the reference has no g"),
        ([], [], "at least one signature"),
    ],
)
def test_slips_are_said_when_the_assignment_is_loaded(signatures, cases, words):
    with pytest.raises(AssignmentError, match=words):
        same_as_reference(*signatures, reference={"f": abs}, cases=cases)


def test_students_without_the_reference_see_what_does_not_run():
    shown = same_as_reference("f(x) -> out", reference=Hidden("hidden.solution"), cases=[{"x": normal(3)}])

    assert shown.hidden
    assert shown.preview is not None
    from asking import answered

    assert shown.preview(answered(shown, {"f": abs})).outcome is Outcome.UNGRADED
    assert "raised" in shown.preview(answered(shown, {"f": lambda x: x.nothing})).message


def test_an_input_that_is_changed_through_a_cache_is_seen():
    def forward(x, w):
        return x * w, w

    def backward(dout, cache):
        dx = dout * cache
        return dx, dx.sum()

    def spoils(dout, cache):
        dx, total = backward(dout, cache)
        cache *= 0
        return dx, total

    block = same_as_reference(
        "forward(x, w) -> out, cache",
        "backward(dout, cache) -> dx, total",
        reference={"forward": forward, "backward": backward},
        cases=[{"x": normal(3), "w": normal(3), "dout": normal(3)}],
    )

    assert found(block["backward"], forward=forward, backward=backward).outcome is Outcome.PASSED
    said = found(block["backward"], forward=forward, backward=spoils)
    assert said.outcome is Outcome.PARTIAL
    assert "the input w is changed in place, which an earlier function was given" in said.message


class Both(NamedTuple):
    out: Any
    cache: Any


def by_name_alone(*, w, x):
    return Both((x**2).mean(axis=0) * w, x)


def partly_by_name(x, *, weights):
    return mean_square(x, weights)


def otherwise_named(rows, weights, scale=1.0):
    return mean_square(rows, weights * scale)


@pytest.mark.parametrize("other", [by_name_alone, partly_by_name, otherwise_named])
def test_arguments_go_by_name_or_in_order_and_results_may_be_a_named_tuple(other):
    assert forward(mean_square=other).outcome is Outcome.PASSED


def test_an_argument_that_is_not_there_is_an_error_of_the_students():
    finding = forward(mean_square=lambda x: (x, x))

    assert "TypeError" in finding.message
    assert finding.outcome is Outcome.FAILED


def test_the_hint_belongs_to_the_case_that_is_told():
    finding = forward(mean_square=lambda x, w: (mean_square(x, w)[0] + x[0] if len(x) == 6 else w[:2], x))

    assert "differs in 4 of 4 numbers" in finding.message
    assert finding.hint is None


def target_loss(q, later):
    """The reference: what comes later is taken as given."""
    return ((q - later.detach()) ** 2).mean()


def test_a_gradient_that_has_to_be_cut_off_is_looked_for():
    cases = [{"q": normal(4, 3), "later": normal(4, 3)}]
    others = {"reference": {"loss": target_loss}, "torch": True, "gradients": ("q", "later")}
    block = same_as_reference("loss(q, later) -> value", cases=cases, **others)

    def given(q, later):
        with torch.no_grad():
            target = later + 0
        return (q - target).square().mean() + 0 * later.sum()

    assert found(block, loss=given).outcome is Outcome.PASSED
    finding = found(block, loss=lambda q, later: ((q - later) ** 2).mean())
    assert finding.outcome is Outcome.FAILED
    assert "a gradient reaches later, which has to be cut off" in finding.message
    assert "detach()" in str(finding.hint)


def test_a_result_may_be_called_as_its_function_is():
    block = same_as_reference("loss(x) -> loss", reference={"loss": lambda x: (x**2).sum()}, cases=[{"x": normal(4)}])

    assert found(block, loss=lambda x: x @ x).outcome is Outcome.PASSED
    cases = [{"x": normal(4)}]
    other = same_as_reference("loss(2 * x) -> loss", reference={"loss": lambda x: (x**2).sum()}, cases=cases)
    assert found(other, loss=lambda x: x @ x).outcome is Outcome.PASSED


def test_tuples_sets_bytes_and_keys_that_are_no_texts_arrive_as_they_are():
    def spelled(words, pair, raw, kept):
        return [float(a == pair) + words[a] + len(kept) for a in words], raw.decode()

    def other(words, pair, raw, kept):
        return [float(list(a) == list(pair)) + words[a] + len(kept) for a in words], raw.decode()

    case = {"words": {(1, 2): 3.0, (2, 2): 7.0}, "pair": (1, 2), "raw": b"ab", "kept": {"x", "y"}}
    block = same_as_reference(
        "spelled(words, pair, raw, kept) -> out, text", reference={"spelled": spelled}, cases=[case]
    )

    assert found(block, spelled=spelled).outcome is Outcome.PASSED
    assert (
        found(block, spelled=lambda words, pair, raw, kept: other(dict(words), list(pair), raw, kept)).outcome
        is Outcome.PASSED
    )
    assert (
        found(block, spelled=lambda words, pair, raw, kept: other(words, (2, 2), raw, kept)).outcome is Outcome.FAILED
    )


def words_of(text):
    return sorted(set(text.split()))


def places_of(text, words):
    return [words.index(word) if word in words else -1 for word in text.split()]


HANDED_ON = same_as_reference(
    "double(x) -> y, total",
    "square(y) -> z",
    "shifted(y, total) -> w",
    reference={
        "double": lambda x: (2 * x, round(float(np.abs(x).sum())) + 2),
        "square": lambda y: y**2,
        "shifted": lambda y, total: (y - 1) * total,
    },
    cases=[{"x": normal(4, 3)}],
)
WORDS = same_as_reference(
    "words_of(text) -> words",
    "places_of(text, words) -> places",
    reference={"words_of": words_of, "places_of": places_of},
    cases=[{"text": "to be or not to be"}, {"text": "a rose is a rose"}],
)


def double(x):
    return 2 * x, round(float(np.abs(x).sum())) + 2


def triple(x):
    return 3 * x, round(float(np.abs(x).sum())) + 3


def shifted(y, total):
    return (np.asarray(y) - 1) * total


@pytest.mark.parametrize(
    ("step", "functions"),
    [
        ("square", {"double": triple, "square": lambda y: y * y}),
        ("shifted", {"double": triple, "shifted": shifted}),
        ("shifted", {"double": lambda x: [triple(x)[0].tolist(), triple(x)[1]], "shifted": shifted}),
    ],
)
def test_a_function_is_judged_by_the_input_that_it_was_given(step, functions):
    finding = found(HANDED_ON[step], **functions)

    assert finding.outcome is Outcome.PASSED, finding.message
    assert f"{step} is right for what it was given, but its input y is what double gave, which differs" in str(
        finding.details
    )
    assert found(HANDED_ON["double"], **functions).outcome is Outcome.FAILED


NAMED = same_as_reference(
    "double(x) -> y",
    "named(y) -> z, text",
    reference={"double": lambda x: 2 * x, "named": lambda y: (y**2, "squares")},
    cases=[{"x": normal(3, 4)}],
    in_place="wrong",
)


def written_over(y):
    found = y**2
    y *= 0
    return found, "squares"


@pytest.mark.parametrize(
    ("named", "told"),
    [
        (lambda y: (y**2, "cubes"), "cubes"),
        (written_over, "the input y is changed in place"),
        (lambda y: (y**2, "squares", y), "named"),
    ],
)
def test_an_own_input_excuses_nothing_but_what_follows_from_it(named, told):
    finding = found(NAMED["named"], double=lambda x: 3 * x, named=named)

    assert finding.outcome is Outcome.FAILED
    assert told in finding.message
    right = found(NAMED["named"], double=lambda x: 3 * x, named=lambda y: (y**2, "squares"))
    assert right.outcome is Outcome.PASSED, right.message


@pytest.mark.parametrize(
    ("step", "functions"),
    [
        ("square", {"double": triple, "square": lambda y: y**3}),
        ("square", {"double": lambda x: (0 * x, 0), "square": lambda y: y**3}),
        ("square", {"double": lambda x: (0 * x + 1, 0), "square": lambda y: y**3}),
        ("square", {"double": lambda x: (0 * x + 7, 0), "square": lambda y: y**2}),
        ("square", {"double": lambda x: (x[:1], 0), "square": lambda y: y**2}),
        ("shifted", {"double": lambda x: (3 * x, 1), "shifted": lambda y, total: y - 1}),
        ("shifted", {"double": lambda x: (3 * x, 10**12), "shifted": shifted}),
    ],
)
def test_an_input_that_would_hide_a_mistake_excuses_nothing(step, functions):
    finding = found(HANDED_ON[step], **functions)

    assert finding.outcome is Outcome.FAILED
    assert "is what double gave, which differs too" in finding.message


def test_shares_in_place_of_counts_are_handed_on_as_they_are():
    def counted(labels):
        return np.bincount(labels, minlength=3)

    def entropy(counts):
        share = counts / counts.sum()
        return -(share * np.log(share)).sum()

    def entropy_by_hand(counts):
        return -sum(count / sum(counts) * np.log(count / sum(counts)) for count in counts)

    block = same_as_reference(
        "counted(labels) -> counts",
        "entropy(counts) -> bits",
        reference={"counted": counted, "entropy": lambda counts: entropy(counts + 1)},
        cases=[{"labels": integers(20, below=3)}, {"labels": integers(30, below=3)}],
    )["entropy"]
    normalised = {"counted": lambda labels: counted(labels) / len(labels)}

    right = found(block, entropy=lambda counts: entropy_by_hand(counts + 1), **normalised)
    wrong = found(block, entropy=lambda counts: entropy_by_hand(counts + 2), **normalised)

    assert right.outcome is Outcome.PASSED, right.message
    assert wrong.outcome is Outcome.FAILED


def test_texts_are_handed_on_too():
    def turned(text):
        return words_of(text)[::-1]

    assert found(WORDS["places_of"], words_of=turned, places_of=places_of).outcome is Outcome.PASSED
    wrong = found(WORDS["places_of"], words_of=turned, places_of=lambda text, words: [*places_of(text, words)[1:], 0])
    assert wrong.outcome is Outcome.FAILED
    assert "its input words is what words_of gave" in wrong.message


def counted(ids):
    found = {}
    for pair in pairwise(ids):
        found[pair] = found.get(pair, 0) + 1
    return found


def counted_round(ids):
    return counted([*ids, *ids[:1]])


def counted_by_numpy(ids):
    return {tuple(np.int64(part) for part in pair): np.int64(count) for pair, count in counted(ids).items()}


COUNTS = [{"ids": [1, 2, 3, 1, 2]}, {"ids": [7]}]


def test_entries_of_a_dictionary_are_all_compared_where_its_keys_are_data():
    block = same_as_reference("counted(ids) -> counts", reference={"counted": counted}, cases=COUNTS)

    assert found(block, counted=counted_by_numpy).outcome is Outcome.PASSED
    more = found(block, counted=counted_round)
    assert more.outcome is Outcome.FAILED
    assert "counts[(2, 1)] is there, which the reference does not give" in more.message
    assert found(block, counted=lambda ids: None).outcome is Outcome.FAILED


def test_an_input_that_an_earlier_step_makes_is_a_slip():
    functions = {"double": lambda x: x, "square": lambda y: y}
    with pytest.raises(AssignmentError, match="y is given by a case and made by double"):
        same_as_reference(
            "double(x) -> y", "square(y) -> z", reference=functions, cases=[{"x": normal(3), "y": normal(3)}]
        )


def halves(x):
    """The reference: a list of lists, which is an array where they are as long."""
    return [list(x[::2]), list(x[1::2])]


def rows(x):
    """The reference: a list of arrays."""
    return [x + 1, x * 2]


@pytest.mark.parametrize(
    ("right", "own"),
    [
        (halves, lambda x: [x[::2], x[1::2]]),
        (halves, lambda x: (list(x[::2]), x[1::2])),
        (rows, lambda x: np.stack([x + 1, x * 2])),
        (rows, lambda x: [list(x + 1), list(x * 2)]),
    ],
)
def test_a_list_of_arrays_and_an_array_with_as_many_rows_are_the_same(right, own):
    block = same_as_reference("f(x) -> parts", reference={"f": right}, cases=[{"x": normal(6)}, {"x": normal(4)}])

    assert found(block, f=own).outcome is Outcome.PASSED, found(block, f=own).message
    for wrong in (lambda x: [*own(x), own(x)[0]], lambda x: list(own(x))[:1], lambda x: list(own(x))[::-1]):
        assert found(block, f=wrong).outcome is Outcome.FAILED


def vocabulary(words, least):
    """The reference: the number of each word that comes so often, in the order of the text."""
    kept = [word for word in dict.fromkeys(words) if words.count(word) >= least]
    return {word: number for number, word in enumerate(kept)}


VOCABULARY = same_as_reference(
    "vocabulary(words, least) -> numbers",
    reference={"vocabulary": vocabulary},
    cases=[
        {"words": ["the", "cat", "saw", "the", "dog", "the", "cat", "saw"], "least": 2},
        {"words": list("abacab"), "least": 1},
    ],
)


def test_words_of_the_input_are_no_names_of_results():
    def all_words(words, least):
        return vocabulary(words, 1)

    def from_one(words, least):
        return {word: number + 1 for word, number in vocabulary(words, least).items()}

    def in_a_loop(words, least):
        numbers = {}
        for word in words:
            if word not in numbers and sum(word == other for other in words) >= least:
                numbers[word] = len(numbers)
        return numbers

    assert found(VOCABULARY, vocabulary=in_a_loop).outcome is Outcome.PASSED
    assert found(VOCABULARY, vocabulary=from_one).outcome is Outcome.FAILED
    finding = found(VOCABULARY, vocabulary=all_words)
    assert finding.outcome is Outcome.PARTIAL
    assert "numbers['dog'] is there, which the reference does not give" in finding.message


def test_names_of_results_may_have_others_beside_them():
    block = same_as_reference(
        "slopes(x, mode) -> grads",
        reference={"slopes": lambda x, mode: {"w": 2 * x, "b": x + 1}},
        cases=[{"x": normal(3), "mode": "train"}],
    )

    assert found(block, slopes=lambda x, mode: {"w": 2 * x, "b": x + 1, "x": x}).outcome is Outcome.PASSED


def test_a_result_that_holds_no_numbers_is_called_what_it_is():
    block = same_as_reference(
        "squares(x) -> out", reference={"squares": lambda x: [part**2 for part in x]}, cases=[{"x": normal(4)}]
    )

    assert found(block, squares=lambda x: tuple(x * x)).outcome is Outcome.PASSED
    message = found(block, squares=lambda x: (part**2 for part in x)).message
    assert "out is a generator, expected 4" in message
    assert "missing" not in message


def angles(t, width):
    return np.outer(t, 100.0 ** -np.linspace(0, 1, width // 2))


def embedding(t, width):
    """The reference: sines, then cosines."""
    return np.concatenate([np.sin(angles(t, width)), np.cos(angles(t, width))], axis=1)


def in_turns(t, width):
    """As right, where the handout does not say."""
    return np.stack([np.sin(angles(t, width)), np.cos(angles(t, width))], axis=2).reshape(len(t), width)


def doubled(t, width):
    return 2 * in_turns(t, width)


EMBEDDED = same_as_reference(
    "embedding(t, width) -> out",
    "twice(out) -> double",
    reference={"embedding": embedding, "twice": lambda out: 2 * out},
    cases=[{"t": integers(5, below=90), "width": 6}, {"t": integers(4, below=90), "width": 4}],
    also=[{"embedding": in_turns}],
)


def test_other_references_are_as_right_where_a_handout_leaves_something_open():
    def some_of_each(t, width):
        return embedding(t, width) if width == 6 else in_turns(t, width)

    for right in (embedding, in_turns):
        finding = found(EMBEDDED, embedding=right, twice=lambda out: out + out)
        assert finding.outcome is Outcome.PASSED, finding.message
    assert found(EMBEDDED["embedding"], embedding=doubled, twice=lambda out: out).outcome is Outcome.FAILED
    assert found(EMBEDDED["embedding"], embedding=some_of_each, twice=lambda out: out).outcome is Outcome.PARTIAL


def test_another_reference_that_these_inputs_do_not_show_leaves_wrong_work_to_a_person():
    block = same_as_reference(
        "embedding(t, width) -> out",
        reference={"embedding": embedding},
        cases=[{"t": integers(5, below=90), "width": 6}],
        also=[{"embedding": lambda t, width: np.zeros((len(t), width))}],
    )

    assert found(block, embedding=embedding).outcome is Outcome.PASSED
    assert found(block, embedding=doubled).outcome is Outcome.UNGRADED


class Lying(str):
    """A text that says that it equals any other."""

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = str.__hash__


def test_texts_are_their_letters_whatever_kind_of_text_they_are():
    def parity(n):
        return ("even", "odd")[n % 2]

    block = same_as_reference("parity(n) -> word", reference={"parity": parity}, cases=[{"n": 3}, {"n": 4}])

    for right in (lambda n: np.array(["even", "odd"])[n % 2], lambda n: Lying(parity(n))):
        assert found(block, parity=right).outcome is Outcome.PASSED
    for wrong in (lambda n: Lying("some"), lambda n: np.str_("odd"), lambda n: parity(n).encode()):
        assert found(block, parity=wrong).outcome is not Outcome.PASSED


def test_several_results_may_be_the_parts_of_an_array():
    def moments(x):
        return x.mean(), x.std()

    block = same_as_reference("moments(x) -> mean, deviation", reference={"moments": moments}, cases=[{"x": normal(5)}])

    for right in (lambda x: np.array(moments(x)), lambda x: torch.tensor(moments(x))):
        assert found(block, moments=right).outcome is Outcome.PASSED
    assert found(block, moments=lambda x: np.array(moments(x))[::-1]).outcome is Outcome.FAILED
    assert "expected 2 results (mean, deviation), found 1" in found(block, moments=lambda x: x[:3]).message


def test_a_sparse_matrix_is_the_numbers_in_it():
    def adjacency(n):
        return np.eye(n, k=1)

    block = same_as_reference("adjacency(n) -> a", reference={"adjacency": adjacency}, cases=[{"n": 3}, {"n": 5}])

    assert found(block, adjacency=lambda n: scipy.sparse.eye(n, k=1).tocsr()).outcome is Outcome.PASSED
    assert found(block, adjacency=lambda n: scipy.sparse.eye(n).tocsr()).outcome is Outcome.FAILED


def test_a_sum_in_inference_mode_takes_no_later_one_its_gradients():
    with torch.inference_mode():
        weighted(torch.ones(7, dtype=torch.float64))
    x = torch.ones(7, dtype=torch.float64, requires_grad=True)

    weighted(x).backward()

    assert x.grad is not None
    assert weighted(x).item() == pytest.approx(float(x.grad.sum()))
