"""Scripts and notebooks are known by what is in them, whatever they are called and however they are saved."""

from __future__ import annotations

import json

import pytest
from archive_makers import write_tree, zip_bytes

from grader.intake import find_submissions

CODE = b"import torch\n\n\nclass Net(torch.nn.Module):\n    pass\n"
CELLS = [{"cell_type": "code", "source": ["import torch"], "metadata": {}, "outputs": []}]
NOTEBOOK = json.dumps({"cells": CELLS, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


@pytest.fixture
def ada_with(tmp_path):
    def read(files):
        write_tree(tmp_path / "in", {f"ada/{name}": content for name, content in files.items()})
        [ada] = find_submissions(tmp_path / "in").submissions
        assert (ada.problem, ada.ambiguous) == (None, None)
        return ada

    return read


def names(submission):
    return [file.path for file in submission.files]


@pytest.mark.parametrize(
    "name", ["hw.IPYNB", "hw.ipynb.json", "hw.ipynb.txt", "hw.json", "hw.py", "hw.txt", "hw", "hw.Ipynb.TXT"]
)
def test_a_notebook_is_one_whatever_it_is_called(ada_with, name):
    ada = ada_with({name: NOTEBOOK})

    assert names(ada) == ["hw.ipynb"]
    assert ada.notes == (f"{name} is a notebook: read as hw.ipynb",)


@pytest.mark.parametrize("name", ["hw.PY", "hw.py.txt", "hw", "hw.txt", "hw.ipynb", "src/hw.Py"])
def test_a_script_is_one_whatever_it_is_called(ada_with, name):
    ada = ada_with({name: CODE})

    assert [path.rpartition("/")[2] for path in names(ada)] == ["hw.py"]
    assert ada.files[0].content == CODE


def test_names_that_fit_stay_without_a_note(ada_with):
    ada = ada_with({"hw.py": CODE, "hw.ipynb": NOTEBOOK, "hw.pdf": b"%PDF-1.7"})

    assert names(ada) == ["hw.ipynb", "hw.pdf", "hw.py"]
    assert ada.notes == ()


def test_text_beside_a_script_is_text_even_if_it_could_be_python(ada_with):
    assert names(ada_with({"hw.py": CODE, "notes.txt": CODE, "log": CODE})) == ["hw.py", "log", "notes.txt"]


@pytest.mark.parametrize("content", [b"see you", b"x", b"Net accuracy: 0.9\n", b'{"a": 1}', b"", b"\x80\x02"])
def test_other_files_keep_their_names(ada_with, content):
    assert names(ada_with({"readme": content, "notes.txt": content, "a.json": content})) == [
        "a.json",
        "notes.txt",
        "readme",
    ]


def test_a_name_that_is_taken_is_left_alone(ada_with):
    ada = ada_with({"hw.ipynb": NOTEBOOK, "hw.ipynb.json": NOTEBOOK + b" "})

    assert names(ada) == ["hw.ipynb", "hw.ipynb.json"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize(("name", "content"), [("hw.py", CODE), ("hw.ipynb", NOTEBOOK)])
def test_sources_of_two_bytes_a_letter_are_read(ada_with, encoding, name, content):
    mark = "\ufeff" if encoding.endswith("e") else ""

    ada = ada_with({name: (mark + content.decode()).encode(encoding)})

    assert [(file.path, file.content) for file in ada.files] == [(name, content)]
    assert ada.notes == (f"{name} is saved in {encoding[:6].upper()}: converted to UTF-8",)


def test_utf_16_without_its_mark_is_known_by_its_zeros(ada_with):
    assert ada_with({"hw.py": CODE.decode().encode("utf-16-le")}).files[0].content == CODE


def test_loose_files_and_archives_are_read_in_the_same_way(tmp_path):
    files = {"ada.ipynb.json": NOTEBOOK, "bob.py.txt": CODE, "cyd.zip": zip_bytes({"HW.IPYNB": NOTEBOOK})}

    found = find_submissions(write_tree(tmp_path, files)).submissions

    assert [(one.student, names(one)) for one in found] == [
        ("ada", ["ada.ipynb"]),
        ("bob", ["bob.py"]),
        ("cyd", ["HW.ipynb"]),
    ]
