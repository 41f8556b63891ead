"""What crosses the wall on the way in: inputs, and nothing that would help to make up an answer."""

from __future__ import annotations

import importlib
import json
import random
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import SEED, Script, ended, evidence, submission

from grader.assess import assess_one
from grader.assignment import load_assignment
from grader.collect import collect
from grader.finding import Outcome
from grader.inside import building
from grader.inside.tracing import trace
from grader.probes import weights_seed
from grader.sandbox.protocol import Command, Frame, Status

ROOT = Path(__file__).parent.parent / "reference"
FOLDER = ROOT / "dlc_practical_6"
WORK = {"main.py": "import torch\nclass ResNetBlock: pass\ndef get_stats(): pass\n", "essay.txt": "hello"}


@pytest.fixture(scope="module", autouse=True)
def _one_thread():
    """Small networks only lose time on several."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def assignment():
    return load_assignment("dlc_practical_6", ROOT)


def part(name: str) -> Any:
    return importlib.import_module(f"reference_dlc_practical_6.{name}")


def asked(assignment: Any, seed: int = SEED) -> list[Command]:
    """Every command there can be: the run, the run on data of the real size, and the definitions."""
    beyond = Frame({"kind": "loaded", "errors": [{"kind": "IndexError"}]})
    box = Script([ended(Status.EXITED, beyond), ended(Status.TIMED_OUT), ended()])
    collect(submission(WORK, student="Ada Lovelace"), assignment, box, seed=seed)
    assert box.modes == ["run", "run", "definitions"]
    return box.commands


def words(command: Command) -> str:
    """All text of a command that is not the student's own."""
    support = "\n".join(f"{name}\n{content.decode()}" for name, content in command.support.items())
    return json.dumps([command.program, command.request, sorted(command.arrays)]) + support


def test_a_command_has_no_parts_that_were_not_thought_about(assignment):
    assert {field.name for field in fields(Command)} == {
        "program", "request", "arrays", "files", "support", "limits", "device",
    }  # fmt: skip
    for command in asked(assignment):
        assert set(command.request) == {"entry", "mode", "seed", "gpu", "record", "probes"}


def test_only_the_students_own_files_are_written_to_the_box(assignment):
    for command in asked(assignment):
        assert command.files == {name: text.encode() for name, text in WORK.items()}


def test_only_what_students_are_given_can_be_imported(assignment):
    provided = {str(path.relative_to(FOLDER / "provided")): path.read_bytes()
                for path in (FOLDER / "provided").rglob("*.py")}  # fmt: skip

    for command in asked(assignment):
        assert command.support == provided


def test_no_code_of_the_reference_is_provided(assignment):
    hidden = {line.strip() for path in FOLDER.glob("*.py") for line in path.read_text().splitlines()}
    telling = {line for line in hidden if len(line) > 40 and not line.startswith(("from ", "import ", '"""'))}

    for command in asked(assignment):
        given = {line.strip() for content in command.support.values() for line in content.decode().splitlines()}
        assert not telling & given


def test_the_arrays_are_the_data_set_and_hidden_inputs(assignment):
    half = {f"cifar10.{half}.{kind}" for half in ("train", "test") for kind in ("images", "labels")}

    first, whole, definitions = asked(assignment)

    assert set(first.arrays) == set(definitions.arrays) == half | {"hidden.block", "hidden.images"}
    assert set(whole.arrays) == set(first.arrays) | {"cifar10.size"}


def test_labels_belong_to_the_images_that_the_data_set_serves(assignment):
    """Nothing is asked of images that are held out: hidden inputs are noise, and have no labels."""
    for command in asked(assignment):
        labelled = {name.removesuffix(".labels") for name in command.arrays if "label" in name}
        assert labelled == {"cifar10.train", "cifar10.test"}
        for name in labelled:
            assert len(command.arrays[f"{name}.labels"]) == len(command.arrays[f"{name}.images"])


def test_the_rubric_stays_outside(assignment):
    for command in asked(assignment):
        told = words(command)
        for criterion in assignment.rubric:
            assert criterion.title not in told
            assert f'"{criterion.id}"' not in told
        assert assignment.title not in told


