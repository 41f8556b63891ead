"""The command line: exit statuses, messages, help. Student code runs in a real box only in the last tests."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tiny_course import MANUAL, FakeSandbox, doubling, write_course

from grader import __version__
from grader.catalog import assignment_ids, reference_root
from grader.cli import main
from grader.commands import outline
from grader.sandbox.start import BoxSettings, start_box

HERE = Path(__file__).parents[1]
GRADER = (sys.executable, "-m", "grader")
FAILED_AT = "the grader failed at this criterion"


@pytest.fixture
def sandbox(monkeypatch):
    """Stands in for the boxes of `grader grade`."""
    fake = FakeSandbox()
    monkeypatch.setattr(
        "grader.sandbox.probe.strong_wall", lambda: None
    )  # first: it keeps the sandbox it is imported with
    monkeypatch.setattr("grader.sandbox.bubblewrap.BubblewrapSandbox", lambda warm: fake)
    return fake


@pytest.fixture
def grader(course, sandbox, monkeypatch):
    """Runs a command on the tiny course's assignments."""
    monkeypatch.delenv("GRADER_REFERENCE", raising=False)

    def run(command: str, *arguments: object) -> Result:
        result = CliRunner().invoke(main, [command, *map(str, arguments), "--reference", str(course.reference)])
        assert "Traceback" not in result.output
        return result

    return run


@pytest.fixture
def grade(grader, course):
    """`grader grade` on the course's submissions, without PDFs."""

    def run(*options: object) -> Result:
        return grader("grade", course.submissions, "--assignment", "tiny", "--out", course.out, "--no-pdf", *options)

    return run


def wrong(result: Result, *expected: str) -> None:
    """It was wrong usage, and said so."""
    assert result.exit_code == 2, result.output
    for words in expected:
        assert re.search(words, result.stderr), result.stderr
    assert result.stdout == ""


def test_all_graded_is_exit_status_0_whatever_the_points(grade, course):
    course.submit(ada="2 * x", bob="-1")

    result = grade()

    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()[:3]] == [
        ["student", "points", "value", "sign"],
        ["ada", "6", "✓", "4", "✓", "2"],
        ["bob", "0.67", "✗", "0", "△", "0.67"],
    ]
    assert f"grades:   {course.out / 'grades.csv'}" in result.stdout
    assert result.stderr.splitlines()[1] == "2 submissions"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            "13",
            f"ada: {FAILED_AT}: ZeroDivisionError: a mistake in this check (assignment.py, line 29) (sign)",
        ),
        ("1  # no box", "ada: the sandbox failed: the box could not be set up (all criteria)"),
        ("1  # crash the sandbox", "ada: the grader failed: OSError: no processes left (all criteria)"),
    ],
)
def test_something_ungraded_is_exit_status_1_with_the_reason(course, grade, source, reason):
    course.submit(ada=source)

    result = grade()

    assert result.exit_code == 1
    assert f"needs a person: {reason}" in result.stderr.splitlines()


def test_a_criterion_that_a_person_grades_is_exit_status_1(grade, course):
    write_course(course.reference, more=(MANUAL,))
    course.submit(ada="1", bob="2")

    result = grade()

    assert result.exit_code == 1
    assert "needs a person: style: a person grades this, 2 to do" in result.stderr.splitlines()


def test_the_table_is_not_squeezed_when_it_goes_to_a_file(grade, course):
    more = tuple(f'Criterion("a_rather_long_criterion_{n}", "Long", 1, value)' for n in range(12))
    write_course(course.reference, more=more)
    course.submit(**{"a" * 30: "2 * x"})

    lines = grade().stdout.splitlines()

    assert all(f"a_rather_long_criterion_{n}" in lines[0] for n in range(12))
    assert lines[1].count("✓ 1") == 12


def test_the_same_command_again_keeps_everything(grade, course, sandbox):
    course.submit(ada="2 * x", bob="1")
    first = grade()
    again = grade()

    assert len(sandbox.commands) == 2
    assert again.stderr.splitlines()[1] == "2 submissions, 2 of them graded already"
    assert (again.exit_code, again.stdout) == (0, first.stdout)


def test_student_grades_only_those_named(grade, course):
    course.submit(ada="1", bob="2", cyd="3")

    assert grade("--student", "ada", "--student", "cyd").exit_code == 0

    assert list(course.rows()) == ["ada", "cyd"]


