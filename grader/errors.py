"""The one kind of exception that a user can do something about."""


class UserError(Exception):
    """Shown as it is, without a traceback: what was expected, what was found, and a `hint:`."""


class AssignmentError(UserError):
    """An assignment's folder is not as it should be. The message is for the instructor."""
