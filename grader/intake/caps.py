"""How much of one submission is read, and what is raised where reading cannot go on."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 2**20
MAX_FILE = 20 * MIB
MAX_SUBMISSION = 100 * MIB


class RefusedError(Exception):
    """The submission is at fault: nothing of it is read. The message becomes its `problem`."""


class BombError(RefusedError):
    """An entry unpacks to far more than a file of its packed size holds."""


class NeedsPersonError(Exception):
    """The grader cannot read it, and that is not the student's fault. The message becomes `ambiguous`."""


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What is kept of one submission, in bytes and counts. What goes beyond is left out with a note.

    A PDF may be a `document` long, since reports hold pictures, and a file of `weights` as long as those of some ten
    million parameters with an optimizer's state. A `notebook` is read that far to leave out the outputs
    saved in it. One archive that is all that was handed in may be `whole` long, one among other files `archive`, though
    it is kept only up to `file`. After `listed` entries reading stops, and a person is asked.
    `encoding` is that of names in zips that do not tell it.
    """

    file: int = MAX_FILE
    document: int = 60 * MIB
    weights: int = 64 * MIB
    notebook: int = 200 * MIB
    archive: int = 256 * MIB
    whole: int = 4096 * MIB
    submission: int = MAX_SUBMISSION
    files: int = 2000
    depth: int = 20
    listed: int = 100_000
    encoding: str | None = None


CAPS = Caps()


def mib(size: int) -> str:
    """Bytes as MiB, with one decimal."""
    return f"{size / MIB:.1f} MiB"
