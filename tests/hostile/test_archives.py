"""Hostile archives among honest submissions: refused or made harmless, and nobody else is hurt."""

from __future__ import annotations

import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from tiny_course import Course, FakeSandbox, doubling

sys.path.append(str(Path(__file__).parents[1] / "intake"))

from archive_makers import tar_bytes, tar_of, tar_special, with_declared_size, with_flag, zip_bytes, zip_link, zip_of

RIGHT = {"hw.py": doubling("2 * x").encode()}
LINE = b"x = 1\n"


@dataclass(frozen=True)
class Archive:
    """What is handed in, the status of the grade, and words that the student reads."""

    name: str
    file: str
    make: Callable[[], bytes]
    points: float | None
    says: str


def member(name: str, content: bytes) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def nested(depth: int) -> bytes:
    packed = zip_bytes({"bomb.txt": bytes(1 << 20)})
    for _ in range(depth):
        packed = zip_bytes({f"{n}.zip": packed for n in range(4)})
    return zip_bytes({"inner.zip": packed, **RIGHT})


ARCHIVES = (
    Archive("an honest archive", "hw.zip", lambda: zip_bytes(RIGHT), 6.0, "14"),
    Archive("a path that leads outside", "hw.zip", lambda: zip_bytes({**RIGHT, "../evil.py": LINE}), 0.0, "unsafe"),
    Archive("an absolute path", "hw.tar.gz", lambda: tar_bytes({**RIGHT, "/etc/evil.py": LINE}, "gz"), 0.0, "unsafe"),
    Archive("a path of another system", "hw.zip", lambda: zip_bytes({**RIGHT, "C:\\evil.py": LINE}), 0.0, "unsafe"),
    Archive(
        "a link to the host's secrets",
        "hw.zip",
        lambda: zip_of([*RIGHT.items(), zip_link("data.txt", "/etc/shadow")]),
        6.0,
        "14",
    ),
    Archive(
        "a device and a fifo",
        "hw.tar",
        lambda: tar_of(
            [
                tar_special("disk", tarfile.BLKTYPE),
                tar_special("pipe", tarfile.FIFOTYPE),
                member("hw.py", RIGHT["hw.py"]),
            ]
        ),
        6.0,
        "14",
    ),
    Archive("a bomb of zeros", "hw.zip", lambda: zip_bytes({**RIGHT, "zeros": bytes(25 << 20)}), 6.0, "14"),
    Archive(
        "sizes that are lies",
        "hw.zip",
        lambda: with_declared_size(zip_bytes({"hw.py": bytes(2 << 20)}), 10),
        None,
        "damaged",
    ),
    Archive("an archive with a password", "hw.zip", lambda: with_flag(zip_bytes(RIGHT), 1), None, "password"),
    Archive("archives in archives", "hw.zip", lambda: nested(3), 6.0, "14"),
    Archive(
        "20,000 files", "hw.zip", lambda: zip_bytes({**RIGHT, **{f"{n}.txt": b"" for n in range(20_000)}}), 6.0, "14"
    ),
    Archive("garbage that is called an archive", "hw.zip", lambda: b"PK\x03\x04" + b"\xff" * 999, None, "damaged"),
)


@pytest.mark.parametrize("archive", ARCHIVES, ids=lambda archive: archive.name)
def test_a_hostile_archive_hurts_nobody_else(course: Course, archive: Archive):
    course.submit(ada="2 * x")
    folder = course.submissions / "eve"
    folder.mkdir()
    (folder / archive.file).write_bytes(archive.make())
    before = sorted(course.submissions.parent.parent.iterdir())

    course.grade(FakeSandbox())

    assert course.json("ada")["points"] == 6.0
    eve = course.json("eve")
    assert eve["points"] == archive.points, eve
    assert archive.says in str(eve["marks"])
    assert sorted(course.submissions.parent.parent.iterdir()) == before
    assert not Path("/etc/evil.py").exists()
