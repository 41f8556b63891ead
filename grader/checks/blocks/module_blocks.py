"""`same_module`: with the same weights a student's module is the same function as the reference's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any

from grader.catalog import Hidden
from grader.checks.blocks.carried import candidates, other_parameters
from grader.checks.blocks.compared_modules import ComparedModule, Distance
from grader.checks.blocks.inputs import Drawn
from grader.checks.blocks.mistaken_modules import Mistakes, handed_in, versions
from grader.checks.blocks.named_mistakes import named
from grader.checks.blocks.parts_within import Excuse, OwnPart
from grader.checks.blocks.pieces import Take
from grader.checks.blocks.runs import Run, Runs, runs_of
from grader.checks.blocks.seen_modules import SeenModule, frozen_parameters, seen_module
from grader.checks.blocks.tried_at_once import tried
from grader.checks.blocks.verdicts import CaseVerdict, finding
from grader.checks.hidden import hidden_statistics, hidden_weights
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding, Outcome
from grader.readings.remember import remembered
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, eq=False)
class ModuleBlock(Block):
    """A block that also tells in which cases, by their words, a module is right only for what which of its parts gives,
    which differs.
    """

    excused: Callable[[Evidence], Mapping[str, str]] = lambda _: {}


NO_PARTS: Mapping[str, Block] = MappingProxyType({})
NO_MISTAKES: Mistakes = MappingProxyType({})


def same_module(  # noqa: PLR0913 - all but the first two are named
    made: str,
    call: str,
    *,
    reference: ModuleType | Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    modes: Sequence[str] = ("evaluation", "training"),
    gradients: bool | Sequence[str] = True,
    optional: Sequence[str] = (),
    parts: Mapping[str, Block] = NO_PARTS,
    also: Sequence[ModuleType | Mapping[str, Any]] = (),
    mistakes: Mistakes = NO_MISTAKES,
    per_case: bool = True,
    seconds: float = 20.0,
) -> ModuleBlock:
    """A student's `torch.nn.Module` is the reference's of the same name, as a function of inputs and weights.

    `also` are references that are as right, where a handout leaves something open: one of them has to fit all cases.
    `mistakes` are wrong versions of the class by words that go on "a version that …": a wrong module that is the same
    function as one of them in every case is told so; one that these cases do not tell from the reference leaves the
    criterion to a person.
    `made` is how it is made, `"MultiHeadAttention(d_model, num_heads)"`, `call` how it is called,
    `"(x, mask) -> out"`, or how a method of it is, `"encode(x) -> z"`; each of `cases` gives values for both by name,
    such as `{"d_model": 8, "num_heads": 2, "x": normal(2, 5, 8), …}`: give several sizes, and several batch sizes.
    Arguments are passed by name or, where a student's names differ, in order. In the sandbox the parameters get hidden
    values; here they are carried over to the reference by shape and role (`grader/checks/blocks/carried.py`), and
    outputs, `gradients` by inputs and parameters and (in training mode) running statistics are compared in every one of
    `modes`. `gradients=("x",)` are those by parameters and by `x` alone: an adjacency matrix is given.

    Accepted: other names, another order, fused or separate projections, one projection for each head, matrices stored
    the other way round, parameters that nothing uses, constants kept as parameters that do not learn; parameters of the
    reference that are `optional` (patterns such as `"*.bias"`) may be missing; a module that is right for what one of
    its `parts` gives, by name the block that judges it (`{"MultiHeadAttention": HEADS}`), in as great a share of the
    cases as that one has lost. Caught: any other function, a wrong mode, detached or missing gradients. Credit and
    tolerances are as for `same_as_reference`, in float32. Use sizes that differ from each other, or roles are found
    only by trying out; leave out dropout, for which nothing can be compared. After "with the weights set by hand" of
    UMich's EECS 498. Raises AssignmentError where a signature or a case cannot be meant so.
    """
    if odd := [mode for mode in modes if mode not in ("evaluation", "training")]:
        raise AssignmentError(f"same_module: modes: expected evaluation or training, found {odd[0]!r}")
    runs = [Run(mode, mode) for mode in modes]
    by = gradients if isinstance(gradients, bool) else tuple(gradients)
    asked = runs_of(made, call, cases, runs, gradients=by, seconds=seconds, parts=tuple(parts))
    hidden = isinstance(reference, Hidden)
    every = [one if isinstance(one, Mapping) else vars(one) for one in (reference, *also)]
    if not hidden and any(asked.name not in names for names in every):
        raise AssignmentError(f"same_module: the reference has no {asked.name}")
    judges = [_Judge(asked, names, tuple(optional), per_case, dict(parts)) for names in every]
    wrong = {
        words: replace(judges[0], names={asked.name: one}, parts={}) for words, one in versions(mistakes, asked).items()
    }
    judge = replace(judges[0], also=tuple(judges[1:]), mistakes={} if hidden else wrong)
    asked_too = {repr(probe): probe for part in parts.values() for probe in part.probes}
    return ModuleBlock(
        judge.check,
        (asked.probe(), *asked_too.values()),
        judge.data,
        {asked.pattern: 2},
        hidden,
        judge.preview,
        excused=judge.excused,
    )


@dataclass(frozen=True, eq=False)
class _Judge:
    asked: Runs
    names: Mapping[str, Any]
    optional: tuple[str, ...]
    per_case: bool
    parts: Mapping[str, Block]
    also: tuple[_Judge, ...] = ()
    mistakes: Mapping[str, _Judge] = field(default_factory=dict)
    not_shown: dict[int, list[str]] = field(default_factory=dict)

    def data(self, seed: int) -> Mapping[str, Array]:
        """The inputs of all cases, and those of the parts."""
        served = [self.asked.data(seed), *(block.data(seed) for block in self.parts.values())]
        return {name: array for part in served for name, array in part.items()}

    def check(self, evidence: Evidence) -> Finding:
        self.ran(evidence, 0)  # raises where there is nothing that could have mistakes
        if hidden := self.hidden_mistakes(evidence):
            return Finding.ungraded(
                f"these hidden inputs would not have shown a wrong answer: {self.asked.name} that {hidden[0]}",
                "choose other inputs in assignment.py",
            )
        return _judged(evidence, self)

    def excused(self, evidence: Evidence) -> Mapping[str, str]:
        """In which cases the module is right for what a part gives, which differs."""
        return {verdict.words: verdict.part for verdict in _verdicts(evidence, self) if verdict.part}

    def judged(self, evidence: Evidence) -> Finding:
        verdicts = _verdicts(evidence, self)
        parts = [verdict.part for verdict in verdicts if verdict.part]
        agrees, differs = "is the reference's function on", "differs from the reference on"
        agrees = f"is right for what {parts[-1]} gives it, which differs, on" if parts else agrees
        return finding(self.asked.called, verdicts, per_case=self.per_case, agrees=agrees, differs=differs)

    def verdicts(self, evidence: Evidence) -> Sequence[CaseVerdict]:
        """What is wrong in each case beside the reference that fits best."""
        found = self.beside_one(evidence)
        for other in self.also if any(verdict.problems for verdict in found) else ():
            found = max(found, other.beside_one(evidence), key=lambda some: sum(verdict.credit for verdict in some))
        words = self.mistake(evidence) if any(verdict.problems for verdict in found) else None
        return [_named(verdict, words) if words and verdict.problems else verdict for verdict in found]

    def mistake(self, evidence: Evidence) -> str | None:
        """The words of the wrong version that the module is the same function as, in every case."""
        return next((words for words, wrong in self.mistakes.items() if wrong.fits(evidence)), None)

    def fits(self, evidence: Evidence) -> bool:
        """Whether nothing is wrong in any case, whatever parts give. The first that is tells enough."""
        liked: dict[int, int] = {}
        return not any(self.verdict(evidence, place, liked).problems for place in range(len(self.asked.cases)))

    def hidden_mistakes(self, evidence: Evidence) -> list[str]:
        """Wrong versions that would have passed in every case; looked for once in a batch."""
        if evidence.seed not in self.not_shown:
            served = self.data(evidence.seed)
            self.not_shown[evidence.seed] = [
                words
                for words, wrong in self.mistakes.items()
                if any(one.fits(handed_in(evidence, self.asked, wrong.made, served)) for one in (self, *self.also))
            ]
        return self.not_shown[evidence.seed]

    @property
    def made(self) -> Callable[..., nn.Module]:
        """What makes the module."""
        found: Callable[..., nn.Module] = self.names[self.asked.name]
        return found

    def beside_one(self, evidence: Evidence) -> Sequence[CaseVerdict]:
        """What is wrong in each case, but for what parts are to blame for."""
        liked: dict[int, int] = {}
        verdicts = [self.verdict(evidence, place, liked) for place in range(len(self.asked.cases))]
        for part, block in self.parts.items() if any(verdict.problems for verdict in verdicts) else ():
            verdicts = self.with_part(evidence, verdicts, part, _lost(evidence, block))
        return verdicts

    def preview(self, evidence: Evidence) -> Finding:
        """What students may know: that it can be made and runs."""
        verdicts = [
            CaseVerdict(self.asked.words(place), self.ran(evidence, place)[0]) for place in range(len(self.asked.cases))
        ]
        shown = finding(self.asked.called, verdicts, per_case=True, agrees="runs on", differs="does not run on")
        if all(not verdict.said for verdict in verdicts):
            return Finding.ungraded(f"{shown.message}; its values are checked when the work is graded")
        return shown

    def ran(self, evidence: Evidence, place: int) -> tuple[tuple[str, ...], Frame | None]:
        """What went wrong with a case before anything can be compared, and the answer."""
        found = self.asked.answers(evidence)
        frame = found[str(place)] if place == 0 and self.never_made(found) else found.tried(str(place))
        if isinstance(frame, MissingEvidence):
            return (frame.reason,), None
        problems = [
            f"in {run.mode} mode, {problem}"
            for run in self.asked.runs
            if (problem := self.asked.problem(frame, run.name))
        ]
        return tuple(dict.fromkeys(problems)), frame

    def never_made(self, found: Any) -> bool:
        """Whether no case was answered: then the reason is said once, and not case by case."""
        return all(isinstance(found.tried(str(place)), MissingEvidence) for place in range(len(self.asked.cases)))

    def with_part(
        self, evidence: Evidence, verdicts: Sequence[CaseVerdict], part: str, lost: Fraction
    ) -> list[CaseVerdict]:
        """Without the problems of a module that is right for what its part gives, which differs.

        What a part gives is known only as the student's process says it: so the part has to have lost as much.
        """
        left, found = int(lost * len(verdicts)), []
        for place, verdict in enumerate(verdicts):
            excuse = self.excuse(evidence, place, part) if verdict.problems and left else Excuse.NOTHING
            note = f"{self.asked.called} is right for what {part} gives it, which differs"
            if excuse is Excuse.ALL:
                verdict = replace(verdict, problems=(), notes=(*verdict.notes, note), part=part)  # noqa: PLW2901
            elif excuse is Excuse.BUT_GRADIENTS:
                hidden = f"what it computes is right for what {part} gives it, which cuts gradients off"
                verdict = replace(verdict, problems=(hidden,), part=part, doubt=True)  # noqa: PLW2901
            found.append(verdict)
            left -= excuse is not Excuse.NOTHING
        return found

    def excuse(self, evidence: Evidence, place: int, part: str) -> Excuse:
        """Whether a module is right if this part of it is taken as it is."""
        problems, frame = self.ran(evidence, place)
        if problems or frame is None:
            return Excuse.NOTHING
        seen, served = seen_module(self.asked, frame), self.asked.data(evidence.seed)
        weights = {**hidden_weights(seen.every, evidence.seed), **frozen_parameters(frame, seen.every)}
        statistics = hidden_statistics(seen.buffers, evidence.seed)
        bare = ComparedModule(self.asked, place, self.module(evidence, place), {}, weights, statistics)
        return OwnPart(part, self.names, self.optional).excuses(bare, frame, seen, served)

    def verdict(self, evidence: Evidence, place: int, liked: dict[int, int]) -> CaseVerdict:
        """`liked` are the numbers of candidates under which earlier cases were right: they are tried first."""
        words = self.asked.words(place)
        problems, frame = self.ran(evidence, place)
        if problems or frame is None:
            return CaseVerdict(words, problems)
        seen = seen_module(self.asked, frame)
        module = self.module(evidence, place)
        wanted = [(name, tuple(part.shape)) for name, part in module.named_parameters()]
        frozen = frozen_parameters(frame, seen.every)
        weights = {**hidden_weights(seen.every, evidence.seed), **frozen}
        served = self.asked.data(evidence.seed)
        statistics = hidden_statistics(seen.buffers, evidence.seed)
        numbers_of: dict[ComparedModule, int] = {}

        def compared() -> Iterator[ComparedModule]:
            for number, takes in _first(self.candidates(seen, wanted), set(liked.values())):
                if self.asked.gradients is not False or not _kept_from_learning(module, takes, weights, frozen):
                    one = ComparedModule(self.asked, place, module, takes, weights, statistics)
                    numbers_of[one] = number
                    yield one

        best: tuple[Distance, ComparedModule] | None = None
        other_roles = ""
        for one, distance in tried(compared(), seen, served):
            if not distance[0] and not one.problems(seen, served):
                found = self.with_other_roles(evidence, one, numbers_of[one], liked)
                if found is None:
                    return CaseVerdict(words)
                other_roles = other_roles or found
                continue
            best = (distance, one) if best is None or distance < best[0] else best
        if other_roles:
            return CaseVerdict(words, (other_roles,))
        if best is None:
            still = f"; {', '.join(frozen)} does not learn: requires_grad is False" if frozen else ""
            return CaseVerdict(words, (other_parameters(seen.parameters, wanted) + still,))
        return CaseVerdict(words, tuple(best[1].problems(seen, served)))

    def with_other_roles(
        self, evidence: Evidence, one: ComparedModule, number: int, liked: dict[int, int]
    ) -> str | None:
        """In words, that a case is right under this candidate and an earlier one of the same module is not; else it is
        noted in `liked` that all of them are.
        """
        alike = [place for place in liked if self.is_same_module(place, one.place)]
        for place in (place for place in alike if liked[place] != number):
            seen = seen_module(self.asked, self.asked.answers(evidence)[str(place)])
            other = replace(one, place=place, module=self.module(evidence, place))
            if other.problems(seen, self.asked.data(evidence.seed)):
                return (
                    "it is right only if its layers have other roles than for"
                    f" {self.asked.words(place)}: what one layer does there, another does here"
                )
        liked |= dict.fromkeys([*alike, one.place], number)
        return None

    def is_same_module(self, place: int, other: int) -> bool:
        """Whether two cases make the module with the same values."""
        made = self.asked.made
        assert made is not None  # noqa: S101 - runs_of was given one
        one, two = (self.asked.cases[number] for number in (place, other))
        return all(
            self.asked.drawn_at(place, name) == self.asked.drawn_at(other, name)
            if isinstance(one[name], Drawn)
            else repr(one[name]) == repr(two[name])
            for name in made.inputs
        )

    def candidates(
        self, seen: SeenModule, wanted: Sequence[tuple[str, tuple[int, ...]]]
    ) -> Iterator[Mapping[str, Take]]:
        """Those of the parameters that gradients reach; then of all, as the reference may cut some off."""
        yield from candidates(seen.parameters, wanted, self.optional)
        if seen.every != seen.parameters:
            yield from candidates(seen.every, wanted, self.optional)

    def module(self, evidence: Evidence, place: int) -> nn.Module:
        return self.made(*self.asked.arguments(place, evidence.seed).values())


def _first(
    candidates: Iterator[Mapping[str, Take]], liked: Collection[int]
) -> Iterator[tuple[int, Mapping[str, Take]]]:
    """Candidates with their numbers: those that are `liked`, then the others, each made when its turn comes."""
    numbered = enumerate(candidates)
    first = list(itertools.islice(numbered, max(liked, default=-1) + 1))
    yield from sorted(first, key=lambda pair: pair[0] not in liked)
    yield from numbered


def _named(verdict: CaseVerdict, words: str) -> CaseVerdict:
    """Without what else differs: it all comes of the one mistake."""
    return named(replace(verdict, problems=verdict.problems[:1]), words)


@remembered
def _judged(evidence: Evidence, judge: _Judge) -> Finding:
    """What a judge finds, once for its own criterion and for those of modules of which this one is a part."""
    return judge.judged(evidence)


@remembered
def _verdicts(evidence: Evidence, judge: _Judge) -> Sequence[CaseVerdict]:
    return judge.verdicts(evidence)


@remembered
def _lost(evidence: Evidence, block: Block) -> Fraction:
    """Which share of its points a part has lost; none where that is not known. A module with a part that hides mistakes
    may have lost all.
    """
    try:
        found = block.check(evidence)
    except MissingEvidence:
        return Fraction(0)
    if found.outcome is Outcome.UNGRADED and isinstance(block, ModuleBlock) and block.excused(evidence):
        return Fraction(1)
    return 1 - found.credit if found.outcome in (Outcome.PARTIAL, Outcome.FAILED) else Fraction(0)


def _kept_from_learning(
    module: nn.Module, takes: Mapping[str, Take], weights: Mapping[str, Array], frozen: Collection[str]
) -> bool:
    """Whether a parameter that has to learn is made of one that does not; gradients, where there are any, tell that."""
    learning = {name: part for name, part in weights.items() if name not in frozen}
    for name, part in module.named_parameters() if frozen else ():
        try:
            if part.requires_grad and name in takes:
                takes[name](learning)
        except KeyError:
            return True
    return False
