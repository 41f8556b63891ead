"""A whole class in one archive is read like the folder that it was made from."""

from __future__ import annotations

import os
import tarfile
from datetime import UTC, datetime

import pytest
from archive_makers import tar_bytes, tar_of, tar_special, with_flag, write_tree, zip_bytes, zip_link, zip_of

from grader.intake import IntakeError, find_submissions

NOON = 1_793_534_400  # 2026-11-01T12:00:00Z
CLASS = {
    "ada/net.py": b"1",
    "ada/src/data.py": b"2",
    "bob.zip": zip_bytes({"hw/net.py": b"3"}),
    "cyd.py": b"4",
    "dan/hw.tar.gz": tar_bytes({"hw/net.py": b"5"}, "gz"),
    "README.md": b"x",
    "__MACOSX/ada/._net.py": b"x",
}
FOUND = {
    "ada": {"net.py": b"1", "src/data.py": b"2"},
    "bob": {"net.py": b"3"},
    "cyd": {"cyd.py": b"4"},
    "dan": {"net.py": b"5"},
}


def read(tmp_path, packed: bytes, name: str = "class.zip"):
    return find_submissions(write_tree(tmp_path, {name: packed}) / name)


def contents(intake):
    return {s.student: {file.path: file.content for file in s.files} for s in intake.submissions}


MAKERS = [zip_bytes, tar_bytes, lambda files: tar_bytes(files, "gz")]


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("top", ["", "./"])
def test_a_class_archive_holds_the_submissions_of_its_folder(tmp_path, make, top):
    intake = read(tmp_path, make({top + name: content for name, content in CLASS.items()}))

    assert contents(intake) == FOUND
    assert intake.ignored == ("README.md", "__MACOSX")


@pytest.mark.parametrize("make", MAKERS)
def test_a_folder_that_wraps_the_students_folders_and_archives_is_taken_away(tmp_path, make):
    wrapped = {f"hw5/{name}": content for name, content in CLASS.items() if name != "cyd.py"}

    intake = read(tmp_path, make(wrapped))

    assert contents(intake) == {name: files for name, files in FOUND.items() if name != "cyd"}


def test_a_class_archive_and_its_folder_give_the_same_digests(tmp_path):
    packed = read(tmp_path, tar_bytes(CLASS, "xz"), "class.tar.xz")
    unpacked = find_submissions(write_tree(tmp_path / "folder", CLASS))

    assert [s.sha256 for s in packed.submissions] == [s.sha256 for s in unpacked.submissions]


def test_one_students_folder_with_source_files_is_no_wrapper(tmp_path):
    intake = read(tmp_path, zip_bytes({"ada/net.py": b"1", "ada/src/data.py": b"2"}))

    assert contents(intake) == {"ada": {"net.py": b"1", "src/data.py": b"2"}}


def test_one_students_trouble_in_a_class_archive_stays_their_own(tmp_path):
    trouble = {
        "ada/../../evil.py": b"1",
        "bob/big.py": bytes(20 * 2**20 + 1),
        "cyd.zip": b"no zip",
        "dan.zip": with_flag(zip_bytes({"a.py": b"1"}), 1),
        "eve/net.py": b"fine",
    }

    found = {s.student: s for s in read(tmp_path, tar_bytes(trouble)).submissions}

    assert "unsafe archive" in found["ada"].problem
    assert "big.py (20.0 MiB, binary data): larger than 20.0 MiB" in found["bob"].ambiguous
    assert "expected a zip or tar archive, found a text" in found["cyd"].ambiguous
    assert "encrypted archive" in found["dan"].ambiguous
    assert found["eve"].files[0].content == b"fine"


def test_a_damaged_entry_of_a_class_zip_asks_a_person_about_one_student(tmp_path):
    packed = bytearray(zip_bytes({"ada/a.py": b"A" * 500, "bob/b.py": b"B" * 500}, method=0))
    packed[packed.index(b"A" * 9)] = 0

    ada, bob = read(tmp_path, bytes(packed)).submissions

    assert "damaged archive" in ada.ambiguous
    assert bob.files[0].content == b"B" * 500


def test_links_in_a_class_archive_are_not_followed(tmp_path):
    intake = read(tmp_path, zip_of([("ada/a.py", b"1"), zip_link("ada/x", "/etc"), zip_link("bob", "/etc")]))

    [ada] = intake.submissions
    assert ada.notes == ("link skipped: x -> /etc",)
    assert intake.ignored == ("not a regular file, skipped: bob",)


def test_an_empty_student_folder_in_a_class_archive_is_a_problem(tmp_path):
    folder, nothing = tar_special("ada", tarfile.DIRTYPE)
    file = tarfile.TarInfo("bob/b.py")

    ada, bob = read(tmp_path, tar_of([(folder, nothing), (file, b"")])).submissions

    assert ada.problem == "expected files, found none"
    assert bob.problem is None


@pytest.mark.parametrize("name", ["../ada/net.py", "/ada/net.py"])
def test_a_class_archive_that_leads_outside_is_a_usage_error(tmp_path, name):
    with pytest.raises(IntakeError, match=r"unsafe archive.*\nhint: "):
        read(tmp_path, zip_bytes({"bob/net.py": b"1", name: b"2"}))


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_a_damaged_class_archive_is_a_usage_error(tmp_path, share):
    noise = os.urandom(5000)
    packed = tar_bytes({f"{n}/net.py": noise for n in range(20)}, "gz")

    with pytest.raises(IntakeError, match=r"damaged archive.*\nhint: "):
        read(tmp_path, packed[: int(len(packed) * share)])


def test_an_empty_class_archive_is_a_usage_error(tmp_path):
    with pytest.raises(IntakeError, match="found none"):
        read(tmp_path, zip_bytes({}))


def test_the_times_of_a_class_tar_count_and_those_of_a_class_zip_do_not(tmp_path):
    info = tarfile.TarInfo("ada/net.py")
    info.mtime = NOON
    write_tree(tmp_path, {"class.tar": tar_of([(info, b"")]), "class.zip": zip_bytes({"ada/net.py": b""})})
    os.utime(tmp_path / "class.zip", (NOON + 60, NOON + 60))

    [from_tar] = find_submissions(tmp_path / "class.tar").submissions
    [from_zip] = find_submissions(tmp_path / "class.zip").submissions

    assert from_tar.submitted_at == datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
    assert from_zip.submitted_at == datetime(2026, 11, 1, 12, 1, tzinfo=UTC)


def test_a_time_outside_the_calendar_falls_back_to_the_archives(tmp_path):
    info = tarfile.TarInfo("ada/net.py")
    info.mtime = 2**62
    write_tree(tmp_path, {"class.tar": tar_of([(info, b"")])})
    os.utime(tmp_path / "class.tar", (NOON, NOON))

    [ada] = find_submissions(tmp_path / "class.tar").submissions

    assert ada.submitted_at == datetime(2026, 11, 1, 12, tzinfo=UTC)
