"""The network of a homework, found in whatever a submission's scripts make (`inside/asked/chosen_network.py`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from grader.checks import replay
from grader.checks.chosen.absent_packages import absent_packages, excuse_absent
from grader.checks.chosen.network_structure import NetworkStructure, StructureParameter
from grader.evidence import Evidence, MissingEvidence
from grader.inside.chosen.meant_network import CLASSES, MeantNetwork
from grader.probes import Ask
from grader.readings.faults import error_words
from grader.readings.fields import count, is_shape, rows, text
from grader.readings.remember import remembered
from grader.readings.typed_frames import answers, plain_runs
from grader.sandbox.protocol import Array, Frame

MEND = "run the file from the start, and hand in what runs"
# What is passed for a parameter without a default to which no call in the scripts gives a value, by its name.
USUAL_VALUES: tuple[tuple[str, Any], ...] = (
    (r"class|n_?out|num_?out|categor", CLASSES),
    (r"^in_|in_?ch|input_?ch", 3),
    (r"skip|shortcut|resid|batch_?norm|bn", True),
    (r"depth|blocks|layers|^n$", 8),
    (r"chan|width|filter|planes|feat", 64),
    (r"device", "cpu"),
)


@dataclass(frozen=True, kw_only=True)
class ChosenNetwork:
    """What tells the homework's network from others, and what it is asked.

    `named` and `earlier` are patterns of the names of this homework's network and of earlier ones, `values` what is
    passed for a parameter to which nothing in the scripts gives a value. Files and modules with `course_module` in
    their names are the course's own. It takes samples of this `shape` to scores of `classes` classes; `served` gives
    the arrays in the sandbox by the batch's seed, among them a few float32 samples called `images`. `wanted` is what
    it is in the handout's words.

    The scripts' own call decides about its arguments: constants, options of a command line, and what functions are
    called with or take by default are followed; the definitions in force where the call stands count.
    """

    named: str
    classes: int
    shape: tuple[int, ...]
    images: str
    served: Callable[[int], Mapping[str, Array]]
    earlier: str = ""
    course_module: str = ""
    values: tuple[tuple[str, Any], ...] = USUAL_VALUES
    wanted: str = "a network"
    seconds: float = 40.0

    @property
    def told(self) -> dict[str, Any]:
        """What the sandbox is told, for a case of a probe."""
        meant = MeantNetwork(
            self.named, self.earlier, self.course_module, self.classes, tuple(self.shape), tuple(self.values)
        )
        return {**asdict(meant), "images": self.images}

    @property
    def probe(self) -> Ask:
        """Its structure with hidden weights, and its outputs as it stands."""
        cases = [{"id": case, **self.told} for case in ("structure", "forward")]
        return Ask("network", "chosen_network", cases, seconds=self.seconds, library=True)

    def structure(self, evidence: Evidence) -> NetworkStructure:
        """Its parameters and operations. Raises MissingEvidence, with the reason why there is no network."""
        return _structure(evidence, self)

    def answer(self, evidence: Evidence, case: str) -> Frame:
        """What came back for one question about it. Raises MissingEvidence, with the reason why not."""
        if evidence.submission.entry is None and (closed := _closed_archive(evidence)):
            raise closed
        found = answers(evidence, "network", "the network")[case]
        header = found.header
        if header.get("missing") is True:
            raise self._no_network(evidence, header.get("undefined"))
        excuse_absent(evidence, *(header.get(name) for name in ("build_error", "several_error", "single_error")))
        if isinstance(error := header.get("build_error"), str):
            raise MissingEvidence(
                f"{_text(header.get('name'))} cannot be made: {error[:300]}",
                hint=f"it was made by {_text(header.get('how'))}",
            )
        return found

    def _no_network(self, evidence: Evidence, name: object) -> MissingEvidence:
        """Why there is none: the class that could not be defined, if it is known, and the error that is about it."""
        errors = evidence.errors()
        about = [error for error in errors if name in error["lost"]]
        words = next((f"the error in {error_words(error)}" for error in (*about, *errors)), None)
        if not isinstance(name, str):
            none = f"expected {self.wanted} (a torch.nn.Module class or a function that makes one), found none"
            return MissingEvidence(f"{none}; {words}" if words else none, hint=MEND if words else None)
        reason = f"the class {name[:80]} could not be defined" + (f": {words}" if words else "")
        return MissingEvidence(reason, ours=bool(absent_packages(evidence)), hint=MEND if words else None)


def _closed_archive(evidence: Evidence) -> MissingEvidence | None:
    """Code that lies in an archive which could not be opened."""
    for archive in evidence.submission.archives:
        if trouble := archive.ambiguous or archive.problem:
            return MissingEvidence(f"{archive.path} could not be opened: {trouble}", ours=archive.ambiguous is not None)
    return None


@remembered
def _structure(evidence: Evidence, chosen: ChosenNetwork) -> NetworkStructure:
    frame = chosen.answer(evidence, "structure")
    header = frame.header
    untraced, network = None, None
    try:
        network = replay.parse(header.get("trace"))
    except replay.NotReplayable as reason:
        untraced = str(reason)
    return NetworkStructure(
        name=_text(header.get("name")),
        how=_text(header.get("how")),
        parameters=tuple(_parameters(header.get("parameters"))),
        owners=tuple(_owners(header.get("owners"))),
        forward_error=text(header.get("forward_error"), 500),
        untraced=untraced,
        network=network,
        arrays={name: one for name, one in frame.arrays.items() if name.startswith(("buffer.", "constant."))},
        seed=evidence.seed,
        shape=tuple(chosen.shape),
        samples=lambda: chosen.served(evidence.seed)[chosen.images],
        plain=plain_runs(frame),
        with_standins=header.get("standins") is True,
        also_made={
            how: count(tensors) for how, tensors in rows(header.get("also_made"), 2, 20) if isinstance(how, str)
        },
    )


def _parameters(listed: object) -> list[StructureParameter]:
    return [
        StructureParameter(name, tuple(shape), learnable is True)
        for name, shape, learnable in rows(listed, 3)
        if isinstance(name, str) and is_shape(shape)
    ]


def _owners(listed: object) -> list[tuple[str, str, tuple[str, ...]]]:
    return [
        (path, kind, tuple(name for name in names if isinstance(name, str)))
        for path, kind, names in rows(listed, 3)
        if isinstance(path, str) and isinstance(kind, str) and isinstance(names, list)
    ]


def _text(value: object) -> str:
    return text(value, 300) or "the network"
