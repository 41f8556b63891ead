"""What is too large, too much or not asked for is left out with a note, and the work is read."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from archive_makers import tar_bytes, write_tree, zip_bytes

from grader.intake import IntakeOptions, find_submissions
from grader.intake.caps import Caps
from grader.intake.notebooks import without_outputs
from grader.submission import Submission

NET = b"class Net: pass\n"
SMALL = Caps(
    file=2000,
    document=5000,
    weights=2000,
    notebook=100_000,
    archive=9000,
    submission=6000,
    files=10,
    depth=3,
    listed=60,
)
PNG = b"\x89PNG\r\n\x1a\n"


def noise(size: int) -> bytes:
    return os.urandom(size)


def only(path: Path, caps: Caps = SMALL) -> Submission:
    found = {
        submission.student: submission for submission in find_submissions(path, IntakeOptions(caps=caps)).submissions
    }
    return found["ada"]


def as_folder(root: Path, files: dict[str, bytes]) -> Path:
    return write_tree(root / "folder", {f"ada/{name}": content for name, content in files.items()})


def as_zip(root: Path, files: dict[str, bytes]) -> Path:
    return write_tree(root / "zip", {"ada.zip": zip_bytes(files)})


def as_tar(root: Path, files: dict[str, bytes]) -> Path:
    return write_tree(root / "tar", {"ada.tar.gz": tar_bytes(files, "gz")})


def in_a_class_zip(root: Path, files: dict[str, bytes]) -> Path:
    write_tree(
        root, {"class.zip": zip_bytes({"bob.py": NET} | {f"ada/{name}": content for name, content in files.items()})}
    )
    return root / "class.zip"


@pytest.fixture(params=[as_folder, as_zip, as_tar, in_a_class_zip])
def ada_with(request, tmp_path):
    """Intake of Ada's files, however they come."""
    return lambda files: only(request.param(tmp_path, files))


def names(submission: Submission) -> list[str]:
    assert (submission.problem, submission.ambiguous) == (None, None)
    return [file.path for file in submission.files]


def test_a_file_that_is_too_large_is_left_out_and_the_work_is_read(ada_with):
    ada = ada_with({"net.py": NET, "model.pt": b"\x80\x02" + noise(2500)})

    assert names(ada) == ["net.py"]
    assert ada.notes == ("left out: model.pt (0.0 MiB, pickle): larger than 0.0 MiB",)
    assert [(one.path, one.size, one.kind, one.work) for one in ada.left_out] == [("model.pt", 2502, "pickle", False)]


def test_a_sparse_terabyte_is_not_read(tmp_path):
    path = as_folder(tmp_path, {"net.py": NET, "data.bin": b""})
    os.truncate(path / "ada" / "data.bin", 2**40)

    ada = only(path, Caps())

    assert names(ada) == ["net.py"]
    assert ada.notes == ("left out: data.bin (1048576.0 MiB, binary data): larger than 20.0 MiB",)


def test_of_more_than_fits_the_largest_that_is_no_work_goes_first(ada_with):
    files = {"net.py": NET, "log.txt": noise(500), **{f"run{n}.bin": noise(1500 + n) for n in range(5)}}

    ada = ada_with(files)

    assert names(ada) == ["log.txt", "net.py", "run0.bin", "run1.bin", "run2.bin"]
    assert [one.path for one in ada.left_out] == ["run3.bin", "run4.bin"]


def test_a_data_set_of_many_files_becomes_one_remark(ada_with):
    files = {"net.py": NET, "results.csv": b"1", **{f"data/train/{n}.png": PNG for n in range(30)}}

    ada = ada_with(files)

    assert {"net.py", "results.csv"} <= set(names(ada))
    assert len(ada.files) == 10
    assert ada.notes == ("left out: data/train/ (22 files, 0.0 MiB): more than 10 files in all",)


@pytest.mark.parametrize("data", ["a", "z"])
def test_many_files_never_push_out_work_that_lies_deeper(ada_with, data):
    ada = ada_with({**{f"{data}/{n}.png": PNG for n in range(30)}, "src/my/net.py": NET, "src/hw.ipynb": b"{}"})

    assert {"src/my/net.py", "src/hw.ipynb"} <= set(names(ada))


def test_work_is_read_however_deep_it_lies_and_other_files_are_not(ada_with):
    ada = ada_with({"a/b/c/d/e/net.py": NET, "a/b/c/d/e/notes.txt": b"x", "a/readme.txt": b"x"})

    assert [name.rpartition("/")[2] for name in names(ada)] == ["net.py", "readme.txt"]
    assert ada.notes[0].endswith("notes.txt (0.0 MiB): more than 3 folders deep")


def test_folders_too_deep_to_be_looked_into_are_told_as_where_the_work_may_lie(tmp_path):
    deepest = tmp_path / "work" / "ada" / "/".join("a" * 102)
    deepest.mkdir(parents=True)
    (deepest / "net.py").write_bytes(NET)

    (ada,) = find_submissions(tmp_path / "work").submissions

    assert "more than 100 folders deep, not looked into" in (ada.ambiguous or "")


