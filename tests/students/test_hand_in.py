"""Packing what is handed in: the names the course asks for, its rules, and the receipt."""

import hashlib
import io
import zipfile

import pytest
from core_examples import assignment, submission

from grader.rubric import HandIn
from grader.students.hand_in import as_handed_in, pack, receipt, write
from grader.students.kit_settings import KitError
from grader.students.work import read_work

HW5 = assignment(hand_in=(HandIn("hw5.zip", ("*.py",), archive=True), HandIn("hw5.pdf", ("*.pdf",))))
SCRIPT = assignment(hand_in=(HandIn("", ("*.py", "*.ipynb")),))
PDF = b"%PDF-1.7 ..."


def test_files_get_the_names_of_the_course():
    package = pack(HW5, submission({"net.py": "a", "sub/train.py": "b", "my report.pdf": PDF, "net.pt": "weights"}))

    assert [one.name for one in package.files] == ["hw5.zip", "hw5.pdf"]
    assert package.left_out == ("net.pt",)
    with zipfile.ZipFile(io.BytesIO(package.files[0].content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == {"net.py": b"a", "sub/train.py": b"b"}


def test_the_same_work_gives_the_same_bytes():
    work = submission({"net.py": "a", "r.pdf": PDF})

    assert pack(HW5, work) == pack(HW5, work)


def test_everything_that_is_missing_is_told_at_once():
    with pytest.raises(KitError) as error:
        pack(HW5, submission({"notes.txt": "x"}))

    assert "hw5.zip: expected files that match *.py, found none" in str(error.value)
    assert "hw5.pdf: expected a file that matches *.pdf, found none" in str(error.value)


def test_of_several_files_the_one_with_the_asked_name_is_taken():
    package = pack(HW5, submission({"net.py": "a", "hw5.pdf": PDF, "paper.pdf": PDF + b"2"}))

    assert package.files[1].content == PDF
    assert package.left_out == ("paper.pdf",)


def test_several_files_where_one_is_asked_are_refused_by_name():
    with pytest.raises(KitError, match=r"expected one file, found a\.py, b\.py"):
        pack(SCRIPT, submission({"a.py": "1", "b.py": "2"}))


@pytest.mark.parametrize("content", [b"PK\x03\x04 a docx", b"", b"<html>"])
def test_a_pdf_is_a_pdf_by_its_content(content):
    with pytest.raises(KitError, match=r"hw5\.pdf: expected"):
        pack(HW5, submission({"net.py": "a", "hw5.pdf": content}))


def test_the_receipt_has_checksums_and_says_what_is_left_out(tmp_path):
    package = pack(HW5, submission({"net.py": "a", "r.pdf": PDF, "net.pt": "weights"}))
    write(package, tmp_path / "out")

    lines = receipt(package, tmp_path / "out")

    digest = hashlib.sha256((tmp_path / "out" / "hw5.pdf").read_bytes()).hexdigest()
    assert any(digest in line and "hw5.pdf" in line for line in lines)
    assert lines[-1] == "not handed in: net.pt"


def test_an_assignment_that_does_not_say_what_is_handed_in_says_so():
    with pytest.raises(KitError, match="does not say what is handed in"):
        pack(assignment(), submission({"a.py": "1"}))


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("x")

    with pytest.raises(KitError, match="expected a folder to write to"):
        write(pack(SCRIPT, submission({"a.py": "1"})), tmp_path / "file")


def test_the_check_sees_what_the_grader_would_get():
    work = submission({"net.py": "a", "README.md": "handout", "my report.pdf": PDF})

    found = as_handed_in(HW5, work)

    assert [file.path for file in found.files] == ["hw5.pdf", "hw5.zip", "hw5/net.py"]
    assert [archive.path for archive in found.archives] == ["hw5.zip"]


def test_the_check_looks_into_the_one_archive_that_is_handed_in():
    whole = assignment(hand_in=[HandIn("all.zip", ("*.py", "*.csv"), archive=True)])

    found = as_handed_in(whole, submission({"pkg/a.py": "1", "run/b.csv": "2", "notes.txt": "x"}))

    assert [file.path for file in found.files] == ["pkg/a.py", "run/b.csv"]


def test_the_check_sees_work_that_cannot_be_handed_in_yet():
    found = as_handed_in(SCRIPT, submission({"a.py": "1", "b.py": "2", "notes.txt": "x"}))

    assert [file.path for file in found.files] == ["a.py", "b.py"]
    assert as_handed_in(HW5, submission({"notes.txt": "x"})).files == ()


def test_what_is_too_large_and_not_asked_for_is_left_out_with_a_note(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.students.work.MAX_FILE", 100)
    (tmp_path / "net.py").write_text("x = 1\n")
    (tmp_path / "weights.pt").write_bytes(b"w" * 101)

    work = read_work(tmp_path, ("*.py",))

    assert [file.path for file in work.files] == ["net.py"]
    assert work.notes == ("left out, as it is too large for a submission: weights.pt",)


def test_what_is_asked_for_goes_before_many_small_files(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.students.work.MAX_FILES", 2)
    for name in ("a.txt", "b.txt", "c.txt", "net.py"):
        (tmp_path / name).write_text("x = 1\n")

    assert "net.py" in [file.path for file in read_work(tmp_path, ("*.py",)).files]


def test_what_is_asked_for_and_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("grader.students.work.MAX_FILE", 3)
    (tmp_path / "net.py").write_text("x = 1\n")

    with pytest.raises(KitError, match=r"found more at net\.py"):
        read_work(tmp_path, ("*.py",))


def test_data_and_texts_as_the_kit_gave_them_are_no_work(tmp_path):
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "test.csv").write_text("id\n1\n")
    (tmp_path / "starter" / "README.md").write_text("Run\n{install}\nnow\n")
    rules = (HandIn("said.csv", ("*.csv",)), HandIn("REPORT.md", ("*.md",)))
    mine = assignment(hand_in=rules, folder=tmp_path)
    given = {"test.csv": "id\n1\n", "README.md": "Run\npip install it\nnow\n"}

    assert as_handed_in(mine, submission(given)).files == ()
    assert [one.name for one in pack(mine, submission(given | {"a.csv": "id,k\n1,2\n", "b.md": "I"})).files] == [
        "said.csv",
        "REPORT.md",
    ]
    changed = as_handed_in(mine, submission({"test.csv": "id\n1,red\n", "README.md": "My report"}))
    assert {file.path for file in changed.files} == {"said.csv", "REPORT.md"}


KIT = b"def double(x):\n    raise NotImplementedError\nclass Net:\n    pass\n"
NOTEBOOK = '{"cells": [{"cell_type": "code", "source": ["def double(x):\\n", "    return 2 * x\\n"]}]}'


def with_kit(tmp_path):
    (tmp_path / "starter").mkdir()
    (tmp_path / "starter" / "hw.py").write_bytes(KIT)
    return assignment(hand_in=(HandIn("hw.py", ("hw.py", "*.ipynb")),), folder=tmp_path)


def test_of_a_notebook_and_a_template_that_was_left_the_notebook_is_handed_in_under_its_own_ending(tmp_path):
    one, work = with_kit(tmp_path), submission({"hw.py": KIT, "draft.ipynb": NOTEBOOK})

    assert [file.path for file in as_handed_in(one, work).files] == ["hw.ipynb"]
    package = pack(one, work)
    assert [(file.name, file.members) for file in package.files] == [("hw.ipynb", ("draft.ipynb",))]
    assert package.left_out == ("hw.py",)


def test_a_file_of_another_kind_that_fits_keeps_its_ending():
    one = assignment(
        hand_in=(HandIn("samples.npz", ("samples.npz", "samples.npy")), HandIn("REPORT.md", ("*.md", "*.txt")))
    )
    package = pack(one, submission({"samples.npy": b"\x93NUMPY", "notes.TXT": "x"}))

    assert [file.name for file in package.files] == ["samples.npy", "REPORT.txt"]


def test_a_folder_of_files_where_one_may_be_is_packed_as_one():
    one = assignment(hand_in=(HandIn("samples.npz", ("samples.npz", "samples/*.png")),))
    package = pack(one, submission({"samples/0.png": "a", "samples/1.png": "b", "plot.png": "c"}))

    assert [(file.name, file.members) for file in package.files] == [
        ("samples.zip", ("samples/0.png", "samples/1.png"))
    ]
    assert package.left_out == ("plot.png",)


def test_what_an_earlier_packing_left_is_told(tmp_path):
    (tmp_path / "old.zip").write_bytes(b"PK")
    package = pack(SCRIPT, submission({"a.py": "1"}))
    write(package, tmp_path)

    assert receipt(package, tmp_path)[1:] == [
        "there from before, not part of it: old.zip; hint: do not upload it, or remove it"
    ]


def test_a_template_alone_is_still_what_is_there(tmp_path):
    assert [file.path for file in as_handed_in(with_kit(tmp_path), submission({"hw.py": KIT})).files] == ["hw.py"]
