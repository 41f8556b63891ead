"""The container backend: its exact command line, and what it makes of an engine's troubles.

Contract and attacks run against it as against every other wall, with the stand-in of fake_engine.py.
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from boxes import SMALL, command, run
from engines import first_on_path

import grader.inside
from grader.sandbox.choose import engine_problem
from grader.sandbox.container import ENGINES, ContainerSandbox
from grader.sandbox.protocol import Status, wall_of
from grader.sandbox.seccomp import seccomp_filter


def words(engine: str = "podman", device: str = "cpu") -> list[str]:
    return ContainerSandbox(engine, ("torch",), threads=2).arguments("grader-1", SMALL, device)  # type: ignore[arg-type]


def value(arguments: list[str], option: str) -> list[str]:
    return [arguments[at + 1] for at, argument in enumerate(arguments) if argument == option]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_command_line_is_exactly_this(engine: str):
    environment = {
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "Agg",
        "MPLCONFIGDIR": "/tmp/mpl",
        "TORCHINDUCTOR_CACHE_DIR": "/tmp/inductor",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "2",
        "MKL_NUM_THREADS": "2",
        "OPENBLAS_NUM_THREADS": "2",
    }
    calls = base64.b64encode(seccomp_filter()).decode()
    code = (
        "import gc, sys; gc.disable(); sys.path.insert(0, '/harness'); "
        f"from inside.pipes import container; container(['torch'], 2, 'cpu', '{calls}')  # grader-1"
    )
    inside = Path(grader.inside.__file__).parent
    read_only = ["--read-only", *(["--read-only-tmpfs=false"] if engine == "podman" else [])]
    most_files = ",nr_inodes=2064" if engine == "docker" else ""

    assert words(engine) == [
        engine,
        "run",
        "--rm",
        "--interactive",
        "--pull",
        "never",
        "--log-driver",
        "none",
        "--name",
        "grader-1",
        "--label",
        f"grader.owner={os.getpid()}",
        "--hostname",
        "box",
        "--network",
        "none",
        *read_only,
        "--user",
        "65534:65534",
        "--ipc",
        "private",
        "--cap-drop",
        "ALL",
        "--security-opt",
        "no-new-privileges",
        "--memory",
        "288m",
        "--memory-swap",
        "288m",
        "--pids-limit",
        "49",
        "--ulimit",
        "nofile=128:128",
        "--ulimit",
        "core=1:1",
        "--shm-size",
        "16m",
        "--tmpfs",
        f"/tmp:rw,exec,nosuid,nodev,size=16m{most_files},mode=1777",
        "--mount",
        f"type=bind,source={inside},target=/harness/inside,readonly",
        "--workdir",
        "/tmp",
        "--entrypoint",
        "python3",
        *(part for item in environment.items() for part in ("--env", "=".join(item))),
        "grader-box",
        "-I",
        "-c",
        code,
    ]


def test_a_gpu_is_asked_for_in_each_engines_own_way():
    assert value(words("podman", "cuda"), "--device") == ["nvidia.com/gpu=all"]
    assert value(words("docker", "cuda"), "--gpus") == ["all"]
    assert not {"--device", "--gpus"} & set(words("podman")) | {"--gpus"} & set(words("docker"))


def test_nothing_of_the_host_is_shared_but_the_code_beside_student_code():
    arguments = words()

    assert len(value(arguments, "--mount")) == 1
    assert not {"--volume", "-v", "--privileged", "--cap-add", "--pid", "--publish", "--env-file"} & set(arguments)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_sandbox_of_containers_says_what_it_is_made_of(engine: str):
    assert wall_of(ContainerSandbox(engine)) == engine


def test_an_engine_that_is_not_there_is_the_graders_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", "/nowhere")

    execution = ContainerSandbox("podman", ()).run(command("def main(*_): pass"))

    assert execution.status is Status.SANDBOX_FAILED
    assert "podman" in execution.reason
    assert "podman is not installed\nhint: install the package podman" in (engine_problem("podman") or "")


def test_a_missing_image_is_told_with_how_to_build_it(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))
    monkeypatch.setattr("grader.sandbox.choose.IMAGE", "other")

    problem = engine_problem("docker") or ""

    assert "docker has no image other: Error: no such image: other" in problem
    assert "docker build --tag other --file Containerfile ." in problem


def test_an_image_that_is_not_there_is_the_graders_failure(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))

    execution = replace(ContainerSandbox("podman", ()), image="other").run(command("def main(*_): pass"))

    assert execution.status is Status.SANDBOX_FAILED
    assert "no such image: other" in execution.reason


def test_an_engine_that_answers_and_has_the_image_has_no_problem(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))

    assert [engine_problem(engine) for engine in ENGINES] == [None, None]


def test_a_daemon_that_does_not_answer_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2; exit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", first_on_path(tmp_path))

    problem = engine_problem("docker") or ""

    assert problem.startswith("docker does not answer: Cannot connect to the Docker daemon\nhint: start the daemon")


def test_a_container_is_measured_from_outside(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))
    source = "def main(*_):\n    held = b'x' * (60 << 20)\n    while time.process_time() < 0.3: pass\n"

    usage = run(ContainerSandbox("podman", ()), source).usage

    assert usage.cpu_s > 0.1
    assert usage.peak_mib > 60


def test_a_container_whose_processes_cannot_be_seen_is_still_limited(engines: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", first_on_path(engines))
    monkeypatch.setattr(ContainerSandbox, "_first_pid", lambda *_: None)

    execution = run(ContainerSandbox("podman", ()), "def main(*_): time.sleep(100)", wall_s=1.0)

    assert execution.status is Status.TIMED_OUT
    assert execution.usage.cpu_s == 0.0


KILLED = """
import os, sys
sys.path[:0] = {paths!r}
from boxes import command
from grader.sandbox.container import ContainerSandbox
from grader.sandbox.piped import PipedBox
meter = PipedBox.meter
def noted(box):
    found = meter(box); print(box.first_pid, flush=True); return found
PipedBox.meter = noted
ContainerSandbox("podman", ()).run(command('''
def main(*_):
    attempt(os.setsid); attempt(lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    while True: attempt(lambda: time.sleep(100))
'''))
"""


def test_a_container_ends_when_the_grader_is_killed(engines: Path):
    code = KILLED.format(paths=[str(Path(__file__).parent), str(Path(__file__).parents[2])])
    environment = {**os.environ, "PATH": first_on_path(engines)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as grader:
        assert grader.stdout is not None
        first = os.pidfd_open(int(grader.stdout.readline()))
        grader.send_signal(signal.SIGKILL)
    gone = _waits(first)
    os.close(first)

    assert gone


def _waits(pid_fd: int) -> bool:
    import select

    return bool(select.select([pid_fd], [], [], 20)[0])
