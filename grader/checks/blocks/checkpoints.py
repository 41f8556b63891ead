"""`Checkpoint`: a trained network that is handed in, measured on hidden data that are made after hand-in."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property, lru_cache
from hashlib import sha256
from types import ModuleType
from typing import Any

import numpy as np

from grader.checks import metrics
from grader.checks.blocks.cut_offs import CutOffs, judged
from grader.checks.blocks.demands import Demand
from grader.checks.blocks.evaluated import Evaluated, Question, described, evaluated, files_of
from grader.checks.blocks.held_data import data_found
from grader.checks.blocks.signatures import Signature, signature
from grader.errors import AssignmentError
from grader.evidence import Evidence
from grader.finding import Finding
from grader.probes import Argument, Ask
from grader.rubric import Block
from grader.sandbox.protocol import Array
from grader.words import counted

Data = Callable[[int], tuple[Array, Array]]
MIB = 2**20
NETWORKS = r"class\s+\w+\(\s*(?:\w+\.)*(?:Module|LightningModule|Sequential)\b"
MOST_REPLAYED = 12_000_000  # numbers of a network that comes back: what fits through the sandbox's result


@dataclass(frozen=True, eq=False)
class _Call:
    """A call as it is written: its text with the names alone that come after all values, what stands before those, and
    what is given by name. A part is a value, or an `ast.Name` of one of the arguments.
    """

    text: str
    first: tuple[Any, ...] = ()
    words: Mapping[str, Any] = field(default_factory=dict)

    @property
    def needed(self) -> list[str]:
        """The arguments that it names."""
        parts = (*self.first, *self.words.values())
        return [*signature(self.text).inputs, *(part.id for part in parts if isinstance(part, ast.Name))]

    def by_name(self, made: Signature, known: Mapping[str, Any]) -> list[tuple[str, Any]]:
        """What goes by name to whatever takes it so."""
        words = {name: known[part.id] if isinstance(part, ast.Name) else part for name, part in self.words.items()}
        return [*((name, known[name]) for name in made.inputs), *words.items()]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Weights that are handed in as `file`, of the class or function that is called as `made` says: `"Net()"`,
    `"get_model(4)"`, `"Net(classes=4)"`, or `"Net(width)"` with `arguments={"width": 32}`.

    `test(seed)` gives hidden inputs (N × …) and what is right for them: N classes, or N × … numbers. It is called with
    the batch's secret seed; inputs are served, what is right never is. `course` names a module of `provided/` if the
    class is the course's; else it is the submission's. `prepare` names a function of the student's, if there may be
    one, that inputs go through first. `public()` gives data that students have, to see whether a network holds them.

    Accepted: `.pt`, `.pth`, `.ckpt` as state_dict, as dictionary with one in it, as pickled network or TorchScript,
    old and new format; `.safetensors`, also in parts; `.npz`; a folder with `config.json`, whose settings the
    constructor gets; any precision, tensors of a GPU, names with `module.`, `_orig_mod.` or `model.` before them. The
    class's name may differ if the weights fit. The network comes back as operations and weights, and is run again
    outside; both must agree to 2 % of the largest score (rounding moves them by far less), for every sixth batch, or
    for all where the forward pass looks at numbers. What cannot be run again counts as evaluated in the sandbox, on
    inputs without labels, and the report says so.
    Caught: damaged files, weights of another network, networks that know only public data by heart or look something
    up, constant outputs, classes in another order.
    """

    file: str
    made: str
    test: Data
    course: str = ""
    prepare: str = "preprocess"
    arguments: Mapping[str, Any] = field(default_factory=dict)
    public: Callable[[], tuple[Array, Array]] | None = None
    batch: int = 64
    seconds: float = 60.0

    def __post_init__(self) -> None:
        lacking = [name for name in self._call.needed if name not in self.arguments]
        if lacking:
            raise AssignmentError(f"Checkpoint: arguments: expected {', '.join(lacking)}")

    @cached_property
    def signature(self) -> Signature:
        """How the network is made, without values that are written down in the call."""
        return signature(self._call.text)

    @cached_property
    def _call(self) -> _Call:
        try:
            tree = ast.parse(self.made, mode="eval").body
            found = _call_of(tree) if isinstance(tree, ast.Call) else None
        except (SyntaxError, ValueError):
            found = None
        return found or _Call(self.made)

    @property
    def hidden(self) -> bool:
        """Whether `test` is what students do not have."""
        return isinstance(self.test, ModuleType)

    def loads(self) -> Block:
        """It loads, fits the class, and gives finite numbers for every hidden input."""

        def check(evidence: Evidence) -> Finding:
            found = self.evaluated(evidence)
            flat = found.outputs.reshape(len(found.outputs), -1)
            bad = int((~np.isfinite(flat)).any(axis=1).sum())
            what = f"{found.files[0]} gives {described(found.outputs.shape)} outputs"
            if bad:
                words = f"{what}: {bad} of {len(flat)} hold NaN or infinite numbers"
                return Finding.failed(words, "did training diverge?", details=found.notes)
            return Finding.passed(f"{what}, with {counted(found.counted, 'parameter')}", details=found.notes)

        return self._block(check)

    def parameters(self, *, at_most: int | None = None, at_least: int | None = None) -> Block:
        """So many parameters, frozen ones included. Numbers in buffers and constants count too where they are more than
        those in parameters. Caught: a network that is too large, and one whose weights are hidden from PyTorch.
        """
        if at_most is None and at_least is None:
            raise AssignmentError("Checkpoint.parameters: expected at_most or at_least")

        def check(evidence: Evidence) -> Finding:
            seen = self.evaluated(evidence)
            found = seen.counted
            if at_most is not None and found > at_most:
                return Finding.failed(f"expected at most {at_most:,} parameters, found {found:,}")
            if at_least is not None and found < at_least:
                return Finding.failed(f"expected at least {at_least:,} parameters, found {found:,}")
            if at_most is not None and seen.unseen:
                return _perhaps_more(f"{counted(found, 'parameter')} were seen", seen)
            return Finding.passed(f"{counted(found, 'parameter')}")

        return self._block(check)

    def file_size(self, *, at_most_mib: float) -> Block:
        """The file, or its parts together, are at most so large. Measured on what was handed in."""

        def check(evidence: Evidence) -> Finding:
            names = files_of(evidence, self._question)
            size = sum(file.size for file in evidence.submission.files if file.path in names) / MIB
            if size > at_most_mib:
                hint = "save net.state_dict() alone, without the optimizer's and without data"
                return Finding.failed(f"expected at most {at_most_mib:g} MiB, found {names[0]} of {size:.2f} MiB", hint)
            return Finding.passed(f"{names[0]} is {size:.2f} MiB (at most {at_most_mib:g} MiB)")

        return self._block(check)

    def no_data_set(self) -> Block:
        """Neither the file nor its network holds a data set: no large arrays beside the weights but the optimizer's and
        averages, no buffer of many inputs, no weights that are public inputs, no data files beside it.
        """

        def check(evidence: Evidence) -> Finding:
            found = self.evaluated(evidence)
            inputs = self._inputs(evidence.seed)
            public = None if self.public is None or isinstance(self.public, ModuleType) else self.public()[0]
            if problems := list(data_found(evidence, found, inputs[0].shape, public)):
                return Finding.wrong("expected weights alone", problems, "save net.state_dict() alone")
            if found.unseen:
                return _perhaps_more(f"no data set was seen in {found.files[0]}", found)
            return Finding.passed(f"{found.files[0]} holds the network's weights and no data set")

        return self._block(check)

    def accuracy(self, cut_offs: CutOffs, *, classes: Sequence[str] | int) -> Block:
        """The share of hidden items that are right, with Wilson's interval, the confusion matrix, and each class's
        recall, precision and F1. `classes` are their names, or how many there are.
        """
        names = [str(number) for number in range(classes)] if isinstance(classes, int) else list(classes)

        def check(evidence: Evidence) -> Finding:
            found, truth = self.evaluated(evidence), self._truth(evidence.seed)
            said = self._said(found, truth, len(names))
            score = metrics.accuracy(said, truth)
            good = score.value >= cut_offs.points[-1][0]
            hint = None if good else metrics.hint_on(said, truth, len(names))
            exhibits = metrics.per_class(said, truth, names) if len(names) <= metrics.MOST_CLASSES else ()
            return judged(score, cut_offs, "right", unit="%", hint=hint, notes=found.notes, exhibits=exhibits)

        return self._block(check, scored=True, cut_offs=cut_offs)

    def overlap(self, cut_offs: CutOffs, *, classes: Sequence[str] | int) -> Block:
        """Of segmentation, the mean intersection over union: of each picture over the classes that are in it or in what
        is said of it, with a bootstrap interval over pictures. Labels are N × H × W, outputs N × classes × H × W.
        Caught: a network that says ground everywhere, which most pixels are.
        """
        count = classes if isinstance(classes, int) else len(classes)

        def check(evidence: Evidence) -> Finding:
            found, truth = self.evaluated(evidence), self._truth(evidence.seed)
            said = self._said(found, truth, count)
            return judged(
                metrics.overlaps(said, truth, count),
                cut_offs,
                "mean intersection over union",
                unit="",
                notes=found.notes,
            )

        return self._block(check, scored=True)

    def loss(self, cut_offs: CutOffs) -> Block:
        """The mean cross-entropy of hidden items, with a bootstrap interval. Outputs are logits, logarithms of
        probabilities, or probabilities.
        """
        return self._mean("mean cross-entropy", cut_offs, metrics.log_losses)

    def squared_error(self, cut_offs: CutOffs) -> Block:
        """The mean squared error of hidden items, with a bootstrap interval."""
        return self._mean("mean squared error", cut_offs, metrics.squared_errors)

    def reconstruction_error(self, cut_offs: CutOffs) -> Block:
        """The mean squared error between hidden inputs and what an autoencoder makes of them. Its first output counts,
        or the one that is called the reconstruction.
        """
        return self._mean("mean squared error of the reconstruction", cut_offs, metrics.squared_errors, of_inputs=True)

    @staticmethod
    def _said(found: Evaluated, truth: Array, classes: int) -> Array:
        """The class that is said of each item or pixel. Raises UnfitOutputs."""
        said = metrics.predicted(found.outputs, classes, len(truth))
        if said.shape != truth.shape:
            raise metrics.UnfitOutputs(f"expected classes of {described(truth.shape)}, found {described(said.shape)}")
        return said

    def _mean(
        self, what: str, cut_offs: CutOffs, measure: Callable[[Array, Array], Any], *, of_inputs: bool = False
    ) -> Block:
        def check(evidence: Evidence) -> Finding:
            found = self.evaluated(evidence)
            right = self._inputs(evidence.seed) if of_inputs else self._truth(evidence.seed)
            return judged(measure(found.outputs, right), cut_offs, what, unit="", notes=found.notes)

        return self._block(check, scored=True)

    def evaluated(self, evidence: Evidence) -> Evaluated:
        """What its network gives for the hidden inputs. Raises MissingEvidence."""
        return evaluated(evidence, self._question)

    def _block(
        self, check: Callable[[Evidence], Finding], *, scored: bool = False, cut_offs: CutOffs | None = None
    ) -> Block:
        def fitting(evidence: Evidence) -> Finding:
            try:
                return check(evidence)
            except metrics.UnfitOutputs as error:
                return Finding.failed(str(error), "print the shape of what the network returns")

        if self.hidden and self.public is None:
            return Block(fitting, (), hidden=True)
        later = f"this is measured on hidden data when the work is graded; here {self.file} is only loaded"
        preview = (lambda evidence: self._previewed(evidence, later)) if self.hidden and scored else check
        entry = {} if self.course else {self.signature.pattern: 2, NETWORKS: 1}
        return Block(
            fitting,
            (self._probe,),
            self._served,
            entry,
            self.hidden,
            preview if self.hidden else None,
            artefact=Demand(self, (self.file,), cut_offs),
        )

    def _previewed(self, evidence: Evidence, words: str) -> Finding:
        self.evaluated(evidence)
        return Finding.ungraded(words)

    @cached_property
    def _probe(self) -> Ask:
        call, known = self._call, self.arguments
        roles = [Argument(name, value, (f"^{name}$",)) for name, value in call.by_name(self.signature, known)]
        case = {
            "id": "network",
            "file": self.file,
            "asked": self.signature.name,
            "first": [known[part.id] if isinstance(part, ast.Name) else part for part in call.first],
            "roles": [asdict(role) for role in roles],
            "course": self.course,
            "prepare": self.prepare,
            "inputs": f"{self._id}.inputs",
            "batch": self.batch,
            "most": MOST_REPLAYED,
        }
        return Ask(self._id, "checkpoint", [case], self.seconds, library=True, alone=True)

    @cached_property
    def _id(self) -> str:
        asked = repr([self.file, self.made, self.course, self.prepare, dict(self.arguments), self.batch])
        return f"checkpoint-{sha256(asked.encode()).hexdigest()[:8]}"

    @cached_property
    def _question(self) -> Question:
        return Question(self._id, self.file, self.signature.name, self.batch, self._inputs)

    def _served(self, seed: int) -> dict[str, Array]:
        return {f"{self._id}.inputs": _single(self._made(seed)[0])}

    def _inputs(self, seed: int) -> Array:
        return _single(_once(self._made, seed)[0])

    def _truth(self, seed: int) -> Array:
        return np.asarray(_once(self._made, seed)[1])

    @cached_property
    def _made(self) -> Data:
        """Hidden data; where students do not have them, public data."""
        public = self.public
        return self.test if not self.hidden or public is None else lambda _: public()


