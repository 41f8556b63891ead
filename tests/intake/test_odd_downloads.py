"""Downloads one level off, several in one folder, other languages, plug-ins, names in other code pages."""

from __future__ import annotations

import struct
import zipfile
import zlib
from datetime import datetime
from pathlib import Path

import pytest
from archive_makers import write_tree, zip_bytes
from downloads import CODE, DOWNLOADS

from grader.intake import IntakeError, IntakeOptions, find_submissions
from grader.intake.brightspace_dates import read_date
from grader.intake.caps import Caps
from grader.intake.lms_names import blackboard_users


def students(path: Path, **options) -> list[str]:
    return sorted({one.student for one in find_submissions(path, IntakeOptions(**options)).submissions})


def packed(root: Path, name: str, tree: dict[str, bytes]) -> Path:
    return write_tree(root, {name: zip_bytes(tree)}) / name


@pytest.mark.parametrize("lms", DOWNLOADS)
@pytest.mark.parametrize("wrapper", ["HW5/HW5", "a/b/c", "."])
def test_a_download_is_found_below_folders_that_hold_nothing_else(tmp_path, lms, wrapper):
    tree = DOWNLOADS[lms]
    plain = write_tree(tmp_path / "plain", tree)
    wanted = students(plain)
    wrapped = {f"{wrapper}/{name}": content for name, content in tree.items()}

    assert students(write_tree(tmp_path / "folder", wrapped)) == wanted
    assert students(packed(tmp_path, "download.zip", wrapped)) == wanted
    assert students(packed(tmp_path / "alone", "download.zip", tree).parent) == wanted


def test_plain_folders_in_a_folder_of_the_same_name_are_the_students(tmp_path):
    tree = {"ada/net.py": CODE, "bob/net.py": CODE}

    assert students(write_tree(tmp_path / "HW5" / "HW5", tree).parent) == ["ada", "bob"]
    twice = {f"HW5/HW5/{name}": content for name, content in tree.items()}
    assert students(packed(tmp_path, "class.zip", twice)) == ["ada", "bob"]


def test_one_students_folder_with_folders_in_it_stays_one_student_and_that_is_said(tmp_path):
    found = find_submissions(write_tree(tmp_path, {"ada/src/net.py": CODE, "ada/data/a.csv": b"1"}))

    assert [one.student for one in found.submissions] == ["ada"]
    assert found.remarks[0].startswith("one student was found, ada; hint: if that folder holds the students' folders")


FIRST = {"Jane Doe_101_assignsubmission_file/net.py": CODE, "Bob Roe_102_assignsubmission_file/net.py": CODE}
SECOND = {"Ada Lee_103_assignsubmission_file/net.py": CODE}
ALL = ["Ada Lee_103", "Bob Roe_102", "Jane Doe_101"]


@pytest.mark.parametrize("unpacked", [(), ("section-1",), ("section-1", "section-2")], ids=str)
def test_several_downloads_in_one_folder_are_one_class(tmp_path, unpacked):
    for name, tree in (("section-1", FIRST), ("section-2", SECOND)):
        if name in unpacked:
            write_tree(tmp_path / name, tree)
        else:
            packed(tmp_path, f"{name}.zip", tree)

    found = find_submissions(tmp_path)

    assert sorted(one.student for one in found.submissions) == ALL
    assert found.source.startswith("2 downloads (Moodle download")
    assert all(one.origin is not None for one in found.submissions)


def test_downloads_of_two_platforms_in_one_folder_are_one_class(tmp_path):
    packed(tmp_path, "a.zip", FIRST)
    packed(tmp_path, "b.zip", {"leeada_12345_67890_net.py": CODE})

    assert students(tmp_path) == ["Bob Roe_102", "Jane Doe_101", "leeada_12345"]


def test_a_download_beside_a_students_own_archive_is_refused_with_a_hint(tmp_path):
    packed(tmp_path, "section.zip", FIRST)
    packed(tmp_path, "ada.zip", {"net.py": CODE})

    with pytest.raises(IntakeError, match=r"section.zip is a download of a learning platform, ada.zip is none\nhint: "):
        find_submissions(tmp_path)
    assert students(tmp_path, layout="plain") == ["ada", "section"]


