"""Criterion `diagnosis`: result files of VGG_08 and VGG_38, well formed, that show the difference."""

from __future__ import annotations

import itertools
import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader import Evidence, Finding, LineFigure, Panel, Series
from grader.checks import straight_line

from . import spread
from .cases import CLASSES, FULL, described
from .result_files import COLUMNS, Run, epochs_named, runs, tests_alone

NAMES = {"VGG_08": r"(?i)vgg[_\- ]?0?8(?!\d)", "VGG_38": r"(?i)vgg[_\- ]?38(?!\d)"}
REPAIRED = r"(?i)bn|batch|norm|res(?!ult)|skip|rc|fix|dense"
OFFICIAL = " (the course's own file)"
CHANCE = math.log(CLASSES)
WIDEST = 26  # letters over a panel
FALLS, STAYS = 0.15, 0.03  # share of the first loss that is lost; the loss of one that does not train moves by noise

POWER = (
    f"a loss of VGG_08 that falls by less than {100 * FALLS:g} %, and one of VGG_38 that falls by {100 * STAYS:g} % or "
    "more, would have been seen"
)


def check(evidence: Evidence) -> Finding:
    """A healthy VGG_08 and a VGG_38 that does not train have to be among the runs."""
    found = runs(evidence)
    named = epochs_named(evidence)
    if not found:
        tests = tests_alone(evidence)
        return Finding.failed(
            f"expected result files of VGG_08 and VGG_38 (summary.csv with {', '.join(COLUMNS)}), found "
            + (f"{tests} of the tests alone, with no row for each epoch" if tests else "none"),
            "hand in the folders of the experiments with result_outputs/summary.csv in them",
        )
    chosen = {name: _best(found, name) for name in NAMES}
    notes = tuple(_notes(found, chosen))
    problems = list(_problems(chosen, found, named))
    pair = [(name, run) for name, run in chosen.items() if run is not None and not run.problem]
    exhibits = (_figure(pair),) if pair else ()
    if problems:
        return Finding.wrong(
            "expected result files of VGG_08 and VGG_38 that show the difference, found",
            problems,
            "hand in summary.csv as the framework writes it",
            hints=_HINTS,
            notes=notes,
            exhibits=exhibits,
        )
    shown = "; ".join(f"{run.path}{OFFICIAL * run.official}: {_course(run)}" for _, run in pair)
    return Finding.passed(
        f"both are there and show the difference ({shown})", details=(POWER, *notes), exhibits=exhibits
    )


_HINTS = (
    ("no results of", "hand in the folder of that experiment with result_outputs/summary.csv in it"),
    ("a row for every epoch", "let the run end, or hand in the run that did"),
    ("rows for", "let the run end, or hand in the run that did"),
    ("expected the columns", "hand in summary.csv as the framework writes it, its first line included"),
    ("found nan", "hand in a run that did not diverge: look at its learning rate, and at what it was given"),
    ("expected a number", "write numbers: loss.item(), not the tensor itself"),
    ("between 0 and 1", "an accuracy is a share of the images: right ones over all of them"),
    ("expected a loss that falls", "VGG_08 trains as it is given: look at the run's settings and its folder's name"),
    ("on a straight line", "hand in summary.csv of a run that took place, as the framework wrote it"),
    ("expected a loss that stays", "hand in the run of VGG_38 as it is given, before it is repaired"),
)


def _course(run: Run) -> str:
    losses = run.columns["train_loss"]
    return f"training loss {losses[0]:.3g} to {losses[-1]:.3g} in {run.epochs} epochs"


def trains(run: Run) -> bool:
    """Whether the training loss falls; in a run that went on with another one it may be low from the beginning."""
    losses = run.columns["train_loss"]
    is_low = losses[-1] < min((1 - FALLS) * CHANCE, (1 + FALLS) * losses[0])
    return is_low or min(losses[1:]) < (1 - FALLS) * losses[0]


def stays(run: Run) -> bool:
    """Whether neither the training loss nor the accuracy leaves where chance is."""
    losses, accuracy = run.columns["train_loss"], run.columns["train_acc"]
    return min(losses) > (1 - STAYS) * min(losses[0], CHANCE) and max(accuracy) < 5 / CLASSES


