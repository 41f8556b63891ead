"""The commands, one file each.

Nothing slow is imported here: `grader --help` has to be quick.
"""

from __future__ import annotations

import click

from grader.commands.audit import audit
from grader.commands.check import check
from grader.commands.deliverable import deliverable
from grader.commands.diff import diff
from grader.commands.doctor import doctor
from grader.commands.erase import erase
from grader.commands.export import export
from grader.commands.grade import grade
from grader.commands.groups import groups
from grader.commands.intake import intake
from grader.commands.leaderboard import leaderboard
from grader.commands.list import list_assignments
from grader.commands.mark import mark, marks
from grader.commands.moderate import moderate
from grader.commands.new import new
from grader.commands.regrade import regrade
from grader.commands.report import report
from grader.commands.requests import requests
from grader.commands.review import review
from grader.commands.show import show
from grader.commands.similar import similar
from grader.commands.starter import starter
from grader.commands.validate import validate

COMMANDS: tuple[click.Command, ...] = (
    grade,
    regrade,
    report,
    show,
    list_assignments,
    audit,
    check,
    deliverable,
    diff,
    doctor,
    erase,
    export,
    groups,
    intake,
    leaderboard,
    mark,
    marks,
    moderate,
    new,
    requests,
    review,
    similar,
    starter,
    validate,
)