def test_students_archives_are_no_downloads(tmp_path):
    for name in ("ada", "bob", "cyd"):
        packed(tmp_path, f"{name}.zip", {"hw/net.py": CODE, "hw/submission_1/log.txt": b""})

    assert students(tmp_path) == ["ada", "bob", "cyd"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Sep 24, 2024 926 PM", (9, 24, 21, 26)),
        ("24 September, 2024 2126", (9, 24, 21, 26)),
        ("5 November, 2024 0030", (11, 5, 0, 30)),
        ("24 sept. 2024 21 h 26", (9, 24, 21, 26)),
        ("1 août 2024 0930", (8, 1, 9, 30)),
        ("24 de septiembre de 2024 2126", (9, 24, 21, 26)),
        ("24. März 2024 9.26 Uhr", (3, 24, 9, 26)),
        ("24 september 2024 2126", (9, 24, 21, 26)),
        ("24 de setembro de 2024 2126", (9, 24, 21, 26)),
        ("24 Mayıs 2024 926", (5, 24, 9, 26)),
        ("2024年9月24日 下午926", (9, 24, 21, 26)),
        ("2024-09-24 2126", (9, 24, 21, 26)),
        ("24 sep. 2024 9.26 p. m.", (9, 24, 21, 26)),
        ("Dec 1, 2024 1201 AM", (12, 1, 0, 1)),
    ],
)
def test_dates_are_read_in_the_forms_and_languages_of_brightspace(tmp_path, text, wanted):
    month, day, hour, minute = wanted
    tree = {f"397063-2557369 - Jane - Ann Doe - {text}/net.py": CODE}

    assert read_date(text) == datetime(2024, month, day, hour, minute)  # noqa: DTZ001 - a name has no zone
    [jane] = find_submissions(write_tree(tmp_path, tree)).submissions
    assert (jane.student, f"{jane.submitted_at:%m-%d %H:%M}") == (
        "Jane - Ann Doe_397063",
        f"{month:02}-{day:02} {hour:02}:{minute:02}",
    )


@pytest.mark.parametrize(
    "text", ["24-09-2024 2126", "24 foo 2024 2126", "Sep 31, 2024 926 PM", "Sep 24, 2024 1326 PM", "2024"]
)
def test_a_date_that_would_have_to_be_guessed_is_none(text):
    assert read_date(text) is None


@pytest.mark.parametrize("make", [write_tree, lambda root, tree: packed(root, "d.zip", tree)], ids=["folder", "zip"])
def test_a_brightspace_download_whose_dates_cannot_be_read_is_refused_by_name(tmp_path, make):
    tree = {f"39706{n}-2557369 - Jane - 24-09-2024 2126/net.py": CODE for n in range(3)}

    with pytest.raises(IntakeError, match=r"Brightspace download, and the dates in them cannot be read.*\nhint: "):
        find_submissions(make(tmp_path, tree))


def test_an_id_of_the_organisation_before_the_name_is_not_the_name(tmp_path):
    tree = {"397063-2557369 - N0123456 - Jane Doe- Sep 24, 2024 926 PM - my - net.py": CODE}

    [jane] = find_submissions(write_tree(tmp_path, tree)).submissions

    assert (jane.student, [file.path for file in jane.files]) == ("Jane Doe_397063", ["my - net.py"])


@pytest.mark.parametrize(
    ("whos", "users"),
    [
        (["HW5_s_1001", "HW5_s_1002"], ["s_1001", "s_1002"]),
        (["HW5_Deep_nets_1234567", "HW5_Deep_nets_1234568"], ["1234567", "1234568"]),
        (["HW5_jdoe", "HW5_a_smith"], ["jdoe", "a_smith"]),
        (["HW5_s_1001"], ["s_1001"]),
    ],
)
def test_blackboard_users_that_begin_alike_keep_their_names_whole(whos, users):
    assert list(blackboard_users(whos).values()) == users


def test_blackboards_own_note_tells_the_user_and_the_name(tmp_path):
    tree = {}
    for user, name in (("lee_ada", "Ada Lee"), ("lee_bob", "Bob Lee")):
        stem = f"HW5_{user}_attempt_2024-09-24-21-26-05"
        tree |= {f"{stem}_net.py": CODE, f"{stem}.txt": f"Name: {name} ({user})\nAssignment: HW5".encode()}

    for path in (write_tree(tmp_path / "folder", tree), packed(tmp_path, "d.zip", tree)):
        found = find_submissions(path).submissions
        assert [(one.student, one.origin.user, one.origin.name) for one in found] == [
            ("lee_ada", "lee_ada", "Ada Lee"),
            ("lee_bob", "lee_bob", "Bob Lee"),
        ]


@pytest.mark.parametrize("word", ["attempt", "Versuch", "tentative", "intento", "poging", "försök", "попытка"])
def test_blackboards_names_are_read_in_other_languages(tmp_path, word):
    tree = {}
    for user in ("ada", "bob"):
        stem = f"HW 5_{user}_{word}_2024-09-24-21-26-05"
        tree |= {f"{stem}_net.py": CODE, f"{stem}.txt": f"Name: X ({user})".encode()}

    found = find_submissions(packed(tmp_path, "d.zip", tree))

    assert found.source == "Blackboard download"
    assert [one.student for one in found.submissions] == ["ada", "bob"]
    assert all(one.told_at is not None for one in found.submissions)


