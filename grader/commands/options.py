"""What the commands share: options, exit statuses, and turning what a user can mend into a message."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from grader.catalog import load_assignment, reference_root
from grader.errors import UserError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from grader.assignment import Assignment
    from grader.batch.remote_work import OtherMachines
    from grader.deadlines.calendar import ExtensionsFile
    from grader.intake import IntakeOptions
    from grader.intake.when import Times
    from grader.people.roster import Roster
    from grader.sandbox.protocol import Device, Sandbox

GRADED, NEEDS_A_PERSON, WRONG_USAGE, INTERRUPTED = 0, 1, 2, 130
SCHEMA = 1  # of what --json prints

# As `grader.sandbox.choose` has them, whose imports would be felt in `grader --help`.
AUTO, UNPROTECTED = "auto", "none"
CHOICES = (AUTO, "bubblewrap", "podman", "docker", UNPROTECTED)

sandbox_option = click.option(
    "--sandbox",
    "sandbox_name",
    type=click.Choice(CHOICES),
    default=AUTO,
    show_default=True,
    help="The sandbox around student code. auto is bubblewrap or nothing: another has to be named. "
    "none protects nothing, for your own code only, and marks every grade.",
)
reference_option = click.option(
    "--reference",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of assignments (default: $GRADER_REFERENCE, else the one that results were made with, else the "
    "checkout's reference/).",
)
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=None,
    help="Submissions at a time (default: one per core, or what an executor has room for).",
)
executor_option = click.option(
    "--executor",
    metavar="WHERE",
    default="local",
    show_default=True,
    help="Which machines collect and assess: local, dask:ADDRESS, slurm or ssh:HOST,HOST; see docs/cluster.md.",
)
cluster_option = click.option(
    "--cluster",
    "cluster_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="What a site's machines need to be told, in TOML: a shared folder, Slurm's options, certificates.",
)
layout_option = click.option(
    "--layout",
    type=click.Choice(["canvas", "moodle", "brightspace", "gradescope", "blackboard", "plain"]),
    help="Which LMS's download PATH is, or plain folders and files (default: recognised by its names).",
)
timezone_option = click.option(
    "--timezone",
    metavar="ZONE",
    help="Time zone of times that are written without one, such as America/New_York "
    "(default: that of the assignment's deadline, else UTC).",
)
encoding_option = click.option(
    "--encoding",
    metavar="NAME",
    help="Encoding of names in zips that do not tell it, such as gbk, cp932 or cp1251 (default: as western Windows).",
)
times_option = click.option(
    "--times",
    type=click.Choice(["told", "file", "git"]),
    default="told",
    show_default=True,
    help="When work was handed in, where a download does not say it: nobody knows, the time of the latest file, "
    "or of the last commit.",
)
extensions_option = click.option(
    "--extensions",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="Extensions, excuses and deadlines, in CSV or TOML; kept in DIR/extensions.csv for later runs.",
)
roster_option = click.option(
    "--roster",
    "roster_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The class list, as CSV with names or ids: who is missing, unknown, in it twice.",
)
anonymous_option = click.option(
    "--anonymous",
    is_flag=True,
    help="Reports without names: of students and of their files. What students wrote themselves stays as it is.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout, for programs.")
quiet_option = click.option("--quiet", "-q", is_flag=True, help="Say only what needs a person, and errors.")
verbose_option = click.option("--verbose", "-v", is_flag=True, help="Also say when each submission begins each step.")
sort_option = click.option(
    "--sort",
    metavar="KEY",
    help="Sort the table by name, points, late, status or a criterion; -points puts the highest first.",
)
submissions_option = click.option(
    "--submissions",
    metavar="PATH",
    type=click.Path(path_type=Path, exists=True),
    help="What was graded, to read the code from (default: where it was then).",
)
out_argument = click.argument("out", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))


def usage_errors(command: Callable[..., Any]) -> Callable[..., Any]:
    """Turn what a user can mend into a message and exit status 2, without a traceback; Ctrl-C into 130."""

    @wraps(command)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except UserError as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(WRONG_USAGE)
        except KeyboardInterrupt:
            click.echo("interrupted; to resume, run the same command again", err=True)
            # Boxes and reports die with this process; an orderly exit would wait for them.
            os._exit(INTERRUPTED)

    return guarded


def intake_options(
    layout: str | None, timezone: str | None, times: Times, encoding: str | None, default: tzinfo = UTC
) -> IntakeOptions:
    """How to read PATH. Raises UsageError for an unknown time zone."""
    from grader.intake import IntakeOptions
    from grader.intake.caps import Caps

    caps = Caps(encoding=encoding)
    return IntakeOptions(layout, default if timezone is None else zone(timezone), caps, times)


def extensions_file(path: Path | None, timezone: str | None) -> ExtensionsFile | None:
    """The file of extensions, if one is given."""
    from grader.deadlines.calendar import ExtensionsFile

    return None if path is None else ExtensionsFile(path, None if timezone is None else zone(timezone))


def roster_of(path: Path | None) -> Roster | None:
    """The roster in a file, if one is given. Raises RosterError."""
    from grader.people.roster import read_roster

    return None if path is None else read_roster(path)


def zone(name: str) -> ZoneInfo:
    """The time zone of that name. Raises UsageError if there is none."""
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise click.UsageError(
            f"--timezone: expected a name such as Europe/Zurich or America/New_York, found {name!r}"
        ) from error


def root_of(out: Path, given: Path | None) -> Path:
    """The folder of assignments for results in `out`: what is `given`, else `GRADER_REFERENCE`, else what they were
    made with, if it is still there.
    """
    stored = None if given is not None or os.environ.get("GRADER_REFERENCE") else _stored_root(out)
    return stored or reference_root(given)


def _stored_root(out: Path) -> Path | None:
    from grader.gradebook.connection import GradebookError
    from grader.gradebook.results import REFERENCE, Results
    from grader.gradebook.store import Gradebook

    path = Results(out).gradebook
    if not path.exists():
        return None
    try:
        with Gradebook(path) as gradebook:
            stored = gradebook.batch().settings.get(REFERENCE)
    except GradebookError:
        return None  # whoever opens it next says what is wrong with it
    return Path(stored) if stored is not None and Path(stored).is_dir() else None


def load(assignment_id: str, root: Path) -> Assignment:
    """An assignment by its id. Raises AssignmentError also when its code cannot be imported."""
    return load_assignment(assignment_id, root)


def echo_json(content: Mapping[str, Any]) -> None:
    """What `--json` prints: one object, which says which form it has."""
    text = json.dumps({"schema": SCHEMA, **content}, ensure_ascii=False, allow_nan=False, indent=1)
    click.echo(text.encode("utf-8", "backslashreplace"))


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0))


def elsewhere_of(text: str, cluster_file: Path | None, jobs: int | None, out: Path) -> OtherMachines | None:
    """What grades on other machines; None for this one, without any import of Dask. Raises UserError."""
    if text == "local":
        if cluster_file is not None:
            raise click.UsageError(
                "--cluster: expected --executor dask:ADDRESS, slurm or ssh:HOSTS with it, found local"
            )
        return None
    from grader.executors.choice import choice_of
    from grader.executors.cluster_file import read_cluster_file

    choice, file = choice_of(text), read_cluster_file(cluster_file)
    from grader.executors.on_dask import OnDask

    return OnDask(choice, file, jobs, out)


def find_device(wanted: str, sandbox: Sandbox) -> Device:
    """Where student code runs. `auto` is `cuda` where the machine has a GPU that works in the sandbox.

    Raises `UserError` if it was asked for and does not work: each student would be blamed for it.
    """
    from grader.sandbox.gpu import gpu_problem
    from grader.sandbox.host import has_gpu

    if wanted == "cpu" or (wanted == "auto" and not has_gpu()):
        return "cpu"
    problem = gpu_problem(sandbox)
    if problem is None:
        return "cuda"
    found = f"the GPU cannot be used in the sandbox: {problem.splitlines()[-1]}"
    if wanted == "auto":
        click.echo(f"{found}\nnote: student code runs on the CPU; see docs/gpu.md", err=True)
        return "cpu"
    raise UserError(f"{found}\nhint: grade with --device cpu, or see docs/gpu.md")
