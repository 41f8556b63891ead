"""Mutated archives and notebooks through a whole batch: `make fuzz`, or `python -m benchmarks.fuzz [INPUTS] [SEED]`.

Each input is one student's submission: a zip or tar archive, a notebook or a script, damaged byte by byte, cut,
repeated, spliced with another one or with its structure changed. Nothing may crash the batch, every student must
have a grade, and the healthy neighbour in each batch must have the same one as ever. Student code is not run: the
fake sandbox only reads the file to be graded as the boxes do. Prints what became of the inputs, and the slowest.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import random
import sys
import tarfile
import tempfile
import time
import zipfile
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from tiny_course import Course, FakeSandbox  # noqa: E402

from grader.inside import source  # noqa: E402
from grader.intake import IntakeError, find_submissions  # noqa: E402
from grader.sandbox.protocol import Command  # noqa: E402

BATCH = 250
HEALTHY = "def double(x):\n    return 14\n"
CODE = b"import torch\ndef double(x):\n    return 5\n"


def notebook() -> bytes:
    """A notebook of a student."""
    cells = [
        {"cell_type": "markdown", "source": ["# caf\u00e9"]},
        {
            "cell_type": "code",
            "source": ["%matplotlib inline\n", "import torch\n"],
            "outputs": [],
            "execution_count": 1,
        },
        {"cell_type": "code", "source": "def double(x):\n    return 5\n", "outputs": [{"text": ["x" * 50]}]},
    ]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}).encode()


def seeds() -> dict[str, list[bytes]]:
    """Sound files by suffix."""
    files = {"hw/net.py": CODE, "hw/nb.ipynb": notebook(), "hw/h\u00e9llo.txt": b"x" * 300, "hw/sub/a.py": CODE}
    zips, tars = [], {kind: io.BytesIO() for kind in ("", "gz", "bz2", "xz")}
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", method) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        zips.append(packed.getvalue())
    for kind, stream in tars.items():
        with tarfile.open(fileobj=stream, mode=f"w:{kind}") as archive:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    nested = io.BytesIO()
    with zipfile.ZipFile(nested, "w") as archive:
        archive.writestr("inner.zip", zips[1])
    return {
        "zip": [*zips, nested.getvalue()],
        "tar": [stream.getvalue() for stream in tars.values()],
        "ipynb": [notebook()],
        "py": [CODE],
    }


def mutated(content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Damaged in one to four ways."""
    found = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(found)) if found else 0
        match chance.randrange(7):
            case 0:
                found[at : at + 1] = bytes([chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))])
            case 1:
                del found[at:]
            case 2:
                found[at:at] = found[at : at + chance.randrange(1, 64)] * chance.randrange(1, 50)
            case 3:
                other = chance.choice(others)
                found[at:] = other[chance.randrange(len(other)) :]
            case 4:
                del found[at : at + chance.randrange(1, 64)]
            case 5:  # a length or an offset that lies
                found[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\1\0\0\0"))
            case _:
                found[at:at] = chance.choice(
                    (b"../", b"\\", b"\0", b"\xed\xa0\x80", b"[" * 2000, b'{"cells":', b"PK\x03\x04")
                )
    return bytes(found)


def inputs(count: int, seed: int) -> list[tuple[str, bytes]]:
    """Suffix and content of each input; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311
    kinds = seeds()
    everything = [content for contents in kinds.values() for content in contents]
    return [
        (suffix, mutated(chance.choice(kinds[suffix]), chance, everything))
        for suffix in chance.choices(list(kinds), (4, 3, 4, 1), k=count)
    ]


def read_as_boxes_do(command: Command) -> None:
    """What `inside/` does with the file before anything of it runs; only its own error and Python's may come."""
    entry = command.request["entry"]
    try:
        for chunk in source.chunks(entry, command.files[entry]):
            source.parse(chunk)
    except (source.SourceError, SyntaxError, ValueError, RecursionError, MemoryError):
        return


def fuzz(count: int, seed: int, root: Path) -> tuple[Counter[str], float]:
    """Grade the inputs in batches. What became of them, and the seconds of the slowest to be read.

    Raises AssertionError for a student without a grade, or a neighbour with another one.
    """
    logging.getLogger("grader").setLevel(logging.CRITICAL)
    became: Counter[str] = Counter()
    slowest = 0.0
    made = inputs(count, seed)
    for start in range(0, count, BATCH):
        course = Course(root / str(start))
        (course.submissions / "healthy.py").write_text(HEALTHY)
        for number, (suffix, content) in enumerate(made[start : start + BATCH]):
            (course.submissions / f"s{number:03}.{suffix}").write_bytes(content)
            slowest = max(slowest, as_class_archive(root, content))
        course.grade(FakeSandbox(read_as_boxes_do))
        stored = course.stored()
        assert len(stored) == 1 + len(made[start : start + BATCH])
        assert stored["healthy"].grade.points == 6
        for name, found in stored.items():
            if name != "healthy":
                became[_kind(found.grade.marks[0].finding.message)] += 1
    return became, slowest


def as_class_archive(root: Path, content: bytes) -> float:
    """Read an input as if it were a whole class; seconds."""
    path = root / "class.zip"
    path.write_bytes(content)
    began = time.perf_counter()
    with contextlib.suppress(IntakeError):
        find_submissions(path)
    return time.perf_counter() - began


def _kind(message: str) -> str:
    return message.partition(":")[0][:60].rstrip("0123456789 ")


def main(count: int, seed: int) -> None:
    """Fuzz and print."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as root:
        became, slowest = fuzz(count, seed, Path(root))
    for kind, number in became.most_common(20):
        print(f"{number:6}  {kind}")
    took = time.perf_counter() - began
    print(f"{count} inputs, all graded, in {took:.0f} s; the slowest took {slowest:.2f} s to be read")


if __name__ == "__main__":
    main(*(int(argument) for argument in (*sys.argv[1:3], *("10000", "1")[len(sys.argv) - 1 :])))
