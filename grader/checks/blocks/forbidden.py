"""`forbidden`: what a student's own code may not import or call."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from grader.checks.blocks.plain_code import why_not_plain
from grader.checks.blocks.uses import NamesUsed, Use
from grader.checks.blocks.uses_seen import UsesSeen, uses_seen
from grader.errors import AssignmentError
from grader.evidence import Evidence, FileRecord, MissingEvidence
from grader.finding import Finding
from grader.inside import source
from grader.probes import Ask
from grader.readings.typed_frames import answers
from grader.rubric import Block
from grader.sandbox.protocol import Frame

PROBE, ENDINGS, SAID = "sources", (".py", ".ipynb"), 3
_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


def forbidden(
    *, imports: Sequence[str] = (), calls: Sequence[str] = (), instead: str = "", within: Sequence[str] = ()
) -> Block:
    """No code of the student's that runs imports any of `imports` or calls any of `calls`, by their full names.

    `forbidden(imports=("sklearn", "torch.optim"), calls=("torch.nn.functional.softmax", "torch.Tensor.backward"))`;
    `instead` is the hint. A name of `calls` is forbidden wherever it is in its package: `torch.softmax` and `x.softmax`
    are `torch.nn.functional.softmax`, `a.dot(b)` is `numpy.dot`. `operator.matmul` is the operator of `a @ b`. Loops
    are no calls: see `as_fast_as` for what has to be vectorised, and `layers` for what a network is made of.

    It is judged on the text, and on what the student's own lines call and import while all that the assignment asks is
    run. Either can reject. Accepted: the names in comments, strings and annotations, functions and methods of the
    student's own with such a name, what libraries call and import for themselves (`nn.Linear` where
    `torch.nn.functional.linear` is forbidden), files that the graded one does not import (unless they alone define what
    `within` names), imports that nothing uses (of `calls`), and code that did not run: a comparison with PyTorch's own,
    a branch that nobody takes, what stands under `if __name__ == "__main__":` where only definitions are taken. With
    `within`, names of the functions and classes that are asked for, only what runs in these counts. Caught: aliases,
    from-imports and stars, `getattr` and `import_module` with any text, `exec`, methods, subclasses, functions handed
    on without a call, and files that are imported. What text cannot tell (`exec` of a built text, a name that is worked
    out, a module handed to a function) and running did not show is left to a person: code can hide what it runs. So is
    a use that did not run in code that could hide it (`inspect`, `ctypes`, other processes, `torch.jit`, …:
    `grader/checks/blocks/plain_code.py`). Not seen: what another part of a library does for a student
    (`torch.nn.TransformerEncoderLayer` has attention in it, `torch.nn.Softmax` a softmax: name them too), `@` of arrays
    in code that only running would reach, and what comes out of a pickle.

    No tolerance. What is named by `within` and is not there, or is as a template leaves it, is not attempted. The
    source is read outside the sandbox, held against the digests of what was handed in, so nothing that student code
    does can change it; where that fails, a person is told. It passes on an empty file: let its `Criterion` need
    another, or name `within`. Raises AssignmentError for what is no name.
    """
    _raise_if_odd(imports, calls)
    names = (*imports, *calls)

    def judged(evidence: Evidence) -> _Judged:
        sources = _Sources(evidence)
        main = any(run.mode == "run" for run in evidence.code_runs)
        reading = NamesUsed(sources.module, tuple(calls), tuple(imports), tuple(within), main)
        reading.read(sources.entry(), sources.others())
        return _Judged(reading, uses_seen(evidence), sources, names, instead)

    def check(evidence: Evidence) -> Finding:
        return judged(evidence).finding()

    def demanded(evidence: Evidence) -> Mapping[str, float]:
        return {"forbidden": float(bool(judged(evidence).uses()[0]))}

    asked = {"calls": list(calls), "imports": list(imports)}
    key = sha256(repr(asked).encode()).hexdigest()[:8]
    read = Ask(PROBE, "sources", [{"id": "all", "endings": list(ENDINGS)}], library=True)
    watch = Ask(f"uses {key}", "called_names", [{"id": "all", **asked}], library=True)
    return Block(check, (read, watch), demanded=demanded)


def _raise_if_odd(imports: Sequence[str], calls: Sequence[str]) -> None:
    if not (imports or calls):
        raise AssignmentError("forbidden: expected some imports or calls")
    for name in (*imports, *calls):
        if not _DOTTED.fullmatch(name):
            raise AssignmentError(f"forbidden: expected a name such as numpy.linalg.solve, found {name!r}")
    if odd := [name for name in calls if "." not in name or name.rpartition(".")[2].startswith("__")]:
        wanted = "a package's function such as numpy.dot, or operator.matmul for @"
        raise AssignmentError(f"forbidden: calls: expected {wanted}, found {odd[0]!r}")


@dataclass(frozen=True, eq=False)
class _Judged:
    """What the text says, and what was `seen` as it ran; None where nobody looked."""

    reading: NamesUsed
    seen: UsesSeen | None
    sources: _Sources
    names: Sequence[str]
    instead: str

    def finding(self) -> Finding:
        listed = ", ".join(self.names)
        ran, idle = self.uses()
        if ran:
            return Finding.failed(
                f"expected no use of {listed}, found {_listed(ran)}",
                self.instead or "write it yourself, without what the handout forbids",
                details=tuple(_places(ran)[:50]),
            )
        if self.reading.unclear:
            return Finding.ungraded(
                f"whether {listed} is used cannot be told from the source: found {_listed(self.reading.unclear)}"
                + ("; no use was seen while it ran" if self.seen else ""),
                "a person reads these lines",
            )
        doubtful = idle or self.reading.methods
        if doubtful and self.seen and (hides := self.sources.why_not_plain(self.reading.imports)):
            return Finding.ungraded(
                f"no use of {listed} was seen while it ran; the source has {_listed(doubtful)}, and what runs could be "
                f"hidden by {hides}",
                "a person reads these lines",
            )
        if lacking := self.reading.not_attempted:
            raise MissingEvidence(f"not attempted: there is no {', '.join(lacking)} that does anything")
        rest = f"; {_listed(idle)} did not run" if idle else ""
        return Finding.passed(f"no use of {listed}{rest}")

    def uses(self) -> tuple[set[Use], set[Use]]:
        """Uses that count, and those of the text that did not run."""
        text = self.reading.uses
        if self.seen is None:
            return text, set()
        own = self.seen.own(self.names, self.reading.within)
        idle = {use for use in text if self.seen.may_see(use) and not self._is_handed_on(use)}
        return own | (text - idle), {use for use in idle if str(use) not in set(map(str, own))}

    def _is_handed_on(self, use: Use) -> bool:
        return self.seen is not None and not use.called and self.seen.was_called(use.name)


def _listed(uses: set[Use]) -> str:
    places = _places(uses)
    return "; ".join(places[:SAID]) + (f"; and {len(places) - SAID} more" if len(places) > SAID else "")


def _places(uses: set[Use]) -> list[str]:
    return list(dict.fromkeys(map(str, sorted(uses))))


class _Sources:
    """The submission's files as they were handed in. Raises MissingEvidence, ours, for what is not that."""

    def __init__(self, evidence: Evidence) -> None:
        self.frame: Frame = answers(evidence, PROBE)["all"]
        self.evidence = evidence
        self.records: Mapping[str, FileRecord] = {record.path: record for record in evidence.submission.files}

    def entry(self) -> list[source.Chunk]:
        """The parts of the graded file."""
        if self.evidence.submission.entry is None:
            raise self.evidence.why_missing()
        return self.chunks(self.evidence.submission.entry)

    def module(self, dotted: str) -> list[source.Chunk] | None:
        """An own module's, or None: a file of that name in any folder, or one that a notebook writes."""
        stem = dotted.replace(".", "/")
        ends = (f"{stem}.py", f"{stem}/__init__.py")
        paths = [path for path in self.records if any(f"/{path}".endswith(f"/{end}") for end in ends)]
        found = [chunk for path in paths for chunk in self.chunks(path)]
        entry = self.evidence.submission.entry or ""
        if entry.endswith(".ipynb"):
            written = [part for chunk in self.chunks(entry) for part in source.files_written(chunk)]
            found += [source.Chunk(name, text) for name, text, _ in written if f"/{name}".endswith(f"/{stem}.py")]
        return found or None

    def others(self) -> Iterator[tuple[str, list[source.Chunk]]]:
        """The other files, each by the name that it is imported by; what cannot be read defines nothing."""
        for path in sorted(path for path in self.records if path.endswith(ENDINGS)):
            if path != self.evidence.submission.entry:
                try:
                    yield path.rpartition(".")[0].replace("/", "."), self.chunks(path)
                except MissingEvidence as error:
                    if error.ours:
                        raise

    def why_not_plain(self, not_seen: Sequence[str]) -> str | None:
        """What in any of the files could hide what runs; modules that were `not_seen` to be imported do nothing."""
        paths = sorted(path for path in self.records if path.endswith(ENDINGS))
        own = {PurePosixPath(path).stem for path in paths} | {part for path in paths for part in path.split("/")[:-1]}
        try:
            parts = [chunk for path in paths for chunk in self.chunks(path)]
        except MissingEvidence as error:
            return error.reason
        written = [source.Chunk(name, text) for part in parts for name, text, _ in source.files_written(part)]
        names = own | {PurePosixPath(one.name).stem for one in written} | {one.partition(".")[0] for one in not_seen}
        return why_not_plain([*parts, *written], frozenset(names))

    def chunks(self, path: str) -> list[source.Chunk]:
        """A file's."""
        array = self.frame.arrays.get(path)
        content = b"" if array is None else array.tobytes()
        record = self.records.get(path)
        if record is None or array is None or sha256(content).hexdigest() != record.sha256:
            raise MissingEvidence(f"{path} did not come back as it was handed in", ours=True)
        try:
            return source.chunks(path, content)
        except source.SourceError as error:
            raise MissingEvidence(str(error)) from None
