"""Where planted copies come among 200 made-up students: `python -m benchmarks.similarity [STUDENTS]`.

Prints the seconds, the places of the planted pairs, the best honest pair, and the same for copydetect's own comparison
where copydetect is installed.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/similarity"))

from planted import KINDS, planted_class  # noqa: E402

from grader.similarity import Program, ranked  # noqa: E402

Scores = list[tuple[float, str, str]]


def own(programs: Sequence[Program], known: Sequence[Program]) -> Scores:
    """The pairs as `grader similar` ranks them."""
    found = ranked(programs, known)
    names = [program.student for program in found.programs]
    return [(pair.score, names[pair.one], names[pair.other]) for pair in found.pairs]


def copydetect(programs: Sequence[Program], known: Sequence[Program]) -> Scores:
    """The pairs by the larger of copydetect's two similarities, with its default settings."""
    from copydetect import CodeFingerprint, compare_files

    def print_of(program: Program, boilerplate: Sequence[int] = ()) -> CodeFingerprint:
        return CodeFingerprint("hw.py", 25, 6, boilerplate=list(boilerplate), fp=io.StringIO(program.text))

    given = sorted({value for one in known for value in print_of(one).hashes})
    prints = [print_of(program, given) for program in programs]
    scores = [
        (max(compare_files(prints[one], prints[other])[1]), programs[one].student, programs[other].student)
        for one, other in combinations(range(len(programs)), 2)
    ]
    return sorted(scores, reverse=True)


def tell(name: str, scores: Scores, seconds: float) -> None:
    """One line: seconds, places of the planted pairs, the best of the others."""
    place = {frozenset(pair): number for number, (_, *pair) in enumerate(scores, start=1)}
    planted = {kind: place.get(frozenset((f"{kind}-a", f"{kind}-b")), len(scores) + 1) for kind in KINDS}
    honest = next(score for score, one, other in scores if one[:-2] != other[:-2] or one[:-2] not in KINDS)
    told = ", ".join(f"{kind} {number}" for kind, number in planted.items())
    print(f"{name}: {seconds:.1f} s; places: {told}; best honest pair {honest:.2f}")


def main(students: int) -> None:
    """Make the class up, rank it, print."""
    programs, known = planted_class(students)
    for name, rank in (("grader similar", own), ("copydetect", copydetect)):
        began = time.perf_counter()
        try:
            scores = rank(programs, known)
        except ImportError:
            print(f"{name}: not installed")
            continue
        tell(name, scores, time.perf_counter() - began)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