PAGE = b"\xef\xbb\xbf\n<!DOCTYPE html><html><title>Log in</title></html>"


@pytest.mark.parametrize("name", ["hw.py", "hw.ipynb", "report.pdf"])
def test_a_web_page_saved_as_the_work_needs_a_person(ada_with, name):
    assert "a web page, as of a download that went wrong" in (ada_with({name: PAGE}).ambiguous or "")


@pytest.mark.parametrize(
    "files", [{"index.html": PAGE}, {"hw.py": b'text = """<html></html>"""'}, {"a.py": NET, "b.py": PAGE}]
)
def test_web_pages_beside_work_or_as_such_are_no_failed_download(ada_with, files):
    assert ada_with(files).ambiguous is None


VENV = {
    "pyvenv.cfg": b"home=/usr",
    "bin/activate": b"#",
    "bin/python": b"\x7fELF",
    "include/x.h": b"",
    **{f"lib/python3.12/site-packages/torch/m{n}.py": NET for n in range(20)},
}
WINDOWS = {"pyvenv.cfg": b"", "Scripts/activate.bat": b"", **{f"Lib/site-packages/m{n}.py": NET for n in range(20)}}
CONDA = {
    "conda-meta/history": b"",
    "bin/python": b"",
    "lib/libz.so": b"",
    "lib/python3.11/os.py": b"",
    "lib/python3.11/site-packages/m.py": b"",
    "share/x": b"",
}
BARE = {f"lib/python3.12/site-packages/torch/m{n}.py": NET for n in range(20)}


@pytest.mark.parametrize("files", [VENV, WINDOWS, CONDA, BARE], ids=["venv", "windows", "conda", "without its mark"])
@pytest.mark.parametrize("root", ["venv", "my env", "env/deep"])
def test_an_installed_environment_is_left_out_whatever_it_is_called(ada_with, files, root):
    ada = ada_with({"net.py": NET, **{f"{root}/{name}": content for name, content in files.items()}})

    assert "net.py" in names(ada)
    assert not any("site-packages" in name or "bin/python" in name for name in names(ada))
    assert ada.notes == (f"left out: {root}/: an installed Python environment",)


def test_a_folder_that_is_only_called_env_is_work(ada_with):
    ada = ada_with({"env/grid.py": NET, "venv/net.py": NET, "lib/layers.py": NET, "scripts/train.py": NET})

    assert names(ada) == ["env/grid.py", "lib/layers.py", "scripts/train.py", "venv/net.py"]
    assert ada.notes == ()


def test_work_inside_an_environments_folder_is_work(ada_with):
    ada = ada_with({**VENV, "hw.py": NET, "scripts/train.py": NET})

    assert names(ada) == ["hw.py", "scripts/train.py"]


def notebook(size: int, source: str = "class Net: pass") -> bytes:
    picture = {"output_type": "display_data", "metadata": {}, "data": {"image/png": "a" * size, "x": [[1, {"y": []}]]}}
    cells = [
        {"cell_type": "code", "metadata": {}, "source": [source], "outputs": [picture], "execution_count": 1},
        {
            "cell_type": "markdown",
            "source": "![](attachment:a.png)",
            "attachments": {"a.png": {"image/png": "b" * size}},
        },
        {"cell_type": "code", "source": 'print("\\"outputs\\": [")', "outputs": []},
    ]
    return json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}).encode()


def test_a_notebook_with_large_pictures_is_read_without_them(ada_with):
    ada = ada_with({"hw.ipynb": notebook(5000)})

    assert names(ada) == ["hw.ipynb"]
    found = json.loads(ada.files[0].content)
    assert found["cells"][0]["source"] == ["class Net: pass"]
    assert [cell.get("outputs") for cell in found["cells"]] == [[], None, []]
    assert found["cells"][2] == json.loads(notebook(1))["cells"][2]
    assert ada.notes == ("hw.ipynb (0.0 MiB): read without the outputs that are saved in it",)


