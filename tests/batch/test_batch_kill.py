"""A batch that is killed at any moment and started again with the same command ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import SEED, FakeSandbox

from grader.gradebook.grade_json import grade_json

pytestmark = pytest.mark.costly

HERE = Path(__file__).parents[1]
STUDENTS = {
    "ada": "2 * x",
    "bob": "1",
    "cyd": "-3",
    "dan": "13",
    "eve": "2 * x",
    "fay": "5",
    "gus": "2 * x",
    "hal": "9",
}
BATCH = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(HERE)!r})

def main():
    from tiny_course import Course, FakeSandbox, Quiet
    import grader.batch.opening
    grader.batch.opening.one_thread = lambda: None  # torch is not needed, and slow to import
    course = object.__new__(Course)
    root = Path(sys.argv[1])
    course.reference, course.submissions, course.out = root / "reference", root / "submissions", root / "results"
    course.grade(FakeSandbox(), Quiet(lambda step: print(step, flush=True)), pdf=sys.argv[2] == "pdf")

if __name__ == "__main__":
    main()
"""


def batch(course, pdf: str) -> subprocess.Popen[str]:
    root = course.out.parent
    script = root / "batch.py"
    script.write_text(BATCH)
    return subprocess.Popen([sys.executable, script, root, pdf], stdout=subprocess.PIPE, text=True, cwd=HERE.parent)


def killed_after(course, lines: int, pdf: str) -> list[str]:
    """What a batch said until it was killed."""
    with batch(course, pdf) as running:
        assert running.stdout is not None
        said = [running.stdout.readline() for _ in range(lines)]
        running.send_signal(signal.SIGKILL)
        return [*said, *running.stdout]


def run_to_its_end(course, pdf: str) -> None:
    with batch(course, pdf) as running:
        assert running.communicate()[0].count("\n") > 1
    assert running.returncode == 0


def snapshot(course) -> dict[str, bytes]:
    """Every file but those that hold times of the clock."""
    left_out = {"gradebook.sqlite", ".lock"}
    return course.files(*{path.name for path in course.out.rglob("*") if path.is_file()} - left_out)


@pytest.mark.parametrize(("pdf", "kills"), [("no pdf", 8), ("pdf", 2)])
def test_a_batch_killed_again_and_again_ends_like_one_that_was_not(course, pdf, kills):
    course.submit(**STUDENTS)
    chance = random.Random(7)  # noqa: S311 - the same moments on every run, as far as the machine allows
    course.grade(FakeSandbox(), pdf=pdf == "pdf", seed=SEED)
    undisturbed = snapshot(course)
    course.out = course.out.rename(course.out.with_name("undisturbed")).with_name("results")

    killed_early = 0
    for _ in range(kills):
        said = killed_after(course, chance.randint(1, 10), pdf)
        killed_early += "stage  writing reports\n" not in said
        if (course.out / "gradebook.sqlite").exists():
            for name, stored in course.stored().items():
                path = course.out / name / "grade.json"
                assert not path.exists() or path.read_bytes() == grade_json(stored.grade)
    run_to_its_end(course, pdf)

    assert killed_early >= 1
    assert sorted(course.rows()) == sorted(STUDENTS)
    assert {(found.revision, found.grade.attempt) for found in course.stored().values()} == {(1, 1)}
    assert snapshot(course) == undisturbed


def test_drafts_that_a_kill_left_behind_are_removed_by_the_next_run(course):
    course.submit(ada="2 * x")
    course.grade()
    drafts = [
        course.out / "ada" / ".evidence-abcd1234" / "new" / "evidence.json",
        course.out / "ada" / ".0123456789abcdef.tmp",
        course.out / "ada" / ".feedback.pdf.abcd1234",
        course.out / ".0123456789abcdef.tmp",
        course.out / ".class.pdf.abcd1234",
    ]
    before = snapshot(course)
    for draft in drafts:
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.touch()

    course.grade()

    assert snapshot(course) == before
    assert [path.name for path in course.out.glob("**/.*")] == [".lock"]


def stopped_at(course, step: str, **options: object) -> None:
    """A batch that ends, as by a kill, when it is told of this step."""
    from tiny_course import Quiet

    def stop(said: str) -> None:
        if said == step:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        course.grade(progress=Quiet(stop), jobs=1, **options)


def test_a_class_report_of_fewer_grades_does_not_survive_a_kill(course):
    course.submit(ada="1", bob="2")
    course.grade(pdf=True, students=("ada",))
    stopped_at(course, "stage  writing reports")
    assert list(course.stored()) == ["ada", "bob"]

    assert not (course.out / "class.pdf").exists()
    course.grade(pdf=True)
    assert (course.out / "class.pdf").exists()


def test_the_report_of_an_earlier_attempt_does_not_survive_a_kill(course):
    course.submit(ada="1")
    course.grade(pdf=True)
    first = (course.out / "ada" / "feedback.pdf").read_bytes()
    course.submit(ada="2 * x")
    stopped_at(course, "finished ada", pdf=False)

    course.grade(pdf=True)

    assert course.json("ada")["attempt"] == 2
    assert (course.out / "ada" / "feedback.pdf").read_bytes() != first


def test_a_hundred_kills_at_random_moments_lose_no_grade_and_make_none_twice(tmp_path):
    done = subprocess.run(
        [sys.executable, HERE / "kills.py", tmp_path, "100"],
        capture_output=True,
        text=True,
        check=False,
        cwd=HERE.parent,
        env=os.environ | {"PYTHONPATH": str(HERE.parent)},
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[0] == "100"
