"""An assignment is tried before the first student, with its own solution, with nothing done, and with samples."""

from __future__ import annotations

import io
import json
import zipfile
from functools import partial

import pytest
from click.testing import CliRunner
from tiny_course import FakeSandbox, Quiet, doubling, submit, write_course

from grader.cli import main
from grader.probes import ReadFiles
from grader.sandbox.protocol import Command, Execution, Status
from grader.validation import Options, Validation, validate
from grader.validation.trial_work import TrialWork, bodiless_of, empty_of, without_artefacts, without_read

EXPECTED = "[ada]\nsolution = true\n\n[ben]\nvalue = 'failed'\n\n[cleo]\nvalue = 'failed'\nsign = 'partial'\n"


class DoesAsWritten(FakeSandbox):
    """As the fake sandbox, but a function without a body gives nothing back."""

    def run(self, command: Command) -> Execution:
        if b"return None" in command.files[command.request["entry"]]:
            return Execution(Status.EXITED, "ran to its end")
        return super().run(command)


def found_by(root, **options) -> Validation:
    return validate("tiny", root, Options(**{"jobs": 1, **options}), lambda _: DoesAsWritten(), Quiet())


def notes(found: Validation, part: str) -> list[str]:
    return [f"{note.where}: {note.message}" for one in found.parts if one.name == part for note in one.notes]


@pytest.fixture
def root(tmp_path):
    (tmp_path / "reference/tiny/hidden").mkdir(parents=True)
    (tmp_path / "reference/tiny/hidden/solution.py").write_text(doubling())
    return write_course(tmp_path / "reference")


@pytest.fixture
def samples(tmp_path):
    submit(tmp_path / "submissions/tiny", ada="2 * x", ben="12", cleo="-1")
    (tmp_path / "submissions/tiny/expected.toml").write_text(EXPECTED)
    return tmp_path / "submissions/tiny"


def test_a_sound_assignment_has_nothing_to_mend(root, samples):
    found = found_by(root)

    assert not found.problems
    assert [part.name for part in found.parts] == ["load", "data", "kit", "solution", "cost", "nothing done", "samples"]
    assert found.parts[3].summary == "6 of 6 points with 3 seeds, graded twice each"
    assert found.parts[3].facts == (f"the solution: {samples / 'ada'}",)


def test_what_there_is_no_time_for_is_said_and_is_no_mistake(root, samples):
    found = found_by(root, minutes=0)

    assert found.sound
    assert found.parts[3].summary == "6 of 6 points with 1 seed, graded twice each"
    (said,) = notes(found, "solution")
    assert said.endswith("the solution with 2 of 3 seeds was not tried: the 0 minutes were over")
    assert any("ada, ben, cleo: 3 samples not tried" in note for note in notes(found, "samples"))


def test_a_solution_that_loses_points_is_told_with_the_line_of_the_criterion(root):
    (root / "tiny/hidden/solution.py").write_text(doubling("15"))

    (told,) = notes(found_by(root, seeds=1), "solution")

    assert "reference/tiny/assignment.py, line " in told
    assert "criterion value: expected full points for the solution, found failed: double(7): expected 14" in told


def test_a_criterion_that_gives_points_for_nothing_is_told(root):
    path = root / "tiny/assignment.py"
    path.write_text(path.read_text().replace("    raise evidence.why_missing()", "    return 14.0"))

    told = notes(found_by(root, seeds=1), "nothing done")

    assert any("criterion value: expected no points for an empty file, found passed" in one for one in told)
    assert any("criterion sign: expected no points for the solution in which every function" in one for one in told)


RESULTS = """    if any(file.path == "results.csv" for file in evidence.submission.files):
        return 14.0
    raise evidence.why_missing()"""


def test_a_criterion_that_gives_points_for_results_that_are_handed_in_is_not_told(root):
    path = root / "tiny/assignment.py"
    path.write_text(path.read_text().replace("    raise evidence.why_missing()", RESULTS))
    folder = root / "tiny/hidden/solution"
    folder.mkdir()
    (folder / "hw.py").write_text(doubling())
    (folder / "results.csv").write_text("epoch,loss\n1,2\n")

    found = found_by(root, seeds=1, solution=folder)

    assert notes(found, "nothing done") == []
    assert not found.problems


def test_samples_that_come_to_something_else_are_told_with_the_line_of_their_table(root, samples):
    text = EXPECTED.replace("sign = 'partial'", "sign = 'failed'") + "[dora]\n[ada.x]\n"
    (samples / "expected.toml").write_text(text)

    told = notes(found_by(root, seeds=1), "samples")

    assert f"{samples / 'expected.toml'}, line 7: cleo, criterion sign: expected failed, found partial" in told[2]
    assert f"{samples / 'expected.toml'}, line 10: expected a sample called dora" in told[1]
    assert "x: expected a criterion (sign, value)" in told[0]


def test_slips_are_notes_with_their_file(root):
    write_course(root, points="0")

    (told,) = notes(found_by(root), "load")

    assert told.endswith("criterion value: expected points above 0, found 0")
    assert "assignment.py, line" in told


