"""Criterion `flags`: both classes take both flags, and each flag does exactly what it says."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from grader import (
    Answered,
    Build,
    Evidence,
    Finding,
    MissingEvidence,
    Table,
    builds,
    not_found,
    recorded,
    remembered,
)
from grader.checks import OTHER_WHEN_RUN_HINT, block_calls, hidden_weights, other_when_run, replay

from .behaviour import (
    Behaviour,
    Skip,
    adds_correctly,
    behaviour,
    fitting,
    joins_without_relu,
    normalizes_only,
    skip_path,
)
from .cases import BLOCKS, CASES, Configuration
from .data import BLOCK_INPUT, NETWORK_INPUT, served
from .seen import blocks_seen

SIGNATURES = {
    "ResNetBlock": "ResNetBlock(nb_channels, kernel_size, skip_connections, batch_normalization)",
    "ResNet": "ResNet(nb_residual_blocks, nb_channels, kernel_size, nb_classes, skip_connections, batch_normalization)",
}
SHAPES = {"ResNetBlock": "4 × 10 × 8 × 8, which gives the same shape", "ResNet": "2 × 3 × 32 × 32, which gives 2 × 10"}
CANNOT_BE_CALLED, CANNOT_BE_MADE, RAISED = "it cannot be made as asked", "making one raised", "its forward pass raised"
NO_PARAMETER = f"ResNet: {CANNOT_BE_CALLED}: no parameter for"
# What to do about a class that cannot be looked at, by what is said of it.
HINTS = {
    name: (
        (CANNOT_BE_CALLED, f"give the class the parameters that are asked for: {SIGNATURES[name]}"),
        (CANNOT_BE_MADE, f"make one yourself, with each flag on and off: {SIGNATURES[name]}"),
        (RAISED, f"it can be made; run it yourself on a tensor of {SHAPES[name]}, with each flag on and off"),
        ("residual blocks for nb_residual_blocks", "make as many blocks as nb_residual_blocks says"),
        ("than when its operations are written down", OTHER_WHEN_RUN_HINT),
        ("something else than for several", OTHER_WHEN_RUN_HINT),
    )
    for name in SIGNATURES
}


@dataclass(frozen=True)
class Observed:
    """A class in one configuration: what its blocks do, or why that cannot be said."""

    blocks: tuple[Behaviour, ...] = ()
    problem: str | None = None


def check(evidence: Evidence) -> Finding:
    """Judge the block alone and the blocks of a small network, in all four configurations."""
    alone, inside = builds(evidence, "block"), builds(evidence, "network")
    if not alone and not inside:
        raise evidence.why_missing()
    if not any(build.kind for build in (*alone.values(), *inside.values())):
        raise not_found(evidence, "classes ResNetBlock and ResNet", ("res_?net", "block"))
    kind = next((build.kind for build in alone.values() if build.kind), None)
    observed = {
        "ResNetBlock": {case: observe_block(made(alone, case), evidence.seed) for case in CASES},
        "ResNet": {case: network_behaviour(evidence, case, kind) for case in CASES},
    }
    problems = [problem for name, found in observed.items() for problem in _of_class(name, found)]
    if len(problems) == 1 and NO_PARAMETER in problems[0] and _right_in_get_stats(evidence, kind):
        raise MissingEvidence(
            f"{problems[0]}; the networks that get_stats made have blocks that do what its flags say",
            ours=True,
            hint="a person has to look: the flags reach ResNet in another form than as two parameters of it",
        )
    pairs = [] if problems else [*_wrong_sums(alone, evidence.seed), *_more_than_normalizations(alone, evidence.seed)]
    problems += [problem for _, problem in pairs]
    exhibits = (_table(observed, {case for cases, _ in pairs for case in cases}),)
    remarks = tuple(dict.fromkeys(remark for build in alone.values() for remark in build.remarks))
    if problems:
        return Finding.failed(
            f"expected both flags to do what they say in {2 * len(CASES)} combinations of class and flags, "
            f"found {len(problems)} problem{'s, the first' * (len(problems) > 1)}: {problems[0]}",
            _hint(observed, problems),
            details=tuple(problems),
            exhibits=exhibits,
        )
    accepted = [f"names accepted: {', '.join(remarks)}"] if remarks else []
    return Finding.passed(
        "both flags do what they say, in ResNetBlock and in ResNet, in all four combinations",
        details=(*accepted, *_beside_the_flags(alone, evidence.seed)),
        exhibits=exhibits,
    )


def made(answers: Answered[Build], case: Configuration) -> Build | MissingEvidence:
    """A build; in its place what the student's code did, told apart: making an object of the class, or its pass."""
    found, tried = answers.found.get(case.id), answers.tried(case.id)
    if isinstance(tried, Build) or found is None or found.error is None or "not attempted" in tried.reason:
        return tried
    error = re.sub(r"^[\w.]*CannotCall: ", "", found.error)
    if error != found.error:
        return MissingEvidence(f"{CANNOT_BE_CALLED}: {error}")
    return MissingEvidence(f"{RAISED if found.parameters else CANNOT_BE_MADE} {error}"[:400])


