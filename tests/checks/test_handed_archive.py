"""What `hw5.zip` is, by its content."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile

import pytest
from core_examples import SEED

from grader.checks.handed_archive import ArchiveOfPrograms
from grader.collect.collect import submission_record
from grader.evidence import Evidence
from grader.intake import find_submissions


def zipped() -> bytes:
    space = io.BytesIO()
    with zipfile.ZipFile(space, "w") as made:
        made.writestr("hw5.py", "x = 1\n")
    return space.getvalue()


def tarred(mode: str) -> bytes:
    space = io.BytesIO()
    with tarfile.open(fileobj=space, mode=mode) as made:
        entry = tarfile.TarInfo("hw5.py")
        entry.size = 6
        made.addfile(entry, io.BytesIO(b"x = 1\n"))
    return space.getvalue()


@pytest.fixture
def judged(monkeypatch, tmp_path):
    monkeypatch.setattr(ArchiveOfPrograms, "report_problems", lambda *_: iter(()))
    monkeypatch.setattr(ArchiveOfPrograms, "remarks", lambda *_: iter(()))
    rules = ArchiveOfPrograms("hw5.zip", "hw5.pdf", re.compile("hw5"))

    def of(content: bytes, **others: bytes):
        (tmp_path / "ada").mkdir()
        (tmp_path / "ada" / "hw5.zip").write_bytes(content)
        for name, other in others.items():
            (tmp_path / "ada" / name.replace("__", ".")).write_bytes(other)
        (submission,) = find_submissions(tmp_path).submissions
        return rules.check(Evidence(submission_record(submission, "hw5/hw5.py"), SEED))

    return of


def test_a_zip_archive_of_python_files_is_right(judged):
    assert judged(zipped()).outcome.value == "passed"


@pytest.mark.parametrize(("mode", "kind"), [("w", "tar archive"), ("w:gz", "gzip file"), ("w:bz2", "bzip2 file")])
def test_another_archive_is_no_zip_because_of_its_name(judged, mode, kind):
    found = judged(tarred(mode))

    assert found.outcome.value == "failed"
    assert f"hw5.zip is a {kind}, not a zip archive" in found.message


def test_a_document_that_is_too_large_to_be_kept_lies_beside_the_archive_and_is_no_archive(judged):
    found = judged(zipped(), hw5__docx=b"PK\x03\x04" + bytes(21 << 20))

    assert (found.outcome.value, found.message) == ("passed", "1 Python file and a readable PDF, no weights, no data")
