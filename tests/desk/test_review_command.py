"""`grader review` as it is typed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tiny_course import Course

from grader.commands.review import review

ROOT = Path(__file__).parents[2]


def test_a_folder_without_results_is_refused_with_what_makes_one(tmp_path):
    done = CliRunner().invoke(review, [str(tmp_path)])

    assert done.exit_code == 2
    assert "hint: `grader grade` makes one" in done.output


def test_without_its_packages_it_says_which_to_install(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "grader.desk.desk", None)
    done = CliRunner().invoke(review, [str(tmp_path)])

    assert done.exit_code == 2
    assert "hint: pip install 'homework-grader[web]'" in done.output


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGHUP])
def test_it_prints_an_address_that_opens_it_and_leaves_nothing_behind_when_it_ends(course: Course, tmp_path: Path, end):
    import urllib.request

    (space := tmp_path / "space").mkdir()
    asked = [sys.executable, "-m", "grader", "review", str(course.out), "--reference", str(course.reference)]
    env = {**os.environ, "PYTHONUNBUFFERED": "1", "TMPDIR": str(space)}
    with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=env) as running:
        try:
            assert running.stdout is not None
            said = running.stdout.readline() + running.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+/\?key=\S{32}", said)
            assert found, said
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(found[0], timeout=30) as answer:
                assert b"Who marks?" in answer.read()
            assert [path for path in space.iterdir() if path.name.startswith("grader-desk-")]
            running.send_signal(end)
            rest, _ = running.communicate(timeout=60)
        finally:
            running.kill()

    assert running.returncode == 0
    assert "`grader report" in rest
    assert list(space.iterdir()) == []
