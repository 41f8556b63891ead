"""Criterion `gradients_restored`: the first layers get a gradient again, and the loss falls."""

from __future__ import annotations

import math
from collections.abc import Sequence

from grader import Band, Evidence, Finding, LineFigure, MissingEvidence, Panel, Series, Table, advice, counted
from grader.checks import WRONG_SUPER, AsMade, Spread

from . import repaired, spread
from .attempted import NO_BLOCK, nothing_written
from .blocks import observed
from .cases import NETWORKS, described
from .network_readings import Built, Trained, built

REFERENCES = {"batch_norm": spread.BATCH_NORM, "residual": spread.RESIDUAL}
CUT_OFF = (
    "the way back to it is cut off: no detach(), no_grad() or requires_grad=False there, and no layer in a plain list"
)
BETWEEN = "put batch normalization, and a shortcut, into every block between the image and the output"
Whole = tuple[str, AsMade, Trained]


def check(evidence: Evidence) -> Finding:
    """The better one of the submission's two networks counts."""
    if nothing_written(observed(evidence)):
        return Finding.not_attempted(NO_BLOCK)
    found = _networks(evidence)
    whole = [
        (case, one.made.after(one.trained), one.trained) for case, one in found.items() if one.made and one.trained
    ]
    if not whole:
        reasons = dict.fromkeys(repaired.first_problem(one) for one in found.values() if one.problem)
        return Finding.failed(
            "expected a repaired VGG_38 to measure, found none that can be built and trained"
            + "".join(f": {reason}" for reason in list(reasons)[:1]),
            advice(" ".join(reasons), WRONG_SUPER)
            or "start the training of the repaired network once yourself: it has to get as far as the first batch",
            details=tuple(reasons)[1:],
        )
    if not spread.known():
        return _without_reference(whole)
    exhibits = (_gradient_figure(whole), _loss_figure(whole), _table(whole))
    limit = spread.gradient_limit()
    restored = [part for part in whole if _is_restored(part)]
    case, made, trained = max(restored or whole, key=lambda part: (-part[2].training, _first(part[1])))
    notes = tuple(_wider(_title(*part[:2]), part[2]) for part in whole if part[2].filters != part[2].budget.filters)
    times = _first(made) / spread.gradients(spread.BROKEN).median[0]
    words = (
        f"the gradient that reaches the first layer is {_first(made):.2g} ({found[case].words}), {times:.0e} times "
        f"that of the broken one; the loss after the budget is {trained.training:.3g}"
    )
    if restored:
        return Finding.passed(words, details=(_power(trained), *notes), exhibits=exhibits)
    wanted, hint = _wanted(made, trained, limit)
    return Finding.failed(f"expected {wanted}, found: {words}", hint, details=notes, exhibits=exhibits)


def _without_reference(whole: Sequence[Whole]) -> Finding:
    """What students can be told: whether every layer has a gradient, and whether the loss falls."""
    case, made, trained = max(whole, key=lambda part: (not part[2].idle, repaired.trains(part[2]), _first(part[1])))
    words = f"the gradient that reaches the first layer is {_first(made):.2g} ({_title(case, made)} network)"
    if trained.idle or trained.strangers or not repaired.trains(trained):
        wanted, hint = _wanted(made, trained, 0.0)
        return Finding.failed(f"expected {wanted}, found: {words}", hint)
    return Finding.ungraded(f"{words}, and the loss falls to {trained.training:.3g}; it is judged after you submit")


def _power(trained: Trained) -> str:
    """What would have been seen."""
    largest = spread.gradients(spread.BROKEN).largest[0]
    ends = spread.after(spread.BROKEN, trained.budget.id).words
    return (
        f"a gradient below {spread.gradient_limit():.1g} would have been seen, as would a loss that stays where the "
        f"broken network's ends: of that network the gradient is {largest:.1g} at most, and the loss {ends}"
    )


def _wanted(made: AsMade, trained: Trained, limit: float) -> tuple[str, str]:
    """What is not as it should be, and what to do."""
    if _first(made) < limit:
        untrained = ", ".join(name for name in trained.idle if name in made.entrance)
        where = f" ({untrained}, which training leaves as it is)" if untrained else ""
        wanted = f"a gradient of at least {limit:.1g} in the first layer that the image meets{where}"
        return wanted, CUT_OFF if _first(made) == 0 else BETWEEN
    if trained.idle:
        count, shown = counted(len(trained.idle), "weight"), ", ".join(trained.idle[:3])
        wanted = f"a gradient in every layer, but training leaves {count} as they are ({shown})"
        return wanted, "no detach(), no_grad() or requires_grad=False on the way from the loss to these layers"
    if trained.strangers:
        layers = counted(trained.strangers, "layer")
        wanted = (
            f"a gradient in every layer, but training leaves {layers} as made: their weights are no part of the network"
        )
        return wanted, "keep layers in nn.ModuleList or nn.ModuleDict: a plain list hides them from the optimizer"
    return "a loss that falls within the budget", "look at the figure: the loss has to fall as the reference's does"


