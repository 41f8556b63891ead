"""A checkpoint's network, asked about inputs that were served after hand-in: run again here, from its operations.

What cannot be run again is taken from the sandbox, where it saw the inputs and no label; the notes say so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.evidence import Evidence, MissingEvidence
from grader.inside.weights_files import chosen
from grader.readings.fields import Shapes, numbers, sequence, shapes, text, texts
from grader.readings.remember import remembered
from grader.readings.typed_frames import answers
from grader.sandbox.protocol import Array, Frame
from grader.words import counted

if TYPE_CHECKING:
    import torch

    from grader.checks.operations import Network

MOMENTS = {"step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "momentum_buffer", "square_avg", "sum", "grad_avg"}
FAR = 0.02  # of the largest score: as far as what is run again here may lie from what ran there
MOST_NAMES, MOST_NUMBERS = 20_000, 50_000_000
PREPARED = 8  # so many times smaller than an input may be what is left of it where the network begins
LARGE_CONSTANT = re.compile(r"a constant of (\d{1,12}) numbers")
OPTIMIZER = "this is the state of an optimizer: save net.state_dict(), not optimizer.state_dict()"
SAVE = "save net.state_dict() with torch.save, and hand in the class that it belongs to"


@dataclass(frozen=True, eq=False)
class Question:
    """What is asked of the checkpoint: the probe's id, the file's and the class's names, the batches' size, and the
    inputs (N × …) that are served, by the batch's seed.
    """

    id: str
    file: str
    kind: str
    batch: int
    served: Callable[[int], Array]


@dataclass(frozen=True, eq=False, kw_only=True)
class Evaluated:
    """What came of a checkpoint: `outputs` for all inputs (N × …), and of what it was made. `rows` are the places of
    the inputs that were tried in the sandbox. `unseen` says why it may compute with more than what came back.
    """

    files: tuple[str, ...]
    outputs: Array
    rows: Array
    replayed: bool
    notes: tuple[str, ...]
    header: Mapping[str, Any]
    parameters: Shapes
    state: Mapping[str, Array]
    constants: Mapping[str, Array]
    batch: int
    unseen: str = ""

    @property
    def large_constant(self) -> int:
        """How many numbers a constant has that was too large to come back; 0 without one."""
        told = LARGE_CONSTANT.fullmatch(text(self.header.get("untraced")) or "")
        return int(told[1]) if told else 0

    @property
    def counted(self) -> int:
        """The numbers of its parameters; of all that it holds where more lie beside the parameters than in them."""
        own = sum(array.size for name, array in self.state.items() if name in dict(self.parameters))
        if not self.state:
            own = sum(int(np.prod(shape)) for _, shape in self.parameters)
            return own + self.large_constant if self.large_constant > own else own
        others = [array for name, array in self.state.items() if name not in dict(self.parameters)]
        beside = sum(array.size for array in [*others, *self.constants.values()] if array.dtype.kind == "f")
        return own if beside <= own else own + beside


def files_of(evidence: Evidence, asked: Question) -> tuple[str, ...]:
    """The files that hold the weights. Raises MissingEvidence: with none, or where a person has to say which."""
    paths = [file.path for file in evidence.submission.files]
    found, remark = chosen(paths, asked.file)
    if found:
        return tuple(found)
    if remark:
        raise MissingEvidence(
            f"{remark}: expected {asked.file}", ours=True, hint="a person has to say which one counts"
        )
    unread = [one for one in evidence.submission.left_out if chosen([one.path], asked.file)[0]]
    if unread:
        words = f"{unread[0].path} ({unread[0].size / 2**20:.1f} MiB) was not read: {unread[0].why}"
        raise MissingEvidence(words, ours=True)
    if evidence.submission.problem or evidence.submission.ambiguous:
        raise evidence.why_missing()
    listed = ", ".join(paths[:6]) or "nothing"
    raise MissingEvidence(f"expected the weights in {asked.file}, found {listed}", hint=SAVE)


def answer(evidence: Evidence, asked: Question) -> Frame:
    """What came back about the checkpoint. Raises MissingEvidence where there is none, or where it does not load."""
    files = files_of(evidence, asked)
    came = answers(evidence, asked.id, f"{files[0]} with {asked.kind}")
    if "network" in came and "missing" in came.found["network"].header and not evidence.errors():
        words = f"{files[0]} holds weights alone, and no class {asked.kind} that they belong to was handed in"
        raise MissingEvidence(words, hint=f"hand in the file that defines {asked.kind} too, or save TorchScript")
    frame = came["network"]
    if (broken := text(frame.header.get("broken"))) is not None:
        hint = (
            SAVE
            if any(word in broken for word in ("expected", "class", "brackets"))
            else "open it on your machine as it was handed in, and save it again"
        )
        raise MissingEvidence(f"{files[0]} {broken[:400]}", hint=hint)
    lacks, wrong = (texts(frame.header.get(part), 50, 200) for part in ("lacks", "shapes"))
    if lacks or wrong:
        kind = text(frame.header.get("class")) or asked.kind
        parts = [
            f"{counted(len(part), 'tensor')} {what} ({', '.join(part[:4])}{', …' * (len(part) > 4)})"
            for part, what in ((lacks, "of the network without a value"), (wrong, "of another shape"))
            if part
        ]
        left = texts(frame.header.get("left"), 50, 200)
        more = f"; the file has {', '.join(left[:4])}{', …' * (len(left) > 4)} besides" if left else ""
        raise MissingEvidence(
            f"{files[0]} does not fit the class {kind}: {', '.join(parts)}{more}",
            hint=OPTIMIZER if _is_an_optimizers(left) else "hand in the class and the weights of the same network",
        )
    return frame


def _is_an_optimizers(left: Sequence[str]) -> bool:
    """Whether names are those of Adam's moments or of SGD's momentum alone."""
    return bool(left) and {name.rpartition(".")[2] for name in left} <= MOMENTS


@remembered
def evaluated(evidence: Evidence, asked: Question) -> Evaluated:
    """Ask the network about the inputs that were served. Raises MissingEvidence."""
    frame = answer(evidence, asked)
    given = asked.served(evidence.seed)
    outputs = numbers(frame.arrays.get("outputs"))
    rows = _rows(frame.header.get("places"), len(given), asked.batch)
    if outputs is None or len(outputs) != len(rows):
        raise MissingEvidence(f"{asked.file}: no output came back for each of {len(given)} inputs")
    found = Evaluated(
        files=files_of(evidence, asked),
        outputs=outputs,
        rows=rows,
        replayed=False,
        notes=tuple(_notes(frame)),
        header=frame.header,
        parameters=shapes(frame.header.get("parameters"), most=MOST_NAMES, numbers=MOST_NUMBERS) or (),
        state={name.removeprefix("state."): part for name, part in frame.arrays.items() if name.startswith("state.")},
        constants={name: part for name, part in frame.arrays.items() if name.startswith("constant.")},
        batch=asked.batch,
    )
    return _again(found, asked, given)


def _rows(places: object, count: int, batch: int) -> Array:
    """The places of the inputs that ran in the sandbox, by the numbers of their batches."""
    every = np.arange(count)
    listed = [place for place in sequence(places, count) if type(place) is int and place >= 0]
    return every if not listed else every[np.isin(every // batch, listed)]


def _notes(frame: Frame) -> Iterator[str]:
    for name in ("remark", "fit"):
        if said := text(frame.header.get(name)):
            yield said[:300]
    left = texts(frame.header.get("left"), 20, 100)
    if left and frame.header.get("class"):
        yield f"left over in the file, and not used: {', '.join(left[:5])}"


def _again(found: Evaluated, asked: Question, inputs: Array) -> Evaluated:
    """Its outputs as they come out here, unless that cannot be done."""
    from grader.checks.graph import is_random
    from grader.checks.operations import NotReplayable, parse
    from grader.checks.replay import weights
    from grader.checks.replay_allowance import TooMuchWork

    if "trace" not in found.header:
        why = text(found.header.get("untraced")) or "its operations did not come back"
        return _in_sandbox(replace(found, unseen=why), why, inputs)
    try:
        network = parse(found.header.get("trace"))
        tensors = weights({**found.state, **found.constants})
        ours = _run(network, tensors, inputs, asked.batch)
    except (NotReplayable, TooMuchWork) as error:
        return _in_sandbox(found, str(error), inputs)
    if is_random(network):
        words = "it draws random numbers when it is evaluated: another pass gives other scores"
        return replace(found, outputs=ours, replayed=True, notes=(*found.notes, words))
    if ours.shape[1:] != found.outputs.shape[1:]:
        raise MissingEvidence("run again, the operations of the network give outputs of another shape", ours=True)
    other = _differing(ours[found.rows], found.outputs)
    if other[: asked.batch].any():
        raise MissingEvidence(
            "run again, the operations of the network give other scores for the inputs they were written down with",
            ours=True,
        )
    if other.any():
        why = f"for {int(other.sum())} of {len(other)} inputs it does something else"
        prepared = (found.constants[name][0].size for name in _of_a_batch(found))
        honest = any(size > 1 and PREPARED * size >= inputs[0].size for size in prepared)
        return _in_sandbox(found if honest else replace(found, unseen=why), why, inputs)
    return replace(found, outputs=ours, replayed=True)


def _in_sandbox(found: Evaluated, why: str, inputs: Array) -> Evaluated:
    if len(found.rows) < len(inputs):
        raise MissingEvidence(f"the grader cannot run this network again: {why}", ours=True)
    words = f"evaluated in the sandbox, on inputs without labels, as it cannot be run again outside: {why}"
    if "is random" in why:
        words += "; is dropout told when to act, as F.dropout(x, training=self.training) is?"
    kept = {name: part for name, part in found.constants.items() if name not in _of_a_batch(found)}
    return replace(found, notes=(*found.notes, words[:500]), constants=kept)


def _of_a_batch(found: Evaluated) -> list[str]:
    """What a batch becomes outside of PyTorch, as with NumPy in `preprocess`, stands as a constant in its operations:
    for other inputs these are others.
    """
    return [name for name, part in found.constants.items() if part.shape[:1] == (found.batch,)]


def _differing(ours: Array, theirs: Array) -> Array:
    """For which inputs two outputs differ by more than rounding."""
    flat, other = (part.reshape(len(part), -1).astype(np.float64) for part in (ours, theirs))
    finite = np.isfinite(flat)
    scale = float(np.abs(flat[finite]).max(initial=0.0))
    far = np.abs(np.where(finite, flat, 0) - np.where(np.isfinite(other), other, 0)) > FAR * scale + 1e-6
    return np.asarray((far | (finite != np.isfinite(other))).any(axis=1))


def _run(network: Network, tensors: Mapping[str, torch.Tensor], inputs: Array, batch: int) -> Array:
    import torch

    from grader.checks import replay
    from grader.checks.operations import NotReplayable

    known = {number: tensors[name] for name, number in network.names.items() if name in tensors}
    given, found = torch.from_numpy(inputs), []
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(7)
        for some in torch.split(given, batch):
            filled = torch.cat((some, given[: batch - len(some)]))
            output = replay.execute(network, {**known, network.input: filled}, keep=False)
            if output.ndim < 1 or len(output) != batch:
                raise NotReplayable(f"it gives {tuple(output.shape)} for {batch} inputs")
            found.append(output[: len(some)].clone())
    return torch.cat(found).numpy()


def described(shape: Sequence[int]) -> str:
    """`600 × 10`."""
    return " × ".join(map(str, shape))