@pytest.mark.parametrize("name", ["Eve, hw 1", "Eve_hw_1", "Eve, hw 1.zip", "submissions/Eve, hw 1.zip"])
def test_a_student_may_be_named_by_folder_file_or_path(grade, course, name):
    course.submit(ada="1")
    from core_examples import zipped

    (course.submissions / "Eve, hw 1.zip").write_bytes(zipped(hw__py=doubling().encode()))
    folders = {path.name for path in course.out.glob("*")}
    if name == "Eve_hw_1":
        grade()
        [folder] = {path.parent.name for path in course.out.glob("Eve*/grade.json")} - folders
        name = folder

    assert grade("--fresh", "--student", name).exit_code == 0
    assert list(course.rows()) == ["Eve, hw 1"]


def test_a_students_folder_may_be_named_by_its_path(grade, course):
    course.submit(ada="1", bob="2")

    assert grade("--student", f"{course.submissions}/ada/").exit_code == 0
    assert list(course.rows()) == ["ada"]


def test_an_unknown_student_is_wrong_usage_with_the_names_there_are(grade, course, sandbox):
    course.submit(ada="1", bernadette="2")

    wrong(
        grade("--student", "bernadete", "--student", "ada", "--student", "\x1b[31m"),
        r"--student: expected one of ada, bernadette; found bernadete, \\x1b\[31m",
        "hint: did you mean bernadette",
    )

    assert sandbox.commands == []
    assert not course.out.exists()


def test_many_names_are_not_all_listed(grade, course):
    course.submit(**{f"s{number:03}": "1" for number in range(100)})

    result = grade("--student", "nobody")

    wrong(result, "s019 and 80 more; found nobody", "hint: give a name as it is listed")
    assert "s020" not in result.stderr


def test_an_unknown_student_loses_nothing_even_when_starting_over(grade, course):
    course.submit(ada="1")
    grade()

    wrong(grade("--fresh", "--student", "nobody"))

    assert list(course.rows()) == ["ada"]


def test_another_seed_is_wrong_usage(grade, course):
    course.submit(ada="1")
    assert grade("--seed", "5").exit_code == 0

    wrong(grade("--seed", "6"), "expected the seed it was begun with, found --seed 6", "hint: .*--fresh")
    assert grade("--seed", "5").exit_code == 0
    assert grade("--seed", "6", "--fresh").exit_code == 0
    assert course.json("ada")["attempt"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--seed", "-1"),
        ("--seed", "x"),
        ("--jobs", "0"),
        ("--jobs", "many"),
        ("--device", "tpu"),
        ("--nonsense",),
        ("--seed", str(2**63)),
    ],
)
def test_values_that_make_no_sense_are_wrong_usage(grade, course, options):
    course.submit(ada="1")

    wrong(grade(*options), options[0])
    assert not course.out.exists()


def test_the_greatest_seed_is_fine(grade, course):
    course.submit(ada="1")

    assert grade("--seed", 2**63 - 1).exit_code == 0


def test_an_unknown_assignment_is_wrong_usage_with_the_ids_there_are(grader, course):
    write_course(course.reference.parent / "x").joinpath("tiny").rename(course.reference / "other")
    course.submit(ada="1")

    wrong(
        grader("grade", course.submissions, "--assignment", "nope", "--out", course.out),
        r"'nope': not found in .* \(there: other, tiny\)",
    )
    assert not course.out.exists()


@pytest.mark.parametrize("broken", ["def", "import no_such_module", "ASSIGNMENT = 3", "1 / 0"])
def test_an_assignment_that_cannot_be_used_is_wrong_usage(grader, grade, course, broken):
    course.submit(ada="1")
    (course.reference / "tiny" / "assignment.py").write_text(broken)

    wrong(grade(), r"error: .*assignment\.py.*: ")
    listed = grader("list")
    assert listed.exit_code == 0
    assert "tiny  cannot be used:" in listed.stdout + listed.stderr


@pytest.mark.parametrize("name", ["absent", "empty", "hw.txt"])
def test_a_path_without_submissions_is_wrong_usage_with_a_hint(grader, course, tmp_path, name):
    (tmp_path / "empty").mkdir()
    (tmp_path / "hw.txt").write_text("hello")

    wrong(grader("grade", tmp_path / name, "--assignment", "tiny", "--out", course.out), "error: .*expected", "hint: ")
    assert not course.out.exists()


def test_out_that_is_a_file_is_wrong_usage(grader, course, tmp_path):
    course.submit(ada="1")
    (tmp_path / "file").write_text("mine")

    for out in ("file", "file/below"):
        wrong(grader("grade", course.submissions, "--assignment", "tiny", "--out", tmp_path / out), "--out|file")
    assert (tmp_path / "file").read_text() == "mine"


