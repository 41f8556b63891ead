"""The pytest plugin: in a folder with a `grader.toml`, each public check of the assignment is a test.

Nothing of the grader is imported until such a file is collected: the plugin is loaded by every pytest of the
environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

if TYPE_CHECKING:
    from grader.evidence import Evidence
    from grader.students.checking import Checked

CONFIG = "grader.toml"
_MARK, _OWN = "grader", "grader_check"


class NotAsAsked(Exception):
    """A public check did not pass. The message is for the student."""


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker that every check has: `pytest -m grader` runs the checks alone."""
    config.addinivalue_line("markers", f"{_MARK}: a public check of the assignment named in {CONFIG}")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A `grader.toml` is a file of tests, unless it is that of somebody who grades."""
    if file_path.name == CONFIG and not _is_for_grading(file_path):
        collector: pytest.Collector = CheckFile.from_parent(parent, path=file_path)
        return collector
    return None


def _is_for_grading(path: Path) -> bool:
    import tomllib

    from grader.students.kit_settings import is_for_grading

    try:
        return is_for_grading(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return False  # what is wrong with it is told when it is read


class CheckFile(pytest.File):
    """One folder of work."""

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each public check. The work itself is looked at when the first of them runs."""
        from grader.errors import AssignmentError
        from grader.students.checking import public_checks
        from grader.students.kit_settings import KitError, read_kit

        try:
            self.kit = read_kit(self.path)
            self.assignment = self.kit.load()
        except (KitError, AssignmentError) as error:
            raise self.CollectError(str(error)) from None
        for criterion_id in public_checks(self.assignment):
            yield CheckItem.from_parent(self, name=criterion_id)

    def evidence(self) -> Evidence:
        """What came back of the work, made once."""
        if not hasattr(self, "_evidence"):
            from grader.sandbox.unprotected import NoSandbox
            from grader.students.checking import evidence_of

            self._evidence = evidence_of(self.kit, self.assignment, NoSandbox(warm=self.assignment.warm))
        return self._evidence


class CheckItem(pytest.Item):
    """One public check."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.add_marker(_MARK)
        self.user_properties.append((_OWN, "yes"))

    @property
    def file(self) -> CheckFile:
        """The folder of work that the check is about."""
        assert isinstance(self.parent, CheckFile)  # noqa: S101 - made in CheckFile.collect
        return self.parent

    def runtest(self) -> None:
        """Fails if points are missing, and is skipped where the check itself cannot tell."""
        from grader.finding import Outcome
        from grader.students.check_messages import explanation, headline, not_attempted
        from grader.students.checking import check_one
        from grader.students.kit_settings import KitError

        try:
            checked = check_one(self.file.assignment, self.name, self.file.evidence())
        except KitError as error:
            raise NotAsAsked(str(error)) from None
        lines = [headline(checked), *explanation(checked)]
        self.user_properties += _properties(checked)
        if not_attempted(checked):
            pytest.skip(checked.finding.message)
        if checked.finding.outcome is Outcome.UNGRADED:
            pytest.skip(f"cannot be checked here: {checked.finding.message}")
        if checked.finding.outcome is not Outcome.PASSED:
            raise NotAsAsked("\n".join(lines))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Only the message: the traceback would be the grader's."""
        if isinstance(excinfo.value, NotAsAsked):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands: for the heading of a failure."""
        return self.path, None, f"{self.file.assignment.id}: {self.name}"


class FailureWords:
    """A failure in words. Without a place in a program, pytest does not say it again in its short summary.

    With `CI` in the environment, or -vv, that summary holds every failure whole.
    """

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text

    def toterminal(self, out: Any) -> None:
        """Where pytest prints the failure."""
        for line in self.text.splitlines():
            out.line(line)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Here, and not where the check failed: between the processes of xdist all but text is lost."""
    if isinstance(report.longrepr, str) and dict(report.user_properties).get(_OWN):
        report.longrepr = cast("Any", FailureWords(report.longrepr))


def _properties(checked: Checked) -> list[tuple[str, object]]:
    """Strings, since they travel between processes and into JUnit XML."""
    from grader.students.check_messages import headline, is_judged

    earned = str(checked.points) if is_judged(checked) else ""
    return [
        ("grader_line", headline(checked)),
        ("grader_points", earned),
        ("grader_points_possible", str(checked.criterion.points)),
    ]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for each check that ran, and the points that were judged; what to do stands with the failures."""
    reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, [])]
    rows = [found for report in reports if "grader_line" in (found := dict(getattr(report, "user_properties", ())))]
    if not rows:
        return
    from decimal import Decimal

    from grader.students.check_messages import checked_here

    terminalreporter.section("public checks")
    for row in rows:
        terminalreporter.line(str(row["grader_line"]))
    judged = [row for row in rows if row["grader_points"]]
    got, possible = (
        sum((Decimal(str(row[name])) for row in judged), Decimal(0))
        for name in ("grader_points", "grader_points_possible")
    )
    terminalreporter.line(checked_here(got, possible))
    terminalreporter.line("The rest is looked at after you submit, with inputs that nobody knows beforehand.")
