"""Submissions that lost points for the same reason, together: one decision for all of them.

`groups_of` finds the groups, `decision` makes the marks of one decision out of them, `preview` says what these change;
`grader.batch.marking.mark_batch` records them.
"""

from grader.groups.decide import DecidedChange, GroupError, decision, named, preview
from grader.groups.grouping import Group, GroupMember, GroupPart, as_dict, groups_of, undecided

__all__ = [
    "DecidedChange",
    "Group",
    "GroupError",
    "GroupMember",
    "GroupPart",
    "as_dict",
    "decision",
    "groups_of",
    "named",
    "preview",
    "undecided",
]
