"""`data_loaders`: loaders give every image once, normalised, in batches, shuffled as asked, with every option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from grader.checks.loaders import changed_images
from grader.checks.loaders.delivered import (
    CLOSE,
    Delivered,
    ExpectedImages,
    batch_problems,
    delivered,
    expected,
    places,
    sample_problems,
)
from grader.checks.loaders.loader_task import LoaderCall, LoaderTask
from grader.checks.loaders.other_scales import strange, why_unknown
from grader.evidence import Evidence, MissingEvidence
from grader.exhibit import Table
from grader.finding import Finding
from grader.readings.faults import untouched
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Frame

POWER = (
    "each image was looked for in its data set: another half's images, an image given twice, a label of another image "
    f"or a number more than {CLOSE:g} standard deviations off would have been seen"
)
UNGIVEN = "where {} is not given"
NORMALISE = "transforms.Compose([transforms.ToTensor(), transforms.Normalize((mean,), (std,))]), for both sets"


def data_loaders(task: LoaderTask) -> Block:
    """A function's loaders give what each of the calls asks for; every batch of every loader is looked at.

    Accepted: any transforms that give the same numbers, any class of loader, worker processes. Caught, and named:
    another half's images, one image many times, labels of others, no or another normalisation (also with the constants
    of another data set), batches of another size, a last batch that is dropped, a training set in order, a validation
    set that is shuffled, options that are not passed on, scrambling that differs between images, noise of another size.
    """
    return Block(lambda evidence: check(evidence, task), (task.probe,), entry={rf"def\s+{task.function}": 2})


def check(evidence: Evidence, task: LoaderTask) -> Finding:
    """Judge all loaders of every call."""
    problems: dict[str, list[str]] = {}
    unknown: set[str] = set()  # loaders whose images are others: what the options do to them cannot be judged
    for call in task.calls:
        words = task.words(call)
        try:
            found = list(dict.fromkeys(_problems(_asked(evidence, task, call), task, call, evidence.seed, unknown)))
            unknown |= _unknown(task, found)
            problems[words] = found
        except MissingEvidence as missing:
            if missing.ours or call is task.calls[0]:
                raise
            problems[words] = [missing.reason.removeprefix(f"{words} ")]
    return _finding(task, problems)


def _asked(evidence: Evidence, task: LoaderTask, call: LoaderCall) -> Frame:
    if missing := untouched(evidence):
        raise missing
    return answers(evidence, task.id, task.words(call))[call.id]


def _unknown(task: LoaderTask, found: list[str]) -> set[str]:
    return {
        name
        for name in task.loaders
        for text in found
        if text.startswith(f"the {name} loader") and any(word in text for word in strange(task))
    }


def _finding(task: LoaderTask, problems: Mapping[str, list[str]]) -> Finding:
    wrong = {words: found for words, found in problems.items() if found}
    table, count = _table(problems), len(task.calls)
    if not wrong:
        return Finding.passed(
            f"both loaders are right in {count} calls: normalisation, batches, order and every option",
            details=(POWER,),
            exhibits=(table,),
        )
    words, first = next(iter(wrong.items()))
    return Finding.failed(
        f"expected loaders as asked in {count} calls, found {len(wrong)} that are not; {words}: {first[0]}",
        next((told for sign, told in _hints(task) if any(sign in text for text in first)), None),
        details=tuple(f"{words}: {problem}" for words, found in wrong.items() for problem in found)[1:],
        exhibits=(table,),
    )


def _hints(task: LoaderTask) -> list[tuple[str, str]]:
    """What to do, by a sign in a problem's words."""
    passed_on = [effect for effect in ("noise", "scramble", "shift", "size") if effect in task.options]
    return [
        ("the training images", "the validation set is made with train=False"),
        ("the validation images", "the training set is made with train=True"),
        ("shuffled", "shuffle=True for the training loader, shuffle=False for the validation loader"),
        ("normalis", NORMALISE),
        ("subtract", NORMALISE),
        ("batch", "pass batch_size on to both loaders, and keep the last, smaller batch"),
        *(
            (
                UNGIVEN.format(task.named(effect)),
                f"give {task.named(effect)} its default, and pass it on to both data sets",
            )
            for effect in passed_on
        ),
        *((effect, f"pass {task.named(effect)} on to both data sets") for effect in passed_on),
    ]


def _problems(frame: Frame, task: LoaderTask, call: LoaderCall, seed: int, unknown: set[str]) -> Iterator[str]:
    if any(name not in frame.header for name in task.loaders):
        yield f"expected {task.returned}, found a {str(frame.header.get('result'))[:60]}"
        return
    wanted = expected(task, task.data(seed), call)
    for name in task.loaders if call.is_plain else sorted(task.loaders.keys() - unknown):
        found = delivered(frame, name, wanted[name].images.shape[1])
        if isinstance(found, str):
            yield f"the {name} loader {found}"
            continue
        yield from (f"the {name} loader {problem}" for problem in _of_loader(found, name, wanted, task, call))


def _of_loader(
    found: Delivered, name: str, expected: Mapping[str, ExpectedImages], task: LoaderTask, call: LoaderCall
) -> Iterator[str]:
    wanted = expected[name]
    sides = (call.size, call.size) if call.size else wanted.images.shape[2:]
    if found.images.shape[2:] != sides:
        yield f"gives images of {_by(found.images.shape[2:])}, expected {_by(sides)}{_why_other_size(task, call)}"
        if call.is_plain and sorted(found.labels.tolist()) == sorted(wanted.labels.tolist()):
            yield from _order(np.array_equal(found.labels, wanted.labels), name, task)
        return
    yield from batch_problems(found, wanted, call.batch_size)
    if call.noise:
        yield from changed_images.noisy(found, wanted, task, call)
    elif call.scramble:
        yield from changed_images.scrambled(found, wanted, task)
    elif call.size:
        yield from changed_images.placed(found, wanted, task, call)
    else:
        yield from _plain(found, name, expected, task, call)


def _why_other_size(task: LoaderTask, call: LoaderCall) -> str:
    if "size" not in task.options:
        return ""
    size = task.named("size")
    return f": {size} is not passed on" if call.size else f" {UNGIVEN.format(size)}"


def _by(sides: tuple[int | None, ...]) -> str:
    return " × ".join(map(str, sides))


def _plain(
    found: Delivered, name: str, expected: Mapping[str, ExpectedImages], task: LoaderTask, call: LoaderCall
) -> Iterator[str]:
    """Without options: each image is found again in the data set."""
    order = places(found.images, expected[name].images)
    if order is None:
        yield why_unknown(found, name, expected, task, call)
        return
    yield from sample_problems(order, found, expected[name])
    yield from _order(order == sorted(order), name, task)


def _order(in_order: bool, name: str, task: LoaderTask) -> Iterator[str]:
    if name in task.shuffled and in_order:
        yield "gives the samples in the data set's order, expected them shuffled"
    if name not in task.shuffled and not in_order:
        yield "gives the samples shuffled, expected the data set's order"


def _table(problems: Mapping[str, list[str]]) -> Table:
    return Table(
        "calls",
        "What the loaders gave",
        "Every batch of both loaders was compared with the images that were served in the data sets' place.",
        ("Call", "Verdict"),
        tuple((words, "; ".join(found) or "as asked") for words, found in problems.items()),
        marked_rows=tuple(index for index, found in enumerate(problems.values()) if found),
    )