def _best(found: Sequence[Run], name: str) -> Run | None:
    """The run that is named so and shows what is wanted; else one that is named so; else one that shows it.

    The student's own runs come before the course's.
    """
    named = sorted((run for run in found if re.search(NAMES[name], run.path)), key=lambda run: _rank(run, name))
    exact = [run for run in named if not re.search(REPAIRED, _rest(run, name))]
    for among in ([run for run in exact if not run.official], named):
        if right := [run for run in among if _shows(run, name)]:
            return right[0]
    if exact or named:
        return (exact or named)[0]
    others = [run for run in found if not any(re.search(pattern, run.path) for pattern in NAMES.values())]
    shown = sorted((run for run in others if _shows(run, name)), key=lambda run: run.official)
    return shown[0] if shown else None


def _rest(run: Run, name: str) -> str:
    return re.sub(NAMES[name], "", run.experiment)


def _rank(run: Run, name: str) -> tuple[bool, int, str]:
    return run.official, len(_rest(run, name)), run.path


def _shows(run: Run, name: str) -> bool:
    return not run.problem and (trains(run) if name == "VGG_08" else stays(run))


def _problems(chosen: Mapping[str, Run | None], found: Sequence[Run], named: Mapping[str, int]) -> Iterator[str]:
    for name, run in chosen.items():
        if run is None:
            listed = ", ".join(dict.fromkeys(part.experiment for part in found))[:200]
            yield f"no results of {name} (there are: {listed})"
        elif run.problem:
            yield f"{run.path}: {run.problem}"
        elif not run.official and run.epochs < named.get(run.experiment, 0):
            yield f"{run.path}: {run.epochs} rows for {named[run.experiment]} epochs, which its own script names"
        elif not _shows(run, name):
            wanted_words = "a loss that falls" if name == "VGG_08" else "a loss that stays where chance is"
            yield f"{run.path}: expected {wanted_words}, found {_course(run)}"
        else:
            yield from itertools.islice(_made_up(run), 1)


def _made_up(run: Run) -> Iterator[str]:
    for column in COLUMNS:
        yield from (f"{run.path}: {column}: {words}" for words in straight_line(np.asarray(run.columns[column])))


def _notes(found: Sequence[Run], chosen: Mapping[str, Run | None]) -> Iterator[str]:
    """What a person should know: a name that contradicts the contents, the same contents under several names."""
    same: defaultdict[tuple[tuple[float, ...], ...], list[str]] = defaultdict(list)
    for run in found:
        if not run.problem:
            same[tuple(run.columns[name] for name in COLUMNS)].append(run.path)
    for paths in same.values():
        if len(paths) > 1:
            yield f"the same numbers stand in {' and '.join(paths[:4])}"
    for run in found:
        is_broken_by_name = re.search(NAMES["VGG_38"], run.path) and not re.search(REPAIRED, run.experiment)
        if not run.problem and is_broken_by_name and trains(run):
            yield f"{run.path} is named like the broken network, and its loss falls"
    epochs = {run.experiment: run.epochs for run in chosen.values() if run is not None and not run.official}
    if len(set(epochs.values())) > 1:
        yield "the runs differ in length: " + ", ".join(f"{name} has {count} rows" for name, count in epochs.items())


def _figure(pair: Sequence[tuple[str, Run]]) -> LineFigure:
    panels = [
        Panel(
            _title(name, run),
            tuple(
                Series(label, _epochs(run.columns[column]), run.columns[column])
                for label, column in (("training", "train_loss"), ("validation", "val_loss"))
            ),
        )
        for name, run in pair
    ]
    caption = "Loss by epoch in the result files that were handed in"
    if spread.known():
        panels.append(_ours())
        caption += (
            f", and a short training of ours on small data ({described(FULL)}; medians over {spread.seeds()} seeds)"
        )
    return LineFigure(
        "learning-curves",
        "Learning curves of VGG_08 and VGG_38",
        f"{caption}.",
        "Line charts of loss: VGG_08's falls, VGG_38's stays, in the files and in the grader's own short training.",
        "epoch",
        "loss",
        tuple(panels),
    )


def _ours() -> Panel:
    found = {name: spread.losses(name, FULL.id) for name in (spread.HEALTHY, spread.BROKEN)}
    curves = tuple(
        Series(name, _epochs(one.median), tuple(one.median), "broken" if name == spread.BROKEN else "reference")
        for name, one in found.items()
    )
    return Panel("ours, by step", curves)


def _title(name: str, run: Run) -> str:
    title = name if run.experiment == name else f"{name}: {run.experiment}"
    return title if len(title) <= WIDEST else f"{title[:WIDEST]}…"


def _epochs(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(float(index + 1) for index in range(len(values)))
