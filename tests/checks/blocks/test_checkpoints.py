"""Checkpoints: right ones are accepted in every style, and evaluated outside; wrong ones are named."""

from __future__ import annotations

import hashlib
import re
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from asking import answered
from core_examples import SEED
from safetensors.torch import save_file
from torch import nn

from grader.assess import assess_one
from grader.checks import Checkpoint, linear, metrics, steps
from grader.errors import AssignmentError
from grader.evidence import FileRecord
from grader.finding import Outcome
from grader.rubric import Criterion

CUT_OFFS = linear({0.4: 30, 0.9: 100})


def data(seed):
    rng = np.random.default_rng([seed, 4])
    truth = rng.integers(0, 4, 120)
    return (np.eye(4)[truth] + 0.1 * rng.standard_normal((120, 4))).astype(np.float32), truth


class Net(nn.Module):
    """Says what stands in the data when its weights are the identity."""

    def __init__(self, width=4):
        super().__init__()
        self.norm = nn.BatchNorm1d(4)
        self.layer = nn.Linear(4, width)

    def forward(self, x):
        return self.layer(self.norm(x))


def knowing(width=4):
    net = Net(width).eval()
    with torch.no_grad():
        net.layer.weight.copy_(torch.eye(width, 4))
        net.layer.bias.zero_()
    return net


@pytest.fixture
def handed_in(tmp_path, monkeypatch):
    """Grade what lies in a folder, with these definitions beside it."""
    monkeypatch.chdir(tmp_path)

    def grade(rule="accuracy", call="Net()", arguments=None, **namespace):
        made = Checkpoint("model.pt", call, test=data, arguments=arguments or {})
        blocks = {"accuracy": lambda: made.accuracy(CUT_OFFS, classes=4), "loads": made.loads, "data": made.no_data_set}
        blocks |= {"few": lambda: made.parameters(at_most=40), "small": lambda: made.file_size(at_most_mib=0.05)}
        block = blocks[rule]()
        evidence = answered(block, namespace)
        files = [
            FileRecord(path.relative_to(tmp_path).as_posix(), path.stat().st_size, hashlib.sha256().hexdigest(), "")
            for path in sorted(tmp_path.rglob("*"))
            if path.is_file()
        ]
        record = replace(evidence.submission, files=tuple(files))
        return assess_one(Criterion("it", "It", 1, block), replace(evidence, submission=record))

    return grade


def prefixed(prefix, state, half=False):
    return {
        f"{prefix}{name}": part.half() if half and part.is_floating_point() else part for name, part in state.items()
    }


def traced(path):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.trace(knowing(), torch.zeros(50, 4)).save(path)


STATE = knowing().state_dict()
STYLES = {
    "plain": ("model.pt", lambda path: torch.save(STATE, path)),
    "another name": ("weights/best_model.pth", lambda path: torch.save(STATE, path)),
    "old format": ("model.pt", lambda path: torch.save(STATE, path, _use_new_zipfile_serialization=False)),
    "nested": ("model.pt", lambda path: torch.save({"epoch": 1, "model": {"state_dict": STATE}}, path)),
    "parallel, half": ("model.pt", lambda path: torch.save(prefixed("module.", STATE, half=True), path)),
    "compiled": ("model.pt", lambda path: torch.save(prefixed("_orig_mod.module.", STATE), path)),
    "Lightning": ("a.ckpt", lambda path: torch.save({"state_dict": prefixed("model.", STATE), "loops": {}}, path)),
    "double": ("model.pt", lambda path: torch.save({name: part.double() for name, part in STATE.items()}, path)),
    "whole": ("model.pt", lambda path: torch.save(knowing(), path)),
    "whole and parallel": ("model.pt", lambda path: torch.save({"model": nn.DataParallel(knowing())}, path)),
    "TorchScript": ("model.pt", traced),
    "safetensors": ("model.safetensors", lambda path: save_file(STATE, path)),
    "npz": ("model.npz", lambda path: np.savez(path, **{name: part.numpy() for name, part in STATE.items()})),
    "npz, no names": ("model.npz", lambda path: np.savez(path, *[part.numpy() for part in STATE.values()])),
}


