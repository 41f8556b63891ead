"""Invariants: what must not change when something else does. No reference is needed, so students can run them too.

Each changes inputs in a way that makes the fault visible (by fresh random numbers: a constant, say, would be taken
away again by a layer normalisation), and looks whether something changes that has to: else nothing would be proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from grader.checks.blocks.changed_inputs import along, middle, near, part_of, redrawn, reordered, share, where
from grader.checks.blocks.module_blocks import ModuleBlock
from grader.checks.blocks.runs import Run, Runs, results, runs_of
from grader.checks.blocks.structure import nothing_more
from grader.checks.blocks.verdicts import CaseVerdict, finding
from grader.errors import AssignmentError
from grader.evidence import Evidence, MissingEvidence
from grader.finding import Finding
from grader.readings.fields import mapping
from grader.rubric import Block
from grader.sandbox.protocol import Array, Frame

Outputs = Mapping[str, Array]
Judge = Callable[[dict[str, Any], Mapping[str, Outputs]], Iterable[str]]
ALWAYS = "is dropout told when to act, as F.dropout(x, training=self.training) is?"
DRAWS = "random numbers are drawn, as by dropout that is written by hand"
AGAIN, ANEW = Run("again, as it is"), Run("drawn anew", reseed=False)


@dataclass(frozen=True, eq=False)
class _Invariant:
    asked: Runs
    judge: Judge
    holds: str
    same: ModuleBlock | None = None
    draws: bool = True  # whether the network may draw random numbers, as for a code that is sampled

    def check(self, evidence: Evidence) -> Finding:
        found = self.asked.answers(evidence)
        places = [str(place) for place in range(len(self.asked.cases))]
        if all(isinstance(found.tried(place), MissingEvidence) for place in places):
            _ = found["0"]  # raises: it is said once why there is nothing
        verdicts = [self.verdict(evidence, found.tried(place), int(place)) for place in places]
        if self.same is not None and any(verdict.problems for verdict in verdicts):
            verdicts = [_but_for(verdict, self.same.excused(evidence)) for verdict in verdicts]
        parts = [verdict.part for verdict in verdicts if verdict.part]
        agrees = f"{self.holds}, but for what {parts[-1]} gives it, which differs, on" if parts else f"{self.holds} on"
        return finding(self.asked.called, verdicts, per_case=True, agrees=agrees, differs="fails on")

    def verdict(self, evidence: Evidence, frame: Any, place: int) -> CaseVerdict:
        words = self.asked.words(place)
        problems = [problem for run in self.asked.runs if (problem := self.asked.problem(frame, run.name))]
        if problems:
            return CaseVerdict(words, tuple(dict.fromkeys(problems)))
        data = self.asked.data(evidence.seed)
        given = {name: data[key] for name, key in self.asked.request(place)["runs"][0]["arrays"].items()}
        case = {**self.asked.cases[place], **given}
        found = {run.name: results(frame, run.name) for run in self.asked.runs}
        if not all(found.values()):
            return CaseVerdict(words, ("its result holds no numbers: is a return missing?",))
        if kept := list(_kept_from_before(found)):
            return CaseVerdict(words, tuple(kept))
        if drawn := list(_drawn_anew(frame, found, draws=self.draws)):
            return CaseVerdict(words, tuple(drawn))
        return CaseVerdict(words, tuple(self.judge(case, found)))


def _but_for(verdict: CaseVerdict, parts: Mapping[str, str]) -> CaseVerdict:
    """Without problems, where the module is the reference's but for what a part gives it."""
    part = parts.get(verdict.words)
    if part is None or not verdict.problems:
        return verdict
    note = f"what {part} gives, which differs, is to blame: {verdict.said}"
    return replace(verdict, problems=(), notes=(*verdict.notes, note), part=part)


def _kept_from_before(found: Mapping[str, Outputs]) -> Iterable[str]:
    """Results that are others for the same inputs: whatever other inputs change then shows nothing."""
    for name, base in found["as it is"].items() if AGAIN.name in found else ():
        if not near(base, found[AGAIN.name].get(name), base):
            kept = "something is kept from call to call, or random numbers are drawn that no seed sets"
            yield f"{name} is not the same for the same inputs later on: {kept}"


