"""2  Submission → Evidence: ask the probes of an assignment behind the wall, bring back raw data."""

from __future__ import annotations

import ast
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import PurePosixPath

from grader.assignment import Assignment
from grader.evidence import Evidence, ExecutionRecord, FileRecord, SubmissionRecord
from grader.probes import request
from grader.sandbox.protocol import Array, Command, Device, Execution, Sandbox, Status
from grader.submission import Submission, SubmittedFile

ENVIRONMENT = ("torch", "torchvision", "numpy", "matplotlib")
# For what is no Python: a script with a mistake, a notebook, whose lines stand between quotes.
IMPORT = re.compile(r"""(?:^|"|\\n)[ \t]*(?:from|import)[ \t]+(\w[\w.]*)""", re.MULTILINE)
MAX_SOURCES, MAX_IMPORTS, MAX_PARSED = 200, 100, 1_000_000  # files, names in one, characters
OUT_OF_RANGE = re.compile(r"IndexError|out of (?:range|bounds)")


def collect(
    submission: Submission,
    assignment: Assignment,
    sandbox: Sandbox,
    *,
    seed: int,
    device: Device = "cpu",
    stage: Callable[[str], None] = lambda _: None,
) -> Evidence:
    """Run the submission's main file, then ask every probe. Never raises for what student code does.

    If the run was cut short, what it did not answer is asked again of its definitions alone; if it looked
    for more samples than the served data has, it is run again on data of the real size.
    """
    entry = main_file(submission, assignment.entry)
    record = submission_record(submission, entry)
    if entry is None or submission.problem or submission.ambiguous:
        return Evidence(record, seed)
    data = assignment.data(seed)

    def run(mode: str, arrays: Mapping[str, Array]) -> Execution:
        stage("running" if mode == "run" else "asking its definitions")
        command = Command(
            program="student",
            request=request(assignment.probes, entry=entry, mode=mode, seed=seed, gpu=device == "cuda"),
            arrays=arrays,
            files={file.path: file.content for file in submission.files},
            support=assignment.support(),
            limits=assignment.limits,
            device=device,
        )
        execution = sandbox.run(command)
        return sandbox.run(command) if execution.status is Status.SANDBOX_FAILED else execution

    executions = [("run", run("run", data))]
    if assignment.full_sizes and _looked_beyond(executions[0][1]):
        executions = [("run", run("run", {**data, **assignment.full_sizes}))]
    if executions[0][1].status not in (Status.EXITED, Status.SANDBOX_FAILED):
        executions.append(("definitions", run("definitions", data)))
    return Evidence(
        record,
        seed,
        tuple(_execution(mode, execution, device) for mode, execution in executions),
        environment(device),
        tuple(frame for _, execution in executions for frame in execution.frames),
    )


def environment(device: Device) -> dict[str, str]:
    """Versions that a result may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in ENVIRONMENT}, "device": device}


def main_file(submission: Submission, wanted: Mapping[str, int]) -> str | None:
    """The file to grade: the one whose text, with that of the siblings it imports, scores highest.

    `wanted` maps patterns to points. None if no script or notebook has any of it.
    """
    sources = {file.path: file for file in submission.files
               if PurePosixPath(file.path).suffix.lower() in (".py", ".ipynb")}  # fmt: skip
    texts = {path: file.content.decode("utf-8", "replace") for path, file in sources.items()}
    own = {path: sum(points for pattern, points in wanted.items() if re.search(pattern, text))
           for path, text in texts.items()}  # fmt: skip
    likely = sorted(own, key=lambda path: (-own[path], path))[:MAX_SOURCES]
    imports = {path: _imported(texts[path]) for path in likely}
    total = {path: sum(own[other] for other in _reachable(path, imports)) for path in likely}
    ranked = sorted(total, key=lambda path: (-total[path], -own[path], path.endswith(".ipynb"), path))
    return ranked[0] if ranked and total[ranked[0]] > 0 else None


def _reachable(entry: str, imports: Mapping[str, Sequence[str]]) -> set[str]:
    """The entry and the files it imports, which Python looks for in the entry's folder, or beside a package's file."""
    found, waiting = set(), [entry]
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        folders = {path[: path.rfind("/") + 1] for path in (entry, current)}
        wanted = {f"{folder}{name}{end}" for folder in folders for name in imports[current]
                  for end in (".py", "/__init__.py")}  # fmt: skip
        waiting += sorted(wanted & imports.keys())
    return found


def _imported(text: str) -> list[str]:
    """What a script or notebook imports, as paths without their ending."""
    try:
        tree = ast.parse(text if len(text) < MAX_PARSED else "")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = ast.Module([], [])
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module or ".", *(f"{node.module or '.'}.{alias.name}" for alias in node.names)}
    return sorted({name.strip(".").replace(".", "/") for name in names or IMPORT.findall(text)} - {""})[:MAX_IMPORTS]


def _looked_beyond(execution: Execution) -> bool:
    return any(OUT_OF_RANGE.search(str(frame.header.get("errors") or frame.header.get("error") or ""))
               for frame in execution.frames)  # fmt: skip


def _file(file: SubmittedFile) -> FileRecord:
    return FileRecord(file.path, file.size, file.sha256)


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
    )


def _execution(mode: str, execution: Execution, device: Device) -> ExecutionRecord:
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
    )