@pytest.mark.parametrize("style", STYLES)
def test_the_same_weights_pass_in_every_style(handed_in, style):
    name, save = STYLES[style]
    Path(name).parent.mkdir(exist_ok=True)
    save(name)

    found = handed_in(Net=Net)

    assert found.outcome is Outcome.PASSED, found
    assert not any("evaluated in the sandbox" in line for line in found.details)
    assert [exhibit.kind for exhibit in found.exhibits] == ["matrix", "table"]


def test_parts_and_settings_of_a_folder_are_put_together(handed_in):
    parts = list(prefixed("", STATE).items())
    save_file(dict(parts[:2]), "model-00001-of-00002.safetensors")
    save_file(dict(parts[2:]), "model-00002-of-00002.safetensors")
    Path("config.json").write_text('{"width": 4, "model_type": "net"}')

    assert handed_in(Other=lambda: None, OtherNet=Net).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    "maker",
    [Net, lambda classes=4: Net(classes), lambda: Net(4)],
    ids=["asked", "named otherwise", "without arguments"],
)
def test_a_function_may_make_the_network_with_the_values_of_the_call(handed_in, maker):
    torch.save(STATE, "model.pt")

    assert handed_in(call="get_model(4)", get_model=maker).outcome is Outcome.PASSED
    assert handed_in(call="get_model(5)", get_model=Net).outcome is Outcome.FAILED


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        ("get_model(classes=4)", {}),
        ("get_model(inputs=3, classes=4)", {}),
        ("get_model(4, inputs=3)", {}),
        ("get_model(classes=number)", {"number": 4}),
        ("get_model(classes)", {"classes": 4}),
        ("get_model(number, 3)", {"number": 4}),
        ("get_model(4, inputs)", {"inputs": 3}),
    ],
)
def test_values_of_the_call_may_be_given_by_name(handed_in, call, arguments):
    def four(classes=9, inputs=9):
        assert "inputs" not in call or inputs == 3
        return Net(classes)

    torch.save(STATE, "model.pt")

    assert handed_in(call=call, arguments=arguments, get_model=four).outcome is Outcome.PASSED
    assert (
        handed_in(call=call, arguments=arguments, get_model=lambda classes, inputs=1: Net(5)).outcome is Outcome.FAILED
    )


@pytest.mark.parametrize(
    "call", ["Net(width)", "Net(width=width)", "Net(width, 3)", "Net(**width)", "Net(classes=f(4))"]
)
def test_a_call_that_names_what_nobody_gave_is_a_slip_of_the_assignments(call):
    with pytest.raises(AssignmentError, match=r"expected"):
        Checkpoint("model.pt", call, test=data)


def test_without_the_class_the_missing_class_is_named(handed_in):
    torch.save(STATE, "model.pt")

    found = handed_in()

    assert found.outcome is Outcome.FAILED
    assert "no class Net that they belong to was handed in" in found.message


@pytest.mark.parametrize(
    ("width", "words"), [(3, "of another shape (layer.weight (3 × 4 in place of 4 × 4)"), (None, "without a value")]
)
def test_weights_of_another_network_are_named_tensor_by_tensor(handed_in, width, words):
    torch.save(Net(width).state_dict() if width else {"fc.weight": torch.ones(2, 2)}, "model.pt")

    found = handed_in(Net=Net)

    assert found.outcome is Outcome.FAILED
    assert words in found.message