def _drawn_anew(frame: Frame, found: Mapping[str, Outputs], *, draws: bool) -> Iterable[str]:
    """Results that are others at each call: because of dropout, or for whatever reason where nothing may be drawn. What
    the student's process says of dropout only chooses the words then.
    """
    told = mapping((mapping(frame.header.get("runs")) or {}).get(ANEW.name)) or {}
    drops = told.get("drops") is True
    for name, base in found["as it is"].items() if ANEW.name in found and (drops or not draws) else ():
        if not near(base, found[ANEW.name].get(name), base):
            yield f"{name} is another one at each call in evaluation mode: {ALWAYS if drops else DRAWS}"


def _block(asked: Runs, judge: Judge, holds: str, same: Block | None = None, *, draws: bool = True) -> Block:
    again = (AGAIN,) if any(run.name == "as it is" for run in asked.runs) else ()
    asked = replace(asked, runs=(*asked.runs, *again), more=True)  # how many results there are is not the question
    if same is None or same.hidden:  # students do not have what it compares with
        check = _Invariant(asked, judge, holds, draws=draws).check
        return Block(check, (asked.probe(),), asked.data, {asked.pattern: 2}, demanded=nothing_more)
    if not isinstance(same, ModuleBlock):
        raise AssignmentError(f"{asked.name}: same: expected what same_module gives")

    def data(seed: int) -> Mapping[str, Array]:
        return {**same.data(seed), **asked.data(seed)}

    check = _Invariant(asked, judge, holds, same, draws).check
    probes = {repr(probe): probe for probe in (asked.probe(), *same.probes)}
    return Block(check, tuple(probes.values()), data, {asked.pattern: 2}, demanded=nothing_more)


def causal(
    made: str,
    call: str | None = None,
    *,
    cases: Sequence[Mapping[str, Any]],
    moves: str = "x",
    axis: int = 1,
    same: Block | None = None,
) -> Block:
    """No output at a position depends on inputs at later positions of `axis`; it does depend on earlier ones.

    `made` and `call` as for `same_module`, or `made` alone for a function. From the middle on, `moves` is drawn anew;
    what is before may not change, in evaluation mode. Then the first position is drawn anew: some later output has to
    change, or nothing would be proved. Give at least 3 positions. Caught: no mask, a mask the other way round, off by
    one, a mask after the softmax, a normalisation over positions. `same`, the `same_module` of that module, tells in
    which cases only a part of it is to blame, which costs nothing here. After UvA DL1's tests of a causal transformer.
    """
    runs = [
        Run("as it is"),
        Run(
            "later",
            changed=lambda given, rng: redrawn(given, moves, axis, slice(middle(given, moves, axis), None), rng),
        ),
        Run("first", changed=lambda given, rng: redrawn(given, moves, axis, slice(0, 1), rng)),
    ]

    def judge(case: dict[str, Any], found: Mapping[str, Outputs]) -> Iterable[str]:
        cut = middle(case, moves, axis)
        judged = along(found["as it is"], axis, size := case[moves].shape[axis])
        if not judged:
            yield f"no result has {size} positions along axis {axis}"
        for name, base in judged:
            earlier, later = part_of(base, axis, slice(0, cut)), part_of(found["later"].get(name), axis, slice(0, cut))
            if not near(earlier, later, base):
                yield f"later positions change {share(earlier, later, base)} of {name} at earlier ones"
            rest = slice(1, None)
            if base.shape[axis] > 1 and near(
                part_of(base, axis, rest), part_of(found["first"].get(name), axis, rest), base
            ):
                yield f"the first position changes nothing in {name} at later ones"

    return _block(runs_of(made, call, cases, runs, moves=(moves,)), judge, "looks at no later position", same)


