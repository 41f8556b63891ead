"""`same_as_reference`: a student's functions give what the reference's give, on hidden random inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Literal

from grader.checks.blocks.answered_steps import IN_PLACE, by_place, of_step, touched
from grader.checks.blocks.compared_results import EMPTY, keyed_by_input, lists_of, step_differences
from grader.checks.blocks.comparing import difference, rivals_of, rivals_unseen
from grader.checks.blocks.handed_on import answers_to_own_input, fit, only_looks, other_input
from grader.checks.blocks.laid_out import laid_out
from grader.checks.blocks.named_mistakes import Mistakes, explained, named, replaced, unseen
from grader.checks.blocks.own_parts import answer_with_own_parts
from grader.checks.blocks.played import Calls, Right
from grader.checks.blocks.signatures import Signature, steps_of
from grader.checks.blocks.step_blocks import OPAQUE, Chain, StepBlocks, raise_if_odd
from grader.checks.blocks.verdicts import CaseVerdict
from grader.evidence import Evidence
from grader.inside.asked.calls import AFTER
from grader.probes import Ask
from grader.readings.fields import count, numbers, own_arrays, text, texts
from grader.readings.typed_frames import answers
from grader.sandbox.protocol import Frame


def same_as_reference(  # noqa: PLR0913 - all but the signatures are named
    *signatures: str,
    reference: ModuleType | Mapping[str, Any],
    cases: Sequence[Mapping[str, Any]],
    dtypes: Sequence[Literal["float32", "float64"]] = (),
    torch: bool = False,
    gradients: Sequence[str] = (),
    per_case: bool = True,
    in_place: Literal["half", "wrong", "allowed"] = "half",
    slower_than: float | None = 100,
    opaque: Sequence[str] = OPAQUE,
    constant: Sequence[str] = (),
    mistakes: Mistakes | None = None,
    also: Sequence[ModuleType | Mapping[str, Any]] = (),
    seconds: float = 10.0,
) -> Chain:
    """Functions give what the reference's functions of the same names give, on inputs drawn from the secret seed.

    `signatures` are as in the handout: `"affine_forward(x, w, b) -> out, cache"`, then `"affine_backward(dout, cache)
    -> dx, dw, db"`: results are handed on by name. Classes too: first `"Linear(n, m) -> layer"`, then `"layer.weight
    = w"`, `"layer.forward(x) -> out"`, `"layer.dweight -> dw"`, and any other expression of values and the student's
    classes, `"x * y + x.relu() -> z"`; an object itself is the student's own affair, a later step looks into it.
    Arguments go by name where the student's are called so, else in order. Each of `cases` gives inputs by name
    (`normal(4, 6)`, `integers(…)`, or plain values such as `{"mode": "train"}`); a function is tried in the cases
    that have all its inputs. Each case is asked in every one of `dtypes` (float64, or float32 with `torch`). With
    `torch` inputs are tensors, and `gradients` names those by which the results are differentiated and compared as
    well.

    Accepted: lists and tuples for several results, lists for arrays, an array of one for one number, any dtype of the
    same values, any form of what is `opaque` (a cache is the student's own affair), loops; a function that is right for
    what it was given, or for what other functions of `signatures` give that it calls, where those are wrong in all of
    their own cases. Caught: other values, shapes or numbers of results, NaN, inputs changed in place where the
    reference leaves them alone (`in_place`: half of the case by default), and inputs that the reference changes in
    place and the student does not.
    An exception in one case costs that case, and no later function where another case of the same kind shows as much
    of it (where none does, a person decides). Where a function differs and what is `opaque` comes from one that differs
    too, a person decides whether the mistake is its own. With
    `per_case` the credit is the share of right cases, else all or nothing. More than `slower_than` times the
    reference's lines of Python are reported and cost nothing.

    `mistakes` are wrong versions of the reference's functions, by words that name what is wrong with each, such as
    `{"forgot to divide by the number of samples": wrong_loss}` (of several functions `{"loss": wrong_loss}` by name):
    where all results of a function, in every case, are those of a version, the finding says so. A version whose results
    are right for every one of the hidden inputs leaves the criterion to a person: other inputs are needed. `also` are
    modules, or functions by name, that are as right as the reference's, where a handout leaves something open: one of
    them, with the reference's for what it does not define, has to fit all cases of a criterion.

    Tolerances are measured: the reference runs again on inputs moved by a rounding (1e-7 relative in float64, so that
    work in float32 passes, 1e-6 in float32); four times what moves its results is allowed. A result in which zeros or
    one number everywhere would have been accepted in all cases leaves the criterion to a person, unless it is named as
    `constant`; so does a result that depends on random numbers which student code draws, unless a step sets the seed.
    After the gradient checks of CS231n, with the backward error of numerical analysis in place of fixed
    bounds. Raises AssignmentError where a signature or a case cannot be meant so.
    """
    steps = steps_of(signatures)
    asked = Calls(
        steps=steps,
        reference=reference,
        cases=tuple(cases),
        dtypes=tuple(dtypes) or (("float32",) if torch else ("float64",)),
        torch=torch,
        gradients=tuple(gradients),
        opaque=tuple(opaque),
        lines=slower_than is not None,
        mistakes=replaced(mistakes or {}, steps),
    )
    raise_if_odd("same_as_reference", asked)
    made = _Functions(asked, per_case, in_place, slower_than, tuple(constant))
    probe = Ask(asked.id, "calls", asked.requests(), seconds, library=True)
    return made.beside(also).chain(probe)


@dataclass(frozen=True, eq=False)
class _Functions(StepBlocks):
    in_place: str
    slower_than: float | None
    constant: tuple[str, ...]

    def weak(self, step: Signature, right: Mapping[str, Right]) -> list[str]:
        """Results of a function that answers without work would have matched in every case."""
        seen: dict[str, list[set[str]]] = {}
        for one in right.values():
            alike, together = keyed_by_input(step.name, one), dict[str, set[str]]()
            for key, array in one.of(step.name):
                unseen = rivals_unseen(array, one.allowed[f"{step.name}/{key}"]) & rivals_of(array)
                name = key.partition("[")[0] if key.partition("[")[0] in alike else key
                together[name] = together[name] & unseen if name in together else unseen
            for name, unseen in together.items():
                seen.setdefault(name, []).append(unseen)
        lists = {key for one in right.values() for key in lists_of(step.name, one)}
        numbers_in = {key for one in right.values() for key, array in one.of(step.name) if array.size}
        weak = [
            f"{key} of {step.name} ({', '.join(sorted(set.intersection(*unseen))) if key in numbers_in else EMPTY})"
            for key, unseen in seen.items()
            if key not in self.constant and key not in lists and set.intersection(*unseen)
        ]
        return [*weak, *(f"{step.name} that {words}" for words in self.hidden_mistakes(step, right))]

    def hidden_mistakes(self, step: Signature, right: Mapping[str, Right]) -> list[str]:
        """Wrong versions of a function that would have passed in every case."""
        found = unseen((one.arrays, one.wrong) for one in right.values())
        return [words for words in found if step.called & self.asked.mistakes[words].keys()]

    def compared(self, words: str, step: Signature, frame: Frame, part: Mapping[str, Any], right: Right) -> CaseVerdict:
        frame = laid_out(frame, right.arrays)
        problems, notes = step_differences(step, frame, part, right), []
        doubt = False
        before = text(part.get("failed before"), 100)
        if problems and before:
            problems[0] += f"; {before} failed before it"
        elif problems and not only_looks(step, right) and (other := other_input(step, frame, right)):
            own = answers_to_own_input(self.asked, step, frame, right)
            if any(not step_differences(step, frame, part, one) for one in own):
                problems, notes = [], [f"{step.name} is right for what it was given, but {other}"]
            else:
                problems[0] += f"; {other} too"
        elif problems and (maker := self.wrong_maker(step, frame, right)):
            problems[0] += f"; {maker} differs too, and what it kept is its own affair"
            results = [(numbers(frame.arrays.get(f"{step.name}/{key}")), array) for key, array in right.of(step.name)]
            doubt = all(fit(own, array) is not None for own, array in results)
        in_place = touched(part, right.header[step.name], step)
        wrong = in_place if self.in_place == "wrong" else ()
        slight = in_place if self.in_place == "half" else ()
        notes += self.slow(step.name, part, right)
        said = by_place((*problems, *wrong), self.asked.steps, step.name)
        slight = by_place(slight, self.asked.steps, step.name)
        return CaseVerdict(words, said, slight, tuple(notes), doubt=doubt)

    def wrong_maker(self, step: Signature, frame: Frame, right: Right) -> str | None:
        """The earlier function that gave a step what is opaque, such as a cache, and whose own results differ."""
        for maker in self.asked.steps:
            given = set(maker.outputs) & set(step.needed) & set(self.asked.opaque)
            if given and maker is not step and maker.name in right.header:
                own = (
                    (key, numbers(frame.arrays.get(f"{maker.name}/{key}")), part) for key, part in right.of(maker.name)
                )
                if any(
                    not key.startswith(AFTER) and difference(key, found, part, right.allowed[f"{maker.name}/{key}"])
                    for key, found, part in own
                ):
                    return maker.name
        return None

    def verdicts(self, evidence: Evidence, step: Signature, right: Mapping[str, Right] | None) -> list[CaseVerdict]:
        """As for other steps, but for what wrong functions give that it calls; and the mistake that explains all of a
        function's results.
        """
        found = super().verdicts(evidence, step, right)
        if right is not None and any(IN_PLACE in verdict.everything for verdict in found):
            found = self.with_settings(evidence, step, right, found)
        if right is not None and any(verdict.problems for verdict in found):
            found = self.with_own_parts(evidence, step, right, found)
        if right is None or not self.asked.mistakes or not any(verdict.problems for verdict in found):
            return found
        words = self.mistake(evidence, step, right)
        return [named(verdict, words) if words and verdict.problems else verdict for verdict in found]

    def with_settings(
        self, evidence: Evidence, step: Signature, right: Mapping[str, Right], found: list[CaseVerdict]
    ) -> list[CaseVerdict]:
        """Without what is said of dictionaries that the reference writes into in another case, where the student's
        function adds what is missing, such as the usual settings, and leaves the rest as it was.
        """
        places = [place for place, one in right.items() if step.name in one.header]
        kept = {name for place in places for name in texts(right[place].header[step.name].get("changed"), 20, 100)}
        given = answers(evidence, self.asked.id, step.name)

        def without(place: str, verdict: CaseVerdict) -> CaseVerdict:
            frame = given.tried(place)
            part = of_step(frame, step.name) if isinstance(frame, Frame) else {}
            said = {f"the input {name}{IN_PLACE}" for name in kept & set(texts(part.get("grown"), 20, 100))}
            problems = tuple(words for words in verdict.problems if words not in said)
            return replace(
                verdict, problems=problems, slight=tuple(words for words in verdict.slight if words not in said)
            )

        return [without(place, verdict) for place, verdict in zip(places, found, strict=True)]

    def with_own_parts(
        self, evidence: Evidence, step: Signature, right: Mapping[str, Right], found: list[CaseVerdict]
    ) -> list[CaseVerdict]:
        """Without the problems of a function that is right for what others give it, which differ in all of their cases.

        What others give is known only as the student's process says it: so it has to cost their points.
        """
        others = [part for part in self.asked.steps if part.is_defined and part is not step]
        wrong = [part for part in others if self.always_differs(evidence, part, right)]
        if not wrong:
            return found
        given = answers(evidence, self.asked.id, step.name)
        places = [place for place, one in right.items() if step.name in one.header]
        return [
            self.with_parts(verdict, step, wrong, given.tried(place), right[place]) if verdict.problems else verdict
            for place, verdict in zip(places, found, strict=True)
        ]

    def with_parts(
        self, verdict: CaseVerdict, step: Signature, wrong: Sequence[Signature], frame: object, right: Right
    ) -> CaseVerdict:
        """The verdict on one case, with what these wrong functions gave taken as right."""
        if not isinstance(frame, Frame) or "said" not in (part := of_step(frame, step.name)):
            return verdict
        frame = laid_out(frame, right.arrays)
        own = answer_with_own_parts(self.asked, step, frame, right, wrong)
        if own is None or step_differences(step, frame, part, own[0]):
            return verdict
        in_place = touched(part, right.header[step.name], step)
        notes = (*verdict.notes, f"{step.name} is right for what {own[1]} gives it, which differs")
        return replace(verdict, problems=in_place if self.in_place == "wrong" else (), notes=notes)

    def always_differs(self, evidence: Evidence, step: Signature, right: Mapping[str, Right]) -> bool:
        """Whether a function's results differ from the right ones in every case in which it is tried."""
        given = answers(evidence, self.asked.id, step.name)
        tried = [(given.tried(place), one) for place, one in right.items() if step.name in one.header]
        return bool(tried) and all(
            isinstance(frame, Frame)
            and "said" in (part := of_step(frame, step.name))
            and bool(step_differences(step, laid_out(frame, one.arrays), part, one))
            for frame, one in tried
        )

    def mistake(self, evidence: Evidence, step: Signature, right: Mapping[str, Right]) -> str | None:
        """The words of the wrong version that a function's results are those of, in every case."""
        given = answers(evidence, self.asked.id, step.name)
        frames = [(given.tried(place), one) for place, one in right.items() if step.name in one.header]
        if not all(isinstance(frame, Frame) for frame, _ in frames):
            return None
        return explained(
            [
                (own_arrays(frame, f"{step.name}/"), one.versions(step.name))
                for frame, one in frames
                if isinstance(frame, Frame)
            ]
        )

    def slow(self, name: str, part: Mapping[str, Any], right: Right) -> Iterable[str]:
        own, usual = count(part.get("lines")), count(right.header[name].get("lines"))
        if self.slower_than and usual and own > self.slower_than * usual:
            yield (
                f"{name} runs {own:,} lines of Python where the reference runs {usual:,}: "
                "operations on whole arrays in place of loops are quicker (this costs no points)"
            )