def test_a_constant_answer_and_swapped_classes_are_named(handed_in):
    other = knowing()
    with torch.no_grad():
        other.layer.weight.copy_(torch.eye(4).roll(1, 0))
    torch.save(other.state_dict(), "model.pt")
    swapped = handed_in(Net=Net)
    torch.save({**STATE, "layer.weight": torch.zeros(4, 4), "layer.bias": torch.arange(4.0)}, "model.pt")
    constant = handed_in(Net=Net)

    assert "with its classes in another order 120 of 120 would be right" in swapped.hint
    assert "class 3 for everything" in constant.hint


GIVEN = data(SEED)[0]
MIDDLE = (GIVEN[:64].sum() + GIVEN[64:].sum() + GIVEN[:8].sum()) / 2  # between the two batches, the second filled up


class Branching(Net):
    """Does something else for some batches: its operations do not tell all."""

    def forward(self, x):
        return super().forward(x) if x.sum() > MIDDLE else super().forward(x) * 0.5 + 1


def test_what_depends_on_the_data_is_evaluated_in_the_sandbox_and_said_to_be(handed_in):
    torch.save(STATE, "model.pt")

    found = handed_in(Net=Branching)

    assert found.outcome is Outcome.PASSED
    assert any("evaluated in the sandbox, on inputs without labels" in line for line in found.details)


def test_whether_a_network_that_does_something_else_is_small_is_a_persons(handed_in):
    torch.save(STATE, "model.pt")

    assert {handed_in(rule, Net=Branching).outcome for rule in ("few", "data")} == {Outcome.UNGRADED}