def permutation_equivariant(
    made: str,
    call: str | None = None,
    *,
    cases: Sequence[Mapping[str, Any]],
    moves: str | Sequence[str] = "x",
    axis: int = 1,
    same: Block | None = None,
) -> Block:
    """Inputs in another order along `axis` give the same outputs in that order; outputs differ between positions.

    `moves` names the inputs that are reordered, all alike; `same` is as for `causal`. Caught: positions that are added,
    convolutions, flattening.
    """
    names = [moves] if isinstance(moves, str) else list(moves)
    runs = [
        Run("as it is"),
        Run("reordered", changed=lambda given, _: given | {n: reordered(given[n], axis) for n in names}),
        ANEW,
    ]

    def judge(case: dict[str, Any], found: Mapping[str, Outputs]) -> Iterable[str]:
        judged = along(found["as it is"], axis, size := case[names[0]].shape[axis])
        if not judged:
            yield f"no result has {size} positions along axis {axis}"
        for name, base in judged:
            other = found["reordered"].get(name)
            if not near(reordered(base, axis), other, base):
                yield f"with its inputs in another order, {name} is not the same in that order"
            if near(base, np.roll(base, 1, axis), base):
                yield f"{name} is the same at every position"

    return _block(runs_of(made, call, cases, runs, moves=names), judge, "follows the order of its inputs", same)


