from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys

import pytest

from grader.executors.choice import ExecutorChoice, Host, choice_of
from grader.executors.cluster_errors import ExecutorError
from grader.executors.cluster_file import read_cluster_file


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("local", ExecutorChoice("local")),
        ("dask:tls://head.example.org:8786", ExecutorChoice("dask", "tls://head.example.org:8786")),
        ("dask:tcp://10.0.0.1:8786", ExecutorChoice("dask", "tcp://10.0.0.1:8786")),
        ("dask:head:8786", ExecutorChoice("dask", "tcp://head:8786")),
        ("ssh:gpu1", ExecutorChoice("ssh", hosts=(Host("gpu1"),))),
        (
            "ssh:ada@gpu1.example.org, gpu2*4",
            ExecutorChoice("ssh", hosts=(Host("ada@gpu1.example.org"), Host("gpu2", 4))),
        ),
    ],
)
def test_what_executor_may_say(text, expected):
    assert choice_of(text) == expected


@pytest.mark.parametrize(
    "text", ["", "dask", "dask:", "slurm:debug", "ssh", "ssh:", "kubernetes", "local:2", "dask:head", "dask:tls://head"]
)
def test_anything_else_is_refused_with_what_is_expected(text):
    with pytest.raises(ExecutorError, match=r"expected[^\n]*found[^\n]*\nhint: "):
        choice_of(text)


@pytest.mark.parametrize("text", ["ssh:-oProxyCommand=evil", "ssh:a b", "ssh:gpu1;reboot", "ssh:gpu1*0", "ssh:$(x)"])
def test_no_host_becomes_an_option_or_a_command_of_ssh(text):
    with pytest.raises(ExecutorError, match="expected hosts such as"):
        choice_of(text)


def test_without_dask_the_hint_says_what_to_install(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(
        ExecutorError, match=r"distributed, cryptography missing\nhint: pip install 'homework-grader\[cl"
    ):
        choice_of("dask:head:8786")


@pytest.mark.parametrize(("text", "program"), [("slurm", "sbatch"), ("ssh:gpu1", "ssh")])
def test_a_program_that_is_missing_is_named(monkeypatch, text, program):
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(ExecutorError, match=f"expected the program {program}, found none\nhint: "):
        choice_of(text)


def test_a_schedulers_file_has_to_be_there(tmp_path):
    with pytest.raises(ExecutorError, match="hint: `dask scheduler --scheduler-file FILE` writes it"):
        choice_of(f"dask:{tmp_path}/scheduler.json")


def test_the_cluster_file_may_say_everything_or_nothing(tmp_path):
    shared = tmp_path / "shared"
    shared.mkdir()
    path = tmp_path / "cluster.toml"
    path.write_text(f'shared = "{shared}"\npatience = 60\n[slurm]\nqueue = "gpu"\n[ssh]\npython = "/opt/python"\n')

    found = read_cluster_file(path)

    assert (found.shared, found.patience, found.slurm["queue"], found.ssh.python) == (shared, 60, "gpu", "/opt/python")
    assert read_cluster_file(None).slurm == {}


def test_all_mistakes_of_a_cluster_file_are_told_at_once(tmp_path):
    path = tmp_path / "cluster.toml"
    path.write_text('patience = -1\nsharde = "/x"\n[tls]\nca = "ca.pem"\n')

    with pytest.raises(ExecutorError) as error:
        read_cluster_file(path)

    assert all(name in str(error.value) for name in ("patience", "sharde", "tls.cert", "tls.key", "hint: "))


def test_a_shared_folder_that_is_not_there_is_told(tmp_path):
    path = tmp_path / "cluster.toml"
    path.write_text(f'shared = "{tmp_path}/nowhere"\n')

    with pytest.raises(ExecutorError, match="expected a folder that every machine sees, found none"):
        read_cluster_file(path)


def test_local_grading_imports_nothing_of_dasks():
    program = "import grader.commands.grade, grader.batch.grade, sys; print([n for n in sys.modules if 'da' in n])"
    program += "; assert not {'dask', 'distributed', 'grader.executors'} & set(sys.modules)"

    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)
