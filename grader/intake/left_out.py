"""Files that are handed in and not read on, in groups, with the reason for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from grader.intake.caps import mib
from grader.submission import LeftOut

GROUP, MOST = 4, 200


def grouped(found: Iterable[LeftOut]) -> tuple[LeftOut, ...]:
    """The files left out by path; many of one folder become one entry, except work that a person may need to see."""
    single: list[LeftOut] = []
    by_folder: dict[tuple[str, str], list[LeftOut]] = defaultdict(list)
    for one in found:
        by_folder[one.path.rpartition("/")[0], one.why].append(one)
    for (folder, why), files in by_folder.items():
        others = [one for one in files if not one.work]
        single += [one for one in files if one.work]
        if len(others) < GROUP:
            single += others
        else:
            size, count = sum(one.size for one in others), sum(one.files for one in others)
            single.append(LeftOut(f"{folder}/" if folder else "./", size, others[0].kind, why, files=count))
    return tuple(sorted(single, key=lambda one: one.path)[:MOST])


def words(one: LeftOut) -> str:
    """The remark on what was left out."""
    if not one.files:
        return f"left out: {one.path}: {one.why}"
    what = f"{one.files:,} files, " if one.files > 1 else ""
    kind = f", {one.kind}" if one.kind else ""
    return f"left out: {one.path} ({what}{mib(one.size)}{kind}): {one.why}"


def moved(one: LeftOut, folder: str) -> LeftOut:
    """The same thing below a folder."""
    return replace(one, path=f"{folder}/{one.path}")
