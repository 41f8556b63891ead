"""Parts of practical 6 by themselves: whose label a sample has, which samples belong to columns, what a graph shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import SEED, evidence
from practical_6 import ROOT, part
from recorded_calls import NETWORK, call
from torch import nn

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.checks import replay
from grader.finding import Outcome
from grader.inside import building
from grader.inside.tracing import trace
from grader.sandbox.protocol import Array, Frame

ABSENT = "seaborn.lineplot is used, but the package is not installed where work is graded"


@pytest.fixture(scope="module")
def assignment():
    return load_assignment("dlc_practical_6", ROOT)


@pytest.fixture(scope="module")
def arrays(assignment):
    return assignment.data(SEED)


@pytest.fixture(scope="module")
def targets(assignment, arrays):
    return part("hidden.targets").Targets(arrays)


FORMS = {
    "as asked": lambda rows: rows.permute(0, 3, 1, 2),
    "flat": lambda rows: rows.permute(0, 3, 1, 2).flatten(1),
    "mirrored": lambda rows: rows.permute(0, 3, 1, 2).flip(3),
    "turned": lambda rows: rows.transpose(1, 3),
    "viewed": lambda rows: rows.reshape(-1, 3, 32, 32),
    "colours last": lambda rows: rows,
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shift", [0.0, 120.0])
def test_a_sample_is_found_in_whatever_form_it_is(form, shift, arrays, targets):
    rows = torch.from_numpy(arrays["cifar10.train.images"])[:40]
    images = FORMS[form]((rows - shift) / 64.0)

    assert [targets.of(image) for image in images] == arrays["cifar10.train.labels"][:40].tolist()


def test_a_sample_that_was_not_served_is_known_to_nobody(targets):
    noise = torch.randn(3, 32, 32, generator=torch.Generator().manual_seed(1))

    assert targets.of(noise) is None
    assert targets.of(torch.zeros(3, 32, 32)) is None
    assert targets.of(torch.zeros(3, 16, 16)) is None


@pytest.mark.parametrize("shape", [(3, 32, 32), (3072,), (32, 32, 3)])
@pytest.mark.parametrize("kind", [np.float32, np.float64, np.uint8])
def test_samples_of_any_form_belong_to_the_columns_in_order(assignment, shape, kind):
    samples = np.random.default_rng(0).integers(256, size=(5, *shape)).astype(kind)
    call = SimpleNamespace(samples=[(0, sample[None]) for sample in samples])

    (only,) = part("hidden.alignment").alternatives(call, 5)

    assert [image.dtype for image in only] == [torch.float32] * 5
    np.testing.assert_array_equal(torch.stack(only).numpy(), samples)


@pytest.mark.parametrize("looked_at", [0, 1, 5, 30])
def test_samples_that_were_looked_at_first_do_not_shift_the_columns(assignment, looked_at):
    verify, alignment = part("hidden.verify"), part("hidden.alignment")
    samples = np.random.default_rng(0).random((100, 3, 32, 32), np.float32)
    call = SimpleNamespace(samples=[(0, samples[:looked_at]), *((0, sample[None]) for sample in samples)])
    found = samples[:, 0, :30, 0].T.astype(np.float64)  # as good as norms: each sample has its own
    attempts = [
        SimpleNamespace(
            found=found,
            right_answer=lambda columns, images=images: np.stack(
                [images[column][0, :30, 0].double().numpy() for column in columns], axis=1
            ),
        )
        for images in alignment.alternatives(call, 100)
    ]

    chosen = verify.likeliest(attempts, part("hidden.tolerance").FLOOR)

    np.testing.assert_allclose(chosen.right_answer(range(100)), found)


@pytest.mark.parametrize(
    ("signature", "skip", "batch"),
    [
        ("skip_connections, batch_normalization", "skip_connections", "batch_normalization"),
        ("batch_norm=True, residual=True", "residual", "batch_norm"),
        ("skipConn, BN", "skipConn", "BN"),
        ("with_skip=False, with_bn=False", "with_skip", "with_bn"),
        ("sc_flag, bn_flag", "sc_flag", "bn_flag"),
        ("bn, sc", "sc", "bn"),
        ("identity=True, batch=True", "identity", "batch"),
        ("f1, f2", "f1", "f2"),
        ("a, b", "a", "b"),
        ("x, y, /", "x", "y"),
        ("first=False, second=False", "first", "second"),
    ],
)
@pytest.mark.parametrize("size", ["", "nb_channels, kernel_size, ", "c, k, ", "channels, ksize, "])
def test_flags_are_known_by_their_names_and_otherwise_by_their_order(assignment, signature, skip, batch, size):
    cases, namespace = part("cases"), {}
    exec(f"def function({size}{signature}): pass", namespace)  # noqa: S102 - that is how a student writes it
    wanted = (*(cases.channels(10) if size else ()), *cases.flags(cases.Configuration(skip=True, batch=False)))
    roles = [building.Role(role.name, role.value, role.patterns, role.optional) for role in wanted]

    arguments, _ = building.bind(namespace["function"], roles, {})

    assert (arguments[skip], arguments[batch]) == (True, False)
    assert len(arguments) == 2 + 2 * bool(size)


@pytest.mark.parametrize(
    ("signature", "blocks"),
    [
        ("nb_residual_blocks, nb_channels, kernel_size=3, nb_classes=10, sc=True, bn=True", "nb_residual_blocks"),
        ("L, C, K, skip, bn", "L"),
        ("sc, bn", None),
        ("nb_channels, sc, bn, depth=30", "depth"),
    ],
)
def test_a_network_may_have_its_sizes_written_into_it(assignment, signature, blocks):
    cases, namespace = part("cases"), {}
    exec(f"def function({signature}): pass", namespace)  # noqa: S102 - as above
    wanted = (*cases.SHAPE, *cases.flags(cases.Configuration(skip=True, batch=False)))
    roles = [building.Role(role.name, role.value, role.patterns, role.optional) for role in wanted]

    arguments, _ = building.bind(namespace["function"], roles, {})

    assert {name: value for name, value in arguments.items() if value is True or value is False}.keys() >= {"bn"}
    assert blocks is None or arguments[blocks] == 3


class Normalized(nn.Module):
    """A residual block with a normalization written by hand over some dimensions."""

    def __init__(self, dimensions):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(10, 10, 3, padding=1) for _ in range(2))
        self.dimensions = dimensions

    def normalized(self, x):
        centred = x - x.mean(self.dimensions, keepdim=True)
        return centred / (centred.square().mean(self.dimensions, keepdim=True) + 1e-5).sqrt()

    def forward(self, x):
        y = self.normalized(self.conv1(x)).relu()
        return (self.normalized(self.conv2(y)) + x).relu()


@pytest.mark.parametrize(("dimensions", "over_batch"), [((0, 2, 3), True), ((2, 3), False), ((1, 2, 3), False)])
def test_a_normalization_by_hand_has_to_be_one_over_the_batch(assignment, dimensions, over_batch):
    block, x = Normalized(dimensions), torch.randn(4, 10, 8, 8, generator=torch.Generator().manual_seed(1))
    building.fill(block, 3)
    network = replay.parse(json.loads(json.dumps(trace(block, x).header())))

    seen = part("behaviour").behaviour(network, {name: value.detach() for name, value in block.named_parameters()}, x)

    assert (seen.acting, not seen.other_norms) == (2, over_batch)


class Flagged(nn.Module):
    """A residual block; `wrong` leaves out the ReLU in between together with batch normalization."""

    def __init__(self, normalized, wrong=False, bias=True):
        super().__init__()
        self.conv1, self.conv2 = (nn.Conv2d(10, 10, 3, padding=1, bias=bias) for _ in range(2))
        self.norm1, self.norm2 = (nn.BatchNorm2d(10) if normalized else nn.Identity() for _ in range(2))
        self.leaves_out = wrong and not normalized

    def forward(self, x):
        y = self.norm1(self.conv1(x))
        y = y if self.leaves_out else y.relu()
        return (self.norm2(self.conv2(y)) + x).relu()


@pytest.mark.parametrize(
    ("off", "on", "only"),
    [
        (Flagged(False), Flagged(True), True),
        (Flagged(False, wrong=True), Flagged(True), False),
        (Flagged(False), Flagged(True, bias=False), True),
        (Flagged(False), Normalized((0, 2, 3)), True),
    ],
    ids=["right", "no ReLU", "other convolutions", "by hand"],
)
def test_batch_normalization_is_all_that_its_flag_switches(assignment, off, on, only):
    x = torch.randn(4, 10, 8, 8, generator=torch.Generator().manual_seed(1))
    building.fill(off, 3)
    networks = [replay.parse(json.loads(json.dumps(trace(block, x).header()))) for block in (off, on)]

    tensors = {name: value.detach() for name, value in off.named_parameters()}

    assert part("behaviour").normalizes_only(*networks, tensors, x) is only


def result(case: Any) -> Array:
    return np.random.default_rng(len(case.id) + 2 * case.skip + case.batch).random((30, 100)).astype(np.float32)


def drawn(*curves: tuple[Array, Array], labels: Sequence[str] = "0123", **error: str) -> list[Frame]:
    """What a box sends of a script that calls get_stats four times and draws curves."""
    calls = [call(case, result(case), NETWORK) for case in part("cases").CASES]
    points = {f"curve.{index}.{axis}": pair["xy".index(axis)] for index, pair in enumerate(curves) for axis in "xy"}
    loaded = {"kind": "loaded", "mode": "run", "finished": not error, "errors": [error] if error else []}
    figures = {"kind": "figures", "curves": [{"label": labels[index]} for index in range(len(curves))]}
    return [*calls, Frame(loaded, {}), Frame(figures, points)]


def graph(assignment: Any, frames: list[Frame]) -> Any:
    return assess_one(assignment.rubric[3], evidence(*frames))


def means() -> list[Array]:
    return [result(case).mean(axis=1, dtype=np.float64) for case in part("cases").CASES]


def test_a_curve_may_be_drawn_from_the_last_block_to_the_first(assignment):
    depth = np.arange(1.0, 31.0)

    forwards = graph(assignment, drawn(*((depth, mean) for mean in means())))
    backwards = graph(assignment, drawn(*((depth[::-1], mean[::-1]) for mean in means())))
    wrong = graph(assignment, drawn(*((depth[::-1], mean) for mean in means())))

    assert (forwards.outcome, backwards.outcome, wrong.outcome) == (Outcome.PASSED, Outcome.PASSED, Outcome.FAILED)
    assert "the depth runs backwards" in wrong.message


NAMES = ("no skip, no BN", "BN only", "skip_connections=True, batch_normalization=False", "skip (True) + bn (True)")


def test_curves_named_after_other_configurations_are_no_graph_of_these(assignment):
    depth = np.arange(30.0)
    curves = [(depth, mean) for mean in means()]
    swapped = (NAMES[0], NAMES[2], NAMES[1], NAMES[3])

    right = graph(assignment, drawn(*curves, labels=NAMES))
    wrong = graph(assignment, drawn(*curves, labels=swapped))
    unclear = graph(assignment, drawn(*curves, labels=("skip", "BN", "unknown", "skip + BN")))

    assert (right.outcome, wrong.outcome, unclear.outcome) == (Outcome.PASSED, Outcome.FAILED, Outcome.PASSED)
    assert '"BN only" on the curve of: skip connections' in wrong.message


@pytest.mark.parametrize(
    ("label", "told"),
    [
        ("w/o skip, w/ batch norm", "skip=0,batch=1"),
        ("skip: no | BN: yes", "skip=0,batch=1"),
        ("batchnorm without residual connections", "skip=0,batch=1"),
        ("no_skip, bn", "skip=0,batch=1"),
        ("skip connections, no BN", "skip=1,batch=0"),
        ("Skip True / BN False", "skip=1,batch=0"),
        ("SC+BN", "skip=1,batch=1"),
        ("SC", "skip=1,batch=0"),
        ("BN False SC True", "skip=1,batch=0"),
        ("skip False batch True", "skip=0,batch=1"),
        ("no skip, no BN (batch of 100)", "skip=0,batch=0"),
        ("skip, batch size 100", "skip=1,batch=0"),
        ("仅跳跃连接", "skip=1,batch=0"),
        ("baseline", "skip=0,batch=0"),
        ("(True, False)", None),
        ("ResNet", None),
    ],
)
def test_a_curves_name_tells_its_configuration(label, told):
    found = part("labels").named(label)

    assert (found.id if found else None) == told


def test_names_as_in_the_courses_own_figure_are_read(assignment):
    depth = np.arange(30.0)
    curves = [(depth, mean) for mean in means()]

    right = graph(assignment, drawn(*curves, labels=("None", "BN", "SC", "SC+BN")))
    wrong = graph(assignment, drawn(*curves, labels=("None", "SC", "BN", "SC+BN")))

    assert (right.outcome, wrong.outcome) == (Outcome.PASSED, Outcome.FAILED)
    assert '"SC" on the curve of: batch norm' in wrong.message


@pytest.mark.parametrize("median", [np.median, lambda values, axis: np.sort(values, axis)[:, 49]])
def test_medians_are_called_so_whatever_takes_them(assignment, median):
    tables = [result(case).astype(np.float64) for case in part("cases").CASES]

    found = graph(assignment, drawn(*((np.arange(30.0), median(values, axis=1)) for values in tables)))

    assert found.outcome is Outcome.FAILED
    assert "the curves are medians" in found.message


@pytest.mark.parametrize(
    ("right", "words"), [(3, "4 drawn, and the others show"), (0, "found 0: 4 drawn, and they show")]
)
def test_curves_of_something_else_are_counted(assignment, right, words):
    depth = np.arange(30.0)
    curves = [(depth, mean if index < right else mean**3 + 1) for index, mean in enumerate(means())]

    assert words in graph(assignment, drawn(*curves)).message


def test_a_graph_drawn_with_a_package_that_is_not_here_waits_for_a_person(assignment):
    other = (np.arange(30.0), np.arange(30.0))

    for curves in ((), (other,)):
        found = graph(assignment, drawn(*curves, kind="ModuleNotFoundError", message=ABSENT))
        assert found.outcome is Outcome.UNGRADED
        assert "seaborn.lineplot" in found.message


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (f"ModuleNotFoundError: {ABSENT}", Outcome.UNGRADED),
        ("ModuleNotFoundError: No module named 'x'", Outcome.FAILED),
        (f"ValueError: {ABSENT}", Outcome.FAILED),
    ],
)
def test_get_stats_that_needs_a_package_that_is_not_here_waits_for_a_person(assignment, error, outcome):
    calls = [
        Frame({"kind": "call", "phase": "direct", "case": case.id, "error": f"Traceback\n{error}\n"}, {})
        for case in part("cases").CASES
    ]

    assert [assess_one(assignment.rubric[index], evidence(*calls)).outcome for index in (1, 2)] == [outcome] * 2


def test_another_error_is_the_scripts_own(assignment):
    missing = graph(assignment, drawn(kind="ModuleNotFoundError", message="No module named 'my_resnet'"))
    whole = graph(
        assignment, drawn(*((np.arange(30.0), mean) for mean in means()), kind="ModuleNotFoundError", message=ABSENT)
    )

    assert (missing.outcome, whole.outcome) == (Outcome.FAILED, Outcome.PASSED)
