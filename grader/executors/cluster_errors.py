"""What a user can mend about other machines."""

from __future__ import annotations

from grader.errors import UserError


class ExecutorError(UserError):
    """Other machines cannot be used as asked, or none is left. The message is for the TA."""


class ConnectionGone(Exception):
    """The scheduler cannot be reached now; everything that was in flight is forgotten there."""
