"""Versions of predictions: a CSV file with an id and a class in each row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from grader.audit.artefacts import Version
from grader.checks.blocks.demands import Demand
from grader.evidence import Evidence

Row = tuple[str, str]


def of_predictions(demand: Demand, path: str, content: bytes, rng: np.random.Generator) -> Iterator[Version]:
    """Of a table whose rows are an id and the name of a class; nothing of other files."""
    lines = list(csv.reader(io.StringIO(content.decode("utf-8", "replace"))))
    head, rows = lines[0], [(line[0], line[1]) for line in lines[1:] if len(line) == 2]
    names = demand.of.names
    if not path.endswith(".csv") or len(rows) != len(demand.of.ids) or {said for _, said in rows} - set(names):
        return
    for kind, files in _same_table(path, head, rows, names, rng):
        yield Version(kind, path, files)
    for kind, other in _other_rows(rows, names, rng):
        yield Version(kind, path, {path: _written(head, other)}, partial(_falls_short, demand, other))
    yield Version("no file", path, {path: None}, partial(_falls_short, demand, []))


def _same_table(
    path: str, head: Sequence[str], rows: Sequence[Row], names: Sequence[str], rng: np.random.Generator
) -> Iterator[tuple[str, dict[str, bytes | None]]]:
    mixed = [rows[place] for place in rng.permutation(len(rows))]
    said = np.array([names.index(name) for _, name in rows])
    plain = _written(head, rows)
    yield "another order", {path: _written(head, mixed)}
    yield "semicolons", {path: plain.replace(b",", b";")}
    yield "tabs", {path: plain.replace(b",", b"\t")}
    yield "lines as Windows ends them", {path: plain.replace(b"\n", b"\r\n")}
    yield "a byte order mark", {path: b"\xef\xbb\xbf" + plain}
    yield "no head", {path: _written((), rows)}
    yield "another head", {path: _written(("Id", "Prediction"), rows)}
    yield "columns exchanged", {path: _written(head[::-1], [row[::-1] for row in rows])}
    yield "everything in quotes", {path: b"".join(f'"{one}","{name}"\n'.encode() for one, name in [head, *rows])}
    yield "numbers of classes", {path: _written(head, [(one, str(k)) for (one, _), k in zip(rows, said, strict=True)])}
    yield (
        "a number for each row",
        {
            path: _written(("", *head), [(str(n), *row) for n, row in enumerate(rows)])  # as pandas writes its index
        },
    )
    yield "blank lines at the end", {path: plain + b"\n\n"}
    chances = np.full((len(rows), len(names)), 0.1 / (len(names) - 1))
    chances[np.arange(len(rows)), said] = 0.9
    listed = [(one, *(f"{p:.3f}" for p in row)) for (one, _), row in zip(rows, chances, strict=True)]
    yield "probabilities", {path: _written(("id", *names), listed)}


def _other_rows(rows: list[Row], names: Sequence[str], rng: np.random.Generator) -> Iterator[tuple[str, list[Row]]]:
    ids, said = [one for one, _ in rows], [name for _, name in rows]

    def named(labels: Sequence[str]) -> list[Row]:
        return list(zip(ids, labels, strict=True))

    def some(share: float, change: dict[int, str]) -> list[Row]:
        chosen = set(rng.permutation(len(rows))[: round(share * len(rows))].tolist())
        return named([change[names.index(one)] if place in chosen else one for place, one in enumerate(said)])

    following = {number: names[(number + 1) % len(names)] for number in range(len(names))}
    for step in (1, 2, 7):
        yield f"labels moved by {step}", named([*said[-step:], *said[:-step]])
    yield "labels the other way round", named(said[::-1])
    yield "labels in another order", named([said[place] for place in rng.permutation(len(said))])
    yield "labels of the next class", some(1.0, following)
    for one, other in ((0, 1), (1, 2)):
        swap = {one: names[other], other: names[one]}
        yield f"{names[one]} and {names[other]} exchanged", named([swap.get(names.index(x), x) for x in said])
    for name in names:
        yield f"{name} for everything", named([name] * len(said))
        yield f"no {name}", named([following[names.index(x)] if x == name else x for x in said])
    for share in (0.02, 0.1, 0.25, 0.5):
        yield f"{share:.0%} of the labels changed", some(share, following)
    for missing in (1, 20, len(rows) // 2):
        yield f"{missing} rows missing", rows[:-missing]
        yield f"the first {missing} rows missing", rows[missing:]
    yield "a row twice, with another label", [*rows, (ids[3], following[names.index(said[3])])]
    yield "all rows twice, with other labels", [*rows, *some(1.0, following)]
    yield "an id that was not asked for", [*rows, ("zz99", said[0])]
    yield "an unknown class", named([*said[:-1], "no such class"])
    yield "classes counted from 1", named([str(names.index(one) + 1) for one in said])
    yield "a class out of range", named([*(str(names.index(one)) for one in said[:-1]), str(len(names))])
    yield "an empty label", named([*said[:-1], ""])
    yield "ids counted from another number", [(f"x{place}", name) for place, (_, name) in enumerate(rows)]


def _falls_short(demand: Demand, rows: Sequence[Row], _: Evidence) -> str | None:
    """An id without one class of those that are asked for; or fewer right than full points are given for."""
    of, cut_offs = demand.of, demand.cut_offs
    assert cut_offs is not None  # noqa: S101 - predictions that are scored have them
    wanted = [str(one) for one in of.ids]
    said: dict[str, set[str]] = {}
    for one, label in rows:
        said.setdefault(one, set()).add(label)
    unfit = [one for one in wanted if len(said.get(one, ())) != 1 or not said[one] <= set(of.names)]
    if unfit or set(said) - set(wanted):
        return f"{len(unfit)} ids without one class, {len(set(said) - set(wanted))} others"
    found = np.array([of.names.index(next(iter(said[one]))) for one in wanted])
    chosen = (demand.options or {})["chosen"]()
    right = float((found == np.asarray(of.truth))[chosen].mean())
    return f"{right:.1%} right, for {cut_offs.points[-1][0]:.0%}" if right < cut_offs.points[-1][0] else None


def _written(head: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return "".join(",".join(row) + "\n" for row in ([head] if head else []) + [*rows]).encode()
