"""Which things in a folder are submissions, and whose."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from archive_makers import tar_bytes, write_tree, zip_bytes

from grader.intake import IntakeError, find_submissions
from grader.submission import Submission

NOON = 1_793_534_400  # 2026-11-01T12:00:00Z


def by_student(path: Path) -> dict[str, Submission]:
    return {submission.student: submission for submission in find_submissions(path).submissions}


def paths(submission: Submission) -> list[str]:
    assert (submission.problem, submission.ambiguous) == (None, None)
    return [file.path for file in submission.files]


def test_folders_archives_and_loose_files_are_submissions_and_the_rest_is_ignored(tmp_path):
    write_tree(
        tmp_path,
        {
            "ada/net.py": b"1",
            "ada/sub/data.txt": b"2",
            "bob.zip": zip_bytes({"hw/net.py": b"3", "hw/report.pdf": b"4"}),
            "cyd.tar.gz": tar_bytes({"net.py": b"5"}, "gz"),
            "dan.py": b"6",
            "eve.ipynb": b"{}",
            "flo.pdf": b"%PDF",
            "README.md": b"x",
            "expected.toml": b"x",
            ".DS_Store": b"x",
            "grades.csv": b"x",
        },
    )

    intake = find_submissions(tmp_path)

    assert [s.student for s in intake.submissions] == ["ada", "bob", "cyd", "dan", "eve", "flo"]
    assert [s.folder for s in intake.submissions] == ["ada", "bob", "cyd", "dan", "eve", "flo"]
    assert intake.ignored == (".DS_Store", "README.md", "expected.toml", "grades.csv")
    found = by_student(tmp_path)
    assert paths(found["ada"]) == ["net.py", "sub/data.txt"]
    assert paths(found["bob"]) == ["net.py", "report.pdf"]
    assert paths(found["cyd"]) == ["net.py"]
    assert paths(found["dan"]) == ["dan.py"]
    assert found["dan"].files[0].content == b"6"


@pytest.mark.parametrize("compression", ["", "gz", "bz2", "xz"])
def test_a_tar_archive_is_read_whatever_compresses_it(tmp_path, compression):
    name = f"ada.tar.{compression}" if compression else "ada.tar"
    write_tree(tmp_path, {name: tar_bytes({"hw/net.py": b"x" * 5000}, compression)})

    assert by_student(tmp_path)["ada"].files[0].content == b"x" * 5000


def test_an_archive_is_known_by_its_content_and_not_by_its_name(tmp_path):
    write_tree(
        tmp_path,
        {
            "ada.zip": tar_bytes({"net.py": b"1"}, "gz"),
            "bob": zip_bytes({"net.py": b"2"}),
            "cyd": tar_bytes({"net.py": b"3"}, "xz"),
            "grades.xlsx": zip_bytes({"xl/workbook.xml": b"4", "[Content_Types].xml": b""}),
            "log.gz": b"\x1f\x8b not a tar",
        },
    )

    intake = find_submissions(tmp_path)

    assert [(s.student, s.files[0].content) for s in intake.submissions] == [
        ("ada", b"1"),
        ("bob", b"2"),
        ("cyd", b"3"),
    ]
    assert intake.ignored == ("grades.xlsx", "log.gz")


WORD = zip_bytes({"[Content_Types].xml": b"", "word/document.xml": b"<w/>"})


@pytest.mark.parametrize("name", ["report.docx", "report.docm", "report.doc", "report", "report.zip"])
@pytest.mark.parametrize("others", [{}, {"ada/net.py": b"1"}], ids=["alone", "beside another file"])
def test_a_word_document_is_one_file_whatever_its_name(tmp_path, name, others):
    write_tree(tmp_path, {f"ada/{name}": WORD, **others})

    ada = by_student(tmp_path)["ada"]

    assert {file.path: file.content for file in ada.files}[name] == WORD
    assert len(ada.files) == 1 + len(others)


@pytest.mark.parametrize("files", [{"word/net.py": b"1"}, {"report.docx": WORD}], ids=["a folder", "a document in it"])
def test_an_archive_with_something_of_a_word_document_in_it_is_opened(tmp_path, files):
    write_tree(tmp_path, {"ada/hw5.zip": zip_bytes({**files, "net.py": b"2"})})

    assert "net.py" in paths(by_student(tmp_path)["ada"])


def test_a_folder_that_holds_one_archive_and_litter_is_opened(tmp_path):
    write_tree(tmp_path, {"ada/hw5.zip": zip_bytes({"hw5/net.py": b"1"}), "ada/.DS_Store": b"x"})

    ada = by_student(tmp_path)["ada"]

    assert paths(ada) == ["net.py"]
    assert ada.notes == ("litter ignored: .DS_Store",)


def test_weights_alone_in_a_folder_are_not_unpacked(tmp_path):
    write_tree(tmp_path, {"ada/model.pt": zip_bytes({"data.pkl": b"1"})})

    assert paths(by_student(tmp_path)["ada"]) == ["model.pt"]


def test_two_archives_of_one_student_need_a_person(tmp_path):
    write_tree(
        tmp_path,
        {
            "ada.zip": zip_bytes({"a.py": b"1"}),
            "ada.tar.gz": tar_bytes({"a.py": b"2"}, "gz"),
            "bob/a.py": b"3",
            "bob.zip": zip_bytes({"a.py": b"4"}),
            "bob.py": b"5",
        },
    )

    found = by_student(tmp_path)

    assert found["ada"].files == ()
    assert found["ada"].problem is None
    expected = "two submissions of one student: `ada.tar.gz` and `ada.zip`; hint: keep one of them"
    assert found["ada"].ambiguous == expected
    assert (
        found["bob"].ambiguous == "3 submissions of one student: `bob`, `bob.py` and `bob.zip`; hint: keep one of them"
    )


def test_names_that_differ_in_case_are_two_students_in_two_folders(tmp_path):
    write_tree(tmp_path, {"ada.py": b"1", "Ada.py": b"2"})

    folders = [s.folder for s in find_submissions(tmp_path).submissions]

    assert len({folder.casefold() for folder in folders}) == 2


def test_the_time_is_that_of_the_latest_file_in_utc_and_whole_seconds(tmp_path):
    write_tree(tmp_path, {"ada/old.py": b"1", "ada/new.py": b"2", "ada/.git/later": b"3"})
    os.utime(tmp_path / "ada/old.py", (NOON - 60, NOON - 60))
    os.utime(tmp_path / "ada/new.py", (NOON + 0.75, NOON + 0.75))

    submitted_at = by_student(tmp_path)["ada"].submitted_at

    assert submitted_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert submitted_at.utcoffset() is not None


@pytest.mark.parametrize("name", ["ada.zip", "ada.tar", "ada/hw.zip", "ada/hw.tar"])
def test_an_archives_own_time_counts_and_not_what_it_says_of_its_files(tmp_path, name):
    make = zip_bytes if name.endswith("zip") else tar_bytes
    write_tree(tmp_path, {name: make({"net.py": b"1"})})
    os.utime(tmp_path / name, (NOON, NOON))

    assert by_student(tmp_path)["ada"].submitted_at == datetime(2026, 11, 1, 12, tzinfo=UTC)


def test_the_same_work_has_the_same_digest_as_a_folder_and_as_an_archive(tmp_path):
    files = {"net.py": b"1", "src/data.py": b"2"}
    write_tree(tmp_path / "one" / "ada", files)
    write_tree(tmp_path / "two", {"ada.zip": zip_bytes({f"ada/{name}": files[name] for name in files})})

    assert by_student(tmp_path / "one")["ada"].sha256 == by_student(tmp_path / "two")["ada"].sha256


def test_a_path_that_does_not_exist_is_a_usage_error_with_a_hint(tmp_path):
    with pytest.raises(IntakeError, match=r"nowhere does not exist\nhint: "):
        find_submissions(tmp_path / "nowhere")


def test_a_file_that_is_no_archive_is_a_usage_error_with_a_hint(tmp_path):
    write_tree(tmp_path, {"net.py": b"print()"})

    with pytest.raises(IntakeError, match=r"net\.py is neither\nhint: "):
        find_submissions(tmp_path / "net.py")


def test_a_fifo_as_path_is_a_usage_error_and_does_not_hang(tmp_path):
    os.mkfifo(tmp_path / "fifo")

    with pytest.raises(IntakeError, match="not a regular file"):
        find_submissions(tmp_path / "fifo")


def test_a_folder_without_submissions_is_a_usage_error_with_a_hint(tmp_path):
    write_tree(tmp_path, {"README.md": b"x"})

    with pytest.raises(IntakeError, match=r"found none\nhint: "):
        find_submissions(tmp_path)


def test_the_path_itself_may_be_a_link(tmp_path):
    write_tree(tmp_path, {"real/ada.py": b"1"})
    (tmp_path / "link").symlink_to(tmp_path / "real")

    assert list(by_student(tmp_path / "link")) == ["ada"]


def test_our_own_failure_needs_a_person_and_leaves_the_others_alone(tmp_path, monkeypatch):
    write_tree(tmp_path, {"ada.zip": zip_bytes({"a.py": b"1"}), "bob.py": b"2"})
    monkeypatch.setattr("grader.intake.inner.archive_entries", lambda stream: 1 / 0)

    found = by_student(tmp_path)

    assert found["ada"].problem is None
    assert found["ada"].ambiguous.startswith("the grader could not read this submission: ZeroDivisionError")
    assert paths(found["bob"]) == ["bob.py"]


def test_a_second_download_of_the_same_work_is_the_same_submission(tmp_path):
    packed = zip_bytes({"net.py": b"1"})
    write_tree(tmp_path, {"ada.zip": packed, "ada (1).zip": packed, "bob.py": b"2", "bob (2).py": b"2"})

    found = by_student(tmp_path)

    assert list(found) == ["ada", "bob"]
    assert found["bob"].ambiguous is None
    assert paths(found["ada"]) == ["net.py"]
    assert found["ada"].notes == ("the same work came 2 times: ada (1).zip, ada.zip",)


def test_a_second_version_under_a_numbered_name_needs_a_person(tmp_path):
    write_tree(tmp_path, {"ada.py": b"1", "ada (1).py": b"2", "bob (1).py": b"3"})

    found = by_student(tmp_path)

    assert found["ada"].ambiguous == "two submissions of one student: `ada (1).py` and `ada.py`; hint: keep one of them"
    assert paths(found["bob (1)"]) == ["bob (1).py"]
