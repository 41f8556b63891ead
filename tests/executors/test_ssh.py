"""Workers by ssh. The program `ssh` is a stand-in that runs the command here: the rest is as on other machines."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tiny_course import Course

from benchmarks.worker_processes import until
from grader.executors import ssh_workers
from grader.executors.certificates import temporary
from grader.executors.choice import Host
from grader.executors.cluster_errors import ExecutorError
from grader.executors.cluster_file import Ssh
from grader.executors.remote import JOINED
from grader.executors.ssh_workers import SshWorkers

ROOT = Path(__file__).parents[2]
HERE = '#!/bin/sh\nfor last; do :; done\nexec sh -c "$last"\n'
JOINS_ONCE = """#!/bin/sh
echo x >> {0}/starts
[ "$(wc -l < {0}/starts)" = 1 ] && echo '{1}' || echo 'connect to host gpu1: Connection timed out' >&2
exit 255
"""
REFUSES = "#!/bin/sh\necho 'ada@gpu1: Permission denied (publickey).' >&2\nexit 255\n"


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "bin/ssh"
    path.parent.mkdir()
    path.write_text(HERE)
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:{os.environ['PATH']}")
    return path


@pytest.mark.costly
def test_a_class_is_graded_by_a_worker_that_ssh_started(course: Course, stand_in: Path, tmp_path: Path):
    course.submit(ada="2 * x", kurt="-3")
    (tmp_path / "cluster.toml").write_text('[ssh]\nhost = "127.0.0.1"\n')
    command = [sys.executable, "-m", "grader", "grade", course.submissions, "--assignment", "tiny", "--no-pdf"]
    command += ["--reference", course.reference, "--out", course.out, "--executor", "ssh:gpu1*2"]
    command += ["--cluster", tmp_path / "cluster.toml"]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)

    assert done.returncode == 0, done.stderr
    assert {name: row["points"] for name, row in course.rows().items()} == {"ada": "6.0", "kurt": "0.67"}
    assert "for 2 at a time" in done.stderr


def test_keys_go_through_the_pipe_and_into_no_command_line(stand_in: Path, tmp_path: Path):
    stand_in.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/arguments\nhead -n 1 > {tmp_path}/told\n')
    security = temporary()
    workers = SshWorkers([Host("gpu1", 2)], Ssh(), "tls://10.0.0.1:1", security, "cpu")
    assert until(lambda: (tmp_path / "told").is_file() and (tmp_path / "told").read_text().endswith("\n"), 30)
    workers.close()

    told = json.loads((tmp_path / "told").read_text())
    assert (told["address"], told["slots"], told["gpu"]) == ("tls://10.0.0.1:1", 2, False)
    assert "PRIVATE KEY" in told["key"]
    assert "KEY" not in (tmp_path / "arguments").read_text()


def test_when_no_host_can_be_reached_each_says_why(stand_in: Path, monkeypatch: pytest.MonkeyPatch):
    stand_in.write_text(REFUSES)
    monkeypatch.setattr(ssh_workers, "PAUSE_S", 0.0)
    workers = SshWorkers([Host("gpu1"), Host("gpu2")], Ssh(), "tls://10.0.0.1:1", temporary(), "cpu")

    with pytest.raises(ExecutorError) as error:
        until(lambda: workers.watch() is not None, 60)
    workers.close()

    assert "gpu1: ada@gpu1: Permission denied (publickey)." in str(error.value)
    assert "gpu2: " in str(error.value)
    assert "hint: " in str(error.value)


def test_a_host_that_has_worked_is_tried_for_as_long_as_its_network_is_away(
    stand_in: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    stand_in.write_text(JOINS_ONCE.format(tmp_path, JOINED))
    monkeypatch.setattr(ssh_workers, "PAUSE_S", 0.0)
    workers = SshWorkers([Host("gpu1")], Ssh(), "tls://10.0.0.1:1", temporary(), "cpu")
    starts = tmp_path / "starts"

    def many() -> bool:
        workers.watch()
        return starts.is_file() and len(starts.read_text().split()) > ssh_workers.MOST_STARTS + 3

    assert until(many, 60)
    workers.close()


def test_a_connection_that_nobody_answers_ends_by_itself():
    assert "ConnectTimeout=20" in ssh_workers.SSH_WAYS
