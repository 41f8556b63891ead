"""How much may be replayed for one submission: all its networks, inputs and passes together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from grader.evidence import MissingEvidence

MOST_WORK = 5_000_000_000_000  # multiply-adds


class TooMuchWork(MissingEvidence):
    """A submission whose networks take more to be replayed than is spent on one. A person has to look."""

    def __init__(self) -> None:
        super().__init__(
            "the grader stopped replaying this submission's networks: expected at most "
            f"{MOST_WORK:.0e} multiply-adds in all of them together, found more",
            ours=True,
        )


@dataclass
class Allowance:
    """The work that is left for a submission."""

    left: int = MOST_WORK

    @property
    def exhausted(self) -> bool:
        """Whether more was asked for than there was."""
        return self.left < 0


_CURRENT: ContextVar[Allowance | None] = ContextVar("allowance", default=None)


@contextmanager
def allowance(work: int = MOST_WORK) -> Iterator[Allowance]:
    """One submission's share: replays in this context count towards it."""
    given = Allowance(work)
    token = _CURRENT.set(given)
    try:
        yield given
    finally:
        _CURRENT.reset(token)


def spend(work: int) -> None:
    """Take multiply-adds off the allowance, if there is one. Raises TooMuchWork, and again ever after."""
    given = _CURRENT.get()
    if given is not None:
        given.left -= work
        if given.exhausted:
            raise TooMuchWork
