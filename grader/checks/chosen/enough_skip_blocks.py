"""So many skip blocks, each with two convolutions and a skip path that works, judged by what they compute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grader.checks import replay, skips
from grader.checks.chosen.absent_packages import excuse_absent
from grader.checks.chosen.chosen_network import ChosenNetwork
from grader.checks.chosen.network_structure import NetworkStructure
from grader.checks.watched import HINT
from grader.evidence import Evidence
from grader.exhibit import Exhibit, LineFigure, Panel, Series, Table
from grader.finding import Finding
from grader.rubric import Block

# An entry convolution as in BMEnet; a second one is let pass where a stem is written as two.
BARE_CONVOLUTIONS = 2
POWER = (
    "both paths of every block were tried with random numbers, apart from each other: a path that lets less than "
    f"{skips.SILENT:g} of its input's gradient through, for any reason, would have been seen"
)


@dataclass(frozen=True)
class EnoughSkipBlocks:
    """At least `least` skip blocks in the forward pass, and no other trunk.

    A block is an addition of two values, one of which went through two convolutions or more since a common ancestor,
    and one that went around them; both paths let hidden numbers and gradients through. Accepted: any way to write one,
    and blocks that halve the size and add nothing beside others of their class that work. Caught: paths that are
    detached, multiplied by zero or left out, blocks used again, bare convolutions, and a network that does something
    else when it is looked at. The gradient norms with and without skip paths are shown.
    """

    network: ChosenNetwork
    least: int

    def check(self, evidence: Evidence) -> Finding:
        """Judge the blocks by what they compute with hidden weights."""
        found = self.network.structure(evidence)
        excuse_absent(evidence, found.forward_error)
        return judged(found, self.least, self.network.classes)


def enough_skip_blocks(network: ChosenNetwork, least: int) -> Block:
    """At least `least` skip blocks in the forward pass, each of two convolutions and a skip path that works."""
    return Block(check=EnoughSkipBlocks(network, least).check, probes=(network.probe,), data=network.served)


def judged(found: NetworkStructure, least: int, classes: int) -> Finding:
    """The finding about one network."""
    try:
        with replay.or_a_person():
            trunk = found.trunk
    except replay.NotReplayable as error:
        return Finding.failed(f"expected skip blocks, the network cannot be run again: {error}", found.forward_error)
    problems = list(_problems(found, trunk, least))
    if found.other_when_run:
        problems.insert(0, f"a network that does something else when it is looked at: {found.other_when_run}")
    exhibits: tuple[Exhibit, ...] = (_table(found, trunk), *_gradients(found, classes))
    counted = len(trunk.working) + len(trunk.siblings)
    if problems:
        return Finding.wrong(
            f"expected at least {least} skip blocks in the forward pass, each with two convolutions and a "
            f"working skip path, and no other trunk; found {counted}",
            problems,
            HINT if found.other_when_run else _hint(found, trunk, counted, least),
            exhibits=exhibits,
        )
    return Finding.passed(
        f"{counted} skip blocks are reached in the forward pass, each with two convolutions and a working skip path",
        details=tuple(_remarks(trunk)),
        exhibits=exhibits,
    )


def _problems(found: NetworkStructure, trunk: skips.Trunk, least: int) -> Iterator[str]:
    counted = len(trunk.working) + len(trunk.siblings)
    if counted < least and found.forward_error:
        yield f"the forward pass fails after {counted} blocks ({found.forward_error})"
    if counted < least or trunk.broken > counted:
        yield from _silent(trunk)
    if trunk.repeated and counted < least:
        yield f"{trunk.repeated} times a block is used again: that is the same layers once more, not further ones"
    if trunk.plain and counted < least:
        yield f"{len(trunk.plain)} blocks add nothing: {', '.join(trunk.plain[:4])}"
    if len(trunk.bare) > BARE_CONVOLUTIONS:
        listed = ", ".join(trunk.bare[:6])
        yield f"{len(trunk.bare)} convolutions belong to no skip block: {listed}"
    if counted < least:
        yield f"{least - counted} too few"


_BROKEN = {
    "skip": "the block's input does not reach the sum along the skip path, or no gradient flows back along it",
    "main": "what the convolutions make does not reach the sum, or no gradient flows back to them",
}


def _silent(trunk: skips.Trunk) -> Iterator[str]:
    for path, weights in trunk.silent.items():
        if weights:
            listed = ", ".join(weights[:4]) + ", …" * (len(weights) > 4)
            yield f"in {len(weights)} block{'s' * (len(weights) > 1)} {_BROKEN[path]} ({listed})"


def _hint(found: NetworkStructure, trunk: skips.Trunk, counted: int, least: int) -> str:
    if found.forward_error:
        images = ", ".join(map(str, (2, *found.shape)))
        return f"mend what the forward pass raises: net(torch.randn({images})) has to get to its end"
    if len(trunk.bare) > BARE_CONVOLUTIONS and counted >= least:
        return "build the trunk from SkipBlocks alone; one convolution at the entry is fine, as in BMEnet"
    if trunk.repeated and counted < least:
        many, one = f"[SkipBlock(…) for _ in range({least})]", f"[block] * {least}"
        return f"make a new SkipBlock for each place, in a loop: {many}, not {one}"
    if trunk.broken or trunk.plain or len(trunk.bare) > BARE_CONVOLUTIONS:
        return (
            "add the block's input to the result of its two convolutions, in every block, and let gradients flow "
            "through it"
        )
    return f"build the network from at least {least} instances of SkipBlock, and run them all in forward"


def _remarks(trunk: skips.Trunk) -> Iterator[str]:
    yield POWER
    yield from (f"not counted: {problem}" for problem in _silent(trunk))
    if trunk.repeated:
        yield f"not counted: {trunk.repeated} times a block is used again, which is the same layers once more"
    if trunk.shared:
        listed = ", ".join(trunk.shared[:4]) + ", …" * (len(trunk.shared) > 4)
        yield (
            f"in {len(trunk.shared)} block{'s' * (len(trunk.shared) > 1)} one convolution runs twice instead of two "
            f"instances, as in the SkipBlock of older versions of DLStudio ({listed})"
        )
    if trunk.siblings:
        yield (
            f"{len(trunk.siblings)} blocks that halve the size add nothing, as in DLStudio's SkipBlock, and "
            f"are counted: {', '.join(trunk.siblings[:6])}"
        )
    if trunk.bare:
        yield f"convolutions outside of skip blocks: {', '.join(trunk.bare)}"


def _table(found: NetworkStructure, trunk: skips.Trunk) -> Table:
    rows = (
        ("blocks whose input is added to two convolutions or more", str(len(trunk.working))),
        ("blocks of the same class that halve the size and add nothing", str(len(trunk.siblings))),
        ("blocks with a path that brings nothing", str(trunk.broken)),
        ("blocks of the same class that add nothing", str(len(trunk.plain))),
        ("further uses of a block's weights", str(trunk.repeated)),
        ("convolutions outside of blocks", str(len(trunk.bare))),
    )
    caption = f"Found in the operations of {found.name} with hidden weights, whatever its classes are called."
    return Table("blocks", "Skip blocks in the forward pass", caption, ("What was found", "Count"), rows)


def _gradients(found: NetworkStructure, classes: int) -> tuple[LineFigure, ...]:
    measured = found.gradient_norms(classes)
    if measured is None:
        return ()
    names, with_skip, without = measured
    depth = tuple(float(place) for place in range(1, len(names) + 1))
    series = (
        Series("as handed in", depth, tuple(with_skip)),
        Series("skip paths cut", depth, tuple(without), "reference"),
    )
    ratio = _ratio(with_skip, without)
    return (
        LineFigure(
            "gradients",
            "Gradient norm of each convolution, with and without skip paths",
            "L2 norm of the gradient of the cross-entropy of two random images, for each convolution in the order "
            f"of execution, with the same hidden weights. {ratio}",
            f"Line chart of the gradient norms of {len(names)} convolutions, with and without skip paths.",
            "convolution, from the input",
            "gradient norm",
            (Panel("", series),),
            log_y=True,
        ),
    )


def _ratio(with_skip: list[float], without: list[float]) -> str:
    if not with_skip or not without or without[0] == 0 or with_skip[0] == 0:
        return ""
    return f"At the first convolution it is {with_skip[0]:.2g} with and {without[0]:.2g} without."