def _perhaps_more(words: str, found: Evaluated) -> Finding:
    """That a network may compute with more than what came back of it: nobody but a person can tell."""
    said = f"{words}; the network may compute with more: {found.unseen}"
    return Finding.ungraded(said[:600], "a person reads its forward pass: does it look something up?")


def _call_of(tree: ast.Call) -> _Call | None:
    """Raises ValueError for what is neither a name nor a value."""
    if any(word.arg is None for word in tree.keywords):
        return None
    parts = [_part(part) for part in tree.args]
    values = [place for place, part in enumerate(parts) if not isinstance(part, ast.Name)]
    last = values[-1] + 1 if values else 0
    names = ", ".join(part.id for part in parts[last:] if isinstance(part, ast.Name))
    words = {word.arg: _part(word.value) for word in tree.keywords if word.arg}
    return _Call(f"{ast.unparse(tree.func)}({names})", tuple(parts[:last]), words)


def _part(node: ast.expr) -> Any:
    """A name, which stands for one of the arguments, or a value."""
    return node if isinstance(node, ast.Name) else ast.literal_eval(node)


@lru_cache(maxsize=4)
def _once(made: Data, seed: int) -> tuple[Array, Array]:
    return made(seed)


def _single(inputs: Array) -> Array:
    return inputs.astype(np.float32) if inputs.dtype.kind == "f" else inputs