def test_words_of_messages_and_hints_stay_outside(assignment):
    for name in ("flags", "stats", "graph", "verify", "diagnosis", "behaviour"):
        texts = [text for text in (FOLDER / f"{name}.py").read_text().split('"')[1::2] if len(text) > 25]
        assert texts
        for command in asked(assignment):
            assert not [text for text in texts if text in words(command)]


def numbers(found: Any) -> list[float]:
    """Every number with more than three digits in nested JSON."""
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else ()
    own = [found] if isinstance(found, float) and len(str(found)) > 5 else []
    return own + [number for item in inner for number in numbers(item)]


def test_tolerances_stay_outside(assignment):
    tolerances = numbers(json.loads((FOLDER / "tolerances.json").read_text()))
    assert len(tolerances) >= 8

    for command in asked(assignment):
        told = words(command)
        assert not [number for number in tolerances if str(number) in told]
        for array in command.arrays.values():
            assert not np.isin(array, tolerances).any()


def spellings(seed: int) -> list[str]:
    return [str(seed), f"{seed:x}", f"{seed:X}", f"{seed:o}", f"{seed:b}", str(-seed), str(seed)[::-1]]


def test_the_batchs_seed_is_in_no_text(assignment):
    for command in asked(assignment):
        told = words(command)
        assert not [text for text in spellings(SEED) if text in told]


def test_the_batchs_seed_is_in_no_array(assignment):
    for command in asked(assignment):
        for array in command.arrays.values():
            bytes_ = array.tobytes()
            assert SEED.to_bytes(8, "little") not in bytes_
            assert SEED.to_bytes(8, "big") not in bytes_


def test_the_seed_that_crosses_does_not_tell_which_columns_are_verified(assignment):
    random_ = np.random.default_rng(1)
    found = random_.standard_normal((30, 100)) ** 2
    outside = part("verify").pick(found, SEED)

    (seed,) = {command.request["seed"] for command in asked(assignment)}

    assert seed == weights_seed(SEED)
    assert part("verify").pick(found, seed) != outside


def test_the_seed_that_crosses_does_not_tell_the_data(assignment):
    first, *_ = asked(assignment)
    guess = assignment.data(first.request["seed"])

    assert not np.array_equal(guess["hidden.block"], first.arrays["hidden.block"])
    assert not np.array_equal(guess["cifar10.train.images"], first.arrays["cifar10.train.images"])


def test_another_batch_gets_other_inputs(assignment):
    first, second = asked(assignment, 1)[0], asked(assignment, 2)[0]

    assert first.request["seed"] != second.request["seed"]
    assert all(not np.array_equal(array, second.arrays[name]) for name, array in first.arrays.items())


def test_the_same_batch_gets_the_same_inputs(assignment):
    first, second = asked(assignment)[0], asked(assignment)[0]

    assert first.request == second.request
    assert all(np.array_equal(array, second.arrays[name]) for name, array in first.arrays.items())


def test_collecting_leaves_the_states_of_the_graders_own_generators_alone(assignment):
    """Else what is drawn later would depend on how many submissions came before."""
    before = torch.random.get_rng_state(), random.getstate(), np.random.get_state()[1].tolist()

    asked(assignment)

    assert torch.equal(before[0], torch.random.get_rng_state())
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before[1:]


# What comes back is data, and hidden weights are the same on both sides.


def built(probe: str, case: Any, seed: int, arrays: Any) -> Frame:
    """What a box answers for the reference solution."""
    solution, flags = part("solution"), {"skip_connections": case.skip, "batch_normalization": case.batch}
    network = solution.ResNetBlock(10, 3, **flags) if probe == "block" else solution.ResNet(3, 10, **flags)
    inputs = torch.from_numpy(arrays["hidden.block" if probe == "block" else "hidden.images"])
    parameters = building.fill(network, seed)
    found = trace(network, inputs)
    header = {"kind": "build", "probe": probe, "case": case.id, "class": type(network).__name__,
              "parameters": parameters, "trace": found.header()}  # fmt: skip
    return Frame(json.loads(json.dumps(header)), found.constants)


def answered(assignment: Any, seed: int) -> list[Frame]:
    arrays = assignment.data(SEED)
    return [built(probe, case, seed, arrays) for probe in ("block", "network") for case in part("cases").CASES]


@pytest.fixture(scope="module")
def honest(assignment):
    return answered(assignment, weights_seed(SEED))


