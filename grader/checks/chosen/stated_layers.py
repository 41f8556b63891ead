"""The number of layers that a report states, beside the counts that can be made of its network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grader.checks.chosen.network_structure import NetworkStructure
from grader.checks.reported.layer_counts import LayerCount
from grader.exhibit import Table


def layer_counts_of(network: NetworkStructure) -> dict[int, str]:
    """The counts that a report may give, and what they count."""
    made = {tensors: f"parameter tensors of {how[:120]}" for how, tensors in network.also_made.items() if tensors}
    return made | {
        network.reached_layers: "layers reached in a forward pass",
        len(network.owners): "layers that own parameters",
        len(network.parameters): "parameter tensors",
    }


def wrong_layer_counts(said: Sequence[LayerCount], network: NetworkStructure | None) -> Iterator[str]:
    """That no number of layers is stated, or none that a count of the network comes to."""
    if not said:
        yield "the total number of learnable layers is not mentioned"
    elif network is not None and not network.with_standins and not _fits(said, network):
        numbers = ", ".join(str(one.number) for one in said[:5])
        others = sorted(set(network.also_made.values()) - {len(network.parameters)})
        yield (
            f"the report speaks of {numbers} layers, counted here were {len(network.parameters)} parameter tensors "
            f"in {len(network.owners)} layers"
            + (f", and {' or '.join(map(str, others[:5]))} tensors as the scripts also make it" if others else "")
        )


def _fits(said: Sequence[LayerCount], network: NetworkStructure) -> bool:
    return any(one.number in layer_counts_of(network) for one in said)


def unsettled_layer_counts(said: Sequence[LayerCount], network: NetworkStructure | None) -> str | None:
    """That a number of layers may be right of another version of the course's package than the one that was used."""
    if not said or network is None or not network.with_standins or _fits(said, network):
        return None
    numbers = ", ".join(str(one.number) for one in said[:5])
    return (
        f"the report speaks of {numbers} layers, counted here were {len(network.parameters)} parameter tensors in "
        f"{len(network.owners)} layers, with skip blocks of the grader's own in place of the course's, whose versions "
        "differ"
    )


def layers_table(said: Sequence[LayerCount], network: NetworkStructure | None) -> Table:
    """The numbers that were found, and what they are equal to."""
    rows = [
        (
            str(one.page),
            str(one.number),
            one.text[:160],
            "–" if network is None else layer_counts_of(network).get(one.number, "none of the counts made here"),
        )
        for one in said[:12]
    ]
    caption = "Numbers in sentences that speak of layers, and which count made here they are equal to."
    if network is not None:
        caption += (
            f" Counted: {len(network.parameters)} parameter tensors, {len(network.owners)} layers that own parameters."
        )
    columns = ("Page", "Number", "Where it says so", "Equal to")
    found = tuple(rows) or (("–", "–", "no number of layers was found", "–"),)
    return Table("layers", "Numbers of layers in the report", caption, columns, found)