def test_outputs_are_left_out_of_notebooks_however_they_are_written():
    for indent in (None, 1, 4):
        content = json.dumps(json.loads(notebook(3000)), indent=indent).encode()
        slim = without_outputs(content)
        assert slim is not None
        assert len(slim) < 1500
        whole, kept = json.loads(content), json.loads(slim)
        assert [cell["source"] for cell in kept["cells"]] == [cell["source"] for cell in whole["cells"]]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"outputs": [', b"[" * 1000, b'"' * 1001, b'{"outputs": ]'])
def test_what_is_no_notebook_is_not_made_one(content):
    assert without_outputs(content) is None


def test_a_program_that_is_too_large_is_left_out_as_work(ada_with):
    ada = ada_with({"net.py": noise(3000), "readme.txt": b"x"})

    assert names(ada) == ["readme.txt"]
    assert [(one.path, one.work) for one in ada.left_out] == [("net.py", True)]


def test_a_submission_of_which_nothing_could_be_read_is_a_persons(ada_with):
    ada = ada_with({"net.py": noise(3000)})

    assert ada.problem is None
    assert ada.ambiguous == "nothing could be read: left out: net.py (0.0 MiB, binary data): larger than 0.0 MiB"


def test_far_too_many_entries_are_a_persons(ada_with):
    ada = ada_with({f"d/{n}.txt": b"" for n in range(100)})

    assert "too many" in ada.ambiguous
    assert ada.problem is None


def test_an_archive_larger_than_a_file_may_be_is_opened_and_not_kept(tmp_path):
    packed = zip_bytes({"net.py": NET, "model.pt": noise(2500)}, zipfile.ZIP_STORED)

    ada = only(as_folder(tmp_path, {"hw5.zip": packed, "report.pdf": b"%PDF-1.7"}))

    assert names(ada) == ["hw5/net.py", "report.pdf"]
    assert [one.path for one in ada.left_out] == ["hw5/model.pt"]
    assert "hw5.zip (0.0 MiB): opened, and not kept itself" in ada.notes


def test_an_archive_larger_than_a_submission_may_be_is_read_for_what_fits(tmp_path):
    packed = zip_bytes({"hw/net.py": NET, "hw/model.pt": noise(20_000)}, zipfile.ZIP_STORED)

    ada = only(write_tree(tmp_path, {"ada.zip": packed}))

    assert names(ada) == ["net.py"]
    assert [one.path for one in ada.left_out] == ["model.pt"]


def test_a_large_data_set_in_an_archive_of_its_own_does_not_hide_the_work(tmp_path):
    data = tar_bytes({f"cifar/batch_{n}": noise(2500) for n in range(3)}, "gz")

    ada = only(as_folder(tmp_path, {"net.py": NET, "cifar-10-python.tar.gz": data}))

    assert "net.py" in names(ada)


def test_a_pdf_may_be_larger_than_other_files(ada_with):
    ada = ada_with({"report.pdf": b"%PDF-1.7" + noise(3000), "picture.bin": noise(3000)})

    assert names(ada) == ["report.pdf"]


def test_zeros_among_work_are_left_out_and_alone_are_a_bomb(tmp_path):
    zeros = bytes(5 * 2**20)
    write_tree(tmp_path, {"ada.zip": zip_bytes({"net.py": NET, "mask.npy": zeros}), "bob.zip": zip_bytes({"a": zeros})})

    ada, bob = find_submissions(tmp_path).submissions

    assert names(ada) == ["net.py"]
    assert "unpacks to more than 200 times its size" in ada.notes[0]
    assert bob.problem.startswith("archive bomb")


@pytest.mark.parametrize("start", [b"MZ" + b"\0" * 500, b"HTTP/1.1 200 OK\r\n\r\n", b"\xef\xbb\xbf", b"\n"])
def test_a_zip_with_bytes_in_front_is_read(tmp_path, start):
    ada = only(write_tree(tmp_path, {"ada.zip": start + zip_bytes({"net.py": NET})}))

    assert names(ada) == ["net.py"]


def test_a_picture_with_a_zip_hidden_behind_it_is_a_picture(tmp_path):
    ada = only(as_folder(tmp_path, {"net.py": NET, "cat.png": PNG + zip_bytes({"net2.py": NET})}))

    assert names(ada) == ["cat.png", "net.py"]


@pytest.mark.parametrize(
    ("name", "content", "what"),
    [
        (".hw.ipynb.icloud", b"bplist00", "iCloud has not downloaded it"),
        ("hw.gdoc", b'{"url": "https://docs.google.com"}', "a link to Google Drive"),
        ("hw.ipynb - Shortcut.lnk", b"L\0\0\0", "a shortcut"),
        ("hw.webloc", b"<plist/>", "a shortcut"),
        ("hw.py.crdownload", b"print(", "a download that has not ended"),
        ("hw.ipynb", b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "Git LFS has not downloaded it"),
        ("link.html", b'<a href="https://github.com">', "a web address in place of a file: “https://github.com”"),
        ("text.html", b"<p>not&nbsp;done</p>", "words that were typed into the LMS: “not done”"),
        ("onlinetext.html", b"see my repo", "words that were typed into the LMS: “see my repo”"),
    ],
)
def test_a_file_that_only_stands_for_the_work_is_a_persons(tmp_path, name, content, what):
    ada = only(as_folder(tmp_path, {name: content}))

    assert ada.problem is None
    assert ada.ambiguous.startswith(f"expected the work, found only placeholders: `{name}` ({what}); hint: ")


def test_a_shortcut_beside_the_work_does_not_matter(tmp_path):
    assert names(only(as_folder(tmp_path, {"hw.py": NET, "data.lnk": b"L"}))) == ["data.lnk", "hw.py"]


def test_a_loose_placeholder_is_a_student_whose_work_is_missing(tmp_path):
    _, bob = find_submissions(write_tree(tmp_path, {"ada.py": NET, "bob.zip.icloud": b"x"})).submissions

    assert "iCloud has not downloaded it" in bob.ambiguous
    assert bob.student.startswith("bob")