def _title(case: str, made: AsMade) -> str:
    """What a network is called: after its batch normalizations only if it has more than the given entry block's."""
    if case == "residual":
        return "residual"
    return "batch norm" if made.normalised.count > 1 else "repaired"


def _wider(title: str, trained: Trained) -> str:
    return (
        f"the {title} network cannot be made with {trained.budget.filters} filters as the references are: "
        f"it was trained with {trained.filters}"
    )


def _networks(evidence: Evidence) -> dict[str, Built]:
    """Each network once. One that the student has not handed in is no reason to overlook the other."""
    found: dict[str, Built] = {}
    missing: list[MissingEvidence] = []
    for case in NETWORKS:
        try:
            one = built(evidence, case)
        except MissingEvidence as reason:
            missing.append(reason)
            continue
        if not any(one.made is other.made for other in found.values() if one.made):
            found[case] = one
    if missing and (not found or any(reason.ours for reason in missing)):
        raise max(missing, key=lambda reason: reason.ours)
    return found


def _first(made: AsMade) -> float:
    return made.first if math.isfinite(made.first) else 0.0


def _is_restored(part: Whole) -> bool:
    _, made, trained = part
    return (
        _first(made) >= spread.gradient_limit() and repaired.trains(trained) and not (trained.idle or trained.strangers)
    )


def _gradient_figure(whole: Sequence[Whole]) -> LineFigure:
    panels = [
        _panel(_title(case, made), made.gradients, spread.gradients(REFERENCES[case]), spread.gradients(spread.BROKEN))
        for case, made, _ in whole
    ]
    return LineFigure(
        "gradients-as-made",
        "Gradient that reaches each layer of VGG_38",
        "Mean absolute gradient of each layer's weight as the network is made, at the handout's size: your network "
        "computed again from its own weights; of the reference and the broken network the median, shaded the "
        f"reference's range, over {spread.seeds()} seeds.",
        "Line charts of mean absolute gradient against layer, on a logarithmic axis: the repaired networks keep it "
        "up to the first layer, in the broken one it vanishes.",
        "layer, from the input on",
        "mean |gradient|",
        tuple(panels),
        log_y=True,
    )


def _loss_figure(whole: Sequence[Whole]) -> LineFigure:
    budget = whole[0][2].budget
    panels = [
        _panel(
            _title(case, made),
            trained.losses,
            spread.losses(REFERENCES[case], budget.id),
            spread.losses(spread.BROKEN, budget.id),
        )
        for case, made, trained in whole
    ]
    return LineFigure(
        "budget",
        "Loss over the small budget",
        f"Cross-entropy before each step: {described(budget)}. Of the reference and the broken network the median, "
        f"shaded the reference's range, over {spread.seeds()} seeds.",
        "Line charts of loss against step: the repaired networks' loss falls, the broken one's stays.",
        "step",
        "loss",
        tuple(panels),
    )


def _panel(title: str, yours: Sequence[float], reference: Spread, broken: Spread) -> Panel:
    steps = _steps(reference.median)
    return Panel(
        f"{title} network",
        (
            Series("yours", _steps(yours), tuple(yours)),
            Series("reference", steps, tuple(reference.median), "reference"),
            Series("broken VGG_38", _steps(broken.median), tuple(broken.median), "broken"),
        ),
        (Band("reference, range", steps, tuple(reference.least), tuple(reference.largest)),),
    )


def _steps(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(index + 1) for index in range(len(values)))


def _table(whole: Sequence[Whole]) -> Table:
    budget = whole[0][2].budget.id
    rows = [
        (f"your {_title(case, made)} network", f"{_first(made):.2g}", *_ends(trained)) for case, made, trained in whole
    ]
    for name in (spread.BATCH_NORM, spread.RESIDUAL, spread.BROKEN, spread.HEALTHY):
        title = name if name in (spread.BROKEN, spread.HEALTHY) else f"reference {name}"
        first = spread.gradients(name)
        rows.append(
            (
                title,
                f"{first.median[0]:.2g} ({first.least[0]:.2g} to {first.largest[0]:.2g})",
                spread.after(name, budget, "training").words,
                spread.after(name, budget, "evaluation").words,
            )
        )
    return Table(
        "measured",
        "Measured: gradients and losses",
        "Mean absolute gradient of the first layer as the network is made, and loss after the budget "
        f"({described(whole[0][2].budget)}) in both modes. Of references, median and range over {spread.seeds()} "
        "seeds.",
        ("Network", "First gradient", "Loss, training mode", "Loss, evaluation mode"),
        tuple(rows),
    )


def _ends(trained: Trained) -> tuple[str, str]:
    return f"{trained.training:.3g}", f"{trained.evaluation:.3g}"
