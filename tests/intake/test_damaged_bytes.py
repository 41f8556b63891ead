"""Random damage to an archive is the submission's problem and never an error of ours."""

from __future__ import annotations

import io
import random

import pytest
from archive_makers import tar_bytes, zip_bytes

from grader.intake.candidates import read_archive


def seeded(seed: str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same damage on every run


FILES = {f"hw/{name}.py": seeded(name).randbytes(400) for name in "abcdef"}
PACKED = {
    "zip": zip_bytes(FILES),
    "tar": tar_bytes(FILES).rstrip(b"\0") + bytes(1024),
    "gz": tar_bytes(FILES, "gz"),
    "bz2": tar_bytes(FILES, "bz2"),
    "xz": tar_bytes(FILES, "xz"),
}


def damaged(packed: bytes, chance: random.Random) -> bytes:
    found = bytearray(packed)
    for _ in range(chance.randint(1, 4)):
        found[chance.randrange(6, len(found))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)))
    return bytes(found[: chance.randrange(6, len(found))] if chance.random() < 0.2 else found)


@pytest.mark.parametrize("kind", PACKED)
def test_damage_is_reported_and_never_crashes_the_intake(kind):
    chance = seeded(kind)
    refused = 0

    for _ in range(300):
        reading = read_archive(lambda: io.BytesIO(damaged(PACKED[kind], chance)))
        assert "could not read" not in (reading.ambiguous or "")
        refused += reading.spoilt

    assert refused > 100


@pytest.mark.parametrize("kind", ["zip", "gz", "bz2", "xz"])
def test_damage_never_changes_a_content_unnoticed(kind):
    chance = seeded(kind + "!")

    for _ in range(300):
        reading = read_archive(lambda: io.BytesIO(damaged(PACKED[kind], chance)))
        if not reading.spoilt:
            assert set(reading.contents.values()) <= set(FILES.values())
