"""Archives that lie among a submission's files: opened, their trouble kept apart from everything else."""

from __future__ import annotations

import bz2
import gzip
import itertools
import lzma

import pytest
from archive_makers import tar_bytes, with_flag, write_tree, zip_bytes, zip_link, zip_of

from grader.intake import find_submissions

NET, REPORT = b"class Net: pass\n", b"%PDF-1.7\n"


@pytest.fixture
def ada_with(tmp_path):
    """Intake of a folder of Ada's."""

    def read(files):
        write_tree(tmp_path, {f"ada/{name}": content for name, content in files.items()})
        (ada,) = find_submissions(tmp_path).submissions
        return ada

    return read


def paths(submission):
    return [file.path for file in submission.files]


@pytest.mark.parametrize("packed", [zip_bytes({"net.py": NET}), tar_bytes({"net.py": NET}, "gz")])
def test_the_files_in_an_archive_beside_others_become_files_of_the_submission(ada_with, packed):
    name = "hw5.zip" if packed.startswith(b"PK") else "hw5.tar.gz"

    ada = ada_with({name: packed, "hw5.pdf": REPORT})

    assert (ada.problem, ada.ambiguous) == (None, None)
    assert paths(ada) == ["hw5.pdf", name, "hw5/net.py"][:1] + sorted([name, "hw5/net.py"])
    assert [(one.path, one.folder, one.problem) for one in ada.archives] == [(name, "hw5", None)]


@pytest.mark.parametrize("packer", [gzip, bz2, lzma])
def test_work_that_is_packed_on_its_own_is_a_file_too(ada_with, packer):
    suffix = {"gzip": "gz", "bz2": "bz2", "lzma": "xz"}[packer.__name__]

    ada = ada_with({f"hw/net.py.{suffix}": packer.compress(NET)})

    assert (ada.problem, ada.ambiguous) == (None, None)
    assert {file.path: file.content for file in ada.files}["hw/net.py"] == NET


def test_damaged_and_endless_work_that_is_packed_on_its_own_is_noted_and_costs_nothing_else(ada_with):
    cut, endless = gzip.compress(NET)[:-12], gzip.compress(bytes(300 * 2**20), 9)

    ada = ada_with({"a.py": NET, "cut.py.gz": cut, "endless.py.gz": endless, "text.py.gz": b"no gzip at all"})

    assert (ada.problem, ada.ambiguous) == (None, None)
    assert paths(ada) == ["a.py", "cut.py.gz", "endless.py.gz", "text.py.gz"]
    assert sum("was not opened" in note for note in ada.notes) == 3
    assert any("endless.py.gz was not opened: what is packed in it is larger than" in note for note in ada.notes)


def test_the_listing_of_an_archive_is_kept_with_its_litter_and_links(ada_with):
    packed = zip_of([("hw5/", b""), ("hw5/net.py", NET), ("__MACOSX/._net.py", b"x"), zip_link("l.py", "/etc/passwd")])

    ada = ada_with({"hw5.zip": packed, "hw5.pdf": REPORT})

    listed = [(entry.path, entry.kind, entry.size) for entry in ada.archives[0].entries]
    assert listed == [
        ("hw5", "folder", 0),
        ("hw5/net.py", "file", len(NET)),
        ("__MACOSX/._net.py", "file", 1),
        ("l.py", "link", 11),
    ]
    assert "hw5/net.py" in paths(ada)
    assert ada.notes == ("litter ignored: __MACOSX", "link skipped: l.py -> /etc/passwd")


def test_an_archive_of_an_archive_is_opened_once_and_the_next_one_stays_a_file(ada_with):
    inner = zip_bytes({"deep.py": NET})

    ada = ada_with({"hw5.zip": zip_bytes({"more.zip": inner, "net.py": NET}), "hw5.pdf": REPORT})

    assert paths(ada) == ["hw5.pdf", "hw5.zip", "hw5/more.zip", "hw5/net.py"]


def test_an_archive_that_holds_everything_may_hold_the_one_that_was_asked_for(tmp_path):
    write_tree(tmp_path, {"ada.zip": zip_bytes({"hw5.zip": zip_bytes({"net.py": NET}), "hw5.pdf": REPORT})})

    (ada,) = find_submissions(tmp_path).submissions

    assert paths(ada) == ["hw5.pdf", "hw5.zip", "hw5/net.py"]
    assert [one.path for one in ada.archives] == ["ada.zip", "hw5.zip"]


@pytest.mark.parametrize(
    ("packed", "trouble"),
    [
        (with_flag(zip_bytes({"net.py": NET}), 1), "encrypted"),
        (zip_bytes({"net.py": NET})[:-40], "damaged"),
        (b"", "found an empty file"),
        (b"<!DOCTYPE html><html>Log in</html>", "found a web page"),
        (b"not an archive", "found a text"),
        (zip_bytes({"../net.py": NET}), "leads outside"),
        (zip_bytes({"net.py": b"0" * 5_000_000}), "bomb"),
    ],
    # By number: an archive says when it was made, and every worker makes its own.
    ids=itertools.count(),
)
def test_the_trouble_of_an_archive_leaves_the_other_files_alone(ada_with, packed, trouble):
    ada = ada_with({"hw5.zip": packed, "hw5.pdf": REPORT})

    assert (ada.problem, ada.ambiguous) == (None, None)
    assert paths(ada) == ["hw5.pdf", "hw5.zip"]
    opened = ada.archives[0]
    assert trouble in (opened.problem or opened.ambiguous)
    assert (opened.problem is not None) == (trouble in ("leads outside", "bomb"))
    assert ada.notes == (f"hw5.zip was not opened: {opened.problem or opened.ambiguous}",)


def test_a_format_that_is_not_read_here_needs_a_person_for_that_archive_only(ada_with):
    ada = ada_with({"hw5.zip": b"7z\xbc\xaf\x27\x1c....", "hw5.pdf": REPORT})

    assert ada.ambiguous is None
    assert "7z archive" in ada.archives[0].ambiguous


def test_all_archives_together_stay_within_the_caps_of_one_submission(ada_with):
    half = zip_bytes({f"{n}.txt": b"" for n in range(1200)})

    ada = ada_with({"a.zip": half, "b.zip": half, "hw5.pdf": REPORT})

    assert len(ada.files) == 2000
    assert {"a.zip", "b.zip", "hw5.pdf"} <= set(paths(ada))
    assert sum(one.files for one in ada.left_out) == 403


def test_a_folder_that_is_there_already_is_not_written_into(ada_with):
    ada = ada_with({"hw5.zip": zip_bytes({"net.py": NET}), "hw5/net.py": b"other", "hw5-2": b"file"})

    assert ada.archives[0].folder == "hw5-3"
    assert {file.path: file.content for file in ada.files}["hw5/net.py"] == b"other"


def test_documents_and_weights_that_are_zips_by_content_are_not_opened(ada_with):
    document = zip_bytes({"word/document.xml": b"x"})

    ada = ada_with({"hw5.pdf": document, "net.model": zip_bytes({"archive/data.pkl": b"x"}), "net.py": NET})

    assert ada.archives == ()