def test_the_reference_solution_passes_with_the_seed_that_crosses(assignment, honest):
    found = assess_one(assignment.rubric[0], evidence(*honest))

    assert found.outcome is Outcome.PASSED, found.details


def test_hidden_weights_outside_are_those_inside(assignment, honest):
    parsed = part("flags").parsed
    (build,) = part("flags").builds(evidence(honest[0]), "block").values()
    case = part("cases").CASES[0]
    block = part("solution").ResNetBlock(10, 3, skip_connections=case.skip, batch_normalization=case.batch)
    building.fill(block, asked(assignment)[0].request["seed"])

    _, tensors = parsed(build, SEED)

    for name, parameter in block.named_parameters():
        assert torch.equal(tensors[name], parameter)


def forge(frame: Frame, how: Any) -> Frame:
    header = json.loads(json.dumps(dict(frame.header)))
    how(header)
    return Frame(header, frame.arrays)


def add(header: dict[str, Any], *nodes: dict[str, Any]) -> None:
    """Let the network's result come from further operations."""
    found = header["trace"]
    found["nodes"] += list(nodes)
    found["calls"] = [{**call, "end": len(found["nodes"]), "output": nodes[-1]["out"][0]} if not call["path"] else call
                      for call in found["calls"]]  # fmt: skip
    found["output"] = nodes[-1]["out"][0]


def whole_numbers(header: dict[str, Any]) -> None:
    last = {"value": header["trace"]["output"]}
    zeros = {"op": "aten.argmax.default", "args": [last, 1, True], "kwargs": {}, "out": [10**6]}
    same = {"op": "aten.expand.default", "args": [{"value": 10**6}, [4, 10, 8, 8]], "kwargs": {}, "out": [10**6 + 1]}
    add(header, zeros, same)


def only_the_input(header: dict[str, Any]) -> None:
    header["trace"]["output"] = header["trace"]["values"]["input.0"]


def one_number(header: dict[str, Any]) -> None:
    last = {"value": header["trace"]["output"]}
    add(header, {"op": "aten.mean.default", "args": [last], "kwargs": {}, "out": [10**6]})


def no_parameters(header: dict[str, Any]) -> None:
    header["parameters"] = []


def scalars(header: dict[str, Any]) -> None:
    header["parameters"] = [[name, []] for name, _ in header["parameters"]]


def endless(header: dict[str, Any]) -> None:
    header["parameters"] = [[name, [40_000, 40_000]] for name, _ in header["parameters"]]


def hostile_operation(header: dict[str, Any]) -> None:
    add(header, {"op": "aten.relu.__setattr__", "args": ["default", 1], "kwargs": {}, "out": [10**6]})


def gigabytes(header: dict[str, Any]) -> None:
    add(header, {"op": "aten.ones.default", "args": [[10**6, 10**6]], "kwargs": {}, "out": [10**6]})


def no_trace(header: dict[str, Any]) -> None:
    header["trace"] = None


def no_arguments(header: dict[str, Any]) -> None:
    for node in header["trace"]["nodes"]:
        node["args"] = []


def no_calls(header: dict[str, Any]) -> None:
    header["trace"]["calls"] = []


HOSTILE = (whole_numbers, only_the_input, one_number, no_parameters, scalars, endless, hostile_operation, gigabytes,
           no_trace, no_arguments, no_calls)  # fmt: skip


@pytest.mark.parametrize("how", HOSTILE, ids=lambda how: how.__name__)
@pytest.mark.parametrize("which", ["one block", "all blocks"])
def test_a_forged_block_fails_and_the_grader_does_not(how, which, assignment, honest, caplog):
    forged = [forge(frame, how) if index < (1 if which == "one block" else 4) else frame
              for index, frame in enumerate(honest)]  # fmt: skip

    found = assess_one(assignment.rubric[0], evidence(*forged))

    assert not caplog.records, caplog.text
    assert found.outcome is (Outcome.PASSED if how is no_calls else Outcome.FAILED)


# The values that a box claims get_stats returned, with networks that do not bear them out.


@pytest.fixture(scope="module")
def called(assignment):
    """Four calls of get_stats on thirty blocks whose returned numbers are made up."""
    images = assignment.data(SEED)["cifar10.train.images"][:100].transpose(0, 3, 1, 2).astype(np.float32) / 255
    return [made_up(case, images) for case in part("cases").CASES]