def observe_block(build: Build | MissingEvidence, seed: int) -> Observed:
    """The behaviour of a block that was made on its own."""

    def blocks(network: replay.Network) -> list[replay.Network]:
        return [network]

    return _observe(build, seed, BLOCK_INPUT, blocks)


@remembered
def network_behaviour(evidence: Evidence, case: Configuration, kind: str | None) -> Observed:
    """What the blocks of the network do that was made for a configuration; `kind` is the class of its blocks."""
    return observe_network(made(builds(evidence, "network"), case), evidence.seed, kind)


def observe_network(build: Build | MissingEvidence, seed: int, kind: str | None) -> Observed:
    """The behaviour of every block of a network with three blocks, or with 30 if it always has those."""

    def blocks(network: replay.Network) -> list[replay.Network]:
        found = [network.part(block.call) for block in block_calls(network, kind)]
        if len(found) not in (3, BLOCKS):
            raise replay.NotReplayable(f"expected 3 residual blocks for nb_residual_blocks=3, found {len(found)}")
        return found

    return _observe(build, seed, NETWORK_INPUT, blocks)


def _observe(
    build: Build | MissingEvidence, seed: int, name: str, blocks: Callable[[replay.Network], list[replay.Network]]
) -> Observed:
    """What each of the network's blocks does, if the network is what its trace says. `name` is its hidden input's."""
    if isinstance(build, MissingEvidence) or build.trace is None:
        return Observed(problem=_unusable(build))
    try:
        with replay.or_a_person():
            return _behaviours(build, seed, torch.from_numpy(served(seed)[name]), blocks)
    except replay.NotReplayable as error:
        return Observed(problem=str(error))


def _behaviours(
    build: Build, seed: int, inputs: Tensor, blocks: Callable[[replay.Network], list[replay.Network]]
) -> Observed:
    network, tensors = parsed(build, seed)
    found = blocks(network)
    if other := other_when_run(network, tensors, inputs, build.plain):
        return Observed(problem=other)
    x = torch.randn(4, 10, 8, 8, generator=torch.Generator().manual_seed(seed % 2**63))
    sized = [(block, fitting(network, block, tensors, x, inputs)) for block in found]
    if build.plain.first is not None:
        own, whole = tensors | replay.weights(build.plain.first_constants), replay.parse(build.plain.first)
        alone = [(block, fitting(whole, block, own, x[:1], inputs[:1])) for block in blocks(whole)]
        if [_form(block, own, one) for block, one in alone] != [_form(block, tensors, some) for block, some in sized]:
            return Observed(problem="for a single sample it does something else than for several")
    return Observed(tuple(behaviour(block, tensors, some) for block, some in sized))


def _form(block: replay.Network, tensors: Mapping[str, Tensor], x: Tensor) -> tuple[Skip, int, int]:
    """What a block has to be for a single sample as for several."""
    names = [node.name for node in block.reached()]
    convolutions, norms = (sum(n in kind for n in names) for kind in (replay.CONVOLUTIONS, replay.NORMALISATIONS))
    return skip_path(block, tensors, x), convolutions, norms


def parsed(build: Build, seed: int) -> tuple[replay.Network, dict[str, Tensor]]:
    """The network's operations and the hidden weights that it was given."""
    hidden = hidden_weights(build.parameters, seed)
    return replay.parse(build.trace), replay.weights(hidden) | replay.weights(build.constants)


def _unusable(build: Build | MissingEvidence) -> str:
    return build.reason if isinstance(build, MissingEvidence) else "its forward pass could not be written down"


def _of_class(name: str, found: Mapping[Configuration, Observed]) -> list[str]:
    """What is wrong with a class; what keeps it from being looked at in every configuration is said once."""
    everywhere = {part.problem for part in found.values()}
    if len(everywhere) == 1 and (problem := everywhere.pop()):
        return [f"{name}: {problem}"]
    return [problem for case, part in found.items() for problem in complaints(name, case, part)]


def complaints(name: str, case: Configuration, observed: Observed) -> Iterator[str]:
    """What is wrong with a class in one configuration, in words."""
    call = f"{name}({case.words})"
    if observed.problem:
        yield f"{call}: {observed.problem}"
    for block in dict.fromkeys(observed.blocks):
        wanted = Skip.BEFORE if case.skip else Skip.NONE
        if block.skip is not wanted:
            yield f"{call}: expected that {wanted}, found that {block.skip}"
        acting = block.convolutions if case.batch else 0
        if block.acting != acting:
            yield f"{call}: expected {acting} acting batch normalizations in the block, found {block.acting}"
        if block.other_norms:
            yield f"{call}: expected batch normalization, found {', '.join(sorted(set(block.other_norms)))}"


def _right_in_get_stats(evidence: Evidence, kind: str | None) -> bool:
    """Whether the networks that get_stats made in the four configurations do what the flags say."""
    return all(_is_right_in_get_stats(evidence, case, kind) for case in CASES)