class LookedUp(nn.Module):
    """One parameter, and a table of a million numbers that PyTorch does not know of."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))
        self.table = torch.eye(4).repeat(65_536, 1)

    def forward(self, x):
        near = torch.cdist(x, self.table).argmin(1)
        return self.table[near] * self.weight


class LookedUpElsewhere(LookedUp):
    """The same without PyTorch."""

    def forward(self, x):
        far = ((x.detach().numpy()[:, None] - np.eye(4, dtype=np.float32)) ** 2).sum(2)
        best = torch.from_numpy(far.argmin(1))
        return (best[:, None] == torch.arange(4)) * self.weight


@pytest.mark.parametrize("rule", ["few", "data"])
def test_a_table_that_is_too_large_to_come_back_counts_all_the_same(handed_in, rule):
    torch.save({"weight": torch.ones(1)}, "model.pt")

    found = handed_in(rule, call="LookedUp()", LookedUp=LookedUp)

    assert found.outcome is Outcome.FAILED
    assert ("1,048,577" if rule == "few" else "a constant of 1,048,576 numbers") in found.message
    assert handed_in(call="LookedUp()", LookedUp=LookedUp).outcome is Outcome.PASSED


@pytest.mark.parametrize("rule", ["few", "data"])
def test_what_is_looked_up_without_pytorch_is_a_persons(handed_in, rule):
    torch.save({"weight": torch.ones(1)}, "model.pt")

    found = handed_in(rule, call="LookedUpElsewhere()", LookedUpElsewhere=LookedUpElsewhere)

    assert found.outcome is Outcome.UNGRADED
    assert "may compute with more: for" in found.message


@pytest.mark.parametrize("rule", ["few", "data", "accuracy"])
def test_pictures_may_be_prepared_without_pytorch(handed_in, rule):
    torch.save(STATE, "model.pt")

    found = handed_in(rule, Net=Net, preprocess=lambda x: torch.from_numpy(np.clip(x.numpy(), -9, 9)))

    assert found.outcome is Outcome.PASSED, found


class Watched(Net):
    """Gives other scores while it is watched."""

    def forward(self, x):
        watched = torch.is_inference_mode_enabled()
        return super().forward(x) * (1 if watched else -1)


def test_other_scores_while_operations_are_written_down_are_a_persons(handed_in):
    torch.save(STATE, "model.pt")

    assert handed_in(Net=Watched).outcome is Outcome.UNGRADED


def test_no_label_is_served():
    block = Checkpoint("model.pt", "Net()", test=data).accuracy(CUT_OFFS, classes=4)

    (served,) = block.data(5).values()
    assert served.shape == (120, 4)


def test_several_files_that_nothing_tells_apart_are_a_persons(handed_in):
    for name in ("epoch1.pt", "epoch2.pt"):
        torch.save(STATE, name)

    found = handed_in(Net=Net)

    assert found.outcome is Outcome.UNGRADED
    assert "epoch1.pt, epoch2.pt" in found.message


class Hoarder(Net):
    """Keeps its training data."""

    def __init__(self):
        super().__init__()
        self.register_buffer("kept", torch.from_numpy(data(1)[0]))

    def forward(self, x):
        return super().forward(x) + 0 * self.kept.sum()


def test_a_data_set_in_the_file_or_in_the_network_is_found(handed_in):
    torch.save({"model": STATE, "extra": {"x": data(1)[0], "y": [1, 2]}}, "model.pt")
    in_file = handed_in("data", Net=Net)
    torch.save(Hoarder().state_dict(), "model.pt")
    in_network, counted = handed_in("data", Net=Hoarder), handed_in("few", Net=Hoarder)

    assert "extra.x: 120 × 4 numbers" in in_file.message
    assert "kept of the network holds 120 × 4 numbers" in in_network.message
    assert counted.outcome is Outcome.FAILED  # 28 parameters, and 480 numbers in a buffer


def test_an_optimizer_in_the_file_is_no_data_set(handed_in):
    net = knowing()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(5, 4)).sum().backward()
    optimizer.step()
    torch.save(
        {"model": net.state_dict(), "optimizer": optimizer.state_dict(), "rng": torch.get_rng_state()}, "model.pt"
    )

    assert handed_in("data", Net=Net).outcome is Outcome.PASSED
    assert handed_in("few", Net=Net).outcome is Outcome.PASSED


def test_a_file_is_measured_as_it_was_handed_in(handed_in):
    torch.save({"model": STATE, "noise": torch.randn(20_000)}, "model.pt")

    found = handed_in("small", Net=Net)

    assert found.outcome is Outcome.FAILED
    assert "expected at most 0.05 MiB, found model.pt of 0.08 MiB" in found.message


class Doubles(nn.Module):
    def __init__(self, scale=2.0):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(scale))

    def forward(self, x):
        return x * self.scale, "and more"


@pytest.mark.parametrize(
    ("scale", "good", "bad"),
    [(2.0, "squared_error", "reconstruction_error"), (1.0, "reconstruction_error", "squared_error")],
)
def test_numbers_are_measured_by_their_squared_error(scale, good, bad, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(Doubles(scale).state_dict(), "model.pt")
    numbers = lambda seed: (data(seed)[0], 2 * data(seed)[0])  # noqa: E731
    made = Checkpoint("model.pt", "Doubles()", test=numbers)
    right, wrong = (getattr(made, name)(steps({0.01: 100, 0.1: 50})) for name in (good, bad))
    found = []
    for block in (right, wrong):
        evidence = answered(block, {"Doubles": Doubles})
        record = replace(evidence.submission, files=(FileRecord("model.pt", 1000, "0" * 64, ""),))
        found.append(assess_one(Criterion("it", "It", 1, block), replace(evidence, submission=record)))

    assert found[0].outcome is Outcome.PASSED
    assert found[1].outcome is Outcome.FAILED
    assert re.search(r"mean squared error( of the reconstruction)?: 0\.26", found[1].message)


class Segments(nn.Module):
    """Says for each pixel which of two classes it is: those that are above a threshold, of those below a limit."""

    def __init__(self, threshold=0.0, limit=9.0):
        super().__init__()
        self.threshold, self.limit = nn.Parameter(torch.tensor(threshold)), nn.Parameter(torch.tensor(limit))

    def forward(self, x):
        score = torch.minimum(x - self.threshold, self.limit - x)
        return torch.cat([-score, score], dim=1)


def spots(seed):
    """Pictures of which one pixel in eight is bright."""
    rng = np.random.default_rng([seed, 8])
    labels = (rng.random((60, 6, 6)) < 1 / 8).astype(np.int64)
    return (labels[:, None] * 2 - 1 + 0.1 * rng.standard_normal((60, 1, 6, 6))).astype(np.float32), labels


@pytest.mark.parametrize(
    ("threshold", "limit", "overlap", "accuracy"),
    [(0.0, 9.0, Outcome.PASSED, Outcome.PASSED), (5.0, 9.0, Outcome.FAILED, Outcome.PASSED)],
)
def test_ground_everywhere_is_seen_by_its_overlap(threshold, limit, overlap, accuracy, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    torch.save(Segments(threshold, limit).state_dict(), "model.pt")
    made = Checkpoint("model.pt", "Segments()", test=spots)
    blocks = (made.overlap(steps({0.75: 100}), classes=2), made.accuracy(steps({0.75: 100}), classes=2))
    found = []
    for block in blocks:
        evidence = answered(block, {"Segments": Segments})
        record = replace(evidence.submission, files=(FileRecord("model.pt", 1000, "0" * 64, ""),))
        found.append(assess_one(Criterion("it", "It", 1, block), replace(evidence, submission=record)))

    assert [one.outcome for one in found] == [overlap, accuracy]
    assert "mean intersection over union" in found[0].message


def test_an_overlap_is_over_the_classes_that_are_there():
    truth = np.array([[[0, 0, 1, 1]], [[0, 0, 0, 0]]])
    said = np.array([[[0, 1, 1, 1]], [[0, 0, 0, 2]]])

    assert metrics.overlaps(said, truth, 4).items == pytest.approx([(1 / 2 + 2 / 3) / 2, (3 / 4 + 0) / 2])


def by_numpy(inputs):
    given = inputs.numpy()
    return torch.from_numpy((given - given.mean()) / (given.std() + 1e-6))


def test_what_numpy_makes_of_the_inputs_is_no_data_set_and_no_parameter(handed_in):
    torch.save(knowing().state_dict(), "model.pt")

    for rule in ("few", "data", "loads", "accuracy"):
        found = handed_in(rule, Net=Net, preprocess=by_numpy)
        assert found.outcome is Outcome.PASSED, found.message


class Looking(Net):
    """Holds pictures as a plain tensor."""

    held = torch.randn(64, 4)

    def forward(self, x):
        return super().forward(x) + 0 * (x @ self.held.T).sum(1, keepdim=True)


def test_a_tensor_that_can_be_run_again_counts_however_many_rows_it_has(handed_in):
    torch.save(knowing().state_dict(), "model.pt")

    assert handed_in("few", Net=Looking).outcome is Outcome.FAILED
    assert handed_in("data", Net=Looking).outcome is Outcome.FAILED


class Dropping(Net):
    def forward(self, x):
        return nn.functional.dropout(super().forward(x), 0.3)


def test_dropout_that_is_never_off_is_evaluated_as_it_acts(handed_in):
    torch.save(knowing().state_dict(), "model.pt")

    assert handed_in("loads", Net=Dropping).outcome is Outcome.PASSED
    accuracy = handed_in("accuracy", Net=Dropping)
    assert accuracy.outcome is Outcome.PARTIAL
    assert any("is dropout told when to act" in line for line in accuracy.details)


def test_what_was_saved_instead_of_weights_is_named(handed_in):
    net = knowing()
    optimizer = torch.optim.Adam(net.parameters())
    net(torch.ones(3, 4)).sum().backward()
    optimizer.step()
    torch.save(optimizer.state_dict(), "model.pt")
    assert "the state of an optimizer" in (handed_in("loads", Net=Net).hint or "")

    torch.save(data, "model.pt")
    assert "holds a function (data)" in handed_in("loads", Net=Net).message