def test_data_that_differ_each_time_are_told_before_anything_runs(root):
    path = root / "tiny/assignment.py"
    drawn = 'lambda seed: {"x": __import__("numpy").random.default_rng().standard_normal(2)}'
    path.write_text(path.read_text().replace("lambda seed: {}", drawn))

    found = found_by(root)

    assert "expected the same arrays for the same seed" in notes(found, "data")[0]
    assert found.parts[-1].name == "kit"


def test_a_copy_of_the_solution_among_what_students_get_is_told(root):
    (root / "tiny/starter").mkdir()
    (root / "tiny/starter/hw.py").write_text("# What is asked for, and much more of it.\n" + doubling())
    (root / "tiny/hidden/solution.py").write_text("# What is asked for, and much more of it.\n" + doubling())

    told = notes(found_by(root, run=False), "kit")

    assert told == [f"{root / 'tiny/starter/hw.py'}: expected nothing of hidden/, found a copy of solution.py"]


def test_code_outside_hidden_that_computes_with_what_is_in_it_cannot_be_given_to_students(root):
    path = root / "tiny/assignment.py"
    path.write_text("from .hidden.solution import double\nSEVEN = double(3) + 1\n" + path.read_text())

    assert "line 2: TypeError" in notes(found_by(root, run=False), "load")[0]


def test_without_a_solution_it_says_where_it_is_looked_for(root):
    (root / "tiny/hidden/solution.py").unlink()

    (told,) = notes(found_by(root), "solution")

    assert "expected solution.py, the solution as a student would hand it in" in told


def test_the_command_ends_with_1_and_prints_json(root):
    (root / "tiny/hidden/solution.py").unlink()
    run = partial(CliRunner().invoke, main)

    ended = run(["validate", "tiny", "--no-run", "--json", "--reference", str(root)])
    unknown = run(["validate", "tinny", "--reference", str(root)])

    assert ended.exit_code == 0
    assert json.loads(ended.stdout)[0]["sound"]
    assert unknown.exit_code == 2
    assert "expected one of its assignments (tiny), found 'tinny'" in unknown.output


def test_written_answers_are_taken_out_of_work_in_which_nothing_is_done():
    work = TrialWork("solution", {"hw.py": b"q1 = 'b'\nsize = 3\n\ndef f(x):\n    return x\n"}, "solution.py")

    assert bodiless_of(work, {"q1"}).files == {"hw.py": b"q1 = None\nsize = 3\n\ndef f(x):\n    return None"}


QUIZ = """
from grader import Assignment, Criterion
from grader.checks import choice, notebook_text
from .hidden import answers

GUIDE = "Full points: says that the same matrix is multiplied again and again."
ASSIGNMENT = Assignment(
    title="Quiz",
    course="Tests",
    rubric=[
        Criterion("open", "Which letter", 1, choice("q1", "b")),
        Criterion("kept", "Which letter", 1, choice("q2", answers.Q2)),
        Criterion("told", "Why", 1, guide=GUIDE),
        Criterion("hidden", "Why", 1, guide=answers.WHY),
    ],
    entry={"q1": 1},
)
"""


def test_work_of_which_nothing_is_left_is_still_handed_in():
    solution = TrialWork("solution", {"samples.npz": b"PK", "reports.txt": b"It rained."}, "")
    reads = (ReadFiles("pictures", "images", ("samples.npz",)), ReadFiles("reports", "texts", ("*.txt",)))

    assert without_read(solution, reads).files == without_artefacts(TrialWork("", {"a.pt": b""}, "")).files != {}


def test_programs_in_a_zip_are_emptied_too():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("hw/net.py", "def f():\n    return 1\n")
    solution = TrialWork("solution", {"hw.zip": packed.getvalue(), "hw.pdf": b"%PDF"}, "")

    assert bodiless_of(solution).files == {"hw/hw/net.py": b"def f():\n    return None", "hw.pdf": b"%PDF"}
    assert empty_of(solution).files == {"hw/hw/net.py": b""}


def test_a_report_is_taken_out_of_work_in_which_nothing_is_done():
    solution = TrialWork("solution", {"Report.PDF": b"%PDF-1.7", "hw.py": b"def f(): pass\n", "data.csv": b"1"}, "")

    assert without_read(solution, (), ("*.pdf",)).files.keys() == {"hw.py", "data.csv"}


def test_right_answers_and_guides_that_students_would_get_are_told_with_their_lines(tmp_path):
    folder = tmp_path / "reference/quiz"
    (folder / "hidden").mkdir(parents=True)
    (folder / "assignment.py").write_text(QUIZ)
    (folder / "hidden/answers.py").write_text(
        'Q2 = "c"\nWHY = "Full points: names the product of many factors below one."\n'
    )

    found = validate("quiz", tmp_path / "reference", Options(run=False), lambda _: DoesAsWritten(), Quiet())

    assert [(note.where.rpartition(", ")[2], note.message) for note in found.problems] == [
        ("line 6", "criterion told: students get its guide, which says what points are given for"),
        ("line 11", "criterion open: students get what is right for q1"),
    ]