def masked_positions_ignored(
    made: str,
    call: str | None = None,
    *,
    cases: Sequence[Mapping[str, Any]],
    moves: str | Sequence[str] = "x",
    mask: str = "mask",
    axis: int = 1,
    keeps: bool = True,
) -> Block:
    """Outputs do not depend on positions that `mask` (batch × positions, true for those that count) hides.

    `mask` may also name the lengths of sequences (whole numbers, one for each), which hide the positions from there on.
    Hidden positions of `moves` are drawn anew, larger; outputs at the others may not change. With `keeps=False` the
    mask is true for hidden ones. Visible positions are drawn anew too: something has to change. Caught: a mask that
    is not used, used the wrong way round, or only on outputs; means over all positions, the state after padding.
    """
    names = [moves] if isinstance(moves, str) else list(moves)

    def hidden(given: dict[str, Array]) -> Array:
        if given[mask].ndim == 1 and given[mask].dtype.kind in "iu":
            return np.asarray(np.arange(given[names[0]].shape[axis]) >= given[mask][:, None])
        return ~given[mask] if keeps else given[mask]

    def covered(given: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        return given | {name: where(hidden(given), given[name], rng) for name in names}

    def seen(given: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
        return given | {name: where(~hidden(given), given[name], rng) for name in names}

    def judge(case: dict[str, Any], found: Mapping[str, Outputs]) -> Iterable[str]:
        kept = ~hidden(case)
        for name, base in found["as it is"].items():
            positions = base.ndim > axis and base.shape[: axis + 1][-kept.ndim :] == kept.shape
            own, other, visible = (
                part[kept] if positions and part is not None and part.shape == base.shape else part
                for part in (base, found["covered"].get(name), found["visible"].get(name))
            )
            if not near(own, other, base):
                yield f"masked positions change {share(own, other, base)} of {name}"
            if near(own, visible, base):
                yield f"{name} does not change with positions that are not masked either"

    runs = [Run("as it is"), Run("covered", changed=covered), Run("visible", changed=seen)]
    return _block(runs_of(made, call, cases, runs, moves=[*names, mask]), judge, "ignores masked positions")


def sums_to_one(
    made: str,
    call: str | None = None,
    *,
    cases: Sequence[Mapping[str, Any]],
    output: str,
    axis: int = -1,
    scale: float = 30.0,
) -> Block:
    """An output's numbers lie between 0 and 1 and add up to 1 along `axis`, for inputs `scale` times as large too.

    They have to depend on the inputs. Caught: no softmax, one over another axis, an overflow, a mask after the softmax.
    """

    def larger(given: dict[str, Array], _: np.random.Generator) -> dict[str, Array]:
        return {key: part * np.float32(scale) if part.dtype.kind == "f" else part for key, part in given.items()}

    def judge(_: dict[str, Any], found: Mapping[str, Outputs]) -> Iterable[str]:
        for run, words in (("as it is", ""), ("larger", f" for inputs {scale:g} times as large")):
            own = found[run].get(output)
            if own is None:
                yield f"{output} is missing"
            elif not np.isfinite(own).all():
                yield f"{output} holds NaN or infinite numbers{words}"
            elif own.min(initial=0) < -1e-6 or own.max(initial=0) > 1 + 1e-5:
                yield f"{output} holds {own.min():.4g} to {own.max():.4g}{words}, expected 0 to 1"
            elif not np.allclose(own.sum(axis=axis), 1, atol=1e-4):
                sums = own.sum(axis=axis)
                yield f"{output} adds up to {sums.min():.4g} to {sums.max():.4g} along axis {axis}{words}, expected 1"
        one, other = found["as it is"].get(output), found["larger"].get(output)
        if one is not None and one.shape[axis] > 1 and near(one, other, one):
            yield f"{output} does not depend on the inputs"

    runs = [Run("as it is"), Run("larger", changed=larger)]
    return _block(runs_of(made, call, cases, runs), judge, "sums to one")


def batch_independent(
    made: str,
    call: str | None = None,
    *,
    cases: Sequence[Mapping[str, Any]],
    moves: str | Sequence[str] = "x",
    draws: bool = False,
) -> Block:
    """In evaluation mode, what comes out for one sample does not depend on the others of its batch.

    All but the first, then all but the last (of axis 0 of `moves`) are drawn anew, larger and shifted; and they have to
    change outputs of their own. Caught: batch normalisation with the batch's statistics, a softmax or a mean over
    axis 0, a recurrent layer that runs along the batch, wrong reshapes; dropout that acts in evaluation mode too, and
    whatever else draws random numbers there. With `draws` a network may, as an autoencoder that samples its code: it
    gets the same numbers for all batches, and only dropout is caught.
    """
    names = [moves] if isinstance(moves, str) else list(moves)
    kept = {"first": (slice(0, 1), slice(1, None)), "last": (slice(-1, None), slice(0, -1))}

    def but_for(which: str) -> Run:
        def others(given: dict[str, Array], rng: np.random.Generator) -> dict[str, Array]:
            return given | {name: redrawn({name: given[name]}, name, 0, kept[which][1], rng)[name] for name in names}

        return Run(f"all but the {which}", changed=others)

    def judge(_: dict[str, Any], found: Mapping[str, Outputs]) -> Iterable[str]:
        for name, base in found["as it is"].items():
            others = {which: found[f"all but the {which}"].get(name) for which in kept}
            changed = [
                which
                for which, (own, _) in kept.items()
                if base.ndim and not near(base[own], part_of(others[which], 0, own), base)
            ]
            if changed:
                yield f"other samples of the batch change {name} of the {changed[0]} one"
            if base.ndim and near(base[1:], part_of(others["first"], 0, slice(1, None)), base):
                yield f"{name} does not depend on its own sample"

    runs = [Run("as it is"), *map(but_for, kept), ANEW]
    return _block(runs_of(made, call, cases, runs, moves=names), judge, "treats samples alone", draws=draws)


def deterministic_in_eval(
    made: str, call: str | None = None, *, cases: Sequence[Mapping[str, Any]], random_in_training: bool = False
) -> Block:
    """Two passes in evaluation mode give the same; with `random_in_training` two in training mode do not (dropout).

    Caught: dropout that is always on, or never; random numbers in the forward pass.
    """
    modes = ("evaluation", "training") if random_in_training else ("evaluation",)
    runs = [Run(f"{mode} {turn}", mode, reseed=turn == "once") for mode in modes for turn in ("once", "again")]

    def judge(_: dict[str, Any], found: Mapping[str, Outputs]) -> Iterable[str]:
        for name, base in found["evaluation once"].items():
            if not near(base, found["evaluation again"].get(name), base):
                yield f"{name} is not the same twice in evaluation mode"
        if random_in_training:
            once, again = found["training once"], found["training again"]
            if all(near(base, again.get(name), base) for name, base in once.items()):
                yield "everything is the same twice in training mode: nothing is dropped"

    return _block(runs_of(made, call, cases, runs), judge, "is the same twice")
