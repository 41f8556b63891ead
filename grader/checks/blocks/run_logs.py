"""Which files are logs of training runs, and what they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from grader.checks.logged import doubts
from grader.checks.logged.grouped_runs import runs_of
from grader.checks.logged.read_logs import LogFile, log_file
from grader.checks.logged.said import Statement, statements
from grader.checks.logged.training_run import TrainingRun
from grader.documents import read_all
from grader.evidence import Evidence, MissingEvidence
from grader.probes import ReadFiles
from grader.readings.fields import text
from grader.readings.opened_files import FileRead, files_read

LOGS = (
    *("*.csv", "*.tsv", "*.jsonl", "*.ndjson", "*.log", "*.pkl", "*.pickle", "*tfevents*", "*.npz", "*.csv.gz"),
    *("*.jsonl.gz", "progress.txt", "*log*.txt", "*log*.json", "*history*.json", "*metrics*.json", "*curve*.json"),
    *("*result*.json", "*return*.json", "*seed*.json", "*run*.json", "*state*.json", "*config*.json", "*hparams*"),
)
TEXTS = ("*.md", "*.txt", "*.rst", "*.tex", "*.py", "*.ipynb", "*.sh", "*.yaml", "*.yml", "*.toml", "*.cfg")


@dataclass(frozen=True, kw_only=True)
class RunLogs:
    """Which files are logs, and what their columns are called.

    `patterns` are those of files (as of `HandIn`): CSV, TSV, JSON, JSON lines, printed lines, TensorBoard event files,
    pickles, `.npz`. `named` has patterns of columns (regular expressions) by what they hold, for names that nobody
    would guess: `{"return": ("^my_metric$",)}`. `texts` are the files whose code and prose are held against the logs.
    """

    patterns: tuple[str, ...] = LOGS
    named: Mapping[str, Sequence[str]] = field(default_factory=dict)
    texts: tuple[str, ...] = TEXTS

    @property
    def reading(self) -> ReadFiles:
        """How the box reads the logs that fit the pattern."""
        return ReadFiles("training logs" + _told(self.patterns, LOGS), "logs", self.patterns)

    @property
    def reading_texts(self) -> ReadFiles:
        """How code and prose are read."""
        return ReadFiles("code and reports as text" + _told(self.texts, TEXTS), "texts", self.texts)

    def files(self, evidence: Evidence) -> list[LogFile]:
        """What each log file that was read holds."""
        return [_log_file(one) for one in files_read(evidence, self.reading)]

    def runs(self, evidence: Evidence, what: str | None = None) -> tuple[TrainingRun, ...]:
        """The runs, those with a curve of `what` alone if that is given.

        Raises MissingEvidence where there are none, ours where the grader could not read one of them.
        """
        files = self.files(evidence)
        found = runs_of(files, self.named)
        kept = tuple(run for run in found if self._is_result(run, what))
        if kept:
            return kept
        if ours := [one for one in files if one.ours]:
            raise MissingEvidence(f"{ours[0].path}: {ours[0].problem}", ours=True)
        unread = "; ".join(f"{one.path}: {one.problem}" for one in files if one.problem)
        wanted = f"a log with a curve of the {what}" if what else "a log of a training run"
        if unread:
            raise MissingEvidence(f"expected {wanted}; {unread[:600]}", hint="write it as CSV or JSON lines")
        columns = ", ".join(dict.fromkeys(name for run in found for name in run.curves))
        held = f"columns {columns[:300]}" if columns else ", ".join(one.path for one in files[:5]) or "no such file"
        raise MissingEvidence(f"expected {wanted}, found {held}", hint="a header such as step,return helps")

    def _is_result(self, run: TrainingRun, what: str | None) -> bool:
        if what is not None:
            return what in run.curves
        nouns = {*doubts.RESULTS, *self.named}
        return any(name.rpartition(" ")[2] in nouns or name in nouns for name in run.curves)

    def written(self, evidence: Evidence) -> tuple[Mapping[str, str], list[Statement]]:
        """Code by path, and what reports say: text files, text cells of notebooks, PDFs."""
        code: dict[str, str] = {}
        said: list[Statement] = []
        for one in files_read(evidence, self.reading_texts):
            if one.frame is None:
                continue
            code[one.path] = text(one.frame.header.get("code"), 400_000) or ""
            prose = text(one.frame.header.get("text"), 400_000) or ""
            said += statements(prose)
            if not code[one.path]:
                code[one.path] = prose
        for document in read_all(evidence)[0]:
            said += [Statement(sentence.text) for sentence in document.sentences]
            said += [found for line in document.lines for found in statements(line.text) if found.labelled]
        return code, said


def _told(patterns: tuple[str, ...], usual: tuple[str, ...]) -> str:
    return "" if patterns == usual else f" ({', '.join(patterns)[:150]})"


def _log_file(one: FileRead) -> LogFile:
    return LogFile(one.path, problem=one.problem, ours=one.ours) if one.frame is None else log_file(one.path, one.frame)
