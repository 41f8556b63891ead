"""Evidence counts only if a wrong answer would have been seen in it."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks.power import BY_LABEL, CONSTANT, ZEROS, power, power_of_outputs, together, usual_rivals, weightless
from grader.checks.scales import unusual_scales
from grader.finding import Outcome

LABELS = [0, 1, 0, 1, 2, 2, 0, 1]


def values(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).lognormal(size=(5, 8))


def test_numbers_that_vary_show_every_answer_without_work():
    truth = values()

    found = power(truth, 1e-3 * truth, usual_rivals(truth, LABELS), "a deviation of 0.1 % would have been caught")

    assert found.enough()
    assert found.count == found.entries == 40
    assert "40 of 40 compared entries" in found.words
    assert "0.1 % would have been caught" in found.words


def test_numbers_below_the_floor_show_nothing():
    truth = 1e-25 * values()

    found = power(truth, np.maximum(1e-3 * truth, 1e-17), usual_rivals(truth))

    assert (found.count, found.enough(), found.unseen) == (0, False, ZEROS)


def test_one_number_a_block_is_no_evidence():
    truth = np.repeat(values()[:, :1], 8, axis=1)

    found = power(truth, 1e-3 * truth, usual_rivals(truth))

    assert (found.seen[ZEROS], found.seen[CONSTANT], found.enough()) == (40, 0, False)


def test_numbers_that_hang_on_the_label_alone_are_no_evidence():
    truth = values()[:, LABELS]

    found = power(truth, 1e-3 * truth, usual_rivals(truth, LABELS))

    assert (found.seen[BY_LABEL], found.enough()) == (0, False)
    assert found.seen[CONSTANT] > 20


def test_a_label_that_no_other_sample_has_leaves_the_other_rivals():
    truth = values()

    found = power(truth, 1e-3 * truth, usual_rivals(truth, list(range(8))))

    assert found.enough()


@pytest.mark.parametrize("odd", [np.nan, np.inf])
def test_numbers_that_are_not_finite_prove_nothing(odd):
    truth = np.full((2, 3), odd)

    assert power(truth, 0.1, {ZEROS: np.zeros(())}).count == 0


def test_an_allowance_without_bound_proves_nothing():
    assert not power(values(), np.inf, {ZEROS: np.zeros(())}).enough()


@pytest.mark.parametrize("odd", [None, np.nan, np.inf])
@pytest.mark.parametrize("samples", [2, 3, 8, 9])
def test_a_samples_constant_is_the_median_of_the_others(samples, odd):
    truth = np.round(np.random.default_rng(samples).standard_normal((3, samples)), 1)
    if odd is not None:
        truth[0, 1], truth[1, 0] = odd, -odd
    labels = np.arange(samples) % 2
    with np.errstate(invalid="ignore"):
        others = [np.median(np.delete(truth, sample, axis=-1), axis=-1) for sample in range(samples)]
    alike = [np.delete(np.flatnonzero(labels == labels[sample]), sample // 2) for sample in range(samples)]

    found = usual_rivals(truth, labels.tolist())

    np.testing.assert_array_equal(found[CONSTANT], np.stack(others, axis=-1))
    for sample, places in enumerate(alike):
        with np.errstate(invalid="ignore"):
            wanted = np.median(truth[:, places], axis=-1) if len(places) else np.full(3, np.inf)
        np.testing.assert_array_equal(found[BY_LABEL][:, sample], wanted)


def test_weightless_evidence_is_failed_for_scales_built_on_purpose_and_else_a_persons():
    nothing = power(np.zeros((2, 3)), 1e-3, {ZEROS: np.zeros(())})

    built = weightless(nothing, "the norms", {"fc.weight": np.full((10, 10), 1e-25)})
    honest = weightless(nothing, "the norms", {"fc.weight": np.full((10, 10), 0.1)})

    assert (built.outcome, honest.outcome) == (Outcome.FAILED, Outcome.UNGRADED)
    assert "fc.weight has a root mean square of 1.0e-25" in built.message
    assert "only 0 of 6 compared entries" in honest.message


@pytest.mark.parametrize("deviation", [0.001, 0.01, 0.05, 0.3, 1.0])
def test_usual_initialisers_are_not_strange(deviation):
    random = np.random.default_rng(1)
    weights = {
        "conv.weight": deviation * random.standard_normal((10, 10, 3, 3)),
        "bn.weight": np.zeros(10),
        "bn.bias": np.zeros(10),
        "fc.weight": np.zeros((10, 10)),
        "none.weight": np.zeros((0, 3)),
        "eye.weight": np.eye(10),
    }

    assert unusual_scales(weights) == []


@pytest.mark.parametrize(
    "weight",
    [np.full((3, 3), 1e-25), np.full((3, 3), 1e6), np.full(3, -1e4), np.full((3, 3), np.nan), np.full(3, 1e300)],
)
def test_scales_that_no_initialiser_gives_are_named(weight):
    (problem,) = unusual_scales({"conv.weight": weight})

    assert problem.startswith("conv.weight")


def test_outputs_are_told_apart_from_zeros_from_other_samples_and_from_other_networks():
    outputs = values().T.reshape(8, 5, 1, 1)

    alone = power_of_outputs(outputs, 1e-4)
    beside = power_of_outputs(outputs, 1e-4, {"a network without skip paths": outputs})

    assert (alone.count, alone.seen) == (40, {ZEROS: 40, CONSTANT: 40})
    assert (beside.count, beside.unseen) == (0, "a network without skip paths")
    assert "0.0001 of the largest output is caught" in alone.words


def test_outputs_of_zeros_prove_nothing():
    assert power_of_outputs(np.zeros((4, 3)), 1e-4).count == 0


def test_several_comparisons_are_told_as_one():
    truth = values()
    right, empty = power(truth, 0.0, {ZEROS: np.zeros(())}), power(0 * truth, 0.0, {ZEROS: np.zeros(())}, "caught")

    whole = together([right, empty])

    assert (whole.count, whole.entries, whole.seen, whole.caught) == (40, 80, {ZEROS: 40}, "caught")
    assert not together([]).enough()
