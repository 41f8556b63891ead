"""Blocks for steps that follow each other: one for all of them, and one for each, judged case by case."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, ClassVar

from grader.checks.blocks.answered_steps import (
    failed_words,
    not_run,
    of_step,
    raise_if_never_there,
    raised_words,
    why_lost,
)
from grader.checks.blocks.inputs import described
from grader.checks.blocks.played import Calls, Right
from grader.checks.blocks.set_up import students_own
from grader.checks.blocks.signatures import UNNAMED, Signature
from grader.checks.blocks.untried import stood_for
from grader.checks.blocks.verdicts import CaseVerdict, finding
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding, Outcome
from grader.inside.asked.calls import OBJECT
from grader.probes import Ask
from grader.readings.answered import Answered
from grader.readings.faults import fault
from grader.readings.fields import texts
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Frame

OPAQUE = ("cache", "caches", "ctx", "context")
RANDOM = (
    "ask for it with same_distribution, or for what does not depend on chance, such as the batch in sorted order; "
    "a step np.random.seed(…) or torch.manual_seed(…) says that the handout asks for these very numbers"
)
DTYPES = ("float32", "float64")


@dataclass(frozen=True, eq=False)
class Chain(Block):
    """A block for all functions of a chain; `chain["affine_backward"]` is the block for one of them, and
    `chain["layer.dweight", "layer.dbias"]` for two.
    """

    steps: Mapping[str, Block] = field(default_factory=dict)
    together: Callable[[Collection[str]], Block] | None = None  # the block for some of the steps, by name

    def __getitem__(self, name: str | tuple[str, ...]) -> Block:
        """By the whole text, or by what is called where one step alone calls it; several of them are one block. Raises
        AssignmentError with the names there are.
        """
        if isinstance(name, str):
            return self.steps[self._step(name)]
        found = {self._step(one) for one in name}
        if not found or self.together is None:
            raise AssignmentError(f"expected some of {', '.join(self.steps)}, found none")
        return self.together(found)

    def _step(self, name: str) -> str:
        if name in self.steps:
            return name
        calls = [step for step in self.steps if step.startswith(f"{name}(")]
        if len(calls) != 1:
            raise AssignmentError(f"expected one of {', '.join(self.steps)}, found {name!r}")
        return calls[0]


def raise_if_odd(what: str, asked: Calls) -> None:
    """Raises AssignmentError where steps and cases cannot be meant so."""
    if not asked.steps or not asked.cases:
        raise AssignmentError(f"{what}: expected at least one signature and one case")
    for step in asked.steps:
        if not any(asked.tried(step, case) for case in asked.cases):
            needed = ", ".join(step.needed)
            raise AssignmentError(f"{what}: {step.name}: no case gives all of its inputs ({needed})")
    for case in asked.cases:
        if twice := _given_twice(asked, case):
            raise AssignmentError(f"{what}: {twice[0]} is given by a case and made by {twice[1]}: call one otherwise")
    if not set(asked.dtypes) <= set(DTYPES):
        raise AssignmentError(f"{what}: dtypes: expected {' or '.join(DTYPES)}, found {asked.dtypes}")
    if not asked.is_hidden and (
        missing := [step.path for step in asked.steps if step.is_defined and step.path not in asked.names]
    ):
        raise AssignmentError(f"{what}: the reference has no {', '.join(missing)}")


def _given_twice(asked: Calls, case: Mapping[str, Any]) -> tuple[str, str] | None:
    """An input that a later step needs, and the step whose result would be taken in its place."""
    tried = [step for step in asked.steps if asked.tried(step, case)]
    for place, step in enumerate(tried):
        for name in set(step.outputs) & set(case) - set(step.inputs):
            if any(name in later.needed for later in tried[place + 1 :]):
                return name, step.name
    return None


@dataclass(frozen=True, eq=False)
class StepBlocks:
    """The steps that are asked, and how a student's answer to one of them is judged."""

    asked: Calls
    per_case: bool
    instead: ClassVar[str] = "name the result as constant"  # where no other inputs would show more
    others: tuple[StepBlocks, ...] = field(default=(), kw_only=True)  # the same with references that are as right

    def beside(self, also: Sequence[ModuleType | Mapping[str, Any]]) -> StepBlocks:
        """The same, with others that take what `also` defines in the reference's place."""
        if self.asked.is_hidden:
            return self
        known = [one if isinstance(one, Mapping) else vars(one) for one in also]
        asked = [replace(self.asked, reference={**self.asked.names, **names}, known={}) for names in known]
        return replace(self, others=tuple(replace(self, asked=one) for one in asked))

    def chain(self, probe: Ask) -> Chain:
        """A block for all steps that student code has a part in, and one for each step."""
        single = {step.name: self.block((step,), probe) for step in self.asked.steps}
        judged = students_own(self.asked.steps) or self.asked.steps

        def together(names: Collection[str]) -> Block:
            return self.block([step for step in self.asked.steps if step.name in names], probe)

        return Chain(**vars(self.block(judged, probe)), steps=single, together=together)

    @abstractmethod
    def weak(self, step: Signature, right: Mapping[str, Right]) -> list[str]:
        """Results that these inputs would not have shown to be wrong."""

    @abstractmethod
    def compared(self, words: str, step: Signature, frame: Frame, part: Mapping[str, Any], right: Right) -> CaseVerdict:
        """What is wrong with a student's answer to one case, which is called `words`."""

    def block(self, steps: Sequence[Signature], probe: Ask) -> Block:
        """A block for some of the steps."""
        return Block(
            lambda evidence: self.check(evidence, steps),
            (probe,),
            self.asked.data,
            {step.pattern: 2 for step in self.asked.steps if step.pattern},
            self.asked.is_hidden,
            lambda evidence: self.preview(evidence, steps),
        )

    def check(self, evidence: Evidence, steps: Sequence[Signature]) -> Finding:
        """The finding beside the reference that fits best; a person's, where another one's results show too little."""
        found = self.check_one(evidence, steps)
        for other in self.others:
            if found.outcome in (Outcome.PASSED, Outcome.UNGRADED):
                break
            one = other.check_one(evidence, steps)
            if one.outcome is Outcome.UNGRADED or one.credit > found.credit:
                found = one
        return found

    def check_one(self, evidence: Evidence, steps: Sequence[Signature]) -> Finding:
        """Judge each case and put the verdicts together into one finding."""
        right = self.asked.right(evidence.seed)
        if weak := [words for step in steps for words in self.weak(step, right)]:
            return Finding.ungraded(
                f"these hidden inputs would not have shown a wrong answer: {'; '.join(weak)}",
                f"choose other inputs in assignment.py, or {self.instead}",
            )
        if random := [step.name for step in steps if any(step.name in one.by_chance for one in right.values())]:
            return Finding.ungraded(f"what {random[0]} gives depends on random numbers that student code draws", RANDOM)
        compared = [step for step in steps if _is_compared(step, right)]
        silent = [step for step in steps if step not in compared]
        if not compared and any(step.is_for_effect for step in steps):
            return Finding.ungraded(
                f"nothing that {_names(steps)} gives or changes is compared", "name results: add -> out to a step"
            )
        steps = compared or steps
        found = [
            verdict for step in steps for verdict in self.counted(evidence, step, right, silent, alone=len(steps) == 1)
        ]
        agrees, differs = "agrees with the reference on", "differs from the reference on"
        if all(verdict.untried for verdict in found if verdict.said) and not all(verdict.untried for verdict in found):
            differs = "could not be compared with the reference on"
        return finding(_names(steps), found, per_case=self.per_case, agrees=agrees, differs=differs)

    def counted(
        self,
        evidence: Evidence,
        step: Signature,
        right: Mapping[str, Right],
        silent: Sequence[Signature] = (),
        *,
        alone: bool,
    ) -> list[CaseVerdict]:
        """The verdicts that count for a step: without the cases in which an earlier step failed, where others show as
        much. Where they do not, and the earlier step is not judged with it, a person has to look. What is judged with
        it and gives nothing of its own (`silent`) costs the cases in which it raises something.
        """
        verdicts = self.verdicts(evidence, step, right)
        places = [place for place, one in right.items() if step.name in one.header]
        found = dict(zip(places, verdicts, strict=True))
        before = [other for other in silent if other in self.asked.steps[: self.asked.steps.index(step)]]
        found = {place: self.with_raised(evidence, place, found[place], before) for place in places}
        verdicts = list(found.values())
        if not any(verdict.untried for verdict in verdicts):
            return verdicts
        left = {place: right[place] for place in places if not found[place].untried}
        shown = bool(left) and not self.weak(step, left)
        kinds = {place: self.asked.kind_of(place) for place in places}
        return stood_for(found, kinds if shown else {}, doubt=alone)

    def with_raised(
        self, evidence: Evidence, place: str, verdict: CaseVerdict, before: Sequence[Signature]
    ) -> CaseVerdict:
        """A case that is right although what is called in it before raised something is wrong."""
        for step in before if not verdict.problems else ():
            frame = answers(evidence, self.asked.id, step.name).tried(place)
            words = failed_words(of_step(frame, step.name), step) if isinstance(frame, Frame) else None
            if words:
                return replace(verdict, problems=(words,))
        return verdict

    def preview(self, evidence: Evidence, steps: Sequence[Signature]) -> Finding:
        """What students may know: that the functions are there, run, and return so many results."""
        found = [verdict for step in steps for verdict in self.verdicts(evidence, step, None)]
        shown = finding(_names(steps), found, per_case=True, agrees="runs on", differs="does not run on")
        if all(not verdict.said for verdict in found):
            return Finding.ungraded(f"{shown.message}; its values are checked when the work is graded")
        return shown

    def verdicts(self, evidence: Evidence, step: Signature, right: Mapping[str, Right] | None) -> list[CaseVerdict]:
        """One for each case in which a function is tried."""
        found = answers(evidence, self.asked.id, step.name)
        asked = [
            request for request in self.asked.requests() if any(step.name == name for name, *_ in request["steps"])
        ]
        raise_if_never_there(evidence, found, step, [request["id"] for request in asked])
        return [self.verdict(found, step, request, right) for request in asked]

    def verdict(
        self, found: Answered[Frame], step: Signature, request: Mapping[str, Any], right: Mapping[str, Right] | None
    ) -> CaseVerdict:
        """The verdict on one case."""
        place, _, dtype = request["id"].partition(".")
        words = described(self.asked.cases[int(place)]) + (f" ({dtype})" if len(self.asked.dtypes) > 1 else "")
        frame = found.tried(request["id"])
        if isinstance(frame, MissingEvidence):
            return CaseVerdict(words, (frame.reason,))
        part = of_step(frame, step.name)
        if (raised := fault(part)) is not None:
            return CaseVerdict(words, (raised_words(raised, part, step),))
        if problem := not_run(part, step):
            if lost := texts(part.get("lost"), 5, 100):
                self.raise_if_ours(frame, step, problem)
                problem += why_lost(frame, set(lost), self.asked.steps[: self.asked.steps.index(step)])
            return CaseVerdict(words, (problem,), untried="lost" in part)
        if right is None:
            return CaseVerdict(words)
        return self.compared(words, step, frame, part, right[request["id"]])

    def raise_if_ours(self, frame: Frame, step: Signature, problem: str) -> None:
        """Raises MissingEvidence where a step was not tried because an earlier one lacked what is missing here."""
        for earlier in self.asked.steps[: self.asked.steps.index(step)]:
            raised = fault(of_step(frame, earlier.name))
            missing = None if raised is None else raised.as_missing(earlier.name)
            if missing is not None and missing.ours:
                raise MissingEvidence(f"{problem}; {missing.reason}"[:600], ours=True, hint=missing.hint)


def _is_compared(step: Signature, right: Mapping[str, Right]) -> bool:
    """Whether a step gives or changes anything that can be wrong: making an object and filling it do not."""
    for one in right.values():
        said = one.header.get(step.name, {}).get("said", {})
        if one.of(step.name) or any(value != OBJECT and key != UNNAMED for key, value in said.items()):
            return True
    return False


def _names(steps: Sequence[Signature]) -> str:
    return " and ".join(step.name for step in steps)
