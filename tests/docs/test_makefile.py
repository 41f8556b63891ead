"""The targets of the Makefile and the installation of system packages, with stand-ins for what they call."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ROOT / ".ci" / "system-packages"
SYSTEM = ("bash", "env", "cat", "true")


def make(*arguments: str, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")} | variables
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def executable(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{text}\n")
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path):
    """A copy of what `make` reads, installed by its own account, with a stand-in for the grader."""
    for name in ("Makefile", "requirements.lock", "pyproject.toml", ".ci/system-packages", ".ci/python-packages"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    executable(tmp_path / ".venv" / "bin" / "grader", 'echo "grader $*"; exit "${STATUS:-0}"')
    (tmp_path / ".venv" / ".installed").touch()
    return tmp_path


def test_make_alone_lists_every_target_with_what_it_does():
    said = make()

    assert said.returncode == 0
    targets = re.findall(r"^([a-z]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {"install", "grade", "test", "lint", "types"} <= set(targets)
    assert all(re.search(rf"^  {target} +\w", said.stdout, re.MULTILINE) for target in targets)


def test_grade_installs_first_and_test_what_tests_need_besides():
    for target, first in (("grade", "install"), ("test", "develop")):
        assert re.search(rf"^{target}: {first}\b", (ROOT / "Makefile").read_text(), re.MULTILINE)


def test_install_does_nothing_when_it_is_done(checkout):
    assert make("install", folder=checkout).stdout == "make: Nothing to be done for 'install'.\n"


def test_grade_passes_its_variables_on(checkout):
    said = make("grade", "HW=hw9", "OUT=o", "JOBS=3", folder=checkout)

    assert said.stdout == "grader grade submissions/hw9 --assignment hw9 --out o --jobs 3\n"


@pytest.mark.parametrize(("status", "result"), [("0", 0), ("1", 0), ("2", 2)])
def test_grade_fails_for_wrong_usage_and_not_for_what_needs_a_person(checkout, status, result):
    said = make("grade", folder=checkout, STATUS=status)

    assert said.returncode == result
    assert ("some submissions need a person" in said.stdout) is (status == "1")


@pytest.mark.parametrize(
    ("failing", "result"),
    [("none", 0), ("ruff", 2), ("mypy", 2), ("python -m pytest", 2), ("mypy|python -m pytest", 2)],
)
def test_whatever_fails_fails_the_tests_and_the_tests_run_beside_the_types(checkout, failing, result):
    (checkout / "requirements-dev.lock").touch()
    (checkout / ".venv" / ".develops").touch()
    for name in ("ruff", "mypy", "python"):
        executable(checkout / ".venv" / "bin" / name, f'echo "{name} $*"; ! [[ "{name} $*" =~ ^($FAILING) ]]')

    said = make("quick", "TESTERS=3", folder=checkout, FAILING=failing)

    assert said.returncode == result, said.stdout
    tested = "python -m pytest -n 3 --dist worksteal -m not gpu and not whole_sample and not costly"
    assert (tested in said.stdout) is (failing != "ruff")
    assert ("mypy has failed, see above" in said.stdout) is ("mypy" in failing)


def test_an_old_python_is_refused_with_a_hint(checkout):
    (checkout / ".venv" / ".installed").unlink()
    executable(checkout / ".ci" / "system-packages", "exit 0")
    executable(checkout / "python", '[ "$1" = --version ] && echo "Python 3.8.1" || exit 1')

    said = make("install", f"PYTHON={checkout}/python", folder=checkout)

    assert said.returncode == 2
    assert "expected Python 3.11 or newer, found Python 3.8.1; hint: make PYTHON=" in said.stderr
    assert not (checkout / ".venv" / ".installed").exists()


@pytest.fixture
def pythons(checkout):
    """A checkout on a machine with these Pythons; `torch` names those for which there are packages."""

    def made(*versions: str, torch: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
        (checkout / ".venv" / ".installed").unlink()
        executable(checkout / ".ci" / "system-packages", "exit 0")
        for version in versions:
            has_torch = "exit 0" if version in torch else 'echo "No matching distribution found for torch" >&2; exit 1'
            executable(
                checkout / "bin" / f"python{version}",
                f"""case "$*" in
                "-m venv "*) mkdir -p .venv/bin; cp "$0" .venv/bin/python; echo {version} > .venv/made_with;;
                *"--dry-run"*) {has_torch};;
                *"version_info[:2]"*) echo {version};;
                esac""",
            )
        return make("install", folder=checkout, PATH=f"{checkout}/bin:/usr/bin:/bin")

    return made


def test_the_newest_python_with_packages_is_taken(checkout, pythons):
    said = pythons("3.11", "3.12", "3.13", torch=("3.11", "3.12", "3.13"))

    assert said.returncode == 0, said.stderr
    assert (checkout / ".venv" / "made_with").read_text() == "3.13\n"
    assert "installing Python packages into .venv with Python 3.13" in said.stdout


def test_an_older_python_is_taken_where_the_newest_has_no_packages(checkout, pythons):
    said = pythons("3.11", "3.12", "3.14", torch=("3.11", "3.12"))

    assert said.returncode == 0, said.stderr
    assert (checkout / ".venv" / "made_with").read_text() == "3.12\n"
    assert "the pinned packages are not to be had for Python 3.14" in said.stdout


def test_what_pip_says_is_shown_where_no_python_has_packages(checkout, pythons):
    said = pythons("3.14", "3.13", "3.12", "3.11", "3", torch=())

    assert said.returncode == 2
    assert "No matching distribution found for torch" in said.stderr
    assert "expected a Python that the pinned packages can be installed for, tried 3.14 3.13 3.12 3.11" in said.stderr
    assert not (checkout / ".venv" / ".installed").exists()


def test_system_packages_that_are_there_are_not_installed_again(tmp_path):
    executable(tmp_path / "apt-get", "echo called; exit 1")

    said = subprocess.run(
        [PACKAGES], env={"PATH": f"{tmp_path}:{os.environ['PATH']}"}, capture_output=True, text=True, check=False
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def bare_machine(folder: Path, **commands: str) -> subprocess.CompletedProcess[str]:
    """`system-packages` where nothing is installed but `commands`."""
    for name in SYSTEM:
        (folder / name).symlink_to(shutil.which(name) or "")
    executable(folder / "ldconfig", "echo")
    for name, text in commands.items():
        executable(folder / name.replace("_", "-"), text)
    return subprocess.run(
        [folder / "bash", PACKAGES], env={"PATH": str(folder)}, capture_output=True, text=True, check=False
    )


def test_without_apt_the_missing_packages_are_named_with_a_hint(tmp_path):
    said = bare_machine(tmp_path)

    assert said.returncode == 2
    assert "found them missing: bubblewrap qpdf poppler-utils" in said.stderr
    assert "python3-venv" in said.stderr
    assert "hint: install them with your package manager" in said.stderr


def test_root_installs_what_is_missing_without_questions(tmp_path):
    log = tmp_path / "log"
    said = bare_machine(tmp_path, id="echo 0", apt_get=f'echo "$DEBIAN_FRONTEND $*" >> {log}')

    assert said.returncode == 0, said.stderr
    update, install = log.read_text().splitlines()
    assert update == "noninteractive update"
    assert install.startswith("noninteractive install --yes --no-install-recommends bubblewrap qpdf")


def test_an_installation_that_fails_is_a_failure(tmp_path):
    assert bare_machine(tmp_path, id="echo 0", apt_get="exit 100").returncode == 100


def test_without_root_sudo_is_used_if_it_asks_nothing(tmp_path):
    log = tmp_path / "log"
    said = bare_machine(tmp_path, id="echo 1000", apt_get="exit 1", sudo=f'echo "$*" >> {log}')

    assert said.returncode == 0, said.stderr
    assert "bash -c apt-get update && apt-get install --yes" in log.read_text()


def test_without_root_and_sudo_the_command_is_told(tmp_path):
    said = bare_machine(tmp_path, id="echo 1000", apt_get="exit 1", sudo="exit 1")

    assert said.returncode == 2
    assert "hint: sudo sh -c 'apt-get update && apt-get install --yes --no-install-recommends bubblewrap" in said.stderr
