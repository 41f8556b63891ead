"""What is sent into the sandbox: inputs, and nothing that would help to make up an answer."""

from __future__ import annotations

import json
import random
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
import torch
from core_examples import SEED, Script, ended, evidence, submission
from practical_6 import ROOT, answered, part

from grader.assess import assess_one
from grader.catalog import load_assignment
from grader.collect.collect import collect
from grader.finding import Outcome
from grader.inside import building
from grader.probes import weights_seed
from grader.sandbox.protocol import Command, Frame, Status

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
        "program",
        "request",
        "arrays",
        "files",
        "support",
        "limits",
        "device",
        "warm",
    }
    for command in asked(assignment):
        assert set(command.request) == {
            "entry",
            "mode",
            "seed",
            "gpu",
            "record",
            "long_running",
            "answered",
            "probes",
            "result_mib",
        }


def test_only_the_students_own_files_are_written_to_the_box(assignment):
    for command in asked(assignment):
        assert command.files == {name: text.encode() for name, text in WORK.items()}


def test_only_what_students_are_given_can_be_imported(assignment):
    provided = {
        str(path.relative_to(FOLDER / "provided")): path.read_bytes() for path in (FOLDER / "provided").rglob("*.py")
    }

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
    for name in ("flags", "stats", "graph", "behaviour", "hidden/values", "hidden/verify", "hidden/diagnosis"):
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
    tolerances = numbers(json.loads((FOLDER / "hidden" / "tolerances.json").read_text()))
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
    outside = part("hidden.verify").pick(found, SEED)

    (seed,) = {command.request["seed"] for command in asked(assignment)}

    assert seed == weights_seed(SEED)
    assert part("hidden.verify").pick(found, seed) != outside


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
    block = part("hidden.solution").ResNetBlock(10, 3, skip_connections=case.skip, batch_normalization=case.batch)
    building.fill(block, asked(assignment)[0].request["seed"])

    _, tensors = parsed(build, SEED)

    for name, parameter in block.named_parameters():
        assert torch.equal(tensors[name], parameter)