def _is_right_in_get_stats(evidence: Evidence, case: Configuration, kind: str | None) -> bool:
    calls = [call for call in recorded(evidence) if call.case == case.id and call.networks]
    try:
        blocks = [block for call in calls[:1] for block in blocks_seen(evidence, call.networks[0], call, kind)]
    except replay.NotReplayable:
        return False
    return bool(blocks) and not any(complaints("ResNet", case, Observed(tuple(blocks))))


Pair = tuple[Sequence[Configuration], str]  # two configurations whose blocks do not belong together, and why


def _beside_the_flags(alone: Mapping[str, Build], seed: int) -> Iterator[str]:
    """What is another block than the embryo's, and no flag's doing."""
    x = torch.randn(4, 10, 8, 8, generator=torch.Generator().manual_seed(seed % 2**63))
    with contextlib.suppress(replay.NotReplayable):  # a remark is worth no doubt about the verdict
        if any(joins_without_relu(*parsed(alone[case.id], seed), x) for case in CASES if not case.batch):
            yield "costs nothing: no ReLU stands between the block's convolutions, as one does in the embryo"


def _wrong_sums(alone: Mapping[str, Build], seed: int) -> Iterator[Pair]:
    for batch in (False, True):
        pair = [case for case in CASES if case.batch is batch]
        (off, tensors), (on, others) = (parsed(alone[case.id], seed) for case in pair)
        if {name: t.shape for name, t in tensors.items()} != {name: t.shape for name, t in others.items()}:
            continue  # layers made for one configuration only: the blocks have different weights
        x = torch.randn(4, 10, 8, 8, generator=torch.Generator().manual_seed(seed % 2**63))
        if not adds_correctly(off, on, tensors, x):
            yield pair, f"with batch_normalization={batch}: skip_connections does more than add the block's input"


def _more_than_normalizations(alone: Mapping[str, Build], seed: int) -> Iterator[Pair]:
    for skip in (False, True):
        pair = [case for case in CASES if case.skip is skip]
        (off, tensors), (on, _) = (parsed(alone[case.id], seed) for case in pair)
        x = torch.randn(4, 10, 8, 8, generator=torch.Generator().manual_seed(seed % 2**63))
        if not normalizes_only(off, on, tensors, x):
            yield pair, f"with skip_connections={skip}: batch_normalization does more than normalize"


def _hint(observed: Mapping[str, Mapping[Configuration, Observed]], problems: list[str]) -> str:
    for name, found in observed.items():
        if first := next((part.problem for part in found.values() if part.problem), None):
            return next((hint for sign, hint in HINTS[name] if sign in first), error_hint_of(name))
    block = observed["ResNetBlock"].values()
    seen = [behaviour for part in block for behaviour in part.blocks]
    hints = (
        (
            any(b.skip in (Skip.NO_RELU, Skip.UNENDED) for b in seen),
            "end the block with a ReLU, whatever the flags say",
        ),
        (any(b.skip is Skip.AFTER for b in seen), "add the block's input first and apply the last ReLU to the sum"),
        (
            any("does more than normalize" in problem for problem in problems),
            "keep all but the two normalizations when batch_normalization is off, the ReLU between them too",
        ),
        (
            all(problem.startswith("ResNet(") for problem in problems),
            "the block is right: pass both flags on from ResNet to every ResNetBlock, by name",
        ),
        (any(b.other_norms for b in seen), "normalize with nn.BatchNorm2d"),
        (
            any("acting batch normalizations" in problem for problem in problems),
            "apply each batch normalization only if self.batch_normalization, and both of them then",
        ),
    )
    return next(
        (hint for holds, hint in hints if holds),
        "add the block's input after the second batch normalization and before the last ReLU if "
        "self.skip_connections, and only then",
    )


def error_hint_of(name: str) -> str:
    """What to do where nothing better is known."""
    return f"make one yourself and run it, with each flag on and off: {SIGNATURES[name]}"


def _table(observed: Mapping[str, Mapping[Configuration, Observed]], unlike: Collection[Configuration]) -> Table:
    rows = []
    for name, found in observed.items():
        for case in CASES:
            part = found[case]
            seen = dict.fromkeys((str(block.skip), str(block.acting)) for block in part.blocks)
            skips, acting = (
                (" / ".join(dict.fromkeys(column)) for column in zip(*seen, strict=True)) if seen else ("–", "–")
            )
            is_unlike = name == "ResNetBlock" and case in unlike
            verdict = "wrong" if list(complaints(name, case, part)) else "see the list" if is_unlike else "as asked"
            rows.append((name, case.short, part.problem or skips, acting, verdict))
    return Table(
        "flags",
        "What the flags do",
        "What the blocks were seen to do with hidden weights, for each class and configuration; the last "
        "batch-normalization count is of those that the output depends on.",
        ("Class", "Flags", "Skip path", "Batch norms acting", "Verdict"),
        tuple(rows),
    )