def test_one_folder_of_files_in_an_archive_is_one_student_and_that_is_said(tmp_path):
    several = {"HW 5/Ada Lee - net.py": CODE, "HW 5/Bob Roe - net.py": CODE}

    found = find_submissions(packed(tmp_path, "class.zip", several))

    assert [one.student for one in found.submissions] == ["HW 5"]
    assert found.remarks[0].startswith("one student was found, HW 5, with 2 files; hint: if these are")
    one = {"ada/net.py": CODE, "ada/report.pdf": b"%PDF-1.7", "ada/data/a.csv": b"1"}
    assert find_submissions(packed(tmp_path, "one.zip", one)).remarks == ()


def test_the_folders_of_other_plug_ins_are_left_out_unless_there_is_nothing_else(tmp_path):
    tree = {
        "Jane Doe_101_assignsubmission_file/net.py": CODE,
        "Jane Doe_101_assignsubmission_onlineaudio/rec.mp3": b"ID3",
        "Bob Roe_102_assignsubmission_gitfile/net.py": CODE,
        "Ada Lee_103_assignsubmission_comparison/": b"",
    }

    found = {one.student: one for one in find_submissions(packed(tmp_path, "d.zip", tree)).submissions}

    assert [file.path for file in found["Jane Doe_101"].files] == ["net.py"]
    assert found["Jane Doe_101"].notes == ("left out: what Moodle's plug-in onlineaudio has",)
    assert [file.path for file in found["Bob Roe_102"].files] == ["net.py"]


def zip_of_bytes(root: Path, names: dict[bytes, bytes], extra: dict[bytes, str] | None = None) -> Path:
    """A class zip whose names are these bytes, without the flag that says UTF-8."""
    with zipfile.ZipFile(root / "class.zip", "w") as archive:
        for name, content in names.items():
            info = zipfile.ZipInfo("x" * len(name))
            if extra:
                field = struct.pack("<BI", 1, zlib.crc32(name)) + extra[name].encode()
                info.extra = struct.pack("<HH", 0x7075, len(field)) + field
            archive.writestr(info, content)
    content = (root / "class.zip").read_bytes()
    for name in names:
        content = content.replace(b"x" * len(name), name, 1)
    start = content.index(b"PK\x01\x02")
    for name in names:
        content = content[:start] + content[start:].replace(b"x" * len(name), name, 1)
    (root / "class.zip").write_bytes(content)
    return root / "class.zip"


CHINESE = {"李雷/a.py": "gbk", "韩梅梅和朋友/a.py": "gbk"}


def test_names_in_another_code_page_are_remarked_on_and_read_with_its_name(tmp_path):
    path = zip_of_bytes(tmp_path, {name.encode(codec): CODE for name, codec in CHINESE.items()})

    found = find_submissions(path)
    assert found.remarks[0].startswith("some names may have wrong letters, such as `")
    assert found.remarks[0].endswith("hint: give --encoding")

    told = find_submissions(path, IntakeOptions(caps=Caps(encoding="gbk")))
    assert ([one.student for one in told.submissions], told.remarks) == (["李雷", "韩梅梅和朋友"], ())


def test_the_extra_field_with_the_real_name_counts(tmp_path):
    names = {b"ada~1/a.py": CODE, b"\x8a\x8a\x8a/a.py": CODE}
    path = zip_of_bytes(tmp_path, names, {b"ada~1/a.py": "ada~1/a.py", b"\x8a\x8a\x8a/a.py": "李雷/a.py"})

    assert students(path) == ["ada~1", "李雷"]


@pytest.mark.parametrize("codec", ["cp437", "utf-8"])
def test_western_names_and_utf_8_need_no_remark(tmp_path, codec):
    path = zip_of_bytes(tmp_path, {"Jörg/a.py".encode(codec): CODE, "Zoé Müller/a.py".encode(codec): CODE})

    found = find_submissions(path)

    assert ([one.student for one in found.submissions], found.remarks) == (["Jörg", "Zoé Müller"], ())


def test_an_unknown_encoding_is_wrong_usage(tmp_path):
    with pytest.raises(IntakeError, match="expected the name of an encoding such as gbk or cp932, found 'klingon'"):
        find_submissions(write_tree(tmp_path, {"ada.py": CODE}), IntakeOptions(caps=Caps(encoding="klingon")))