def made_up(case: Any, images: Any) -> Frame:
    torch.manual_seed(1)
    network = part("solution").ResNet(30, 10, skip_connections=case.skip, batch_normalization=case.batch)
    found = json.loads(json.dumps(trace(network, torch.zeros(1, 3, 32, 32)).header()))
    header = {"kind": "call", "phase": "run", "case": case.id, "complete": True, "networks_made": 1,
              "result_kind": "Tensor",
              "networks": [{"class": "ResNet", "training": True, "changed": 0, "trace": found}],
              "samples": [{"network": 0, "array": str(index)} for index in range(100)]}  # fmt: skip
    state = {f"network.0.state.{name}": value.numpy() for name, value in network.state_dict().items()}
    samples = {f"sample.{index}": images[index : index + 1] for index in range(100)}
    return Frame(header, {**state, **samples, "result": np.ones((30, 100), np.float32)})


def without(word: str) -> Any:
    return lambda frame: Frame(frame.header, {name: array for name, array in frame.arrays.items() if word not in name})


def with_arrays(word: str, make: Any) -> Any:
    return lambda frame: Frame(
        frame.header, {name: make(array) if word in name else array for name, array in frame.arrays.items()}
    )


def with_output(*nodes: dict[str, Any]) -> Any:
    def change(frame: Frame) -> Frame:
        header = json.loads(json.dumps(dict(frame.header)))
        found = header["networks"][0]["trace"]
        found["nodes"] += [{**node, "args": [{"value": found["output"]}, *node["args"]]} for node in nodes]
        found["output"] = nodes[-1]["out"][0] if nodes else found["values"]["input.0"]
        return Frame(header, frame.arrays)

    return change


def last(op: str, *args: Any) -> dict[str, Any]:
    return {"op": op, "args": list(args), "kwargs": {}, "out": [10**6]}


UNTRUE = {
    "a weight is missing": without("blocks.0.conv1.weight"),
    "all weights are missing": without("weight"),
    "no sample is there": without("sample"),
    "weights are whole numbers": with_arrays("conv1.weight", lambda array: np.ones(array.shape, np.int64)),
    "weights have another shape": with_arrays("conv2.weight", lambda array: array[:, :3]),
    "samples have another shape": with_arrays("sample.7", lambda array: array[..., :16]),
    "samples have no pixels": with_arrays("sample", lambda array: array[..., :0]),
    "the result has three dimensions": with_arrays("result", lambda array: array[..., None]),
    "the result is empty": with_arrays("result", lambda array: array[:0]),
    "the result holds no numbers": with_arrays("result", lambda array: np.full_like(array, np.inf)),
    "the output is the input": with_output(),
    "the output is one number": with_output(last("aten.mean.default")),
    "the output has two classes": with_output(last("aten.slice.Tensor", 1, 0, 2)),
    "the output is detached": with_output(last("aten.detach.default")),
    "the output is an index": with_output(last("aten.argmax.default", 1, True)),
}


@pytest.mark.parametrize("name", sorted(UNTRUE))
def test_networks_that_do_not_bear_out_the_values_fail_and_the_grader_does_not(
    name, assignment, honest, called, caplog
):
    (criterion,) = [criterion for criterion in assignment.rubric if criterion.id == "stats_values"]

    found = assess_one(criterion, evidence(*honest, *map(UNTRUE[name], called)))

    assert not caplog.records, caplog.text
    assert found.outcome is Outcome.FAILED


def test_a_network_that_squeezes_the_only_sample_away_has_gradients(called):
    oracle, replay = part("oracle"), part("oracle").replay
    plain, squeezed = called[3], with_output(last("aten.select.int", 0, 0))(called[3])
    name, image = "resnet_blocks.4.conv1.weight", torch.from_numpy(plain.arrays["sample.3"][0])
    tensors = replay.weights(plain.arrays, "network.0.state.")

    (ours, theirs) = [
        oracle.gradients(replay.parse(frame.header["networks"][0]["trace"]), tensors, [name], image, 2)[0]
        for frame in (squeezed, plain)
    ]

    assert torch.equal(ours, theirs)
    assert ours.norm() > 0