def test_out_that_cannot_be_made_is_wrong_usage_with_a_hint(grader, course):
    course.submit(ada="1")

    wrong(grader("grade", course.submissions, "--assignment", "tiny", "--out", "/proc/results"), "hint: .*--out")


def test_a_gradebook_that_is_none_is_wrong_usage_with_a_hint(grade, course):
    course.submit(ada="1")
    grade()
    (course.out / "gradebook.sqlite").write_text("nonsense " * 500)

    wrong(grade(), "gradebook", "hint: .*--fresh")
    assert grade("--fresh").exit_code == 0


def test_without_a_wall_nothing_is_run(grade, course, sandbox, monkeypatch):
    monkeypatch.setattr("grader.sandbox.probe.strong_wall", lambda: "no namespaces\nhint: ask")
    course.submit(ada="1")

    wrong(grade(), "the sandbox cannot be built: no namespaces\nhint: ask")
    assert sandbox.commands == []
    assert not course.out.exists()


def test_what_is_no_submission_is_said_to_be_ignored(grade, course):
    course.submit(ada="1")
    (course.submissions / "README.md").write_text("read me")

    assert "ignored: README.md" in grade().stderr.splitlines()


def test_regrade_and_report_take_the_folder_of_results(grade, grader, course):
    course.submit(ada="1", bob="13")
    first = grade()
    before = course.files("grade.json", "grades.csv")

    regraded = grader("regrade", course.out, "--no-pdf")
    assert (regraded.exit_code, regraded.stdout) == (1, first.stdout)
    assert course.files("grade.json", "grades.csv") == before
    reported = grader("report", course.out, "--jobs", 1)
    assert reported.exit_code == 1
    assert f"class:    {course.out / 'class.pdf'}" in reported.stdout
    assert course.files("grade.json", "grades.csv") == before
    assert (course.out / "bob" / "feedback.pdf").exists()


@pytest.mark.parametrize("command", ["regrade", "report"])
def test_a_folder_without_results_is_wrong_usage(grader, tmp_path, command):
    wrong(grader(command, tmp_path), "expected a folder of results", "hint: `grader grade`")
    wrong(grader(command, tmp_path / "absent"), "does not exist")


def test_the_reference_may_be_named_by_the_environment(course, sandbox, monkeypatch):
    course.submit(ada="1")
    monkeypatch.setenv("GRADER_REFERENCE", str(course.reference))

    listed = CliRunner().invoke(main, ["list"])
    assert listed.stdout.splitlines() == [
        "tiny  Doubling (Tiny course), 6 points",
        "  value      4  Doubles",
        "  sign       2  Has the right sign",
    ]
    arguments = ["grade", str(course.submissions), "--assignment", "tiny", "--out", str(course.out), "--no-pdf"]
    assert CliRunner().invoke(main, arguments).exit_code == 0


def test_list_tells_what_a_person_grades(grader, course):
    write_course(course.reference, more=(MANUAL,))

    assert grader("list").stdout.splitlines()[-1] == "  style      1  Reads well  graded by a person"


def test_list_of_a_folder_without_assignments_is_wrong_usage(tmp_path):
    wrong(
        CliRunner().invoke(main, ["list", "--reference", str(tmp_path)]),
        "expected folders with an assignment.py",
        "hint: give --reference",
    )
    wrong(CliRunner().invoke(main, ["list", "--reference", str(tmp_path / "absent")]), "--reference")


@pytest.mark.parametrize("command", [None, *main.commands])
def test_help_mentions_every_option_and_argument(command):
    result = CliRunner().invoke(main, [command, "--help"] if command else ["--help"])

    assert result.exit_code == 0
    assert CliRunner().invoke(main, [command, "-h"] if command else ["-h"]).stdout == result.stdout
    for parameter in (main.commands[command] if command else main).params:
        names = parameter.opts if parameter.opts[0].startswith("-") else [parameter.human_readable_name]
        assert any(name in result.stdout for name in names)


def test_the_general_help_names_every_command_and_the_exit_statuses():
    text = CliRunner().invoke(main, ["--help"]).stdout

    assert all(f"  {command} " in text for command in main.commands)
    assert "0 all graded, 1 something needs a person, 2 wrong usage" in " ".join(text.split())


def test_no_command_and_an_unknown_one_are_wrong_usage():
    assert CliRunner().invoke(main, ["gade"]).exit_code == 2
    assert CliRunner().invoke(main, []).exit_code == 2


