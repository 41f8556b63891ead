from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_course import Course, FakeSandbox, doubling, write_course

from grader.cli import main

MANUAL = 'Criterion("style", "Reads well", 1)'


class Sent:
    """A batch graded from a download, and the export of it."""

    def __init__(self, root: Path) -> None:
        self.course = Course(root)
        self.root = root

    def graded(self, names: dict[str, str], **options: object) -> Sent:
        """Grade a zip of these files, `2 * x` and the like by name, with a PDF for each student."""
        self.course.submissions = self.root / "download.zip"
        with zipfile.ZipFile(self.course.submissions, "w") as archive:
            for name, result in names.items():
                archive.writestr(name, doubling(result))
        self.course.grade(FakeSandbox(), **options)
        for stored in self.course.stored().values():
            (self.course.out / stored.folder / "feedback.pdf").write_bytes(b"%PDF " + stored.folder.encode())
        return self

    def file(self, name: str, text: str) -> str:
        (self.root / name).write_text(text)
        return str(self.root / name)

    def export(self, target: str, *options: str, status: int = 0) -> str:
        """Run `grader export`; what it said on stderr."""
        command = ["export", target, str(self.course.out), "--reference", str(self.course.reference), *options]
        done = CliRunner().invoke(main, command)
        assert done.exit_code == status, done.output
        return done.stderr

    def path(self, name: str) -> Path:
        return self.course.out / "export" / name


@pytest.fixture
def sent(tmp_path: Path) -> Sent:
    return Sent(tmp_path)


@pytest.fixture
def manual(sent: Sent) -> Sent:
    """As `sent`, with a criterion that a person grades."""
    write_course(sent.course.reference, more=(MANUAL,))
    return sent
