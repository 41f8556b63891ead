"""What is written down of a submission, of what ran, and of the machine."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from grader.evidence import ExecutionRecord, FileRecord, SubmissionRecord
from grader.intake.kinds import content_kind
from grader.sandbox.protocol import Device, Execution
from grader.submission import Submission, SubmittedFile

ENVIRONMENT = ("torch", "torchvision", "numpy", "matplotlib")


def _file(file: SubmittedFile) -> FileRecord:
    return FileRecord(file.path, file.size, file.sha256, content_kind(file.content))


def submission_record(submission: Submission, entry: str | None) -> SubmissionRecord:
    """What is kept of a submission; `entry` is the file that is graded."""
    return SubmissionRecord(
        submission.student,
        submission.folder,
        submission.attempt,
        submission.submitted_at,
        submission.sha256,
        tuple(_file(file) for file in submission.files),
        submission.notes,
        entry,
        submission.problem,
        submission.ambiguous,
        submission.origin,
        submission.timed,
        submission.archives,
        submission.left_out,
    )


def execution_record(mode: str, about: str, execution: Execution, device: Device) -> ExecutionRecord:
    """What is kept of how something ran; `about` is the document or question, where it was for one."""
    usage = execution.usage
    return ExecutionRecord(
        mode,
        execution.status,
        execution.reason,
        round(usage.wall_s, 2),
        round(usage.cpu_s, 2),
        round(usage.start_cpu_s, 2),
        usage.peak_mib,
        device,
        execution.console,
        len(execution.frames),
        about,
    )


def environment(device: Device) -> dict[str, str]:
    """Versions that a result may depend on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in ENVIRONMENT}, "device": device}


@cache  # reading a package's metadata takes as long as all that is written for a trivial submission
def _version(package: str) -> str:
    """A machine with a PyTorch of its own may lack torchvision or matplotlib; work that needs none is graded."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
