"""`forbidden`: what a student's own files may not import or call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from grader.checks.blocks.uses import NamesUsed, Use
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
    """The student's own files import none of `imports` and use none of `calls`, by their full names.

    `forbidden(imports=("sklearn",), calls=("torch.nn.functional.scaled_dot_product_attention", "numpy.linalg.solve"))`;
    `instead` is the hint. A name of `calls` is forbidden wherever it is in its package (`torch.softmax` is
    `torch.nn.functional.softmax`). Methods of arrays and operators (`a @ b`) cannot be told from text: see `layers`.

    Accepted: the names in comments, strings and annotations, functions of the student's own with such a name, what
    libraries import for themselves, files that the graded one does not import, imports that nothing uses (of `calls`),
    and what stands under `if __name__ == "__main__":` where only definitions are taken. With `within`, names of the
    functions and classes that are asked for, code that these do not use is accepted too, such as a comparison with
    PyTorch's own. Caught: aliases, from-imports and stars, `getattr` and `import_module` with a text, subclasses,
    functions handed on without a call, and files that are imported. What only running could tell (`exec` of a built
    text, names that are worked out, a module handed to a function) is left to a person. Not seen: what another part of
    a library uses for a student (`torch.nn.TransformerEncoderLayer` has attention in it: name it too), or what comes
    out of a pickle.

    No tolerance. The source is read outside the sandbox, held against the digests of what was handed in, so nothing
    that student code does can change it; where that fails, a person is told. It passes on an empty file: let its
    `Criterion` need another, or name `within`. Raises AssignmentError for what is no name.
    """
    if not (imports or calls):
        raise AssignmentError("forbidden: expected some imports or calls")
    for name in (*imports, *calls):
        if not _DOTTED.fullmatch(name):
            raise AssignmentError(f"forbidden: expected a name such as numpy.linalg.solve, found {name!r}")
    if odd := [name for name in calls if "." not in name or name.startswith(("torch.Tensor.", "numpy.ndarray."))]:
        raise AssignmentError(f"forbidden: calls: expected a package's function such as numpy.dot, found {odd[0]!r}")

    def check(evidence: Evidence) -> Finding:
        sources = _Sources(evidence)
        main = any(run.mode == "run" for run in evidence.code_runs)
        reading = NamesUsed(sources.module, tuple(calls), tuple(imports), tuple(within), main)
        reading.read(sources.entry())
        return _judged(reading, (*imports, *calls), instead)

    return Block(check, (Ask(PROBE, "sources", [{"id": "all", "endings": list(ENDINGS)}], library=True),))


def _judged(reading: NamesUsed, names: Sequence[str], instead: str) -> Finding:
    listed = ", ".join(names)
    if reading.uses:
        hint = instead or "write it yourself, without what the handout forbids"
        return Finding.failed(
            f"expected no use of {listed}, found {_listed(reading.uses)}",
            hint,
            details=tuple(map(str, sorted(reading.uses)[:50])),
        )
    if reading.unclear:
        return Finding.ungraded(
            f"whether {listed} is used cannot be told from the source: found {_listed(reading.unclear)}",
            "a person reads these lines",
        )
    if lacking := [name for name in reading.within if name not in reading.defined]:
        raise MissingEvidence(f"not attempted: there is no {', '.join(lacking)}")
    return Finding.passed(f"no use of {listed}")


def _listed(uses: set[Use]) -> str:
    said = "; ".join(map(str, sorted(uses)[:SAID]))
    return said + (f"; and {len(uses) - SAID} more" if len(uses) > SAID else "")


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