def test_the_version_is_told():
    assert CliRunner().invoke(main, ["--version"]).stdout == f"grader, version {__version__}\n"


SLOW = ("torch", "pandas", "matplotlib", "scipy", "sklearn", "weasyprint", "jinja2", "distributed", "starlette")


@pytest.mark.parametrize("arguments", [["--help"], ["grade", "--help"], ["list"], ["regrade", "/"]])
def test_nothing_slow_is_imported_where_nothing_is_computed(course, arguments):
    script = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print(sorted(sys.modules.keys() & set({SLOW})), file=sys.stderr))\n"
        f"sys.argv[1:] = {arguments!r}\n"
        "from grader.cli import main\n"
        "main()\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"GRADER_REFERENCE": str(course.reference)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.stderr.splitlines()[-1] == "[]"
    assert run.stdout or run.returncode == 2


def test_no_command_needs_anything_slow_to_say_what_it_does():
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from grader.cli import main\n"
        "for name in main.commands:\n"
        "    assert CliRunner().invoke(main, [name, '--help']).exit_code == 0\n"
        f"print(sorted(sys.modules.keys() & {{*{SLOW}, 'numpy', 'PIL', 'pydantic'}}))\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert run.stdout == "[]\n"


def test_the_assignments_are_listed_without_anything_slow():
    script = (
        "import runpy, sys\n"
        "from grader.catalog import assignment_ids, reference_root\n"
        "root = reference_root()\n"
        "sys.argv[1:] = [str(root), *assignment_ids(root)]\n"
        f"runpy.run_path({outline.__file__!r}, run_name='__main__')\n"
        "print(sorted(name for name in SLOW if getattr(sys.modules.get(name), '__file__', None)), file=sys.stderr)\n"
    ).replace("SLOW", repr(SLOW))
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)

    assert json.loads(run.stdout).keys() == set(assignment_ids(reference_root()))
    assert run.stderr == "[]\n"


INTERRUPTED = f"""
import signal, sys, threading
from pathlib import Path
sys.path.insert(0, {str(HERE)!r})
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where a parent had it ignored

class Stuck:
    def __init__(self, warm):
        from tiny_course import FakeSandbox
        self.fake = FakeSandbox()

    def run(self, command):
        if b"never" in command.files["hw.py"]:
            while not Path(sys.argv[-1]).exists():  # the report of the student before
                threading.Event().wait(0.02)
            print("stuck", flush=True)
            threading.Event().wait()
        return self.fake.run(command)

import grader.sandbox.bubblewrap, grader.sandbox.probe  # the probe keeps the real one
grader.sandbox.bubblewrap.BubblewrapSandbox = Stuck
import grader.batch.opening
grader.batch.opening.one_thread = lambda: None
from grader.catalog import assignment_ids, reference_root
from grader.cli import main
from grader.commands import outline
if __name__ == "__main__":
    main(sys.argv[1:-1])
"""


@pytest.mark.costly
@pytest.mark.parametrize(("pdf", "made"), [((), "feedback.pdf"), (("--no-pdf",), "grade.json")])
def test_ctrl_c_ends_the_batch_at_once_with_one_message_and_the_same_command_goes_on(course, tmp_path, pdf, made):
    course.submit(ada="1", bob="1  # never ends", cyd="2 * x")
    (tmp_path / "interrupted.py").write_text(INTERRUPTED)
    command = [sys.executable, tmp_path / "interrupted.py", "grade", course.submissions, "--assignment", "tiny"]
    command += ["--out", course.out, "--jobs", "1", "--reference", course.reference, *pdf]
    command += [course.out / "ada" / made]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, "start_new_session": True}
    with subprocess.Popen(command, cwd=HERE.parent, **pipes) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "stuck\n"
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to everybody in the foreground
        _, said = running.communicate(timeout=60)

    assert running.returncode == 130
    assert said.splitlines()[-1] == "interrupted; to resume, run the same command again"
    assert "Traceback" not in said
    assert len([line for line in said.splitlines() if not line.startswith("still grading: bob")]) <= 4
    assert list(course.stored()) == ["ada"]
    course.submit(bob="1")
    sandbox = FakeSandbox()
    course.grade(sandbox, seed=None)
    assert sorted(sandbox.students) == ["1", "2 * x"]
    assert list(course.rows()) == ["ada", "bob", "cyd"]


def test_ctrl_c_does_not_reach_a_box():
    with start_box(BoxSettings((), 1, "cpu", 16)) as box:
        assert os.getpgid(box.first_pid) != os.getpgid(0)
        assert os.getpgid(parent(box.first_pid)) != os.getpgid(0)


