"""2  Submission → Evidence: ask the probes of an assignment in the sandbox, bring back raw data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import accumulate
from pathlib import PurePosixPath
from typing import Any

from grader.assignment import Assignment
from grader.collect.drawn import drawn
from grader.collect.execution_records import environment, execution_record
from grader.collect.how_far import cases_reached, looked_beyond
from grader.collect.main_file import work_of
from grader.evidence import Evidence, FileRecord, SubmissionRecord
from grader.intake.kinds import content_kind
from grader.intake.names import litter_root
from grader.probes import Probe, ReadFiles, asked_alone, request
from grader.sandbox.protocol import Array, Command, Device, Execution, Limits, Sandbox, Status, wall_of
from grader.submission import Submission, SubmittedFile

# What is read of an assignment here, beside the data and the files that it sends along.
ASKED = ("code", "documents", "entry", "given", "limits", "long_running", "probes", "reads", "timings", "warm")
MAX_BOXES, MAX_DOCUMENTS = 4, 5
MAX_READ = 64 << 20  # bytes of files that one box is given
DOCUMENT_LIMITS = Limits(wall_s=120, cpu_s=30, memory_mib=1024, processes=16, scratch_mib=128)


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
    for more samples than the served data has, it is run again on data of the real size. Documents are read in
    boxes of their own.
    """
    work = work_of(submission, assignment)
    entry, record = work.entry, submission_record(work.handed_in, work.entry)
    if record.problem or record.ambiguous:
        return Evidence(record, seed, environment={"sandbox": wall_of(sandbox)})
    probes = assignment.probes if entry is not None else asked_alone(assignment.probes)
    is_asked = entry is not None or bool(probes)
    asked = _Asked(work.asked, assignment, probes, sandbox, seed, device, stage)
    executions = asked.of_code(entry) if is_asked else []
    executions += [*asked.of_timings(entry), *asked.of_documents(), *asked.of_files()]
    return Evidence(
        record,
        seed,
        tuple(execution_record(*executed, device) for executed in executions),
        {"sandbox": wall_of(sandbox), **(environment(device) if executions else {})},
        tuple(frame for _, _, execution in executions for frame in execution.frames),
        drawn=drawn(assignment, seed) if is_asked else {},
    )


Executed = tuple[str, str, Execution]  # mode, path of the document, how it ended


