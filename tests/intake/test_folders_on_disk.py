"""A student's folder is read without following, opening or waiting for anything that is no regular file."""

from __future__ import annotations

import os
import socket

import pytest
from archive_makers import write_tree

from grader.intake import find_submissions
from grader.intake.folders import open_regular
from grader.submission import Submission


def only(path) -> Submission:
    [submission] = find_submissions(path).submissions
    return submission


def test_links_are_skipped_with_a_note_that_names_their_target(tmp_path):
    write_tree(tmp_path, {"class/ada/net.py": b"1", "secret/key.py": b"secret"})
    ada = tmp_path / "class" / "ada"
    (ada / "data").symlink_to("/etc/passwd")
    (ada / "lib").symlink_to(tmp_path / "secret", target_is_directory=True)
    (ada / "loop").symlink_to("loop")

    submission = only(tmp_path / "class")

    assert [file.path for file in submission.files] == ["net.py"]
    assert submission.notes[0] == "link skipped: data -> /etc/passwd"
    assert [note.split(" -> ")[0] for note in submission.notes[1:]] == [
        "link skipped: lib",
        "link skipped: loop",
    ]


def test_a_long_link_target_is_capped_and_made_printable(tmp_path):
    write_tree(tmp_path, {"ada/net.py": b"1"})
    (tmp_path / "ada" / "x").symlink_to("\x1b[31m" + "a" * 1000)

    [note] = only(tmp_path).notes

    assert note.startswith(r"link skipped: x -> \x1b[31maaa")
    assert len(note) < 250


def test_a_linked_student_folder_and_a_loose_link_are_ignored(tmp_path):
    write_tree(tmp_path, {"class/ada.py": b"1", "secret/key.py": b"secret"})
    (tmp_path / "class" / "bob").symlink_to(tmp_path / "secret")
    (tmp_path / "class" / "cyd.py").symlink_to("/etc/passwd")

    intake = find_submissions(tmp_path / "class")

    assert [s.student for s in intake.submissions] == ["ada"]
    assert intake.ignored[1] == "link skipped: cyd.py -> /etc/passwd"


def test_a_fifo_a_socket_and_a_device_are_skipped_and_never_opened(tmp_path, monkeypatch):
    write_tree(tmp_path, {"class/ada/net.py": b"1"})
    monkeypatch.chdir(tmp_path / "class" / "ada")
    os.mkfifo("pipe.py")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.py")
    os.mkfifo(tmp_path / "class" / "bob.py")

    intake = find_submissions(tmp_path / "class")

    [ada] = intake.submissions
    assert [file.path for file in ada.files] == ["net.py"]
    assert ada.notes == ("not a regular file, skipped: pipe.py", "not a regular file, skipped: socket.py")
    assert intake.ignored == ("not a regular file, skipped: bob.py",)


def test_a_file_swapped_for_a_fifo_or_a_link_after_the_look_is_not_opened(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/etc/passwd")

    for name in ("pipe", "link"):
        with pytest.raises(OSError):
            open_regular(tmp_path / name)


def test_litter_is_left_out_with_one_note_each_and_does_not_count(tmp_path):
    litter = {f"ada/node_modules/m{n}/index.js": b"x" for n in range(2100)}
    write_tree(
        tmp_path,
        {
            **litter,
            "ada/net.py": b"1",
            "ada/__pycache__/net.pyc": b"x",
            "ada/src/.ipynb_checkpoints/a.ipynb": b"x",
            "ada/._net.py": b"x",
            "ada/Thumbs.db": b"x",
        },
    )

    ada = only(tmp_path)

    assert [file.path for file in ada.files] == ["net.py"]
    assert set(ada.notes) == {
        f"litter ignored: {name}"
        for name in ("._net.py", "Thumbs.db", "__pycache__", "node_modules", "src/.ipynb_checkpoints")
    }


def test_a_file_we_may_not_read_is_no_fault_of_the_student(tmp_path, monkeypatch):
    write_tree(tmp_path, {"ada/net.py": b"1", "bob/net.py": b"2"})
    real_open, refused = os.open, (tmp_path / "ada" / "net.py").stat().st_ino

    def refusing(path, flags, *args, dir_fd=None, **more):
        if dir_fd is not None and os.stat(path, dir_fd=dir_fd, follow_symlinks=False).st_ino == refused:
            raise PermissionError(13, "Permission denied", path)
        return real_open(path, flags, *args, dir_fd=dir_fd, **more)

    monkeypatch.setattr(os, "open", refusing)
    ada, bob = find_submissions(tmp_path).submissions

    assert (ada.problem, ada.files) == (None, ())
    assert ada.ambiguous == "the grader could not read this submission: Permission denied"
    assert bob.files[0].content == b"2"


def test_an_empty_folder_is_a_problem(tmp_path):
    (tmp_path / "ada").mkdir()

    assert only(tmp_path).problem == "expected files, found none"


def test_odd_file_names_are_kept_as_printable_text(tmp_path):
    ada = tmp_path / "ada"
    ada.mkdir()
    for name in (b"new\nline.py", b"\x1b[2Jclear.py", b"caf\xe9.py", b"<script>.py", b"back\\slash.py"):
        (ada / os.fsdecode(name)).write_bytes(b"1")

    assert {file.path for file in only(tmp_path).files} == {
        r"new\nline.py",
        r"\x1b[2Jclear.py",
        r"caf\xe9.py",
        "<script>.py",
        r"back\\slash.py",
    }


def test_a_student_with_an_odd_name_has_a_printable_name_and_a_safe_folder(tmp_path):
    (tmp_path / os.fsdecode(b"..\x1b\n<b>\xff")).mkdir()
    write_tree(tmp_path / os.fsdecode(b"..\x1b\n<b>\xff"), {"net.py": b"1"})

    submission = only(tmp_path)

    assert submission.student == r"..\x1b\n<b>\xff"
    assert submission.folder.isascii()
    assert submission.folder.replace("_", "").replace("-", "").isalnum()
