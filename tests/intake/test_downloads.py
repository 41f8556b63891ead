"""Downloads of five LMSs, packed or not, are recognised and sorted into students, attempts and files."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from archive_makers import write_tree, zip_bytes
from downloads import BLACKBOARD, BRIGHTSPACE, CANVAS, CODE, DOWNLOADS, GRADESCOPE, MOODLE

from grader.intake import IntakeError, IntakeOptions, find_submissions
from grader.submission import Member

HOME = ZoneInfo("America/Indiana/Indianapolis")
FILES = {
    "canvas": {
        ("anon_Zz9yX", 1): [],
        ("anon_a1B2c", 1): ["hw5.py"],
        ("doejane_12345", 1): ["hw5.pdf", "hw5.zip", "hw5/net.py"],
        ("group7_12348", 1): [],
        ("o_neil_smith_12346", 1): ["my_net_2.py"],
        ("李雷_12347", 1): ["hw5-1.py"],
    },
    "moodle": {
        ("Anne-Marie O'Neil_102", 1): ["net.py"],
        ("Group 7_105", 1): [],
        ("Jane Doe_101", 1): ["hw5.pdf", "onlinetext.html", "src/net.py"],
        ("Participant_104", 1): ["net.py"],
        ("李 雷_103", 1): ["my_net_5_6_x.py"],
    },
    "brightspace": {
        ("Ed - ward_397064", 1): ["net.py"],
        ("Mary-Ann Smith_397063", 1): ["net.py"],
        ("Mary-Ann Smith_397063", 2): ["net.py"],
        ("李雷_397065", 1): ["hw5.pdf", "net.py"],
    },
    "blackboard": {
        ("a_smith", 1): ["net.py"],
        ("idle", 1): [],
        ("jdoe", 1): ["net.py", "report_2.pdf"],
        ("jdoe", 2): ["net.py"],
    },
    "gradescope": {
        ("Jane Doe_0100", 1): ["net.py"],
        ("submission_125", 1): ["net.py"],
        ("李雷 and Bob Roe_124", 1): ["src/net.py"],
    },
}
RECOGNISED = IntakeOptions()
TITLES = {name: name.title() for name in FILES}


def files(intake):
    return {(s.student, s.attempt): [file.path for file in s.files] for s in intake.submissions}


def unpacked(tmp_path, tree, options=RECOGNISED):
    return find_submissions(write_tree(tmp_path / "folder", tree), options)


def packed(tmp_path, tree, options=RECOGNISED):
    return find_submissions(write_tree(tmp_path, {"x.zip": zip_bytes(tree)}) / "x.zip", options)


@pytest.mark.parametrize("read", [unpacked, packed])
def test_blackboards_own_notes_are_not_told_as_left_out(tmp_path, read):
    assert read(tmp_path, BLACKBOARD).ignored == ()


@pytest.mark.parametrize("read", [unpacked, packed])
@pytest.mark.parametrize("lms", DOWNLOADS)
def test_a_download_is_sorted_into_students_attempts_and_files(tmp_path, lms, read):
    intake = read(tmp_path, DOWNLOADS[lms])

    assert files(intake) == FILES[lms]
    assert intake.source.startswith(f"{TITLES[lms]} download")
    assert {s.origin.lms for s in intake.submissions} == {lms}
    assert all("(words that were typed into the LMS" in s.ambiguous for s in intake.submissions if s.ambiguous)


@pytest.mark.parametrize("read", [unpacked, packed])
@pytest.mark.parametrize("lms", DOWNLOADS)
def test_a_download_in_a_folder_of_its_own_is_recognised_too(tmp_path, lms, read):
    tree = DOWNLOADS[lms] if lms == "gradescope" else {f"hw5/{name}": DOWNLOADS[lms][name] for name in DOWNLOADS[lms]}

    assert files(read(tmp_path, tree)) == FILES[lms]


@pytest.mark.parametrize("lms", DOWNLOADS)
def test_packed_and_unpacked_give_the_same_digests(tmp_path, lms):
    one, two = unpacked(tmp_path, DOWNLOADS[lms]), packed(tmp_path, DOWNLOADS[lms])

    assert [s.sha256 for s in one.submissions] == [s.sha256 for s in two.submissions]
    assert [(s.folder, s.origin) for s in one.submissions] == [(s.folder, s.origin) for s in two.submissions]


def test_the_summary_says_what_was_recognised_and_how_many(tmp_path):
    assert packed(tmp_path, MOODLE).summary == "Moodle download: 5 students, 5 attempts, 6 files"
    assert unpacked(tmp_path, BLACKBOARD).summary == "Blackboard download, unpacked: 3 students, 4 attempts, 4 files"


def test_what_the_lms_says_of_a_submission_is_kept(tmp_path):
    found = {s.student: s.origin for s in packed(tmp_path, CANVAS).submissions}

    assert (found["doejane_12345"].user, found["doejane_12345"].name) == ("12345", "doejane")
    assert found["doejane_12345"].place == "doejane_12345_67890_hw5.zip"
    assert {student for student, origin in found.items() if origin.marked_late} == {"anon_a1B2c", "o_neil_smith_12346"}
    assert not any(s.timed for s in packed(tmp_path, CANVAS).submissions)


def test_times_without_a_zone_are_read_in_the_zone_given(tmp_path):
    first, second = (
        [
            s.submitted_at
            for s in packed(tmp_path, BRIGHTSPACE, IntakeOptions(zone=zone)).submissions
            if s.student == "Mary-Ann Smith_397063"
        ]
        for zone in (UTC, HOME)
    )

    assert first == [datetime(2024, 9, 24, 21, 26, tzinfo=UTC), datetime(2024, 9, 25, 0, 1, tzinfo=UTC)]
    assert second == [datetime(2024, 9, 25, 1, 26, tzinfo=UTC), datetime(2024, 9, 25, 4, 1, tzinfo=UTC)]
    jdoe = [s for s in unpacked(tmp_path, BLACKBOARD, IntakeOptions(zone=HOME)).submissions if s.student == "jdoe"]
    assert jdoe[0].submitted_at == datetime(2024, 9, 25, 1, 26, 5, tzinfo=UTC)
    assert all(s.timed for s in jdoe)


def test_a_time_that_clocks_showed_twice_is_taken_for_the_earlier_with_a_note(tmp_path):
    tree = {"1-2 - Ada - Nov 3, 2024 130 AM/net.py": CODE}

    [ada] = packed(tmp_path, tree, IntakeOptions(zone=ZoneInfo("America/New_York"))).submissions

    assert ada.submitted_at == datetime(2024, 11, 3, 5, 30, tzinfo=UTC)
    assert ada.notes == ("clocks showed 01:30 twice that night: the earlier one counts",)


def test_gradescope_says_who_handed_in_and_when(tmp_path):
    found = {s.student: s for s in packed(tmp_path, GRADESCOPE).submissions}

    assert found["Jane Doe_0100"].submitted_at == datetime(2024, 9, 25, 2, 26, 5, tzinfo=UTC)
    assert found["Jane Doe_0100"].origin.members == (Member("Jane Doe", "0100", "jane@x.edu"),)
    assert [m.id for m in found["李雷 and Bob Roe_124"].origin.members] == ["7", "8"]
    assert not found["submission_125"].timed


@pytest.mark.parametrize(
    "metadata", ["[1, 2]", "a: [", "x: &a [1]\ny: *a", "[" * 100 + "]" * 100, "!!python/object/apply:os.system [x]"]
)
def test_metadata_that_makes_no_sense_is_a_usage_error(tmp_path, metadata):
    tree = GRADESCOPE | {"assignment_9_export/submission_metadata.yml": metadata.encode()}

    with pytest.raises(IntakeError, match=r"submission_metadata\.yml: expected"):
        packed(tmp_path, tree)


def test_two_attachments_of_one_name_are_both_kept(tmp_path):
    tree = {"doejane_12345_67890_net.py": b"1", "doejane_12345_67891_net.py": b"2"}

    [jane] = packed(tmp_path, tree).submissions

    assert {file.path: file.content for file in jane.files} == {"net.py": b"1", "net-2.py": b"2"}


def test_a_download_mixed_with_other_submissions_is_an_error_that_names_both_readings(tmp_path):
    tree = MOODLE | {"bob/net.py": CODE, "notes.md": b"x"}

    with pytest.raises(IntakeError, match=r"6 of 7 names fit a Moodle download.*`bob`(?s:.*)--layout moodle or "):
        packed(tmp_path, tree)
    assert len(packed(tmp_path, tree, IntakeOptions("moodle")).submissions) == 5
    assert packed(tmp_path, tree, IntakeOptions("moodle")).ignored == ("bob", "notes.md")
    assert "bob" in {s.student for s in packed(tmp_path, tree, IntakeOptions("plain")).submissions}


def test_names_with_short_numbers_could_be_the_students_own(tmp_path):
    tree = {"hw_5_2_ada.py": CODE, "hw_5_3_bob.py": CODE}

    with pytest.raises(IntakeError, match=r"very short, or students' own(?s:.*)--layout canvas or --layout plain"):
        unpacked(tmp_path, tree)
    assert [s.student for s in unpacked(tmp_path, tree, IntakeOptions("plain")).submissions] == [
        "hw_5_2_ada",
        "hw_5_3_bob",
    ]


def test_one_name_like_canvass_among_plain_ones_changes_nothing(tmp_path):
    tree = {"ada.py": CODE, "bob.py": CODE, "net_1234_5678_x.py": CODE}

    assert unpacked(tmp_path, tree).source == "folder of submissions"


def test_results_and_tables_of_grades_beside_an_unpacked_download_are_left_out(tmp_path):
    tree = BRIGHTSPACE | {"results/gradebook.sqlite": b"", "grades.csv": b"x"}

    intake = unpacked(tmp_path, tree)

    assert files(intake) == FILES["brightspace"]
    assert intake.ignored == ("grades.csv", "index.html", "results")


def test_a_layout_that_does_not_fit_finds_nothing(tmp_path):
    for read in (packed, unpacked):
        with pytest.raises(IntakeError, match="found none"):
            read(tmp_path, MOODLE, IntakeOptions("gradescope"))


def test_a_download_with_a_name_that_leads_outside_is_refused(tmp_path):
    with pytest.raises(IntakeError, match="unsafe archive"):
        packed(tmp_path, CANVAS | {"../evil.py": CODE})


def test_one_students_trouble_in_a_download_stays_their_own(tmp_path):
    tree = MOODLE | {"Eve_109_assignsubmission_file/../../evil.py": CODE}

    found = {s.student: s for s in packed(tmp_path, tree).submissions}

    assert "unsafe archive" in found["Eve_109"].problem
    assert found["Jane Doe_101"].problem is None


def test_a_link_in_an_unpacked_download_is_not_followed(tmp_path):
    write_tree(tmp_path / "folder", MOODLE)
    (tmp_path / "folder" / "Eve_109_assignsubmission_file").symlink_to("/etc")

    intake = find_submissions(tmp_path / "folder")

    assert "Eve_109" not in {s.student for s in intake.submissions}
    assert "Eve_109_assignsubmission_file" in intake.ignored


def test_of_too_many_files_of_one_student_in_a_download_the_rest_is_left_out(tmp_path):
    tree = MOODLE | {f"Eve_109_assignsubmission_file/{number}.py": b"" for number in range(2001)}

    found = {s.student: s for s in packed(tmp_path, tree).submissions}

    assert len(found["Eve_109"].files) == 2000
    assert found["Eve_109"].notes == ("left out: 999.py (0.0 MiB): more than 2,000 files in all",)
    assert found["Jane Doe_101"].problem is None


@pytest.mark.parametrize(
    "names",
    [
        ["x" * 4000 + "_1234_56789_" + "z" * 4000 + ".py", "x" * 4000 + "y_1235_56789_a.py"],
        ["CON_1234_56789_nul.py", "con_1235_56789_NUL.py"],
        ["ada_1234_56789_a.py", "Ada_1234_56780_a.py"],
        ["a\x1b[31m_1234_56789_a.py", "a\u202e_1235_56789_a.py"],
    ],
    ids=["long", "reserved", "case", "unprintable"],
)
def test_odd_names_in_a_download_become_safe_folders_that_differ(tmp_path, names):
    found = packed(tmp_path, dict.fromkeys(names, CODE)).submissions

    assert len({s.folder.casefold() for s in found}) == len(names)
    assert all(s.student.isprintable() and len(s.folder) <= 80 for s in found)