@dataclass(frozen=True)
class _Asked:
    """One submission, what it is asked, and where its boxes are made."""

    submission: Submission
    assignment: Assignment
    probes: Sequence[Probe]
    sandbox: Sandbox
    seed: int
    device: Device
    stage: Callable[[str], None]

    def of_code(self, entry: str | None) -> list[Executed]:
        """Run the main file, or ask its definitions, as the assignment says; without one, look at the other files."""
        data = self.assignment.data(self.seed)
        if entry is None:
            return self._of_definitions("", data)
        if self.assignment.code == "definitions":
            return self._of_definitions(entry, data)
        first = self._run(entry, "run", data)
        if self.assignment.full_sizes and looked_beyond(first):
            first = self._run(entry, "run", {**data, **self.assignment.full_sizes})
        executed = [("run", "", first)]
        if first.status not in (Status.EXITED, Status.SANDBOX_FAILED):
            executed.append(("definitions", "", self._run(entry, "definitions", data)))
        return executed

    def _of_definitions(self, entry: str, data: Mapping[str, Array]) -> list[Executed]:
        """Ask every case; after one that ended its box, the remaining ones in a new box, with what CPU time is left."""
        limits, executed, answered = self.assignment.limits, [], 0
        for _ in range(MAX_BOXES):
            execution = self._run(entry, "definitions", data, limits=limits, answered=answered)
            executed.append(("definitions", "", execution))
            reached = cases_reached(execution)
            if execution.status in (Status.EXITED, Status.SANDBOX_FAILED) or reached <= answered:
                break
            answered = reached
            if answered >= sum(len(probe.cases) for probe in self.probes):
                break
            least = self.assignment.limits.cpu_s / 4
            limits = replace(limits, cpu_s=max(least, limits.cpu_s - execution.usage.cpu_s))
        return executed

    def of_timings(self, entry: str | None) -> list[Executed]:
        """Time each function that is asked for, in a box of its own."""
        executed: list[Executed] = []
        if entry is None:
            return executed
        for timing in self.assignment.timings:
            self.stage(f"timing: {timing.id}")
            command = Command(
                program="timed",
                request={**timing.request(), **self._about(entry)},
                files={file.path: file.content for file in self.submission.files},
                support=self.assignment.support() | self.assignment.handed_out(),
                limits=replace(self.assignment.limits, cpu_s=2 * timing.seconds, wall_s=10 * timing.seconds),
                device=self.device,
            )
            executed.append(("timed", timing.id, self._execution(command)))
        return executed

    def of_documents(self) -> list[Executed]:
        """Read each document in a box of its own, which holds nothing else."""
        found = [file for file in self.submission.files if is_document(file, self.assignment.documents)]
        executed = []
        # Of too many, those nearest to the top: what was handed in comes before papers that lie deeper.
        for file in sorted(found, key=lambda file: file.path.count("/"))[:MAX_DOCUMENTS]:
            self.stage(f"reading {PurePosixPath(file.path).name}")
            command = Command(
                program="document",
                request={"path": file.path},
                files={file.path: file.content},
                limits=DOCUMENT_LIMITS,
                warm=(),
            )
            executed.append(("document", file.path, self._execution(command)))
        return executed + [
            ("document", one.path, Execution(Status.SANDBOX_FAILED, one.why))
            for one in self.submission.left_out
            if one.work and _is_named(one.path, self.assignment.documents)
        ]

    def of_files(self) -> list[Executed]:
        """Read what the assignment's `reads` name, each in boxes of its own, which hold nothing else."""
        return [found for reading in self.assignment.reads for found in self._read(reading)]

    def _read(self, reading: ReadFiles) -> Iterator[Executed]:
        """All files in one box; after a file that ended its box, the others in a new one."""
        left = {file.path: file.content for file in to_read(self.submission, reading)}
        for _ in range(MAX_BOXES):
            if not left:
                return
            self.stage(f"reading {reading.id}")
            asked = {"reader": reading.reader, "paths": list(left)}
            command = Command(program="handed_in", request=asked, files=left, limits=DOCUMENT_LIMITS, warm=())
            execution = self._execution(command)
            yield "files", reading.id, execution
            begun = {frame.header.get("path") for frame in execution.frames if frame.header.get("kind") == "begun"}
            if execution.status in (Status.EXITED, Status.SANDBOX_FAILED) or not begun & set(left):
                return
            left = {path: content for path, content in left.items() if path not in begun}

    def _run(
        self, entry: str, mode: str, arrays: Mapping[str, Array], limits: Limits | None = None, answered: int = 0
    ) -> Execution:
        self.stage("running" if mode == "run" else "asking its definitions")
        asked = request(self.probes, mode=mode, seed=self.seed, answered=answered, proven=self.assignment.proven())
        limits = limits or self.assignment.limits
        command = Command(
            program="student",
            request={**asked, **self._about(entry), "result_mib": limits.result_mib},
            arrays=arrays,
            files={file.path: file.content for file in self.submission.files},
            support=self.assignment.support() | self.assignment.handed_out(),
            limits=limits,
            device=self.device,
        )
        return self._execution(command)

    def _about(self, entry: str) -> dict[str, Any]:
        """The program that is asked, and on what it runs."""
        return {"entry": entry, "long_running": list(self.assignment.long_running), "gpu": self.device == "cuda"}

    def _execution(self, command: Command) -> Execution:
        execution = self.sandbox.run(command)
        return self.sandbox.run(command) if execution.status is Status.SANDBOX_FAILED else execution


def to_read(submission: Submission, reading: ReadFiles) -> list[SubmittedFile]:
    """The files that are read: those nearest to the top, as many as fit."""
    fitting = [
        file for file in submission.files if reading.fits(file.path) and litter_root(file.path.split("/")) is None
    ]
    fitting.sort(key=lambda file: (file.path.count("/"), file.path))
    sizes = list(accumulate(file.size for file in fitting[: reading.most]))
    return [file for file, size in zip(fitting, sizes, strict=False) if size <= MAX_READ]


def is_document(file: SubmittedFile, patterns: Sequence[str]) -> bool:
    """Whether a file is one of the assignment's documents, by its name; a PDF is one whatever its name."""
    return _is_named(file.path, patterns) or ("*.pdf" in patterns and b"%PDF-" in file.content[:1024])


def _is_named(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(PurePosixPath(path).name.lower(), pattern.lower()) for pattern in patterns)


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


def _file(file: SubmittedFile) -> FileRecord:
    return FileRecord(file.path, file.size, file.sha256, content_kind(file.content))