def parent(pid: int) -> int:
    return int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])


@pytest.mark.costly
def test_five_students_are_graded_in_real_boxes(course):
    course.submit(ada="2 * x", bob="x + 1")
    (course.submissions / "cyd").mkdir()
    (course.submissions / "cyd" / "hw.py").write_text("import sys\nprint('hi')\nsys.exit('no')\n" + doubling())
    (course.submissions / "dan.ipynb").write_text("{def double(x): this is no JSON")
    (course.submissions / "eve.py").write_bytes(b"# caf\xe9\n" + doubling().encode())
    command = [*GRADER, "grade", course.submissions, "--assignment", "tiny", "--out", course.out]

    run = subprocess.run(
        [*command, "--reference", course.reference], capture_output=True, text=True, check=False, cwd=HERE.parent
    )

    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr
    points = {name: float(row["points"]) for name, row in course.rows().items()}
    assert (points["ada"], points["bob"]) == (6.0, 2.0)
    assert course.message("bob") == "failed: double(7): expected 14, found 8"
    assert course.json("ada")["execution"]["status"] == "exited"
    assert course.json("cyd")["execution"]["status"] == "raised"
    assert course.message("dan") == "failed: the program ended without showing it"
    assert "JSON" in course.json("dan")["marks"][0]["hint"]
    assert (points["cyd"], points["dan"], points["eve"]) == (6.0, 0.0, 6.0)
    for name in points:
        assert (course.out / name / "feedback.pdf").read_bytes().startswith(b"%PDF-")
    assert (course.out / "class.pdf").exists()


@pytest.fixture
def unprotected(sandbox, monkeypatch):
    """Stands in for no sandbox at all."""
    sandbox.wall = "none"
    monkeypatch.setattr("grader.sandbox.unprotected.NoSandbox", lambda warm: sandbox)
    monkeypatch.setattr("grader.sandbox.probe.strong_wall", lambda: "no namespaces\nhint: ask")
    return sandbox


def test_without_a_sandbox_every_run_warns_and_every_grade_is_marked(grade, course, unprotected):
    course.submit(ada="2 * x", bob="-1")
    (course.submissions / "cyd").mkdir()
    (course.submissions / "cyd" / "notes.txt").write_text("nothing to run")

    first, second = grade("--sandbox", "none"), grade("--sandbox", "none")

    for result in (first, second):
        assert "WARNING: --sandbox none: student code runs with all your rights" in result.stderr
    assert {name: course.json(name)["execution"]["sandbox"] for name in ("ada", "bob", "cyd")} == {
        "ada": "none",
        "bob": "none",
        "cyd": "none",
    }
    assert {name: row["sandbox"] for name, row in course.rows().items()} == {
        "ada": "none",
        "bob": "none",
        "cyd": "none",
    }
    assert list(course.rows()["ada"])[:5] == ["student", "points", "points_possible", "late_penalty", "status"]
    assert len(unprotected.commands) == 2


def test_the_mark_outlives_a_regrade(grade, grader, course, unprotected):
    course.submit(ada="2 * x")
    grade("--sandbox", "none")
    before = course.files("grade.json", "grades.csv")

    grader("regrade", course.out, "--no-pdf")

    assert course.files("grade.json", "grades.csv") == before


def test_a_grade_without_a_sandbox_is_made_again_as_soon_as_there_is_one(grade, course, unprotected, monkeypatch):
    course.submit(ada="2 * x")
    grade("--sandbox", "none")
    unprotected.wall = "bubblewrap"
    monkeypatch.setattr("grader.sandbox.probe.strong_wall", lambda: None)

    result = grade()

    assert "WARNING" not in result.stderr
    assert len(unprotected.commands) == 2
    assert course.json("ada")["execution"]["sandbox"] == "bubblewrap"
    assert "sandbox" not in course.rows()["ada"]


def test_a_grade_behind_a_wall_is_kept_when_there_is_none_later(grade, course, sandbox, monkeypatch):
    course.submit(ada="2 * x")
    grade()
    sandbox.wall = "none"
    monkeypatch.setattr("grader.sandbox.unprotected.NoSandbox", lambda warm: sandbox)

    grade("--sandbox", "none")

    assert len(sandbox.commands) == 1
    assert course.json("ada")["execution"]["sandbox"] == "bubblewrap"


def test_a_sandbox_that_is_none_of_ours_is_wrong_usage(grade):
    result = grade("--sandbox", "chroot")

    assert result.exit_code == 2
    assert "'chroot' is not one of" in result.stderr
